"""The label of a whole JSON record, for each task that has one."""

from collections.abc import Mapping
from typing import Any

from tagger.corpora.jsonl.record import RecordError, in_words, key_names, refuse_line_ends


def record_labels(data: Any, tasks: Mapping[str, str | None]) -> dict[str, str | None]:
    """The label of each task; None where it is not known, which is null in the record.

    Args:
        data: The record.
        tasks: For each task the key that it is read from, dotted where nested; None where it is found: the key called as the
            task, `labels.<task>`, or where there is one such task `label`.

    Raises:
        RecordError: There is no such key, or it holds no string.
    """
    found: dict[str, str | None] = {}
    for task, named in tasks.items():
        candidates = [task, f"labels.{task}", *(["label"] if len(tasks) == 1 else [])] if named is None else [named]
        keys = [key for key in candidates if _has(data, key)]
        if not keys:
            asked = f"no key '{named}' for the task '{task}'" if named else f"no label for the task '{task}'"
            have = key_names(data) if isinstance(data, dict) else in_words(data)
            fix = f"Name the key: corpus.columns: {{{task}: KEY}} in the recipe; where the label is not known, write null."
            raise RecordError(f"{asked}; the record has the keys {have}", fix)
        value = _at(data, keys[0])
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise RecordError(f"{keys[0]} is {in_words(value)} and should be a label", "Write it as a string, or null.")
        if value is not None:
            refuse_line_ends(keys[0], value)
        found[task] = value
    return found


def _has(data: Any, key: str) -> bool:
    first, dot, rest = key.partition(".")
    if not isinstance(data, dict):
        return False
    return key in data or (bool(dot) and first in data and _has(data[first], rest))


def _at(data: Any, key: str) -> Any:
    first, _, rest = key.partition(".")
    return data[key] if key in data else _at(data[first], rest)
