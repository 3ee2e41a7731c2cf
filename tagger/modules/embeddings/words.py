"""A table of word vectors, random or read from a file, frozen or trained."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from tagger.features.vocab import Vocab
from tagger.modules.embeddings import Embedding
from tagger.modules.embeddings.subwords import SubwordEmbedding


class WordEmbedding(Embedding):
    """One vector for each known word, and one for all others.

    Random vectors are uniform in +-sqrt(3 / width), so that each dimension has variance 1 / width (Ma and Hovy 2016).

    Args:
        num_words: The size of the vocabulary, padding and unknown included.
        width: The number of dimensions.
        trainable: Whether training changes the vectors.
        singletons: Ids of words that the training set holds once.
        singleton_dropout: In training, the share of those that is shown as unknown, so that the vector of unknown words is
            learned (Lample et al. 2016).
    """

    def __init__(
        self, num_words: int, width: int, *, trainable: bool, singletons: Sequence[int] = (), singleton_dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.width = width
        self.singleton_dropout = singleton_dropout if trainable else 0.0
        self.vectors = nn.Embedding(num_words, width, padding_idx=Vocab.padding_id)
        self.vectors.weight.requires_grad_(trainable)
        is_singleton = torch.zeros(num_words, dtype=torch.bool)
        is_singleton[list(singletons)] = True
        self.register_buffer("is_singleton", is_singleton, persistent=False)
        self.is_singleton: Tensor
        bound = (3 / width) ** 0.5
        with torch.no_grad():
            self.vectors.weight.uniform_(-bound, bound)
            self.vectors.weight[Vocab.padding_id] = 0

    def load_vectors(self, matrix: Float[Tensor, "known width"]) -> None:
        """Sets the vectors of the ids 2, 3, ...; the unknown word gets their mean."""
        with torch.no_grad():
            self.vectors.weight[2 : 2 + len(matrix)] = matrix
            self.vectors.weight[Vocab.unknown_id] = matrix.mean(0)

    def forward(self, features: Int[Tensor, " unique"]) -> Float[Tensor, "unique width"]:
        """The vector of each word id."""
        if self.training and self.singleton_dropout:
            hidden = self.is_singleton[features] & (torch.rand(features.shape, device=features.device) < self.singleton_dropout)
            features = features.masked_fill(hidden, Vocab.unknown_id)
        vectors: Tensor = self.vectors(features)
        return vectors


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
