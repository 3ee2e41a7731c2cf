"""The engine of training, and of use where torch is at hand: on the CPU or a GPU."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from numpy.typing import NDArray

from tagger.decoding.chain import ChainScores
from tagger.engines import PlainBatch
from tagger.modules.model import TaggerModel


class TorchEngine:
    """A `TaggerModel` in use; its weights may go on learning meanwhile."""

    def __init__(self, model: TaggerModel) -> None:
        self.model = model

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.model.parameters()).device

    @property
    def version(self) -> int:
        """Grows with every change of the word vectors' weights in place, as torch counts them."""
        return sum(weight._version for weight in self.model.embedding.parameters())

    @property
    def chains(self) -> dict[str, ChainScores]:
        """For each task what its sequences score beside their emissions, of the weights of now."""
        return {task: decoder.scores() for task, decoder in self.model.decoders.items()}

    def word_vectors(self, features: Mapping[str, NDArray[np.int64]]) -> Float[ndarray, "unique width"]:
        """The vector of each word of which the features are given."""
        with self._in_use():
            tensors = {name: torch.from_numpy(feature).to(self.device) for name, feature in features.items()}
            vectors: Float[ndarray, "unique width"] = self.model.embedding.unique(tensors).float().cpu().numpy()
        return vectors

    def emissions(
        self, vectors: Float[ndarray, "unique width"], batches: Iterable[PlainBatch]
    ) -> Iterator[dict[str, Float[ndarray, "batch words tags"]]]:
        """For each batch the emissions of each task; at padding any."""
        table = torch.from_numpy(vectors).to(self.device)
        for positions, lengths in batches:
            with self._in_use():
                words = torch.nn.functional.embedding(torch.from_numpy(positions).to(self.device), table)
                hidden = self.model.encoder(words, torch.from_numpy(lengths))
                found = {task: decoder(hidden).cpu().numpy() for task, decoder in self.model.decoders.items()}
            yield found

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        """Within it nothing is dropped, and no gradient is taken."""
        was_training = self.model.training
        if was_training:
            self.model.eval()
        try:
            with torch.inference_mode():
                yield
        finally:
            if was_training:
                self.model.train()
