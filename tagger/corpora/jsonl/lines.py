"""JSON values with the lines on which they begin: one on each line of a file, or the elements of the one array that it is."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, islice
from typing import Any, NamedTuple

from tagger.corpora.jsonl.record import FORMS, RecordError
from tagger.corpora.source import FaultHandler, Lines
from tagger.errors import CorpusError

_BLANK = re.compile(r"[ \t\r\n]*")
# Lines are UTF-8, so that half a character can only come from an escape.
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class JsonRecord(NamedTuple):
    """A record as it stands in the file: the line on which it begins, its text, and what JSON it is."""

    number: int
    source: str
    data: Any


def json_records(lines: Lines, place: str, fault: FaultHandler) -> Iterator[JsonRecord]:
    """The records of a file; of lines they come one at a time, an array is read as a whole.

    Args:
        lines: The file's lines.
        place: What the file is called in messages.
        fault: Told what is no JSON. Where it lets the reading go on, the next line is read; an array ends there.
    """
    filled = ((number, line) for number, line in lines if line.strip())
    opening = list(islice(filled, 2))
    if _is_array([line for _, line in opening]):
        yield from _elements([*opening, *filled], place, fault)
        return
    for number, line in chain(opening, filled):
        try:
            yield JsonRecord(number, line, _decoded(line))
        except (ValueError, RecursionError) as error:
            fault(_fault(error, place, number))


def _is_array(opening: Sequence[str]) -> bool:
    """Whether a file is one array, by its first two lines; spaCy's training tuples begin with a bracket too, each on a line."""
    if not opening or not opening[0].lstrip().startswith("["):
        return False
    try:
        value = json.loads(opening[0])
    except (ValueError, RecursionError):
        return True
    is_tuple = len(value) == 2 and isinstance(value[0], str)
    return len(opening) == 1 and not is_tuple


def _elements(lines: Sequence[tuple[int, str]], place: str, fault: FaultHandler) -> Iterator[JsonRecord]:
    """The elements of a JSON array, with the lines on which they begin."""
    text = "\n".join(line for _, line in lines)
    starts = list(accumulate((len(line) + 1 for _, line in lines[:-1]), initial=0))
    position = _behind_blank(text, _behind_blank(text, 0) + 1)
    try:
        while not text.startswith("]", position):
            _, end = json.JSONDecoder().raw_decode(text, position)
            number, source = _row(lines, starts, position)[0], text[position:end]
            try:
                # Read once more, for the check of its keys.
                yield JsonRecord(number, source, _decoded(source))
            except ValueError as error:
                fault(_fault(error, place, number))
            position = _behind_blank(text, end)
            if text.startswith(",", position):
                position = _behind_blank(text, position + 1)
            elif not text.startswith("]", position):
                raise json.JSONDecodeError("Expecting ',' delimiter or the array's end", text, position)
        position = _behind_blank(text, position + 1)
        if position != len(text):
            raise json.JSONDecodeError("Extra data", text, position)
    except (ValueError, RecursionError) as error:
        at = min(error.pos, len(text) - 1) if isinstance(error, json.JSONDecodeError) else position
        fault(_fault(error, place, *_row(lines, starts, at)))


def _behind_blank(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    # The expression matches nothing at all as well.
    assert match
    return match.end()


def _row(lines: Sequence[tuple[int, str]], starts: Sequence[int], position: int) -> tuple[int, int]:
    """The line and the column, counted from 1, of a position in lines that are joined."""
    row = bisect_right(starts, position) - 1
    return lines[row][0], position - starts[row] + 1


def _decoded(source: str) -> Any:
    """The JSON value that a text is, without half characters and keys that stand there twice."""
    data = json.loads(source, object_pairs_hook=_object)
    if _SURROGATE_ESCAPE.search(source) and _SURROGATE.search(json.dumps(data, ensure_ascii=False)):
        raise RecordError("half a character (a lone surrogate)", "Write the character whole: an emoji has two \\u escapes.")
    return data


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, none of whose keys stands there twice: the reader could only take one of the values."""
    data = dict(pairs)
    if len(data) < len(pairs):
        names = [key for key, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RecordError(f"the key '{twice}' stands twice in one object", "Leave one of them away.")
    return data


def _fault(error: ValueError | RecursionError, place: str, number: int, column: int | None = None) -> CorpusError:
    """What is told of a line, or of a place in an array, that can't be read."""
    match error:
        case RecordError():
            return CorpusError(str(error), where=f"{place}:{number}", fix=error.fix, kind=error.kind)
        case json.JSONDecodeError():
            where = f"{place}:{number}:{column or error.colno}"
            return CorpusError(f"no JSON: {error.msg}", where=where, fix=FORMS, kind="no JSON")
        case _:
            problem = "no JSON that can be read: a number too long or lists nested too deeply"
            return CorpusError(problem, where=f"{place}:{number}", fix=FORMS, kind="no JSON")
