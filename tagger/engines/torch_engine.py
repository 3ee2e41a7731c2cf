"""The engine of training, and of use where torch is at hand: on the CPU or a GPU."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

import numpy as np
import torch
from jaxtyping import Float, Float16
from numpy import ndarray
from numpy.typing import NDArray
from torch import Tensor

from tagger.decoding.chain import ChainScores
from tagger.engines import PlainBatch, PlainEmissions
from tagger.engines.one_sentence import SentenceLayers
from tagger.engines.recurrence import RecurrentLayers, pack
from tagger.errors import TaggerError
from tagger.features.windows import Windows
from tagger.modules.batch import context_tensors, window_tensors
from tagger.modules.embeddings.transformer import TransformerEmbedding
from tagger.modules.encoders import LSTMEncoder
from tagger.modules.model import TaggerModel, TaskEmissions

Layers = TypeVar("Layers", RecurrentLayers, SentenceLayers)

# A single sentence of so many words needs no packing and shares little.
_SHORT = 256


def _plain(emissions: TaskEmissions) -> PlainEmissions:
    return {task: found.cpu().numpy() for task, found in emissions.items()}


def has_bf16(device: torch.device) -> bool:
    """Whether a device multiplies in bf16, rather than by way of float32."""
    match device.type:
        case "cpu":
            return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
        case "cuda":
            return bool(torch.cuda.is_bf16_supported(including_emulation=False))
        case _:
            return False


class TorchEngine:
    """A `TaggerModel` in use; its weights may go on learning meanwhile."""

    # The recurrence has no padding, and larger steps are quicker.
    batch_words = 5_000

    def __init__(self, model: TaggerModel, dtype: torch.dtype = torch.float32) -> None:
        self.model = model
        self.dtype = dtype
        # Modules are walked through once: that takes longer than to tag a word.
        self._weights = {name: list(part.parameters()) for name, part in model.named_children()}
        self._made: dict[type, tuple[object, Any]] = {}
        self._chains: tuple[object, dict[str, ChainScores]] | None = None

    @classmethod
    def on(cls, model: TaggerModel, *, device: str, dtype: Literal["float32", "bf16"], threads: int | None) -> "TorchEngine":
        """The engine of a model on a device.

        Raises:
            TaggerError: The device can't be used, or has no such arithmetic.
        """
        try:
            model.to(device)
        except (RuntimeError, AssertionError) as error:
            raise TaggerError(f"device '{device}' can't be used ({str(error).splitlines()[0]})", fix="Use cpu.") from error
        if dtype == "bf16" and not has_bf16(torch.device(device)):
            fix = "Use float32, which is as fast there, or int8."
            raise TaggerError(f"the {device} here has no arithmetic of bf16", where="dtype=bf16", fix=fix)
        if threads is not None:
            torch.set_num_threads(threads)
        return cls(model, torch.bfloat16 if dtype == "bf16" else torch.float32)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self._weights["_decoders"][0].device

    @property
    def version(self) -> tuple[int, ...]:
        """Another whenever the word vectors' weights may have changed."""
        return self._changes("embedding")

    def _changes(self, part: str) -> tuple[int, ...]:
        # torch counts what is written into a tensor, but for the steps of a fused optimizer: those happen in training.
        weights = self._weights[part]
        places = (weight.data_ptr() for weight in weights)
        return self.model.trainings, sum(weight._version for weight in weights), *places

    @property
    def chains(self) -> dict[str, ChainScores]:
        """For each task what its sequences score beside their emissions, of the weights of now."""
        version = self._changes("_decoders")
        if self._chains is None or self._chains[0] != version:
            self._chains = version, {task: decoder.scores() for task, decoder in self.model.decoders.items()}
        return self._chains[1]

    def word_vectors(self, features: Mapping[str, NDArray[np.int64]]) -> Float[ndarray, "unique width"]:
        """The vector of each word of which the features are given."""
        with self._in_use():
            tensors = {name: torch.from_numpy(feature).to(self.device) for name, feature in features.items()}
            vectors: Float[ndarray, "unique width"] = self.model.embedding.unique(tensors).float().cpu().numpy()
        return vectors

    def emissions(self, vectors: Float[ndarray, "unique width"], batches: Iterable[PlainBatch]) -> Iterator[PlainEmissions]:
        """For each batch the emissions of each task; at padding any."""
        table = torch.from_numpy(vectors).to(self.device)
        encoder, shares = self.model.encoder, None
        for batch in batches:
            lengths = batch.lengths
            with self._in_use():
                beside = self._contextual(batch).to(table.dtype) if batch.contexts else None
                if self.device.type != "cpu" or not isinstance(encoder, LSTMEncoder):
                    hidden = encoder(self._words(table, batch, beside), torch.from_numpy(lengths))
                    found = _plain(self.model.decoded(hidden, torch.from_numpy(lengths)))
                elif len(lengths) == 1 and lengths[0] <= _SHORT and SentenceLayers.can_run(self.dtype):
                    hidden = self._layers(SentenceLayers, encoder)(self._words(table, batch, beside)[0])[None]
                    found = _plain(self.model.decoded(hidden, torch.from_numpy(lengths)))
                else:
                    layers = self._layers(RecurrentLayers, encoder)
                    # Where all that is known of words depends on their sentences, there is nothing to share.
                    shares = shares or (layers.table(table) if table.shape[1] else None)
                    packed = pack(batch.positions, lengths)
                    if beside is not None:
                        beside = beside.index_select(
                            0, torch.from_numpy((np.cumsum(lengths) - lengths)[packed.sentences] + packed.steps)
                        )
                    hidden = layers(table, shares, torch.from_numpy(packed.words), packed.sizes, beside)
                    found = {task: packed.unpack(decoder(hidden[None])[0].numpy()) for task, decoder in self.model.decoders.items()}
                    if decoders := self.model.sentence_decoders:
                        whole = torch.from_numpy(packed.unpack(hidden.numpy()))
                        found |= _plain({task: decoder(whole, torch.from_numpy(lengths)) for task, decoder in decoders.items()})
            yield found

    def _contextual(self, batch: PlainBatch) -> Float[Tensor, "words context"]:
        """What is known of each word's sentence, sentence by sentence."""
        return self.model.embedding.contextual(
            {name: context.to(self.device) for name, context in context_tensors(batch.contexts).items()}
        )

    def _words(
        self, table: Float[Tensor, "unique own"], batch: PlainBatch, beside: Float[Tensor, "words context"] | None
    ) -> Float[Tensor, "batch words input"]:
        """The vectors of each place's word and of what is beside it; at padding any."""
        words = torch.nn.functional.embedding(torch.from_numpy(batch.positions).to(self.device), table)
        if beside is None:
            return words
        mask = torch.arange(batch.positions.shape[1]) < torch.from_numpy(batch.lengths)[:, None]
        spread = words.new_zeros(*words.shape[:2], beside.shape[1])
        spread[mask.to(self.device)] = beside
        return torch.cat([words, spread], 2)

    def states(self, name: str, windows: Windows) -> Float16[ndarray, "words layers width"]:
        """What a frozen transformer gives the words of some sentences, before its layers are mixed.

        Args:
            name: That of its embedding.
            windows: The sentences.
        """
        part = self.model.embedding.parts[name]
        assert isinstance(part, TransformerEmbedding)
        with self._in_use():
            found: Float16[ndarray, "words layers width"] = part.states(window_tensors(windows).to(self.device)).cpu().numpy()
        return found

    def digest(self, name: str) -> str:
        """A short name of all that a transformer's `states` depend on; name is that of the embedding."""
        part = self.model.embedding.parts[name]
        assert isinstance(part, TransformerEmbedding)
        return f"{part.digest()} {self.dtype}"

    def _layers(self, kind: type[Layers], encoder: LSTMEncoder) -> Layers:
        """The encoder's LSTM as it stands, made anew when its weights have changed."""
        version = self._changes("encoder")
        if kind not in self._made or self._made[kind][0] != version:
            self._made[kind] = version, kind(encoder.lstm, encoder.state, self.dtype)
        layers: Layers = self._made[kind][1]
        return layers

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        """Within it nothing is dropped, and no gradient is taken."""
        was_training = self.model.training
        if was_training:
            self.model.eval()
        try:
            with torch.inference_mode(), torch.autocast(self.device.type, self.dtype, enabled=self.dtype is torch.bfloat16):
                yield
        finally:
            if was_training:
                self.model.train()
