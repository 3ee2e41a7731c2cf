"""A table of vectors, one for each id."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from tagger.features.vocab import Vocab
from tagger.modules.embeddings import Embedding


def draw_vectors(table: nn.Embedding, zeros: Sequence[int] = ()) -> None:
    """Draws vectors anew: uniform in +-sqrt(3 / width), so that each dimension has variance 1 / width (Ma and Hovy 2016).

    That of padding is zeros, and so are those of the ids in `zeros`.
    """
    bound = (3 / table.embedding_dim) ** 0.5
    with torch.no_grad():
        table.weight.uniform_(-bound, bound)
        table.weight[[Vocab.padding_id, *zeros]] = 0


def row_tables(model: nn.Module) -> dict[str, nn.Embedding]:
    """The tables that are trained row by row, each under the name of its weight."""
    found: dict[str, nn.Embedding] = {}
    for name, module in model.named_modules():
        if isinstance(module, Embedding) and module.learns_by_rows:
            table = module.vectors
            assert isinstance(table, nn.Embedding)
            # torch has sparse gradients on Apple's GPUs only in its later versions: there whole tables learn.
            if table.weight.requires_grad and table.weight.device.type != "mps":
                found[f"{name}.vectors.weight"] = table
    return found


class TableEmbedding(Embedding):
    """One vector for each known value, and one for all others.

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
        draw_vectors(self.vectors, neutral)

    def forward(self, features: Int[Tensor, " unique"]) -> Float[Tensor, "unique width"]:
        """The vector of each id."""
        if self.training and self.singleton_dropout:
            hidden = self.is_singleton[features] & (torch.rand(features.shape, device=features.device) < self.singleton_dropout)
            features = features.masked_fill(hidden, Vocab.unknown_id)
        vectors: Tensor = self.vectors(features)
        return vectors
