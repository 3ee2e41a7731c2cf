"""A recipe on its way from YAML 1.2 to settings: read with the line of each key, changed by `--set`, checked as a whole."""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from tagger.errors import RecipeError
from tagger.recipe import Recipe
from tagger.recipe_mistakes import KeyPath, data_at, describe, dotted_path, mistakes_of


@dataclass
class Draft:
    """A recipe that is not checked yet: plain data, and where each key of it was written.

    Attributes:
        data: The settings.
        origins: For each key's path the file and line, or the option, that it was written in.
        as_read: The settings before any `--set`, as JSON.
        mistakes: What is wrong so far: where, problem, fix.
    """

    data: dict[str, Any]
    origins: dict[KeyPath, str]
    as_read: str
    mistakes: list[tuple[str, str, str]] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> "Draft":
        """The draft that a file holds.

        Raises:
            RecipeError: It is no YAML, or no mapping.
        """
        try:
            data = YAML(typ="rt").load(path.read_text("utf-8"))
        except MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            problem = str(error.problem or error.context).splitlines()[0]
            raise RecipeError(f"no valid YAML: {problem}", where=f"{path}:{line}", fix="Mend the line.") from error
        except (YAMLError, UnicodeDecodeError) as error:
            raise RecipeError(
                f"no valid YAML: {str(error).splitlines()[0]}", where=str(path), fix="A recipe is YAML in UTF-8."
            ) from error
        if not isinstance(data, CommentedMap):
            raise RecipeError("a recipe is a mapping of settings", where=str(path), fix="See `tagger recipes show quickstart`.")
        origins: dict[KeyPath, str] = {(): str(path)}
        plain = _plain(data, (), str(path), origins)
        return cls(plain, origins, json.dumps(plain, default=str))

    def override(self, text: str) -> None:
        """Applies one `--set`."""
        key, equals, value_text = text.partition("=")
        where = f"--set {text}"
        if not equals or not all(key.split(".")):
            self.mistakes.append((where, "no key=value", "Write it as --set training.epochs=5."))
            return
        try:
            value = _plain(YAML(typ="rt").load(value_text), (), where, {})
        except YAMLError:
            self.mistakes.append((where, "the value is no valid YAML", "Quote it, as in --set 'corpus.comments=\"#\"'."))
            return
        if misread := _misread(value_text.strip(), value):
            quoted = shlex.quote(f"{key}={json.dumps(value_text.strip(), ensure_ascii=False)}")
            brackets = {"a mapping": "; or write it in {}", "a list": "; or write it in []"}.get(misread, "")
            self.mistakes.append((where, f"YAML reads the value as {misread}", f"Quote it: --set {quoted}{brackets}."))
            return
        path: KeyPath = tuple(int(part) if part.isdigit() else part for part in key.split("."))
        self._set(path, value, where)

    def set_vectors(self, given: Sequence[str]) -> None:
        """Gives word embeddings their files: `NAME=FILE` that of this name, `FILE` the first that has vectors, or the first."""
        embeddings = self.data.get("embeddings")
        rows = [row for row in embeddings if isinstance(row, dict)] if isinstance(embeddings, list) else []
        tables = {str(row.get("name") or "words"): row for row in rows if row.get("kind") == "words"}
        if not tables:
            self.mistakes.append(("--vectors", "the recipe has no embedding of kind 'words'", "Add one, or leave --vectors away."))
            return
        done: set[str] = set()
        for text in given:
            name, file = self._named_vectors(text, tables)
            where = f"--vectors {text}" if len(given) > 1 or name is None else "--vectors"
            if name is None:
                fix = f"The words embeddings are called {', '.join(tables)}; a file whose name holds = is written ./{text}."
                self.mistakes.append((where, "no words embedding has this name", fix))
            elif name in done:
                self.mistakes.append((where, f"a second file for '{name}'", "Say whose it is: --vectors NAME=FILE."))
            else:
                done.add(name)
                for other in ("width", "sha256"):
                    # They are those of the file that stood there.
                    tables[name].pop(other, None)
                index = next(place for place, row in enumerate(self.data["embeddings"]) if row is tables[name])
                self._set(("embeddings", index, "vectors"), file, where)

    @staticmethod
    def _named_vectors(text: str, tables: Mapping[str, dict[str, Any]]) -> tuple[str | None, str]:
        """The embedding that a file is given to, None where no such is there, and the file."""
        name, equals, file = text.partition("=")
        if equals and re.fullmatch(r"[\w-]+", name):
            return (name if name in tables else None), file
        return next((name for name, row in tables.items() if row.get("vectors")), next(iter(tables))), text

    def _set(self, path: KeyPath, value: Any, where: str) -> None:
        node: Any = self.data
        for depth, part in enumerate(path[:-1], 1):
            if isinstance(node, dict):
                if node.get(part) is None:
                    node[part] = {}
                    self.origins[path[:depth]] = where
                node = node[part]
            elif isinstance(node, list) and isinstance(part, int) and part < len(node):
                node = node[part]
            else:
                node = None
                break
        last = path[-1]
        if isinstance(node, dict):
            node[str(last)] = value
        elif isinstance(node, list) and isinstance(last, int) and last < len(node):
            node[last] = value
        else:
            self.mistakes.append((where, "no such place in the recipe", "Lists are counted from 0: embeddings.0.trainable=false."))
            return
        # What stood there before, with its lines, is gone.
        self.origins = {key: origin for key, origin in self.origins.items() if key[: len(path)] != path}
        self.origins[path] = where

    def check(self) -> Recipe:
        """The recipe, if nothing is wrong with it.

        What is wrong in one place must not hide what is wrong in another: where a value is refused it is taken out, and the rest
        is checked again without it.

        Raises:
            RecipeError: All that is wrong with it, in one error.
        """
        data, recipe = json.loads(json.dumps(self.data, default=str)), None
        seen: set[KeyPath] = set()
        for _ in range(5):
            try:
                recipe = Recipe.model_validate_json(json.dumps(data))
                break
            except ValidationError as error:
                found = mistakes_of(error)
                paths = list(dict.fromkeys(path for path, _ in found))
                for path, mistake in found:
                    # What is missing only because something within it was refused is no mistake of its own.
                    refused = mistake["type"] in ("missing", "union_tag_not_found", "too_short") and any(
                        (len(path) < len(other) and other[: len(path)] == path) or (other == path and other in seen)
                        for other in {*paths, *seen}
                    )
                    if not refused and path not in seen:
                        where = self._where_whole(path, mistake["msg"]) if mistake["type"] == "value_error" else self._where(path)
                        self.mistakes.append((where, *describe(path, mistake, data)))
                seen.update(paths)
                if not all(_take_out(data, path) for path in paths):
                    break
        if recipe is not None:
            for path, problem in recipe.conflicts():
                if not any(path[: len(gone)] == gone or gone[: len(path)] == path for gone in seen):
                    self.mistakes.append((self._where(path), f"{dotted_path(path)}: {problem}", ""))
        if self.mistakes or recipe is None:
            self.mistakes.sort(key=lambda mistake: _line_of(mistake[0]))
            raise RecipeError(
                "\n".join(str(RecipeError(problem, where=where, fix=fix or None)) for where, problem, fix in self.mistakes)
            )
        return recipe

    def _where(self, path: KeyPath) -> str:
        while path not in self.origins:
            path = path[:-1]
        return self.origins[path]

    def _where_whole(self, path: KeyPath, problem: str) -> str:
        """Where a section whose settings don't fit each other was written: at each --set within it, if they fit without these."""
        within = [origin for key, origin in self.origins.items() if key[: len(path)] == path and origin.startswith("--set ")]
        if not within:
            return self._where(path)
        try:
            Recipe.model_validate_json(self.as_read)
        except ValidationError as error:
            if any((before, old["msg"]) == (path, problem) for before, old in mistakes_of(error)):
                return self._where(path)
        return ", ".join(dict.fromkeys(within))


