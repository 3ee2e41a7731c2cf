"""What one JSON record says, in whichever form it stood, and what its values are, in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tagger.text.alignment import CharSpan, quoted

FORMS = """The records that are read:
{"tokens": ["Anna", "rests"], "tags": ["B-PER", "O"]}
{"text": "Anna rests", "spans": [{"start": 0, "end": 4, "label": "PER"}]}
the exports of spaCy, Prodigy, Doccano and Label Studio (JSON or JSON_MIN)"""

SPAN_KEYS = ("spans", "entities", "ents", "label", "labels")
"""The keys that lists of spans stand under, whether or not anything is in them."""

OTHER_LISTS = ("tokens", "sents", "relations", "offsets")
"""The keys of lists that hold neither tags nor spans."""


class RecordError(ValueError):
    """A record that can't be read; `fix` says what to do about it, `kind` which sort of fault it is."""

    def __init__(self, problem: str, fix: str = FORMS, *, kind: str = "unreadable record") -> None:
        super().__init__(problem)
        self.fix = fix
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Record:
    """What one record says.

    Attributes:
        text: The text; None where the record has tokens only.
        tokens: The tokens; None where it has none of its own.
        offsets: Where the tokens begin and end in the text; None where there is no text, or other tokens than the text has.
        sentences: Where the sentences begin and end; None where the record does not say.
        tags: For each key that holds strings the strings, one for each token if they are tags; dotted where nested.
        spans: For each key that holds spans the spans, their offsets counted in code points.
        open_keys: Whether a key of spans that is not here stands for no spans, as in Label Studio.
        skipped: Why the record is not to be used, or None.
        remarks: What a user should know about how it was read.
    """

    text: str | None = None
    tokens: tuple[str, ...] | None = None
    offsets: tuple[tuple[int, int], ...] | None = None
    sentences: tuple[tuple[int, int], ...] | None = None
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    spans: Mapping[str, tuple[CharSpan, ...]] = field(default_factory=dict)
    open_keys: bool = False
    skipped: str | None = None
    remarks: tuple[str, ...] = ()


def in_words(value: Any) -> str:
    """What a JSON value is, in words, with the value where it is short."""
    match value:
        case None:
            return "null or missing"
        case bool():
            return str(value).lower()
        case str():
            return f"the string {quoted(value)}"
        case int() | float():
            return f"the number {value}"
        case list():
            return f"a list of {len(value)}"
        case _:
            return "an object"


def key_names(values: Mapping[str, Any]) -> str:
    """The keys of an object as messages name them."""
    return ", ".join(f"'{key}'" for key in values) or "none"


def list_of(where: str, value: Any) -> list[Any]:
    """The value, which must be a list."""
    if not isinstance(value, list):
        raise RecordError(f"{where} is {in_words(value)} and should be a list")
    return value


def object_of(where: str, value: Any) -> dict[str, Any]:
    """The value, which must be an object."""
    if not isinstance(value, dict):
        raise RecordError(f"{where} is {in_words(value)} and should be an object")
    return value


def string_of(where: str, value: Any) -> str:
    """The value, which must be a string."""
    if not isinstance(value, str):
        raise RecordError(f"{where} is {in_words(value)} and should be a string")
    return value


def place_of(where: str, value: Any) -> tuple[int, int]:
    """A start and an end, which must be whole numbers."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise RecordError(f"{where} is {in_words(value)} and should be a start and an end")
    for name, number in zip(("start", "end"), value, strict=True):
        if not isinstance(number, int) or isinstance(number, bool):
            raise RecordError(f"{where}: {name} is {in_words(number)} and should be a whole number")
    return value[0], value[1]


def label_of(where: str, value: Any) -> str:
    """A label, which must be a string that a file with a row for each token can hold: it has no tab and no line end."""
    label = string_of(f"{where}: label", value)
    if not label.strip():
        raise RecordError(f"{where}: label is empty")
    refuse_line_ends(f"{where}: label", label)
    return label


def refuse_line_ends(where: str, value: str) -> None:
    """Refuses a label or tag with a tab or a line end, which would end its column in a file of columns."""
    if any(sign in value for sign in "\t\r\n"):
        raise RecordError(f"{where} {value!r} holds a tab or a line end", "Write it without them; spaces are allowed.")


def value_under(value: Any, key: str) -> Any:
    """What stands under a key, or None where there is no such key or no object."""
    return value.get(key) if isinstance(value, dict) else None


def document_name(data: Any) -> str | int | None:
    """What a record calls its document, or None where it names none."""
    name = data.get("document") if isinstance(data, dict) else None
    return name if isinstance(name, str | int) and not isinstance(name, bool) else None
