"""What is wrong with a recipe, in words: pydantic's errors with the path as written and what was probably meant."""

import difflib
import re
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from tagger.recipe import Recipe

KeyPath = tuple[str | int, ...]
_TAGGED_UNIONS = {("corpus",), ("corpus", "local"), ("corpus", "parts", 0), ("embeddings", 0), ("training", "optimizer")}

_SHOULD_BE = "Input should be "
# What pydantic calls the members of a union that no `kind` tells apart.
_MEMBER = re.compile(r"(literal|tuple|dict)\[")
_OURS = {"a valid array": "a list", "a valid dictionary": "a mapping", "an object": "a mapping"}


def dotted_path(path: KeyPath) -> str:
    """A path as people write it."""
    return ".".join(map(str, path)) or "the recipe"


def mistakes_of(error: ValidationError) -> list[tuple[KeyPath, Mapping[str, Any]]]:
    """Pydantic's errors, each with its path as written in YAML; what can be of one kind or another is told once."""
    found: list[tuple[KeyPath, Mapping[str, Any]]] = []
    either: dict[KeyPath, list[tuple[KeyPath, Mapping[str, Any]]]] = {}
    for mistake in error.errors(include_url=False):
        location = mistake["loc"]
        member = next((index for index, part in enumerate(location) if isinstance(part, str) and _MEMBER.match(part)), None)
        if member is None:
            found.append((written_path(location), {**mistake}))
        else:
            either.setdefault(written_path(location[:member]), []).append((location[member + 1 :], {**mistake}))
    for path, mistakes in either.items():
        if within := [((*path, *rest), one) for rest, one in mistakes if rest or not str(one["msg"]).startswith(_SHOULD_BE)]:
            # It is of that kind, but for this.
            found += within
        else:
            told = " or ".join(str(mistake["msg"]).removeprefix(_SHOULD_BE) for _, mistake in mistakes)
            # Of the words that it can be one may have been meant.
            first = next((mistake for _, mistake in mistakes if mistake["type"] == "literal_error"), mistakes[0][1])
            found.append((path, {**first, "msg": f"{_SHOULD_BE}{told}"}))
    return found


def written_path(location: Sequence[str | int]) -> KeyPath:
    """The path as written in YAML: pydantic puts the chosen kind behind the key of a union, and a mark behind a faulty key."""
    path: list[str | int] = []
    after_union = False
    for part in location:
        if part == "[key]":
            break
        if not after_union:
            path.append(part)
        pattern = tuple(0 if isinstance(step, int) else step for step in path)
        after_union = not after_union and pattern in _TAGGED_UNIONS
    return tuple(path)


def describe(path: KeyPath, mistake: Mapping[str, Any], data: Any) -> tuple[str, str]:
    """What is wrong, and how to fix it."""
    dotted = dotted_path(path)
    message = str(mistake["msg"]).removeprefix("Value error, ").replace(_SHOULD_BE, "should be ")
    for theirs, ours in _OURS.items():
        message = message.replace(theirs, ours)
    if mistake["type"] == "extra_forbidden":
        candidates = list(_settings_at(path[:-1], data))
        close = difflib.get_close_matches(str(path[-1]), candidates, n=1)
        return f"{dotted}: no such setting", f"Did you mean '{close[0]}'?" if close else f"There are: {', '.join(candidates)}."
    if mistake["type"] == "missing":
        return f"{dotted}: is missing", f"Add it: {_settings_at(path[:-1], data).get(str(path[-1]), '')}".removesuffix(": ")
    if mistake["type"] == "union_tag_not_found":
        return (
            f"{dotted}.kind: is missing",
            f"Say which kind it is, as in `kind: {_kinds(path, data)[0]}` (one of {', '.join(_kinds(path, data))}).",
        )
    if mistake["type"] == "union_tag_invalid":
        given = data_at(data, path).get("kind") if isinstance(data_at(data, path), dict) else None
        close = difflib.get_close_matches(str(given), _kinds(path, data), n=1)
        fix = f"Did you mean '{close[0]}'?" if close else f"There are: {', '.join(_kinds(path, data))}."
        return f"{dotted}.kind: no such kind '{given}'", fix
    if mistake["type"] == "literal_error":
        close = difflib.get_close_matches(str(mistake["input"]), str(mistake["ctx"]["expected"]).split("'")[1::2], n=1)
        return f"{dotted}: {message}, not {mistake['input']!r}", f"Did you mean '{close[0]}'?" if close else ""
    if mistake["type"] == "value_error":
        return f"{dotted}: {message}", ""
    return f"{dotted}: {message[:1].lower() + message[1:]}, not {mistake['input']!r}", ""


def data_at(data: Any, path: KeyPath) -> Any:
    """What stands at a path."""
    for part in path:
        data = data[part]
    return data


def _annotation_at(path: KeyPath, data: Any) -> Any:
    """The type of the setting at a path; unions are told apart by the data's `kind`."""
    kind: Any = Recipe
    for part in path:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = kind.model_fields[str(part)].annotation
        else:
            kind = typing.get_args(kind)[-1 if isinstance(part, str) else 0]
        inner: Any = data
        data = inner[part] if isinstance(data, dict | list) else None
        kind = _choose(kind, data)
    return kind


def _choose(kind: Any, data: Any) -> Any:
    members = [member for member in _members(kind) if member is not type(None)]
    if len(members) == 1:
        return members[0]
    name = data.get("kind") if isinstance(data, dict) else None
    return next((member for member in members if name in _kind_names(member)), kind)


def _members(kind: Any) -> list[Any]:
    if typing.get_origin(kind) is typing.Annotated:
        return _members(typing.get_args(kind)[0])
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        return [inner for member in typing.get_args(kind) for inner in _members(member)]
    return [kind]


def _kind_names(member: Any) -> tuple[str, ...]:
    return (
        typing.get_args(member.model_fields["kind"].annotation)
        if hasattr(member, "model_fields") and "kind" in member.model_fields
        else ()
    )


def _kinds(path: KeyPath, data: Any) -> list[str]:
    return [name for member in _members(_annotation_at(path, data)) for name in _kind_names(member)]


def _settings_at(path: KeyPath, data: Any) -> dict[str, str]:
    """The settings that there are at a path, with their descriptions."""
    kind = _annotation_at(path, data)
    return {name: info.description or "" for name, info in kind.model_fields.items()} if hasattr(kind, "model_fields") else {}
