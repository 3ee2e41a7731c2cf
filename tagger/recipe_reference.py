"""All settings that a recipe can have, as the settings' classes declare them: what `tagger recipes settings` lists."""

import difflib
import inspect
import json
import textwrap
import types
import typing
from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tagger.errors import RecipeError
from tagger.recipe import Recipe


class Setting(NamedTuple):
    """A setting.

    Attributes:
        path: Where it stands, as `--set` and mistakes name it; `N` is a place in a list, `NAME` a name of the user's own.
        kind: The `kind` of what it is part of; empty where there is only one.
        values: What it can be, in words.
        default: What it is if not set, as YAML writes it; empty where that is told by its own settings, None where it must be set.
        description: What it does.
    """

    path: str
    kind: str
    values: str
    default: str | None
    description: str

    def told(self, width: int) -> str:
        """Two lines or more: what it is, and below what it does, in lines of a width."""
        kind = f" (kind: {self.kind})" if self.kind else ""
        defaults = {None: "; must be set", "": "", "null": "; not set by default"}
        first = f"{self.path}{kind}: {self.values}{defaults.get(self.default, f'; default {self.default}')}"
        return "\n".join([first, textwrap.indent(textwrap.fill(self.description, width - 4), "    ")])


def settings() -> Iterator[Setting]:
    """All settings in the order of a recipe; what has settings of its own stands before them."""
    yield from _of_model(Recipe, "", "")


def settings_at(path: str) -> list[Setting]:
    """The settings at and below a path, with or without places and names: `embeddings.0.width`, `tasks.ner.pool`, `tasks.pool`.

    Raises:
        RecipeError: There are none.
    """
    wanted = _plain(path)
    found = [one for one in settings() if f"{_plain(one.path)}.".startswith(f"{wanted}.")]
    found = found or [one for one in settings() if _fits(one.path, path)]
    if not found:
        names = sorted({_plain(one.path) for one in settings()})
        close = difflib.get_close_matches(wanted, names, n=1) or [name for name in names if name.endswith(f".{wanted}")]
        fix = f"Did you mean '{close[0]}'?" if close else "`tagger recipes settings` lists all."
        raise RecipeError("no such setting", where=path, fix=fix)
    return found


def _fits(setting: str, path: str) -> bool:
    """Whether a setting is at or below a path that has names of the user's own."""
    pairs = zip(setting.split("."), path.split("."), strict=False)
    return setting.count(".") >= path.count(".") and all(part in (given, "N", "NAME") for part, given in pairs)


def _plain(path: str) -> str:
    return ".".join(part for part in path.split(".") if part not in ("N", "NAME") and not part.isdigit())


def _of_model(model: type[BaseModel], path: str, kind: str) -> Iterator[Setting]:
    if kind:
        yield Setting(path, kind, "settings", "", inspect.getdoc(model) or "")
    for name, field in model.model_fields.items():
        if kind and name == "kind":
            continue
        here = f"{path}.{name}" if path else name
        yield Setting(here, kind, " or ".join(_values(field.annotation)), _default(field), field.description or "")
        # The parts of a corpus and its local form are corpora again: once is enough.
        for inner, place in _models(field.annotation, here) if not path.startswith("corpus") else ():
            of_kind = inner.model_fields.get("kind")
            # Where `kind` must be set each has its own settings; else it is a choice like others.
            chosen = typing.get_args(of_kind.annotation)[0] if of_kind is not None and of_kind.is_required() else ""
            yield from _of_model(inner, place, chosen)


def _models(annotation: Any, path: str) -> Iterator[tuple[type[BaseModel], str]]:
    """The settings' classes within a type, and the path of each."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, path
        return
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        yield from _models(parts[0], path)
    elif origin in _UNIONS:
        for part in parts:
            yield from _models(part, path)
    elif origin is tuple:
        yield from _models(parts[0], f"{path}.N")
    elif origin is dict:
        yield from _models(parts[1], f"{path}.NAME")


_UNIONS = (types.UnionType, typing.Union)
_WORDS = {str: "text", int: "whole number", float: "number", bool: "true | false"}


def _values(annotation: Any) -> list[str]:
    """What a value of a type can be, in words."""
    if annotation in _WORDS:
        return [_WORDS[annotation]]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return ["settings"]
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _values(parts[0])
    if origin is typing.Literal:
        return [" | ".join(map(str, parts))]
    if origin in _UNIONS:
        return list(dict.fromkeys(value for part in parts if part is not type(None) for value in _values(part)))
    inner = " or ".join(_values(parts[-1] if origin is dict else parts[0]))
    return [f"{'mapping to' if origin is dict else 'list of'} {inner}"]


def _default(field: FieldInfo) -> str | None:
    if field.is_required():
        return None
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return ""
    return value if isinstance(value, str) else json.dumps(value)