def _misread(text: str, value: Any) -> str | None:
    """What YAML makes of a text that means something else, such as a mark that begins a comment; None where all is right."""
    if value is None:
        return None if text in ("", "null", "Null", "NULL", "~") else "null"
    if isinstance(value, dict | list):
        return None if text.startswith(("{", "[")) else "a mapping" if isinstance(value, dict) else "a list"
    return repr(str(value)) if isinstance(value, str) and not text.startswith(("'", '"')) and value != text else None


def _plain(node: Any, path: KeyPath, place: str, origins: dict[KeyPath, str]) -> Any:
    """YAML nodes as plain data, noting the line of each key."""
    if isinstance(node, CommentedMap):
        lines = node.lc.data or {}
        for key in node:
            # What is merged from elsewhere (<<) stands where it is merged.
            line = lines[key][0] if key in lines else node.lc.line
            origins[(*path, str(key))] = f"{place}:{line + 1}"
        return {str(key): _plain(value, (*path, str(key)), place, origins) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        for index in range(len(node)):
            origins[(*path, index)] = f"{place}:{node.lc.item(index)[0] + 1}"
        return [_plain(value, (*path, index), place, origins) for index, value in enumerate(node)]
    return node


def _take_out(data: Any, path: KeyPath) -> bool:
    """Removes what stands at a path, so that the rest can be checked; False where that is not possible."""
    if not path:
        return False
    try:
        node = data_at(data, path[:-1])
        if isinstance(node, list):
            node[int(path[-1])] = {} if isinstance(node[int(path[-1])], dict) else None
            return False
        if not isinstance(node, dict):
            return False
        node.pop(path[-1])
    except (KeyError, IndexError, TypeError):
        return False
    return True


def _line_of(where: str) -> tuple[int, str]:
    _, _, line = where.rpartition(":")
    return (int(line), "") if line.isdigit() else (1_000_000, where)
