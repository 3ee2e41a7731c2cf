"""Several embeddings side by side, spread to the places of their words, with dropout on the way."""

from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from tagger.modules.batch import Batch, ContextBatch
from tagger.modules.dropout import DropoutKind, WordDropout, make_dropout
from tagger.modules.embeddings import ContextEmbedding, Embedding
from tagger.modules.names import module_key


class StackedEmbedding(nn.Module):
    """The vectors of all embeddings of a word, one after the other: first those of the word by itself, then those of its sentence.

    Args:
        embeddings: Each under the name of the featurizer that it reads.
        word_dropout: The share of words whose whole vector training drops.
        dropout: The share of entries that training drops.
        dropout_kind: Whether that drops the same dimensions for a whole sentence.

    Attributes:
        width: The width of the vectors.
        learned: From the first dimension that training changes to the last; nothing is to be learned from the others' gradients.
    """

    def __init__(
        self,
        embeddings: Mapping[str, Embedding | ContextEmbedding],
        *,
        word_dropout: float,
        dropout: float,
        dropout_kind: DropoutKind = "plain",
    ) -> None:
        super().__init__()
        # Not a second dictionary of modules: what is copied or moved is that of torch.
        self._keys = {name: module_key(name) for name in embeddings}
        self.embeddings = nn.ModuleDict({self._keys[name]: embedding for name, embedding in embeddings.items()})
        self._of_words = [name for name, embedding in embeddings.items() if isinstance(embedding, Embedding)]
        self._of_sentences = [name for name in embeddings if name not in self._of_words]
        self.width = sum(embedding.width for embedding in embeddings.values())
        self.learned = _learned([embeddings[name] for name in (*self._of_words, *self._of_sentences)])
        self.word_dropout = WordDropout(word_dropout)
        self.dropout = make_dropout(dropout_kind, dropout)

    @property
    def parts(self) -> dict[str, Embedding | ContextEmbedding]:
        """The embeddings by their names."""
        return {name: cast("Embedding | ContextEmbedding", self.embeddings[key]) for name, key in self._keys.items()}

    def unique(self, features: Mapping[str, Tensor]) -> Float[Tensor, "unique width"]:
        """A vector for each word of which the features are given, of what is the same in any sentence."""
        return _joined(self.embeddings[self._keys[name]](features[name]) for name in self._of_words)

    def contextual(self, contexts: Mapping[str, ContextBatch]) -> Float[Tensor, "words width"]:
        """A vector for each word of some sentences, one after the other, of what depends on them."""
        return _joined(self.embeddings[self._keys[name]](contexts[name]) for name in self._of_sentences)

    def forward(self, batch: Batch) -> Float[Tensor, "batch words width"]:
        """A vector for each place; at padding any."""
        parts = []
        if self._of_words:
            # As a lookup, whose gradient sums over the places of a word; indexing does the same several times slower on a CPU.
            parts.append(nn.functional.embedding(batch.positions, self.unique(batch.features)))
        if self._of_sentences:
            # As for words: a word's number among those of the batch, at padding that of one before.
            numbers = (batch.mask.flatten().cumsum(0) - 1).view(batch.mask.shape)
            parts.append(nn.functional.embedding(numbers, self.contextual(batch.contexts)))
        vectors = torch.cat(parts, 2) if len(parts) > 1 else parts[0]
        dropped: Tensor = self.dropout(self.word_dropout(vectors))
        return dropped


def _joined(vectors: Iterable[Tensor]) -> Tensor:
    parts = list(vectors)
    return torch.cat(parts, 1) if len(parts) > 1 else parts[0]


def _learned(embeddings: Iterable[Embedding | ContextEmbedding]) -> slice:
    embeddings = list(embeddings)
    ends = list(accumulate((embedding.width for embedding in embeddings), initial=0))
    trained = [any(weight.requires_grad for weight in embedding.parameters()) for embedding in embeddings]
    places = [index for index, yes in enumerate(trained) if yes]
    return slice(ends[places[0]], ends[places[-1] + 1]) if places else slice(0)
