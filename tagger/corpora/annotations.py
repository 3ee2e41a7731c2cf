"""One JSON record of an annotation tool, whichever tool wrote it: text or tokens, tags, spans with character offsets.

Read are records with `tokens` and `tags`, records with `text` and `spans`, what `tagger tag --to jsonl` writes, and the exports of
spaCy (`Doc.to_json()` and training tuples), Prodigy, Doccano and Label Studio (JSON and JSON_MIN), as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from tagger.text.alignment import CharSpan, SpanError, code_points, quoted

FORMS = """The records that are read:
{"tokens": ["Anna", "rests"], "tags": ["B-PER", "O"]}
{"text": "Anna rests", "spans": [{"start": 0, "end": 4, "label": "PER"}]}
the exports of spaCy, Prodigy, Doccano and Label Studio (JSON or JSON_MIN)"""

_SPAN_KEYS = ("spans", "entities", "ents", "label", "labels")
# Keys of a token that say where it is; all others say something about it.
_TOKEN_PLACE = frozenset(("id", "text", "start", "end", "ws", "orth"))
_OTHER_LISTS = frozenset(("tokens", "sents", "relations", "offsets"))
_ADD_TEXTS = 'Give each span its text: {"start": 0, "end": 4, "label": "PER", "text": "Anna"}.'


class RecordError(ValueError):
    """A record that can't be read; `fix` says what to do about it."""

    def __init__(self, problem: str, fix: str = FORMS) -> None:
        super().__init__(problem)
        self.fix = fix


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
        id: What the source calls the record; empty where it does not say.
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
    id: str = ""
    skipped: str | None = None
    remarks: tuple[str, ...] = ()


class _Found(NamedTuple):
    """A span as it stands in the record: where, under which key, its own text, whether its offsets certainly count code points."""

    where: str
    key: str
    span: CharSpan
    text: str | None
    certain: bool


def parse_record(data: Any, *, text_key: str | None = None) -> Record:
    """What a record says.

    Args:
        data: The record as JSON has it.
        text_key: The key of the text where it is not `text`: in Label Studio one of `data`.

    Raises:
        RecordError: It has none of the forms that are read, or something in it has the wrong type.
        SpanError: The spans do not fit the text.
    """
    if isinstance(data, list) and len(data) == 2 and isinstance(data[0], str) and isinstance(data[1], dict):
        data = {"text": data[0], "entities": data[1].get("entities")} if "entities" in data[1] else data
    if not isinstance(data, dict):
        raise RecordError(f"no record but {_kind(data)}")
    name = data.get("id")
    identity = str(name) if isinstance(name, str | int) and not isinstance(name, bool) else ""
    if data.get("answer") in ("reject", "ignore"):
        return Record(id=identity, skipped=f"answer '{data['answer']}'")
    if isinstance(data.get("data"), dict):
        return replace(_label_studio(data, text_key), id=identity)
    return replace(_plain(data, text_key), id=identity)


def _plain(data: Mapping[str, Any], text_key: str | None) -> Record:
    """A record whose text, tokens, tags and spans stand beside each other."""
    text = data.get(text_key or "text")
    if text is not None and not isinstance(text, str):
        raise RecordError(f"{text_key or 'text'} is {_kind(text)} and should be a string")
    record = _with_tokens(Record(text=text), data)
    tags = {} if record.tokens is None else {**_tags(data, record.tokens), **record.tags}
    found, spans = _span_lists(data, tags)
    if record.text is None and record.tokens is None:
        raise RecordError(f"neither text nor tokens; the record has the keys {_names(data)}")
    if data.get("answer") == "accept" and isinstance(data.get("tokens"), list) and "spans" not in data:
        # Prodigy leaves the key away where nothing was marked.
        spans["spans"] = ()
    # Label Studio and lists that name their tasks say nothing about what was not marked.
    open_keys = "annotation_id" in data or any(one.key.startswith("spans.") for one in found)
    if not tags and not spans and not open_keys:
        raise RecordError(f"no tags and no spans; the record has the keys {_names(data)}")
    settled, remarks = _settle(record, found, spans)
    if data.get("_is_binary") is True or data.get("_view_id") == "ner":
        remarks = (*remarks, "the answer is about one span only, and others may be unmarked")
    return replace(record, tags=tags, spans=settled, open_keys=open_keys, remarks=remarks)


