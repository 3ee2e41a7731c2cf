"""Recipes as files: found by path or by name, read with `--set`, `--corpus` and `--vectors`, written out."""

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tagger.corpora.files import find_splits
from tagger.corpora.hub import is_saved_dataset
from tagger.corpus_settings import HubCorpus, MixedCorpus
from tagger.errors import CorpusError, RecipeError
from tagger.recipe import Recipe
from tagger.recipe_draft import Draft
from tagger.recipe_mistakes import KeyPath, dotted_path


def shipped_recipes() -> dict[str, Path]:
    """The recipes that come with the package, by name."""
    package = Path(__file__).parent
    # Beside the package in a checkout, within it where it was installed from a wheel.
    folder = package / "recipes" if (package / "recipes").is_dir() else package.parent / "recipes"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def find_recipe(name: str) -> Path:
    """The file of a recipe, given its path or the name of a shipped one.

    Raises:
        RecipeError: There is neither.
    """
    path, shipped = Path(name), shipped_recipes()
    if path.is_file():
        return path
    if name in shipped:
        return shipped[name]
    close = difflib.get_close_matches(path.stem, shipped, n=1)
    meant = f"Did you mean '{close[0]}'? " if close else ""
    raise RecipeError("no such recipe", where=name, fix=f"{meant}Give a file, or one of {', '.join(shipped)} (tagger recipes ls).")


def load_recipe(
    name: str, *, overrides: Sequence[str] = (), corpus: str | None = None, vectors: str | Sequence[str] = ()
) -> Recipe:
    """Reads and checks a recipe.

    Args:
        name: A file, or the name of a shipped recipe.
        overrides: `key.path=value`, the value in YAML; each replaces or adds a setting.
        corpus: A folder that replaces the recipe's source, as --corpus does.
        vectors: What replaces the vectors of the recipe's word embeddings, as --vectors does: `FILE`, `NAME=FILE`, or several.

    Raises:
        RecipeError: All that is wrong with it, in one error.
    """
    path = find_recipe(name)
    draft = Draft.read(path)
    for override in overrides:
        draft.override(override)
    if vectors:
        draft.set_vectors([vectors] if isinstance(vectors, str) else vectors)
    recipe = draft.check()
    if recipe.name is None:
        recipe = recipe.model_copy(update={"name": _name_of(path)})
    return recipe if corpus is None else with_corpus(recipe, corpus)


def _name_of(path: Path) -> str:
    """The file's name, with a hyphen for what a recipe's name can't hold."""
    name = re.sub(r"[^\w.-]+", "-", path.stem).rstrip("-")
    return re.sub(r"^[^A-Za-z0-9]+", "", name) or "recipe"


def with_corpus(recipe: Recipe, folder: str) -> Recipe:
    """The recipe reading from local files: with its own columns if it names files or `folder` is a saved data set, else as `local`.

    Raises:
        RecipeError: The recipe reads from the Hub and does not say how local files are to be read, or it mixes corpora.
    """
    source = recipe.corpus
    if isinstance(source, MixedCorpus):
        raise RecipeError(
            "the recipe mixes several corpora, so that one folder can't replace them",
            where="--corpus",
            fix="Name the folder of each part: --set corpus.parts.0.path=DIR.",
        )
    if isinstance(source, HubCorpus):
        # JSON files may be a data set, what `local` reads, or stand beside it.
        if is_saved_dataset(Path(folder), json=source.local is None or not _has_files(Path(folder), source.local.kind)):
            return recipe.model_copy(update={"corpus": source.model_copy(update={"id": folder, "config": None, "revision": None})})
        if source.local is None:
            raise RecipeError(
                "the recipe does not say how text files are read",
                where="--corpus",
                fix="Add corpus.local to it (kind, columns, schemes), or give a folder that datasets' save_to_disk wrote.",
            )
        source = source.local
    update = {"path": folder, "train": None, "dev": None, "test": None}
    return recipe.model_copy(update={"corpus": source.model_copy(update=update)})


def _has_files(folder: Path, kind: str) -> bool:
    """Whether a folder holds corpus files of a kind."""
    try:
        return bool(find_splits(folder, kind=kind))
    except CorpusError:
        return False


def differences(before: Recipe, after: Recipe, *, besides: Callable[[KeyPath], bool]) -> list[str]:
    """What is set otherwise in `after`: key paths with their new values; what it lacks is None, and some paths may differ."""
    old, new = dict(_leaves(before.model_dump(mode="json"))), dict(_leaves(after.model_dump(mode="json")))
    changed = [path for path in {**old, **new} if old.get(path) != new.get(path) and not besides(path)]
    return [f"{dotted_path(path)} = {new.get(path)}" for path in changed]


def settings_in(recipe: Recipe) -> dict[str, str | float]:
    """All settings as one flat dictionary: numbers as they are, all else as text."""
    leaves = _leaves(recipe.model_dump(mode="json"))
    return {dotted_path(path): value if isinstance(value, int | float) else str(value) for path, value in leaves}


def _leaves(node: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else None
    if children is None:
        yield path, node
        return
    for key, value in children:
        yield from _leaves(value, (*path, key))


def recipe_yaml(recipe: Recipe) -> str:
    """The recipe as YAML, every setting written out."""
    from io import StringIO

    out = StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.dump(recipe.model_dump(mode="json"), out)
    return out.getvalue()


def summary(path: Path) -> Iterator[str]:
    """The comment lines at the head of a recipe, without their mark."""
    for line in path.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            return
        yield line.removeprefix("#").strip()
