"""A trained tagger as an ONNX model folder, which is used without torch.

Beside what every model folder holds (`config.json`, `tokenizer.json`, `vocabulary.json`, `README.md`) it has
the files that `tagger.engines.onnx_layers` writes.
"""

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from tagger.engines import PlainBatch
from tagger.engines.onnx_engine import OnnxEngine, require_onnx
from tagger.errors import ModelError, TaggerError
from tagger.features.columns import ColumnFeaturizer
from tagger.features.contexts import context_sources
from tagger.features.featurizers import features_of
from tagger.model_folder import write_texts
from tagger.modules.batch import Batch, context_tensors
from tagger.modules.model import TaggerModel
from tagger.tagger import Tagger
from tagger.whole_files import write_folder

# Float32 is rounded in another order than torch does it, no more; measured are 1e-5 at emissions of about 20.
_TOLERANCE = 1e-4

_CHECKED_WORDS = 500


class Check(NamedTuple):
    """How an exported model answers beside torch, on some sentences of known and unknown words.

    Attributes:
        num_words: The words of the sentences.
        difference: The largest between two emissions.
        largest: The largest emission.
        num_changed: For how many words, over all tasks, another tag has the highest emission; a sentence's label counts as one.
    """

    num_words: int
    difference: float
    largest: float
    num_changed: int


def export(tagger: Tagger, folder: Path, *, int8: bool = False) -> Check:
    """Writes the folder, whole or not at all, and tries it out before it is there.

    Args:
        tagger: What is exported.
        folder: Is made, or replaced where it holds an exported model.
        int8: Whether the LSTM is to work with 8 bits: faster, with slightly other emissions.

    Raises:
        TaggerError: The packages of the extra are missing, or the exported model answers otherwise.
        ModelError: The folder holds something else, or can't be written.
    """
    _refuse_others(folder)
    require_onnx()
    from tagger.engines.onnx_layers import write_layers

    checks = []

    def fill(temporary: Path) -> None:
        note = "\nExported to ONNX" + (" with an LSTM of 8 bits; the scores are those before" if int8 else "")
        note += ". It runs without torch: `pip install 'tagger[onnx]'`.\n"
        write_texts(temporary, tagger.parts, packages=("onnx", "onnxruntime"), engine="onnx", note=note)
        write_layers(tagger.model, temporary, int8=int8)
        checks.append(compared(tagger, OnnxEngine.load(temporary)))
        if not int8 and checks[0].difference > _TOLERANCE * max(1, checks[0].largest):
            raise TaggerError(
                f"the exported model answers otherwise: its emissions differ by up to {checks[0].difference:.1g} from torch's",
                where=str(folder),
                fix=f"Nothing was written. Try another version of onnxruntime; {version('onnxruntime')} is installed.",
            )

    write_folder(folder, fill)
    return checks[0]


def _refuse_others(folder: Path) -> None:
    """Whatever is not an exported model is not replaced.

    Raises:
        ModelError: The folder holds something else.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    try:
        exported = json.loads((folder / "config.json").read_text("utf-8"))["engine"] == "onnx"
    except (OSError, ValueError, LookupError, TypeError):
        exported = False
    if not exported:
        raise ModelError(
            "holds something else than an exported model", where=str(folder), fix="Name a folder that is not there yet."
        )


def compared(tagger: Tagger, engine: OnnxEngine) -> Check:
    """How the engine answers beside the tagger's own layers."""
    words, positions, lengths = _sentences(tagger)
    features = features_of(tagger.featurizers, words, _columns(tagger, len(words)))
    real = np.arange(positions.shape[1]) < lengths[:, None]
    stream, offsets = positions[real], np.concatenate([[0], np.cumsum(lengths)])
    sources = context_sources(tagger.featurizers, words, stream, offsets)
    batch = PlainBatch(
        positions, lengths, {name: source.of(np.arange(len(stream)), stream, lengths) for name, source in sources.items()}
    )
    found = next(engine.emissions(engine.word_vectors(features), [batch]))
    expected = _by_torch(tagger.model, features, batch)
    # Of sentences' labels there is no padding.
    rows: dict[int, Any] = {2: slice(None), 3: real}
    pairs = [(emissions[rows[emissions.ndim]], found[task][rows[emissions.ndim]]) for task, emissions in expected.items()]
    return Check(
        num_words=int(lengths.sum()),
        difference=max(float(np.abs(left - right).max()) for left, right in pairs),
        largest=max(float(np.abs(left).max()) for left, _ in pairs),
        num_changed=sum(int((left.argmax(1) != right.argmax(1)).sum()) for left, right in pairs),
    )


def _sentences(tagger: Tagger) -> tuple[list[str], NDArray[Any], NDArray[Any]]:
    """Words, where they stand in some sentences, and the sentences' lengths: the same for the same tagger."""
    random = np.random.default_rng(0)
    known = sorted(tagger.known_words)
    some = [known[index] for index in random.permutation(len(known))[:_CHECKED_WORDS]]
    # Turned round, most words are unknown.
    words = list(dict.fromkeys([*some, *(word[::-1] for word in some), "word" * 20]))
    lengths = np.array([1, 2, 3, 5, 8, 13, 21, 34, 55, 89])
    positions = random.integers(len(words), size=(len(lengths), int(lengths.max())))
    return words, positions, lengths


def _columns(tagger: Tagger, count: int) -> dict[str, list[str | None]]:
    """What could stand beside so many words in the columns that the tagger reads, what it does not know among them."""
    random = np.random.default_rng(1)
    found: dict[str, list[str | None]] = {}
    for featurizer in tagger.featurizers.values():
        if isinstance(featurizer, ColumnFeaturizer):
            values = [*featurizer.vocab.strings, None]
            found[featurizer.column] = [values[index] for index in random.integers(len(values), size=count).tolist()]
    return found


@torch.inference_mode()
def _by_torch(
    model: TaggerModel,
    features: Mapping[str, NDArray[Any]],
    batch: PlainBatch,
) -> dict[str, NDArray[Any]]:
    positions, lengths = torch.from_numpy(batch.positions), torch.from_numpy(batch.lengths)
    whole = Batch(
        {name: torch.from_numpy(feature) for name, feature in features.items()},
        positions,
        lengths,
        torch.arange(positions.shape[1]) < lengths[:, None],
        gold={},
        contexts=context_tensors(batch.contexts),
    )
    return {task: emissions.cpu().numpy() for task, emissions in model.emissions(whole.to(next(model.parameters()).device)).items()}