def _with_tokens(record: Record, data: Mapping[str, Any]) -> Record:
    """The record with its tokens, their places, what is said about each, and its sentences."""
    tokens = data.get("tokens")
    if tokens is None:
        return record
    if not isinstance(tokens, list):
        raise RecordError(f"tokens is {_kind(tokens)} and should be a list")
    if tokens and all(isinstance(token, dict) for token in tokens):
        return _with_token_records(record, tokens, data)
    for index, token in enumerate(tokens):
        if not isinstance(token, str):
            raise RecordError(f"tokens[{index}] is {_kind(token)} and should be a string")
        if not token.strip():
            raise RecordError(f"tokens[{index}] is empty or white space", "Leave it away, and its tag too.")
    words = tuple(tokens)
    if record.text is None:
        return Record(tokens=words)
    if "offsets" in data:
        places = [_place(f"offsets[{index}]", offset) for index, offset in enumerate(_list("offsets", data["offsets"]))]
        return replace(record, tokens=words, offsets=_checked(record.text, words, places))
    return replace(record, tokens=words, offsets=_located(record.text, words))


def _with_token_records(record: Record, tokens: Sequence[Mapping[str, Any]], data: Mapping[str, Any]) -> Record:
    """The record with the tokens of spaCy and Prodigy, without those that are white space, which no line of a corpus can hold."""
    if record.text is None:
        raise RecordError("tokens with offsets, but no text")
    places = [_place(f"tokens[{index}]", (token.get("start"), token.get("end"))) for index, token in enumerate(tokens)]
    words = [token.get("text", record.text[start:end]) for token, (start, end) in zip(tokens, places, strict=True)]
    offsets = _checked(record.text, words, places)
    kept = [index for index, word in enumerate(words) if word.strip()]
    said = [key for key in tokens[0] if key not in _TOKEN_PLACE and all(isinstance(token.get(key), str) for token in tokens)]
    return replace(
        record,
        tokens=tuple(words[index] for index in kept),
        offsets=tuple(offsets[index] for index in kept),
        sentences=_sentences(data.get("sents"), len(record.text)),
        tags={key: tuple(tokens[index][key] for index in kept) for key in said},
    )


def _sentences(value: Any, length: int) -> tuple[tuple[int, int], ...] | None:
    if not isinstance(value, list) or not value:
        return None
    places = [_place(f"sents[{index}]", (_get(one, "start"), _get(one, "end"))) for index, one in enumerate(value)]
    end = 0
    for index, place in enumerate(places):
        if not end <= place[0] < place[1] <= length:
            raise RecordError(f"sents[{index}] ({place[0]}-{place[1]}) is empty, out of order or beyond the text")
        end = place[1]
    return tuple(places)


