"""The spans of a JSON record: `[start, end, label]` or an object, in the words of any of the tools, and how their offsets count."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from tagger.corpora.jsonl.record import (
    OTHER_LISTS,
    SPAN_KEYS,
    Record,
    RecordError,
    in_words,
    label_of,
    list_of,
    place_of,
    string_of,
    value_under,
)
from tagger.text.alignment import CharSpan, SpanError
from tagger.text.offsets import code_points

# Those of `tagger tag` have `start` and `end` as well, which count tokens.
_OFFSET_KEYS = (("start_char", "end_char"), ("start_offset", "end_offset"), ("start", "end"))
_ADD_TEXTS = 'Give each span its text: {"start": 0, "end": 4, "label": "PER", "text": "Anna"}.'


class FoundSpan(NamedTuple):
    """A span as it stands in the record: where, under which key, its own text, whether its offsets certainly count code points."""

    where: str
    key: str
    span: CharSpan
    text: str | None
    certain: bool


def span_lists(data: Mapping[str, Any], tags: Mapping[str, Any]) -> tuple[list[FoundSpan], list[str]]:
    """The spans of a record, and the keys that list any or none; what stands under the keys of tags is no span."""
    lists: dict[str, list[Any]] = {}
    for key, value in data.items():
        if isinstance(value, dict) and key == "spans":
            # spaCy's span groups.
            lists |= {f"spans.{group}": list_of(f"spans.{group}", spans) for group, spans in value.items()}
        elif key in ("spans", "entities", "ents") and not isinstance(value, list | dict | None):
            raise RecordError(f"{key} is {in_words(value)} and should be a list")
        elif not isinstance(value, list) or key in tags or key in ("tags", *OTHER_LISTS):
            continue
        elif key in SPAN_KEYS or (value and all(_is_region(one) for one in value)):
            lists[key] = value
    found: list[FoundSpan] = []
    keys: list[str] = []
    for key, values in lists.items():
        spans = [found_span(f"{key}[{index}]", key, value, data.get("tokens")) for index, value in enumerate(values)]
        found += spans
        keys += [span.key for span in spans] if spans else [key]
    return found, keys


def _is_region(value: Any) -> bool:
    return isinstance(value, dict) and "start" in value and "end" in value and ("label" in value or "labels" in value)


def found_span(where: str, key: str, value: Any, tokens: Any = None) -> FoundSpan:
    """The span that a JSON value is; `tokens` are those of its record."""
    if isinstance(value, list):
        if len(value) != 3:
            raise RecordError(f"{where} should be [start, end, label] and has {len(value)} parts")
        # Doccano's triples are spaCy's, under another key and with the offsets of JavaScript.
        span = CharSpan(*place_of(where, value[:2]), label_of(where, value[2]))
        return FoundSpan(where, key, span, None, certain=key not in ("label", "labels"))
    if not isinstance(value, dict):
        raise RecordError(f"{where} is {in_words(value)} and should be a span")
    names = next((pair for pair in _OFFSET_KEYS if pair[0] in value and pair[1] in value), _OFFSET_KEYS[-1])
    place = place_of(where, [value.get(name) for name in names])
    text = string_of(f"{where}: text", value["text"]) if value.get("text") is not None else None
    _refuse_other_tokens(where, value, place, tokens)
    labels = value.get("labels") if "labels" in value else [value.get("label")]
    if not isinstance(labels, list) or len(labels) != 1:
        raise RecordError(f"{where} has {_told(labels)}", "A span can have one label: leave one of them, or the whole span away.")
    task = value.get("task")
    named = f"{key}.{task}" if isinstance(task, str) and task else key
    certain = "labels" not in value and names[0] != "start_offset"
    return FoundSpan(where, named, CharSpan(*place, label_of(where, labels[0])), text, certain)


def _told(labels: Any) -> str:
    if not isinstance(labels, list):
        return f"{in_words(labels)} as labels"
    return f"{len(labels)} labels: {', '.join(map(str, labels))}" if labels else "no label"


def _refuse_other_tokens(where: str, value: Mapping[str, Any], place: tuple[int, int], tokens: Any) -> None:
    """Refuses a span of Prodigy whose first and last token are not where its characters are."""
    first, last = value.get("token_start"), value.get("token_end")
    if not isinstance(first, int) or not isinstance(last, int) or not isinstance(tokens, list):
        return
    if not 0 <= first <= last < len(tokens) or (value_under(tokens[first], "start"), value_under(tokens[last], "end")) != place:
        raise RecordError(f"{where} is {place[0]}-{place[1]} in characters, but its tokens {first} to {last} are elsewhere")


def with_spans(record: Record, found: Sequence[FoundSpan], keys: Sequence[str]) -> Record:
    """The record with the spans of each key, counted in code points, and a remark where they were counted otherwise."""
    spans: dict[str, tuple[CharSpan, ...]] = dict.fromkeys(keys, ())
    if not found:
        return replace(record, spans=spans)
    if record.text is None:
        raise RecordError(
            f"{found[0].where} is a span, but the record has no text",
            "Call the key of the text `text`, or name it with data. before it: corpus.columns: {ner: data.body} in the recipe,\n"
            "--columns ner=data.body of `tagger data`.",
        )
    if record.tokens is not None and record.offsets is None:
        raise RecordError("spans over a text whose tokens are others than the record's", "Give the tokens as the text has them.")
    certain = all(one.certain for one in found)
    try:
        settled, converted = code_points(record.text, [one.span for one in found], [one.text for one in found], certain=certain)
    except SpanError as error:
        raise RecordError(str(error), _ADD_TEXTS) from error
    for one, span in zip(found, settled, strict=True):
        spans[one.key] = (*spans[one.key], span)
    remarks = ("offsets counted in UTF-16 code units were converted",) if converted else ()
    return replace(record, spans=spans, remarks=remarks)
