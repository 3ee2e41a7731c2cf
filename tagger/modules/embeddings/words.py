"""A table of word vectors, random or read from a file, frozen or trained."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from tagger.features.vocab import Vocab
from tagger.modules.embeddings.subwords import SubwordEmbedding
from tagger.modules.embeddings.table import TableEmbedding


class WordEmbedding(TableEmbedding):
    """A vector for each known word, and one for all others; a large table, of which a batch needs few rows."""

    def load_vectors(self, matrix: Float[Tensor, "known width"]) -> None:
        """Sets the vectors of the ids 2, 3, ...; the unknown word gets their mean."""
        with torch.no_grad():
            self.vectors.weight[2 : 2 + len(matrix)] = matrix
            self.vectors.weight[Vocab.unknown_id] = matrix.mean(0)


def word_tables(model: nn.Module) -> dict[str, nn.Embedding]:
    """The tables of word and subword vectors that are trained row by row, each under the name of its weight."""
    return {
        f"{name}.vectors.weight": module.vectors
        for name, module in model.named_modules()
        # torch has sparse gradients on Apple's GPUs only in its later versions: there whole tables learn.
        if isinstance(module, WordEmbedding | SubwordEmbedding)
        and module.vectors.weight.requires_grad
        and module.vectors.weight.device.type != "mps"
    }
