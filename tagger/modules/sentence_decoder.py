"""Hidden vectors -> one label for the whole sentence: the vectors of its real words as one, and a linear layer."""

from collections.abc import Sequence
from math import sqrt
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from tagger.features.sentences import IGNORED
from tagger.modules.cross_entropy import cross_entropy

Pool = Literal["last", "mean", "max", "attention"]


class SentenceDecoder(nn.Module):
    """One label for each sentence. Padding is never looked at, so it can change nothing.

    Args:
        input_width: The width of the hidden vectors.
        num_labels: The number of labels.
        pool: How the words' vectors become one: `last`, the state of each direction behind the last word that it has read;
            `mean` and `max`, of each dimension over the words; `attention`, a mean weighed by how well each word's vector fits a
            learned query (the dot product of Vaswani et al. 2017), which begins as the plain mean.
        backwards: How many of the last dimensions come from reading backwards; that direction has read all of the sentence at
            its first word.
        label_smoothing: The share of each gold label that is spread over all labels.
        class_weights: How much each gold label counts; all the same if None.
    """

    def __init__(
        self,
        input_width: int,
        num_labels: int,
        *,
        pool: Pool = "last",
        backwards: int = 0,
        label_smoothing: float = 0.0,
        class_weights: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        self.num_labels = num_labels
        self.pool: Pool = pool
        self.backwards = backwards
        self.label_smoothing = label_smoothing
        self.linear = nn.Linear(input_width, num_labels)
        with torch.no_grad():
            nn.init.xavier_uniform_(self.linear.weight)
            self.linear.bias.zero_()
        self.query = nn.Parameter(torch.zeros(input_width)) if pool == "attention" else None
        weights = None if class_weights is None else torch.tensor(class_weights, dtype=torch.float32)
        # What training needs alone: it is not saved.
        self.register_buffer("class_weights", weights, persistent=False)
        self.class_weights: Tensor | None

    def forward(self, hidden: Float[Tensor, "batch words hidden"], lengths: Int[Tensor, " batch"]) -> Float[Tensor, "batch labels"]:
        """The emissions of the labels, in float32 whatever the precision of the layers before.

        Args:
            hidden: The vector of each word; at padding any.
            lengths: The number of words of each sentence, at least 1.
        """
        emissions: Tensor = self.linear(self.pooled(hidden, lengths.to(hidden.device)))
        return emissions.float()

    def pooled(self, hidden: Float[Tensor, "batch words hidden"], lengths: Int[Tensor, " batch"]) -> Float[Tensor, "batch hidden"]:
        """The vector of each sentence."""
        if self.pool == "last":
            forwards = hidden.shape[2] - self.backwards
            rows = torch.arange(len(hidden), device=hidden.device)
            return torch.cat((hidden[rows, lengths - 1, :forwards], hidden[:, 0, forwards:]), 1)
        padding = (torch.arange(hidden.shape[1], device=hidden.device) >= lengths[:, None]).unsqueeze(2)
        if self.pool == "max":
            return hidden.masked_fill(padding, -torch.inf).amax(1)
        real = hidden.masked_fill(padding, 0)
        if self.query is None:
            return real.sum(1) / lengths[:, None]
        fits = (real @ self.query).unsqueeze(2).float() / sqrt(len(self.query))
        shares = fits.masked_fill(padding, -torch.inf).softmax(1)
        return (real * shares).sum(1)

    def loss(self, emissions: Float[Tensor, "batch labels"], gold: Int[Tensor, " batch"]) -> Float[Tensor, ""]:
        """The cross-entropy of the gold labels, summed over the sentences, in nats; what is not known counts for nothing."""
        known = gold != IGNORED
        return cross_entropy(emissions[known], gold[known], smoothing=self.label_smoothing, class_weights=self.class_weights).sum()
