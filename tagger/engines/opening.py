"""Which engine a model folder is opened with."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from tagger.engines import Engine
from tagger.engines.onnx_engine import OnnxEngine, require_onnx
from tagger.errors import TaggerError
from tagger.features.featurizers import AnyFeaturizer
from tagger.recipe import Recipe
from tagger.text.schemes import TagScheme

EngineName = Literal["torch", "onnx"]
Precision = Literal["float32", "bf16", "int8"]


def open_exported(folder: Path, *, engine: EngineName | None, dtype: Precision | None, device: str, threads: int | None) -> Engine:
    """The engine of an exported model.

    Raises:
        TaggerError: What is asked for is not what was exported, or it can't run here.
        ModelError: The files are not whole.
    """
    if engine == "torch":
        raise TaggerError("an exported model runs on onnxruntime alone", where="engine=torch", fix="Give the run folder.")
    opened = OnnxEngine.load(folder, threads=threads, device=device)
    exported: Precision = "int8" if opened.int8 else "float32"
    if dtype not in (None, exported):
        fix = f"Export the run folder{' with --int8' if dtype == 'int8' else ''}, or give that folder."
        raise TaggerError(f"the model was exported as {exported}", where=f"dtype={dtype}", fix=fix)
    return opened


def open_trained(
    folder: Path,
    recipe: Recipe,
    tags: Mapping[str, tuple[TagScheme | None, Sequence[str]]],
    featurizers: Mapping[str, AnyFeaturizer],
    *,
    engine: EngineName | None,
    dtype: Precision | None,
    device: str,
    threads: int | None,
) -> Engine:
    """The engine of a trained model: torch, or onnxruntime on graphs that are made for the occasion.

    Raises:
        TaggerError: It can't run here.
    """
    from safetensors.torch import load_file

    from tagger.build import build_model
    from tagger.engines.torch_engine import TorchEngine

    if engine == "torch" and dtype == "int8":
        fix = "Leave engine away: int8 runs on onnxruntime, which is faster at it than torch."
        raise TaggerError("torch has no lasting way to run an LSTM in int8", where="engine=torch, dtype=int8", fix=fix)
    if engine == "onnx" and dtype == "bf16":
        raise TaggerError("onnxruntime runs float32 and int8", where="engine=onnx, dtype=bf16", fix="Use one of these, or torch.")
    model = build_model(recipe, featurizers, tags).eval()
    model.load_state_dict(load_file(folder / "model.safetensors"))
    if engine != "onnx" and dtype != "int8":
        return TorchEngine.on(model, device=device, dtype=dtype or "float32", threads=threads)
    require_onnx()
    from tagger.engines.onnx_layers import write_layers

    with tempfile.TemporaryDirectory(prefix="tagger-", ignore_cleanup_errors=True) as made:
        write_layers(model, Path(made), int8=dtype == "int8")
        return OnnxEngine.load(Path(made), threads=threads, device=device)
