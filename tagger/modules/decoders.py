"""Hidden vectors -> emissions, loss, best tags and probabilities: one decoder for each task."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from tagger.modules.crf import FORBIDDEN, Chain, Marginals, log_partition, marginals, path_score, viterbi
from tagger.text.schemes import Transitions


class Decoder(nn.Module):
    """What every decoder of tags is: a linear layer to emissions, and a chain of scores over them.

    Args:
        input_width: The width of the hidden vectors.
        legal: Which tags may come first, follow each other, come last; None where every sequence is legal.
        num_tags: The number of tags.
    """

    def __init__(self, input_width: int, num_tags: int, legal: Transitions | None) -> None:
        super().__init__()
        self.num_tags = num_tags
        self.constrained = legal is not None
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

    def chain(self, emissions: Float[Tensor, "batch words tags"], mask: Bool[Tensor, "batch words"]) -> Chain:
        """The scores that decide between tag sequences."""
        raise NotImplementedError

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

    def best(self, emissions: Float[Tensor, "batch words tags"], mask: Bool[Tensor, "batch words"]) -> Int[Tensor, "batch words"]:
        """The best legal tags; 0 at padding."""
        return viterbi(self.chain(emissions, mask))

    def marginals(self, emissions: Float[Tensor, "batch words tags"], mask: Bool[Tensor, "batch words"]) -> Marginals:
        """What tag and span probabilities are made of; illegal sequences have none."""
        return marginals(self.chain(emissions, mask))


class CRFDecoder(Decoder):
    """A conditional random field: transitions are learned, and the loss is that of the whole sequence (Lample et al. 2016)."""

    def __init__(self, input_width: int, num_tags: int, legal: Transitions | None) -> None:
        super().__init__(input_width, num_tags, legal)
        self.transitions = nn.Parameter(torch.zeros(num_tags, num_tags))
        self.first = nn.Parameter(torch.zeros(num_tags))
        self.last = nn.Parameter(torch.zeros(num_tags))

    def chain(self, emissions: Float[Tensor, "batch words tags"], mask: Bool[Tensor, "batch words"]) -> Chain:
        """Learned transitions, those that the scheme forbids out of reach."""
        return Chain(
            emissions,
            mask,
            self.transitions + self.forbidden_pairs,
            self.first + self.forbidden_first,
            self.last + self.forbidden_last,
        )

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
            chain = self.chain(emissions, mask)
            losses = log_partition(chain) - path_score(chain, gold)
        else:
            # Of a sentence without any known tag all sequences agree: nothing is to be learned, or worked out.
            known = (gold != self.num_tags) & mask
            rows = known.any(1)
            known = known[rows]
            emissions, gold, mask = emissions[rows], gold[rows], mask[rows]
            weights = weights if weights is None else weights[rows]
            chain = self.chain(emissions, mask)
            agreeing = emissions.masked_fill(~self.allowed(gold, choices), FORBIDDEN)
            losses = log_partition(chain) - log_partition(chain._replace(emissions=agreeing))
        if weights is not None:
            losses = losses * (weights * known).sum(1) / known.sum(1)
        return losses.sum()


class SoftmaxDecoder(Decoder):
    """Each tag for itself; only in use does the scheme's table keep the sequence legal."""

    def chain(self, emissions: Float[Tensor, "batch words tags"], mask: Bool[Tensor, "batch words"]) -> Chain:
        """Log-probabilities of each tag, and nothing but prohibitions between them."""
        return Chain(emissions.log_softmax(2), mask, self.forbidden_pairs, self.forbidden_first, self.forbidden_last)

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
        if choices is None:
            losses = nn.functional.cross_entropy(emissions[known], gold[known], reduction="none")
        else:
            shares = emissions[known].log_softmax(1)
            losses = -shares.masked_fill(~self.allowed(gold, choices)[known], FORBIDDEN).logsumexp(1)
        return losses.sum() if weights is None else (losses * weights[known]).sum()

    def best(self, emissions: Float[Tensor, "batch words tags"], mask: Bool[Tensor, "batch words"]) -> Int[Tensor, "batch words"]:
        """The best legal tags; 0 at padding. Without a scheme each place decides alone."""
        if self.constrained:
            return super().best(emissions, mask)
        return emissions.argmax(2).masked_fill(~mask, 0)

    def marginals(self, emissions: Float[Tensor, "batch words tags"], mask: Bool[Tensor, "batch words"]) -> Marginals:
        """What tag and span probabilities are made of; without a scheme each place decides alone."""
        if self.constrained:
            return super().marginals(emissions, mask)
        logits = emissions.log_softmax(2)
        return Marginals(logits, torch.zeros_like(logits), torch.zeros_like(logits[:, 0, 0]))
