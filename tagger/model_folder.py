"""The model folder: `config.json`, `model.safetensors`, `tokenizer.json`, `vocabulary.json`, `README.md`; no pickle in it.

It is written whole or not at all: see `whole_files`.
"""

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError
from safetensors import SafetensorError

from tagger.best_seed import best_seed
from tagger.engines import Engine
from tagger.engines.opening import EngineName, Precision, open_exported, open_trained
from tagger.errors import ModelError
from tagger.features.featurizers import AnyFeaturizer, featurizers_json, read_featurizers
from tagger.features.transformer import TransformerFeaturizer
from tagger.model_card import model_card
from tagger.recipe import Recipe
from tagger.text.schemes import SCHEMES, TagScheme
from tagger.text.tokenizer import Tokenizer
from tagger.whole_files import save_tensors, standing, write_folder

if TYPE_CHECKING:
    from tagger.modules.model import TaggerModel

FORMAT = 1
FILES = ("config.json", "model.safetensors", "tokenizer.json", "vocabulary.json")
EXPORTED = ("*.onnx", "*.npy", "chains.safetensors", "layers.json")


class ModelParts(NamedTuple):
    """What `Tagger` is made of."""

    recipe: Recipe
    tags: dict[str, tuple[TagScheme | None, tuple[str, ...]]]
    featurizers: dict[str, AnyFeaturizer]
    engine: Engine
    tokenizer: Tokenizer
    known_words: frozenset[str]
    facts: dict[str, Any]


def write_model(folder: Path, parts: ModelParts, model: "TaggerModel") -> None:
    """Writes the whole folder, in place of an older one.

    Raises:
        ModelError: It can't be written.
    """

    def fill(temporary: Path) -> None:
        transformers = any(isinstance(part, TransformerFeaturizer) for part in parts.featurizers.values())
        write_texts(temporary, parts, packages=("torch", *(("transformers",) if transformers else ())))
        save_tensors(model.state_dict(), temporary / "model.safetensors")

    write_folder(folder, fill)


def write_texts(folder: Path, parts: ModelParts, *, packages: Sequence[str], engine: str | None = None, note: str = "") -> None:
    """Writes all files of a model folder but those of its layers.

    Args:
        folder: Is there.
        parts: What is written.
        packages: What its layers were written by, beside this package and tokenizers; their versions are noted.
        engine: What alone can run it, if not torch.
        note: What the card says at its end.
    """
    config = {
        "format": FORMAT,
        **({"engine": engine} if engine else {}),
        "tasks": {
            task: {"scheme": scheme.name if scheme else None, "tags": list(names)} for task, (scheme, names) in parts.tags.items()
        },
        "recipe": parts.recipe.model_dump(mode="json"),
        "versions": {name: version(name) for name in ("tagger", *packages, "tokenizers")},
        **parts.facts,
    }
    vocabulary = {
        "featurizers": featurizers_json(parts.featurizers),
        "known_words": sorted(parts.known_words),
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", "utf-8")
    (folder / "vocabulary.json").write_text(json.dumps(vocabulary, ensure_ascii=False), "utf-8")
    (folder / "tokenizer.json").write_text(parts.tokenizer.to_json(), "utf-8")
    (folder / "README.md").write_text(model_card(parts.recipe, parts.tags, parts.facts) + note, "utf-8")


def read_model(
    name: str | Path,
    *,
    engine: EngineName | None = None,
    dtype: Precision | None = None,
    device: str = "cpu",
    threads: int | None = None,
) -> ModelParts:
    """What `Tagger` is made of, from a run folder, a model folder, an exported model or the Hub; the options as in `Tagger.load`.

    Raises:
        ModelError: There is no whole model.
        TaggerError: It can't run as it is asked to.
    """
    folder = _find(name)
    exported = any((folder / name).is_file() for name in ("layers.json", "sentences.onnx"))
    if missing := [file for file in FILES if not (exported and file == "model.safetensors") and not (folder / file).is_file()]:
        raise ModelError(f"no model here: {', '.join(missing)} missing", where=str(folder), fix=_TRAIN)
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        if config.get("format") != FORMAT:
            raise ModelError(
                f"the model has format {config.get('format')}, but this version of tagger reads {FORMAT}",
                where=str(folder),
                fix=f"Use tagger {config.get('versions', {}).get('tagger', 'of that time')}, which wrote it, or train it again.",
            )
        recipe = Recipe.model_validate_json(json.dumps(config["recipe"]))
        vocabulary = json.loads((folder / "vocabulary.json").read_text("utf-8"))
        # Parsed first by json: tokenizers raises a bare Exception for what is no JSON.
        tokenizer = Tokenizer.from_json(json.dumps(json.loads((folder / "tokenizer.json").read_text("utf-8"))))
        tags = {
            task: (SCHEMES[entry["scheme"]] if entry["scheme"] else None, tuple(entry["tags"]))
            for task, entry in config["tasks"].items()
        }
        featurizers = read_featurizers(vocabulary["featurizers"])
        if not all(0 < float(temperature) < float("inf") for temperature in config.get("temperatures", {}).values()):
            raise ValueError("a temperature is no positive number")
        options: dict[str, Any] = {"engine": engine, "dtype": dtype, "device": device, "threads": threads}
        opened = open_exported(folder, **options) if exported else open_trained(folder, recipe, tags, featurizers, **options)
    except (ValueError, LookupError, TypeError, AttributeError, ValidationError, SafetensorError, RuntimeError) as error:
        problem = " ".join(str(error).split()[:40]) or type(error).__name__
        raise ModelError(
            f"the model is damaged ({problem})", where=str(folder), fix="Train it again, or fetch it again."
        ) from error
    facts = {key: value for key, value in config.items() if key not in ("format", "engine", "tasks", "recipe", "versions")}
    return ModelParts(recipe, tags, featurizers, opened, tokenizer, frozenset(vocabulary["known_words"]), facts)


_TRAIN = "Give the folder of a finished run, such as runs/quickstart; `tagger train RECIPE` makes one."


def _find(name: str | Path) -> Path:
    path = best_seed(name) or Path(name).expanduser()
    for folder in (standing(path / "model"), standing(path)):
        if folder.is_dir():
            return folder
    if path.exists() or not _may_be_hub_id(str(name)):
        raise ModelError("no such run or model folder", where=str(name), fix=_TRAIN)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(str(name), allow_patterns=[*FILES, *EXPORTED, "README.md"]))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise ModelError(
            f"neither a folder here nor a model that the Hugging Face Hub gives ({type(error).__name__})",
            where=str(name),
            fix=_TRAIN,
        ) from error


def _may_be_hub_id(name: str) -> bool:
    owner, slash, model = name.partition("/")
    return bool(slash and owner and model) and "/" not in model and not name.startswith((".", "~", "runs/"))
