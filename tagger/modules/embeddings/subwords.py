"""A word's vector from those of its subwords."""

from typing import Literal

from jaxtyping import Float, Int
from torch import Tensor, nn

from tagger.features.vocab import Vocab
from tagger.modules.embeddings import Embedding
from tagger.modules.embeddings.table import draw_vectors

SubwordPooling = Literal["first", "mean", "last"]


class SubwordEmbedding(Embedding):
    """The first or last of the vectors of a word's subwords, or their mean (as BPEmb's are used, Heinzerling and Strube 2018).

    Args:
        num_subwords: The size of the vocabulary, padding and unknown included.
        width: The number of dimensions.
        pool: What becomes of several subwords.
    """

    learns_by_rows = True

    def __init__(self, num_subwords: int, width: int, *, pool: SubwordPooling) -> None:
        super().__init__()
        self.width = width
        self.pool: SubwordPooling = pool
        self.vectors = nn.Embedding(num_subwords, width, padding_idx=Vocab.padding_id)
        draw_vectors(self.vectors)

    def forward(self, features: Int[Tensor, "unique subwords"]) -> Float[Tensor, "unique width"]:
        """The vector of each word; padding is never looked up."""
        known = features != Vocab.padding_id
        lengths = known.sum(1)
        match self.pool:
            case "first":
                vectors: Tensor = self.vectors(features[:, 0])
            case "last":
                vectors = self.vectors(features.gather(1, lengths.unsqueeze(1) - 1).squeeze(1))
            case "mean":
                found = self.vectors(features[known])
                sums = found.new_zeros(len(features), self.width).index_add(0, known.nonzero()[:, 0], found)
                vectors = sums / lengths.unsqueeze(1)
        return vectors
