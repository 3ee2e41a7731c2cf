"""Embeddings: the unique words of a batch -> a vector for each; `stack` puts several side by side."""

from jaxtyping import Float
from torch import Tensor, nn


class Embedding(nn.Module):
    """What every embedding is: `width` says how wide the vectors are that `forward` gives for a featurizer's rows."""

    width: int

    def forward(self, features: Tensor) -> Float[Tensor, "unique width"]:
        """A vector for each row of features."""
        raise NotImplementedError
