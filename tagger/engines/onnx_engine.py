"""The engine without torch: the graphs of an exported model on onnxruntime."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from tagger.decoding.chain import ChainScores
from tagger.engines import PlainBatch, PlainEmissions
from tagger.engines.document_means import document_means
from tagger.errors import ModelError, TaggerError
from tagger.features.document_context import Surroundings

if TYPE_CHECKING:
    import onnxruntime

FILES = ("layers.json", "chains.safetensors", "sentences.onnx")
"""What every exported model has for its engine; the others that it has, by its embeddings, have names from `embedding_file`."""

INSTALL = "Install it: pip install 'tagger[onnx]'"

_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


_FILES = {
    "words": ("words", ".npy"),
    "characters": ("characters", ".onnx"),
    "character_lstm": ("character_lstm", ".onnx"),
    "subwords": ("subwords", ".onnx"),
    "document_context": ("document_context", ".onnx"),
}


def embedding_file(name: str, kind: str) -> str:
    """The file of an embedding."""
    stem, suffix = _FILES[kind]
    return f"{stem}{suffix}" if name == kind else f"{stem}-{name}{suffix}"


class OnnxEngine:
    """An exported model in use.

    Make one with `load`.

    Attributes:
        version: Always the same: an exported model does not learn.
        chains: For each task of tags what its sequences score beside their emissions.
        int8: Whether the LSTM works with 8 bits.
    """

    # onnxruntime works padding out, of which small batches of sentences of one length have little.
    batch_words = 800

    def __init__(
        self, folder: Path, settings: Mapping[str, Any], options: "onnxruntime.SessionOptions", providers: list[str]
    ) -> None:
        listed = settings["embeddings"]
        # Folders of earlier versions have a list of names, which are the kinds.
        kinds: dict[str, str] = dict(listed) if isinstance(listed, dict) else {name: name for name in listed}
        # What reads the document stands apart, each with the table that it takes its means of.
        tables: dict[str, str] = settings.get("tables", {})
        self.int8 = bool(settings["int8"])
        scores = load_file(folder / "chains.safetensors")
        self.version = 0
        self.chains = {
            task: ChainScores(scores[f"{task}.transitions"], scores[f"{task}.first"], scores[f"{task}.last"], normalised)
            for task, normalised in settings["normalised"].items()
        }
        # Mapped, not read: a table of words is most of a model, a text needs few rows of it, and processes share them.
        self._embeddings: dict[str, NDArray[Any] | onnxruntime.InferenceSession] = {
            name: np.load(folder / embedding_file(name, kind), mmap_mode="r", allow_pickle=False)
            if kind == "words"
            else _session(folder / embedding_file(name, kind), options, providers)
            for name, kind in kinds.items()
            if name not in tables
        }
        self._contexts = {
            name: (_session(folder / embedding_file(name, kinds[name]), options, providers), np.asarray(self._embeddings[table]))
            for name, table in tables.items()
        }
        self._sentences = _session(folder / "sentences.onnx", options, providers)
        # What was exported before there were sentences' labels has no such key.
        self._tasks = [*self.chains, *settings.get("sentences", ())]

    @classmethod
    def load(cls, folder: Path, *, threads: int | None = None, device: str = "cpu") -> "OnnxEngine":
        """The engine of an exported model.

        Args:
            folder: What `tagger export` wrote.
            threads: How many threads work on one batch; as many as there are processors for us if None.
            device: `cpu`, or `cuda` where the onnxruntime for it is installed.

        Raises:
            TaggerError: onnxruntime is not installed, or does not have the device.
            ModelError: There is no whole exported model.
        """
        onnxruntime = _onnxruntime()
        if missing := [name for name in FILES if not (folder / name).is_file()]:
            raise ModelError(f"no exported model here: {', '.join(missing)} missing", where=str(folder), fix=_EXPORT)
        provider = _PROVIDERS.get(device)
        if provider not in onnxruntime.get_available_providers():
            having = [name for name, value in _PROVIDERS.items() if value in onnxruntime.get_available_providers()]
            raise TaggerError(f"the onnxruntime that is installed has no device '{device}'", fix=f"Use {' or '.join(having)}.")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or num_processors()
        options.inter_op_num_threads = 1
        # No two batches have the same shape: a plan of memory by shapes is only another thing to keep.
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        # Threads that wait for the next operator may spin, but not while we decode.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        # A provider for the CPU is always at hand for operators that the device does not have.
        providers = list(dict.fromkeys([_PROVIDERS[device], _PROVIDERS["cpu"]]))
        damage: tuple[type[Exception], ...] = (
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            OSError,
            EOFError,
            SafetensorError,
            *_refusals(),
        )
        try:
            settings = json.loads((folder / "layers.json").read_text("utf-8"))
            return cls(folder, settings, options, providers)
        except damage as error:
            problem = " ".join(str(error).split()[:40]) or type(error).__name__
            raise ModelError(f"the exported model is damaged ({problem})", where=str(folder), fix="Export it again.") from error

    def word_vectors(self, features: Mapping[str, NDArray[np.int64]]) -> Float[ndarray, "unique width"]:
        """The vector of each word of which the features are given."""
        parts = []
        for name, embedding in self._embeddings.items():
            if isinstance(embedding, np.ndarray):
                parts.append(np.asarray(embedding)[features[name]])
            else:
                parts.append(embedding.run(["vectors"], {embedding.get_inputs()[0].name: features[name]})[0])
        return np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]

    def emissions(self, vectors: Float[ndarray, "unique width"], batches: Iterable[PlainBatch]) -> Iterator[PlainEmissions]:
        """For each batch the emissions of each task; at padding any."""
        for batch in batches:
            words, positions = self._in_sentences(vectors, batch) if self._contexts else (vectors, batch.positions)
            outputs = [f"emissions.{task}" for task in self._tasks]
            found = self._sentences.run(outputs, {"vectors": words, "positions": positions, "lengths": batch.lengths})
            yield dict(zip(self._tasks, found, strict=True))

    def _in_sentences(
        self, vectors: Float[ndarray, "unique own"], batch: PlainBatch
    ) -> tuple[Float[ndarray, "places input"], Int[ndarray, "batch words"]]:
        """The vector of each word in its sentence, sentence by sentence, and which of them stands at each place."""
        mask = np.arange(batch.positions.shape[1]) < batch.lengths[:, None]
        parts = [vectors[batch.positions[mask]]]
        for name, (graph, table) in self._contexts.items():
            context = batch.contexts[name]
            assert isinstance(context, Surroundings)
            if context.alone.all():
                parts.append(np.zeros((len(context.sentences), graph.get_outputs()[0].shape[1]), dtype=np.float32))
            else:
                # The projection is a graph too: numpy's threads, which wait for more, would stand in onnxruntime's way.
                parts.append(graph.run(["vectors"], {"means": document_means(context, table)})[0])
        positions = np.zeros(mask.shape, dtype=np.int64)
        positions[mask] = np.arange(len(parts[0]))
        return np.concatenate(parts, axis=1), positions


_EXPORT = "`tagger export MODEL DIR` makes one of a trained model."


def _onnxruntime() -> Any:
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        if error.name != "onnxruntime":
            raise
        raise TaggerError("onnxruntime is not installed", fix=INSTALL) from error
    return onnxruntime


def num_processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def require_onnx() -> None:
    """Refuses to make graphs where the package for it is missing.

    Raises:
        TaggerError: onnx is not installed.
    """
    if find_spec("onnx") is None:
        raise TaggerError("onnx is not installed", fix=INSTALL)


def _refusals() -> tuple[type[Exception], ...]:
    """What onnxruntime raises for a graph that it can't read or run; these have no parent of their own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    return (state.Fail, state.InvalidArgument, state.InvalidGraph, state.InvalidProtobuf, state.NoSuchFile, state.NotImplemented)


def _session(path: Path, options: "onnxruntime.SessionOptions", providers: list[str]) -> "onnxruntime.InferenceSession":
    return _onnxruntime().InferenceSession(path, options, providers=providers)
