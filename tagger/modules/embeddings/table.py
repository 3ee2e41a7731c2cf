"""A table of vectors, one for each id."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from tagger.features.vocab import Vocab
from tagger.modules.embeddings import Embedding


class TableEmbedding(Embedding):
    """One vector for each known value, and one for all others.

    Random vectors are uniform in +-sqrt(3 / width), so that each dimension has variance 1 / width (Ma and Hovy 2016).

    Args:
        num_values: The number of ids, those of padding and of unknown values included.
        width: The number of dimensions.
        trainable: Whether training changes the vectors.
        singletons: Ids of values that the training set holds once.
        singleton_dropout: In training, the share of those that is shown as unknown, so that the vector of unknown values is
            learned (Lample et al. 2016).
        neutral: Ids that training may never show; their vectors start as zeros, which say nothing.
    """

    def __init__(
        self,
        num_values: int,
        width: int,
        *,
        trainable: bool = True,
        singletons: Sequence[int] = (),
        singleton_dropout: float = 0.0,
        neutral: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.width = width
        self.singleton_dropout = singleton_dropout if trainable else 0.0
        self.vectors = nn.Embedding(num_values, width, padding_idx=Vocab.padding_id)
        self.vectors.weight.requires_grad_(trainable)
        is_singleton = torch.zeros(num_values, dtype=torch.bool)
        is_singleton[list(singletons)] = True
        self.register_buffer("is_singleton", is_singleton, persistent=False)
        self.is_singleton: Tensor
        bound = (3 / width) ** 0.5
        with torch.no_grad():
            self.vectors.weight.uniform_(-bound, bound)
            self.vectors.weight[[Vocab.padding_id, *neutral]] = 0

    def forward(self, features: Int[Tensor, " unique"]) -> Float[Tensor, "unique width"]:
        """The vector of each id."""
        if self.training and self.singleton_dropout:
            hidden = self.is_singleton[features] & (torch.rand(features.shape, device=features.device) < self.singleton_dropout)
            features = features.masked_fill(hidden, Vocab.unknown_id)
        vectors: Tensor = self.vectors(features)
        return vectors