def _checked(text: str, words: Sequence[Any], places: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The places of tokens, which must be in order and hold the tokens' texts."""
    if len(words) != len(places):
        raise RecordError(f"{len(places)} offsets for {len(words)} tokens")
    before = 0
    for index, (word, (start, end)) in enumerate(zip(words, places, strict=True)):
        if not before <= start < end <= len(text):
            raise RecordError(f"tokens[{index}] ({start}-{end}) is empty, overlaps the one before or is beyond the text")
        if word != text[start:end]:
            raise RecordError(f"tokens[{index}] ({start}-{end}) is {word!r}, but the text has {quoted(text[start:end])} there")
        before = end
    return tuple(places)


def _located(text: str, words: Sequence[str]) -> tuple[tuple[int, int], ...] | None:
    """Where words stand in a text that has nothing else but white space, or None where it has."""
    places, position = [], 0
    for word in words:
        while text[position : position + 1].isspace():
            position += 1
        if not text.startswith(word, position):
            return None
        places.append((position, position + len(word)))
        position += len(word)
    return tuple(places) if not text[position:].strip() else None


def _tags(data: Mapping[str, Any], tokens: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The lists of strings that may be tags of the tokens."""
    tags = data.get("tags", [])
    if not isinstance(tags, list | dict):
        raise RecordError(f"tags is {_kind(tags)} and should be a list of strings, or such a list for each task")
    nested = {f"tags.{key}": value for key, value in tags.items()} if isinstance(tags, dict) else {"tags": data.get("tags")}
    for key, value in nested.items():
        for index, tag in enumerate(_list(key, value) if value is not None else []):
            if not isinstance(tag, str):
                raise RecordError(f"{key}[{index}] is {_kind(tag)} and should be a string")
    flat = {key: value for key, value in data.items() if key not in ("tags", *_OTHER_LISTS)}
    found: dict[str, tuple[str, ...]] = {}
    for key, value in (flat | nested).items():
        if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
            continue
        # An empty list beside tokens holds no tags: it is a list of no spans.
        if value or (not tokens and key not in _SPAN_KEYS) or key in nested:
            found[key] = tuple(value)
    return found


def _span_lists(data: Mapping[str, Any], tags: Mapping[str, Any]) -> tuple[list[_Found], dict[str, tuple[CharSpan, ...]]]:
    """The spans of a record, and an empty tuple for each key that lists any or none."""
    lists: dict[str, list[Any]] = {}
    for key, value in data.items():
        if isinstance(value, dict) and key == "spans":
            # spaCy's span groups.
            lists |= {f"spans.{group}": _list(f"spans.{group}", spans) for group, spans in value.items()}
        elif key in ("spans", "entities", "ents") and not isinstance(value, list | dict | None):
            raise RecordError(f"{key} is {_kind(value)} and should be a list")
        elif not isinstance(value, list) or key in tags or key in ("tags", *_OTHER_LISTS):
            continue
        elif key in _SPAN_KEYS or (value and all(_is_region(one) for one in value)):
            lists[key] = value
    found: list[_Found] = []
    keys: dict[str, tuple[CharSpan, ...]] = {}
    for key, values in lists.items():
        spans = [_span(f"{key}[{index}]", key, value, data.get("tokens")) for index, value in enumerate(values)]
        found += spans
        keys |= dict.fromkeys((span.key for span in spans) if spans else (key,), ())
    return found, keys


def _is_region(value: Any) -> bool:
    return isinstance(value, dict) and "start" in value and "end" in value and ("label" in value or "labels" in value)


def _span(where: str, key: str, value: Any, tokens: Any) -> _Found:
    """One span: `[start, end, label]`, or an object in the words of any of the tools."""
    if isinstance(value, list):
        if len(value) != 3:
            raise RecordError(f"{where} should be [start, end, label] and has {len(value)} parts")
        start, end = _place(where, value[:2])
        # Doccano's triples are spaCy's, under another key and with the offsets of JavaScript.
        return _Found(where, key, CharSpan(start, end, _label(where, value[2])), None, key not in ("label", "labels"))
    if not isinstance(value, dict):
        raise RecordError(f"{where} is {_kind(value)} and should be a span")
    # Those of `tagger tag` have `start` and `end` as well, which count tokens.
    forms = (("start_char", "end_char"), ("start_offset", "end_offset"), ("start", "end"))
    names = next((form for form in forms if form[0] in value and form[1] in value), forms[-1])
    start, end = _place(where, [value.get(name) for name in names])
    text = value.get("text")
    if text is not None and not isinstance(text, str):
        raise RecordError(f"{where}: text is {_kind(text)} and should be a string")
    _refuse_other_tokens(where, value, (start, end), tokens)
    labels = value.get("labels") if "labels" in value else [value.get("label")]
    if not isinstance(labels, list) or len(labels) != 1:
        raise RecordError(f"{where} has {_labels(labels)}", "A span can have one label: leave one of them, or the whole span away.")
    task = value.get("task")
    named = f"{key}.{task}" if isinstance(task, str) and task else key
    certain = "labels" not in value and names[0] != "start_offset"
    return _Found(where, named, CharSpan(start, end, _label(where, labels[0])), text, certain)


def _refuse_other_tokens(where: str, value: Mapping[str, Any], place: tuple[int, int], tokens: Any) -> None:
    """Refuses a span of Prodigy whose first and last token are not where its characters are."""
    first, last = value.get("token_start"), value.get("token_end")
    if not isinstance(first, int) or not isinstance(last, int) or not isinstance(tokens, list):
        return
    if not 0 <= first <= last < len(tokens) or (_get(tokens[first], "start"), _get(tokens[last], "end")) != place:
        raise RecordError(f"{where} is {place[0]}-{place[1]} in characters, but its tokens {first} to {last} are elsewhere")


def _settle(
    record: Record, found: Sequence[_Found], keys: Mapping[str, tuple[CharSpan, ...]]
) -> tuple[dict[str, tuple[CharSpan, ...]], tuple[str, ...]]:
    """The spans of each key, counted in code points, and a remark where they were counted otherwise."""
    spans = dict(keys)
    if not found:
        return spans, ()
    if record.text is None:
        raise RecordError(
            f"{found[0].where} is a span, but the record has no text",
            "Name the key of the text in the recipe, with data. before it: `ner: data.body`, or call that key text.",
        )
    if record.tokens is not None and record.offsets is None:
        raise RecordError("spans over a text whose tokens are others than the record's", "Give the tokens as the text has them.")
    certain = all(one.certain for one in found)
    try:
        settled, converted = code_points(record.text, [one.span for one in found], [one.text for one in found], certain=certain)
    except SpanError as error:
        raise RecordError(str(error), _ADD_TEXTS) from error
    for one, span in zip(found, settled, strict=True):
        spans[one.key] = (*spans.get(one.key, ()), span)
    return spans, ("offsets counted in UTF-16 code units were converted",) if converted else ()


def _label_studio(data: Mapping[str, Any], text_key: str | None) -> Record:
    """A task of Label Studio with its annotations."""
    key = "annotations" if "annotations" in data else "completions"
    annotations = _list(key, data.get(key, []))
    for index, annotation in enumerate(annotations):
        if not isinstance(annotation, dict):
            raise RecordError(f"{key}[{index}] is {_kind(annotation)} and should be an object")
    used = {index: one for index, one in enumerate(annotations) if not one.get("was_cancelled")}
    if not used:
        return Record(skipped="the annotation was cancelled" if annotations else "not annotated")
    regions = [_regions(f"{key}[{index}]", one) for index, one in used.items()]
    if any({span[1:4] for span in one} != {span[1:4] for span in regions[0]} for one in regions[1:]):
        raise RecordError(
            f"{len(used)} annotations that differ", "Leave the one that holds, for example as the only not cancelled one."
        )
    names = {str(region.get("to_name")) for one in used.values() for region in one.get("result", []) if _is_labels(region)}
    text = _label_studio_text(data["data"], names, text_key)
    found = regions[0]
    spans, remarks = _settle(Record(text=text), found, {one.key: () for one in found})
    return Record(text=text, spans=spans, open_keys=True, remarks=remarks)


def _regions(where: str, annotation: Mapping[str, Any]) -> list[_Found]:
    """The labelled stretches of text of an annotation; relations, choices for the whole text and the like are none."""
    found = []
    for index, region in enumerate(_list(f"{where}.result", annotation.get("result", []))):
        place = f"{where}.result[{index}]"
        if not isinstance(region, dict):
            raise RecordError(f"{place} is {_kind(region)} and should be an object")
        if region.get("type") in ("hypertextlabels", "paragraphlabels"):
            raise RecordError(f"{place} labels HTML or a dialogue, not a text", "Export a project whose texts are plain.")
        if _is_labels(region):
            found.append(_span(f"{place}.value", str(region.get("from_name") or "label"), region.get("value"), None))
    return found


def _is_labels(region: Any) -> bool:
    return isinstance(region, dict) and region.get("type", "labels") == "labels"


def _label_studio_text(texts: Mapping[str, Any], names: set[str], text_key: str | None) -> str:
    """The text that the labels are about: the one that is named, else the only one, else the one called as the labels' target."""
    strings = {key: text for key, text in texts.items() if isinstance(text, str)}
    if len(names) > 1:
        raise RecordError(f"labels for several texts: {', '.join(sorted(names))}", "Export each of the texts apart.")
    wanted = (
        [text_key] if text_key is not None else list(strings) if len(strings) == 1 else [key for key in names if key in strings]
    )
    if len(wanted) != 1 or wanted[0] not in strings:
        asked = f"no text '{text_key}' in data" if text_key is not None else "it is not certain which of data is the text"
        first = next(iter(strings), "text")
        raise RecordError(
            f"{asked}; strings there are {_names(strings)}",
            f"Name the text in the recipe, with data. before it: `ner: data.{first}`.",
        )
    return strings[wanted[0]]


def _place(where: str, value: Any) -> tuple[int, int]:
    """A start and an end, which must be whole numbers."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise RecordError(f"{where} is {_kind(value)} and should be a start and an end")
    for name, number in zip(("start", "end"), value, strict=True):
        if not isinstance(number, int) or isinstance(number, bool):
            raise RecordError(f"{where}: {name} is {_kind(number)} and should be a whole number")
    return value[0], value[1]


def _label(where: str, value: Any) -> str:
    if not isinstance(value, str):
        raise RecordError(f"{where}: label is {_kind(value)} and should be a string")
    if not value.strip():
        raise RecordError(f"{where}: label is empty")
    return value


def _labels(labels: Any) -> str:
    if not isinstance(labels, list):
        return f"{_kind(labels)} as labels"
    return f"{len(labels)} labels: {', '.join(map(str, labels))}" if labels else "no label"


def _list(where: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise RecordError(f"{where} is {_kind(value)} and should be a list")
    return value


def _get(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


def _names(values: Mapping[str, Any]) -> str:
    return ", ".join(f"'{key}'" for key in values) or "none"


def _kind(value: Any) -> str:
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
