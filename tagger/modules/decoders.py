"""Hidden vectors -> emissions and their loss, and the scores that tags are chosen by: one decoder for each task."""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from tagger.decoding.chain import FORBIDDEN, ChainScores
from tagger.modules.crf import Chain, log_partition, path_score
from tagger.modules.cross_entropy import cross_entropy
from tagger.text.schemes import Transitions


class Decoder(nn.Module):
    """What every decoder of tags is: a linear layer to emissions, and a chain of scores over them.

    Args:
        input_width: The width of the hidden vectors.
        legal: Which tags may come first, follow each other, come last; None where every sequence is legal.
        num_tags: The number of tags.

    Attributes:
        normalised: Whether emissions count as log-probabilities of each word's tags.
    """

    normalised = False

    def __init__(self, input_width: int, num_tags: int, legal: Transitions | None) -> None:
        super().__init__()
        self.num_tags = num_tags
        self.linear = nn.Linear(input_width, num_tags)
        with torch.no_grad():
            nn.init.xavier_uniform_(self.linear.weight)
            self.linear.bias.zero_()
        tables = legal or Transitions([True] * num_tags, [[True] * num_tags] * num_tags, [True] * num_tags)
        for name, table in zip(("pairs", "first", "last"), (tables.pairs, tables.first, tables.last), strict=True):
            penalty = torch.zeros(torch.tensor(table).shape).masked_fill(~torch.tensor(table), FORBIDDEN)
            self.register_buffer(f"forbidden_{name}", penalty, persistent=False)
        self.forbidden_pairs: Tensor
        self.forbidden_first: Tensor
        self.forbidden_last: Tensor

    def forward(self, hidden: Float[Tensor, "batch words hidden"]) -> Float[Tensor, "batch words tags"]:
        """The emissions, in float32 whatever the precision of the layers before."""
        emissions: Tensor = self.linear(hidden)
        return emissions.float()

    def between(self) -> tuple[Float[Tensor, "tags tags"], Float[Tensor, " tags"], Float[Tensor, " tags"]]:
        """What tag sequences score beside their emissions: the transitions, each tag as the first and as the last."""
        return self.forbidden_pairs, self.forbidden_first, self.forbidden_last

    def scores(self) -> ChainScores:
        """What best tags and probabilities are worked out by, in use."""
        transitions, first, last = (part.detach().float().cpu().numpy() for part in self.between())
        return ChainScores(transitions, first, last, self.normalised)

    def loss(
        self,
        emissions: Float[Tensor, "batch words tags"],
        gold: Int[Tensor, "batch words"],
        mask: Bool[Tensor, "batch words"],
        choices: Bool[Tensor, "choices tags"] | None = None,
        weights: Float[Tensor, "batch words"] | None = None,
    ) -> Float[Tensor, ""]:
        """The negative log-likelihood of what is known of the tags, summed over the batch, in nats.

        Args:
            emissions: As `forward` gives them.
            gold: Ids of tags; from `num_tags` on, of rows of `choices`.
            mask: True for real words.
            choices: The sets of tags of which one is right; the first holds all tags, for what is not known. The likelihood is that
                of all sequences that agree with them (Tsuboi et al. 2008).
            weights: How much each gold tag counts, from 0 to 1.
        """
        raise NotImplementedError

    def allowed(self, gold: Int[Tensor, "batch words"], choices: Bool[Tensor, "choices tags"]) -> Bool[Tensor, "batch words tags"]:
        """Which tags agree with the gold ids; at padding without meaning."""
        one = torch.eye(self.num_tags, dtype=torch.bool, device=gold.device)
        return torch.cat((one, choices))[gold]


class CRFDecoder(Decoder):
    """A conditional random field: transitions are learned, and the loss is that of the whole sequence (Lample et al. 2016)."""

    def __init__(self, input_width: int, num_tags: int, legal: Transitions | None) -> None:
        super().__init__(input_width, num_tags, legal)
        self.transitions = nn.Parameter(torch.zeros(num_tags, num_tags))
        self.first = nn.Parameter(torch.zeros(num_tags))
        self.last = nn.Parameter(torch.zeros(num_tags))

    def between(self) -> tuple[Float[Tensor, "tags tags"], Float[Tensor, " tags"], Float[Tensor, " tags"]]:
        """Learned transitions, those that the scheme forbids out of reach."""
        return self.transitions + self.forbidden_pairs, self.first + self.forbidden_first, self.last + self.forbidden_last

    def loss(
        self,
        emissions: Float[Tensor, "batch words tags"],
        gold: Int[Tensor, "batch words"],
        mask: Bool[Tensor, "batch words"],
        choices: Bool[Tensor, "choices tags"] | None = None,
        weights: Float[Tensor, "batch words"] | None = None,
    ) -> Float[Tensor, ""]:
        """Of the whole tag sequences that agree with gold, among all legal ones; a sentence weighs as the mean of its known words.

        Every gold tag must be one that the model has.
        """
        known = mask
        if choices is None:
            chain = Chain(emissions, mask, *self.between())
            losses = log_partition(chain) - path_score(chain, gold)
        else:
            # Of a sentence without any known tag all sequences agree: nothing is to be learned, or worked out.
            known = (gold != self.num_tags) & mask
            rows = known.any(1)
            known = known[rows]
            emissions, gold, mask = emissions[rows], gold[rows], mask[rows]
            weights = weights if weights is None else weights[rows]
            chain = Chain(emissions, mask, *self.between())
            agreeing = emissions.masked_fill(~self.allowed(gold, choices), FORBIDDEN)
            losses = log_partition(chain) - log_partition(chain._replace(emissions=agreeing))
        if weights is not None:
            losses = losses * (weights * known).sum(1) / known.sum(1)
        return losses.sum()


class SoftmaxDecoder(Decoder):
    """Each tag for itself; only in use does the scheme's table keep the sequence legal.

    Args:
        input_width: The width of the hidden vectors.
        num_tags: The number of tags.
        legal: As in `Decoder`.
        label_smoothing: The share of each gold tag that is spread over all tags.
        class_weights: How much each gold tag counts; all the same if None.
    """

    normalised = True

    def __init__(
        self,
        input_width: int,
        num_tags: int,
        legal: Transitions | None,
        *,
        label_smoothing: float = 0.0,
        class_weights: Sequence[float] | None = None,
    ) -> None:
        super().__init__(input_width, num_tags, legal)
        self.label_smoothing = label_smoothing
        each = None if class_weights is None else torch.tensor(class_weights, dtype=torch.float32)
        # What training needs alone: it is not saved.
        self.register_buffer("class_weights", each, persistent=False)
        self.class_weights: Tensor | None

    def loss(
        self,
        emissions: Float[Tensor, "batch words tags"],
        gold: Int[Tensor, "batch words"],
        mask: Bool[Tensor, "batch words"],
        choices: Bool[Tensor, "choices tags"] | None = None,
        weights: Float[Tensor, "batch words"] | None = None,
    ) -> Float[Tensor, ""]:
        """Of each tag, unconstrained; a gold tag below 0 counts for nothing, and so does one of which nothing is known."""
        known = mask & (gold >= 0) & (gold != self.num_tags)
        allowed = None if choices is None else self.allowed(gold, choices)[known]
        losses = cross_entropy(
            emissions[known], gold[known], allowed=allowed, smoothing=self.label_smoothing, class_weights=self.class_weights
        )
        return losses.sum() if weights is None else (losses * weights[known]).sum()
