"""What frozen transformers give the words of a split, kept on the disk: training reads it in each epoch, and works it out once.

A file of the cache has a name made of all that its numbers depend on: the weights, the layers, the windows and the sentences. So
other runs, seeds and processes find it too, and none reads another's.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock
from jaxtyping import Float16
from numpy import ndarray

from tagger.corpora.cache import cache_folder
from tagger.engines import Engine
from tagger.features.contexts import Kept, KeptVectors
from tagger.features.sampler import batches_by_length
from tagger.features.sentences import EncodedSentences
from tagger.features.transformer import TransformerFeaturizer
from tagger.features.windows import Windows
from tagger.whole_files import write_file, writing

if TYPE_CHECKING:
    from rich.console import Console

    from tagger.engines.torch_engine import TorchEngine

# So many words' vectors are held in memory until they are written.
_WORDS_AT_ONCE = 16_384
_FIX = "Free some space, name another folder as TAGGER_CACHE, or set cache: false for the embedding, which is slower."


def context_cache(engine: Engine, featurizers: Mapping[str, object]) -> "ContextCache":
    """The cache of this machine.

    Args:
        engine: That of torch.
        featurizers: By the name of their embedding; those of the transformers that are kept.
    """
    from tagger.engines.torch_engine import TorchEngine

    assert isinstance(engine, TorchEngine)
    kept = {name: part for name, part in featurizers.items() if isinstance(part, TransformerFeaturizer)}
    return ContextCache(engine, kept, cache_folder() / "transformers")


class ContextCache:
    """The vectors of frozen transformers by the sentences that they stand in.

    Args:
        engine: Its transformers work them out.
        featurizers: By the name of their embedding; those of the transformers that are kept.
        folder: Where they are kept.
    """

    def __init__(self, engine: "TorchEngine", featurizers: Mapping[str, TransformerFeaturizer], folder: Path) -> None:
        self._engine = engine
        self._folder = folder
        self._digests = {
            name: hashlib.blake2b((engine.digest(name) + json.dumps(part.to_json())).encode(), digest_size=16).hexdigest()
            for name, part in featurizers.items()
        }

    def kept(self, sentences: EncodedSentences, console: "Console | None" = None) -> EncodedSentences:
        """The same sentences with the vectors of their words in place of their subwords.

        Args:
            sentences: The sentences.
            console: Where progress is shown while they are read, if no other display is there; nowhere if None.

        Raises:
            ModelError: They can't be written.
        """
        if not len(sentences.words):
            return sentences
        found = {
            name: Kept(self._vectors(name, sentences, console))
            for name, source in sentences.contexts.items()
            if name in self._digests and not isinstance(source, Kept)
        }
        return replace(sentences, contexts={**sentences.contexts, **found})

    def _vectors(self, name: str, sentences: EncodedSentences, console: "Console | None") -> KeptVectors:
        path = self._folder / f"{_digest(self._digests[name], sentences)}.npy"
        if not path.is_file():
            with writing(self._folder, _FIX):
                self._folder.mkdir(parents=True, exist_ok=True)
                # Of several processes one works them out, and the others wait.
                lock = FileLock(path.with_suffix(".lock"))
                lock.acquire()
            try:
                if not path.is_file():
                    write_file(path, lambda new: self._write(new, name, sentences, console), _FIX)
            finally:
                lock.release()
        vectors: KeptVectors = np.load(path, mmap_mode="r", allow_pickle=False)
        return vectors

    def _write(self, path: Path, name: str, sentences: EncodedSentences, console: "Console | None") -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn())
        console = console or Console(quiet=True)
        # It is written from its start to its end, not mapped: on a full disk a mapped file kills whoever writes.
        with (
            path.open("wb") as file,
            Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress,
        ):
            bar = progress.add_task(f"reading with {name}, once", total=len(sentences.words))
            for rows in _stretches(sentences):
                vectors = self._of(name, sentences, rows)
                if file.tell() == 0:
                    shape = (len(sentences.words), *vectors.shape[1:])
                    header: dict[str, Any] = {"descr": "<f2", "fortran_order": False, "shape": shape}
                    np.lib.format.write_array_header_2_0(file, header)
                file.write(vectors.astype("<f2", copy=False).data)
                progress.advance(bar, len(vectors))

    def _of(self, name: str, sentences: EncodedSentences, rows: ndarray) -> Float16[ndarray, "words layers width"]:
        """The vectors of the words of neighbouring sentences."""
        lengths = sentences.lengths[rows]
        first, vectors = sentences.offsets[rows[0]], None
        for some in batches_by_length(lengths, self._engine.batch_words):
            places, mask = sentences.places(rows[some])
            windows = sentences.contexts_of(places, mask.sum(1))[name]
            assert isinstance(windows, Windows)
            found = self._engine.states(name, windows)
            if vectors is None:
                vectors = np.empty((lengths.sum(), *found.shape[1:]), dtype=np.float16)
            vectors[places - first] = found
        assert vectors is not None
        return vectors


def _stretches(sentences: EncodedSentences) -> Sequence[ndarray]:
    """The sentences that have words, in their order, in stretches of about as many words."""
    rows = np.flatnonzero(sentences.lengths)
    numbers = sentences.offsets[rows] // _WORDS_AT_ONCE
    return np.split(rows, np.flatnonzero(np.diff(numbers)) + 1)


def _digest(of_layers: str, sentences: EncodedSentences) -> str:
    digest = hashlib.blake2b(of_layers.encode(), digest_size=16)
    for part in (json.dumps(list(sentences.types)).encode(), sentences.words, sentences.offsets):
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(np.ascontiguousarray(part).data if isinstance(part, ndarray) else part)
    return digest.hexdigest()
