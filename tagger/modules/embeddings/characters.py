"""A word's vector from its characters."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from tagger.features.vocab import Vocab
from tagger.modules.embeddings import Embedding


class CharacterCNN(Embedding):
    """Convolutions over a word's characters, then the maximum over its positions (Ma and Hovy 2016).

    Args:
        num_characters: The size of the character vocabulary, padding and unknown included.
        character_width: The width of a character's vector.
        filters: The number of filters of each kernel; the word's vector is `filters * len(kernels)` wide.
        kernels: The number of characters that each filter sees; odd.
        dropout: The share of the character vectors' entries that training drops.
    """

    def __init__(self, num_characters: int, *, character_width: int, filters: int, kernels: Sequence[int], dropout: float) -> None:
        super().__init__()
        self.width = filters * len(kernels)
        self.characters = nn.Embedding(num_characters, character_width, padding_idx=Vocab.padding_id)
        self.dropout = nn.Dropout(dropout)
        self.convolutions = nn.ModuleList(nn.Conv1d(character_width, filters, size, padding=size // 2) for size in kernels)
        bound = (3 / character_width) ** 0.5
        with torch.no_grad():
            self.characters.weight.uniform_(-bound, bound)
            self.characters.weight[Vocab.padding_id] = 0
            for convolution in self.convolutions:
                assert isinstance(convolution, nn.Conv1d) and convolution.bias is not None
                nn.init.xavier_uniform_(convolution.weight)
                convolution.bias.zero_()

    def forward(self, features: Int[Tensor, "unique characters"]) -> Float[Tensor, "unique width"]:
        """The vector of each word; padding changes nothing, being zero in the convolutions and left out of the maximum."""
        vectors = self.dropout(self.characters(features))
        known = features != Vocab.padding_id
        word, character = known.nonzero(as_tuple=True)
        maxima = []
        for convolution in self.convolutions:
            assert isinstance(convolution, nn.Conv1d)
            # The convolution as one product over the characters that are there, as most places of a batch are padding. The windows
            # are looked up, for that has the quicker gradient.
            size = convolution.kernel_size[0]
            wide = nn.functional.pad(vectors, (0, 0, size // 2, size // 2))
            places = word * wide.shape[1] + character
            windows = nn.functional.embedding(places.unsqueeze(1) + torch.arange(size, device=places.device), wide.flatten(0, 1))
            seen = nn.functional.linear(windows.flatten(1), convolution.weight.transpose(1, 2).flatten(1), convolution.bias)
            spread = seen.new_full((*features.shape, seen.shape[1]), -torch.inf)
            spread[known] = seen
            maxima.append(spread.max(1).values)
        return torch.cat(maxima, 1)
