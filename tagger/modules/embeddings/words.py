"""A table of word vectors, random or read from a file, frozen or trained."""

import torch
from jaxtyping import Float
from torch import Tensor

from tagger.features.vocab import Vocab
from tagger.modules.embeddings.table import TableEmbedding


class WordEmbedding(TableEmbedding):
    """A vector for each known word, and one for all others."""

    learns_by_rows = True

    def load_vectors(self, matrix: Float[Tensor, "known width"]) -> None:
        """Sets the vectors of the ids 2, 3, ...; the unknown word gets their mean."""
        with torch.no_grad():
            self.vectors.weight[2 : 2 + len(matrix)] = matrix
            self.vectors.weight[Vocab.unknown_id] = matrix.mean(0)
