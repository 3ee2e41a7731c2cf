"""Embeddings: the unique words of a batch -> a vector for each, or its sentences -> one for each place; `stack` joins several."""

from jaxtyping import Float
from torch import Tensor, nn

from tagger.modules.batch import ContextBatch


class Embedding(nn.Module):
    """What every embedding is: `width` says how wide the vectors are that `forward` gives for a featurizer's rows."""

    width: int
    learns_by_rows: bool = False
    """Whether its `vectors` are a large table, of which a batch needs few rows."""

    def forward(self, features: Tensor) -> Float[Tensor, "unique width"]:
        """A vector for each row of features."""
        raise NotImplementedError


class ContextEmbedding(nn.Module):
    """What an embedding is whose vectors depend on the whole sentence, or on what is round it."""

    width: int

    def forward(self, context: ContextBatch) -> Float[Tensor, "words width"]:
        """A vector for each word, sentence by sentence."""
        raise NotImplementedError
