"""Several embeddings side by side, spread from the unique words to their places, with dropout on the way."""

from collections.abc import Mapping
from itertools import accumulate
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from tagger.modules.batch import Batch
from tagger.modules.dropout import WordDropout
from tagger.modules.embeddings import Embedding


class StackedEmbedding(nn.Module):
    """The vectors of all embeddings of a word, one after the other.

    Args:
        embeddings: Each under the name of the featurizer that it reads.
        word_dropout: The share of words whose whole vector training drops.
        dropout: The share of entries that training drops.

    Attributes:
        width: The width of the vectors.
        learned: From the first dimension that training changes to the last; nothing is to be learned from the others' gradients.
    """

    def __init__(self, embeddings: Mapping[str, Embedding], *, word_dropout: float, dropout: float) -> None:
        super().__init__()
        # Not a second dictionary of modules: what is copied or moved is that of torch.
        self._keys = {name: _key(name) for name in embeddings}
        self.embeddings = nn.ModuleDict({self._keys[name]: embedding for name, embedding in embeddings.items()})
        self.width = sum(embedding.width for embedding in embeddings.values())
        self.learned = _learned(embeddings)
        self.word_dropout = WordDropout(word_dropout)
        self.dropout = nn.Dropout(dropout)

    @property
    def parts(self) -> dict[str, Embedding]:
        """The embeddings by their names."""
        return {name: cast("Embedding", self.embeddings[key]) for name, key in self._keys.items()}

    def unique(self, features: Mapping[str, Tensor]) -> Float[Tensor, "unique width"]:
        """A vector for each word of which the features are given."""
        parts = [self.embeddings[key](features[name]) for name, key in self._keys.items()]
        return torch.cat(parts, 1) if len(parts) > 1 else parts[0]

    def forward(self, batch: Batch) -> Float[Tensor, "batch words width"]:
        """A vector for each place; at padding any."""
        # As a lookup, whose gradient sums over the places of a word; indexing does the same several times slower on a CPU.
        vectors = nn.functional.embedding(batch.positions, self.unique(batch.features))
        dropped: Tensor = self.dropout(self.word_dropout(vectors))
        return dropped


def _key(name: str) -> str:
    """The name among torch's modules, where some are taken, such as `type`; no embedding's own name ends in `_`."""
    return f"{name}_" if hasattr(nn.ModuleDict(), name) else name


def _learned(embeddings: Mapping[str, Embedding]) -> slice:
    ends = list(accumulate((embedding.width for embedding in embeddings.values()), initial=0))
    trained = [any(weight.requires_grad for weight in embedding.parameters()) for embedding in embeddings.values()]
    places = [index for index, yes in enumerate(trained) if yes]
    return slice(ends[places[0]], ends[places[-1] + 1]) if places else slice(0)
