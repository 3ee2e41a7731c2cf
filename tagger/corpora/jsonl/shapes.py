"""One JSON record of an annotation tool, whichever tool wrote it: text or tokens, tags, spans with character offsets.

Read are records with `tokens` and `tags`, records with `text` and `spans`, what `tagger tag --to jsonl` writes, and the exports of
spaCy (`Doc.to_json()` and training tuples), Prodigy, Doccano and Label Studio (JSON and JSON_MIN), as they are.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tagger.corpora.jsonl.label_studio import parse_task
from tagger.corpora.jsonl.record import Record, RecordError, in_words, key_names, string_of
from tagger.corpora.jsonl.spans import span_lists, with_spans
from tagger.corpora.jsonl.tokens import string_lists, with_tokens


def parse_record(data: Any, *, text_key: str | None = None, needs_tags: bool = True) -> Record:
    """What a record says.

    Args:
        data: The record as JSON has it.
        text_key: The key of the text where it is not `text`: in Label Studio one of `data`.
        needs_tags: Whether a record without tags and spans is refused.

    Raises:
        RecordError: It has none of the forms that are read, something in it has the wrong type, or its spans do not fit its text.
    """
    if (
        isinstance(data, list)
        and len(data) == 2
        and isinstance(data[0], str)
        and isinstance(data[1], dict)
        and "entities" in data[1]
    ):
        data = {"text": data[0], "entities": data[1]["entities"]}
    if not isinstance(data, dict):
        raise RecordError(f"no record but {in_words(data)}")
    if data.get("answer") in ("reject", "ignore"):
        return Record(skipped=f"answer '{data['answer']}'")
    if isinstance(data.get("data"), dict):
        return parse_task(data, text_key)
    return _plain(data, text_key, needs_tags=needs_tags)


def _plain(data: Mapping[str, Any], text_key: str | None, *, needs_tags: bool) -> Record:
    """A record whose text, tokens, tags and spans stand beside each other."""
    text_key = text_key or "text"
    text = string_of(text_key, data[text_key]) if data.get(text_key) is not None else None
    record = with_tokens(Record(text=text), data)
    tags = {} if record.tokens is None else {**string_lists(data, record.tokens), **record.tags}
    found, keys = span_lists(data, tags)
    if record.text is None and record.tokens is None:
        raise RecordError(f"neither text nor tokens; the record has the keys {key_names(data)}")
    if data.get("answer") == "accept" and isinstance(data.get("tokens"), list) and "spans" not in data:
        # Prodigy leaves the key away where nothing was marked.
        keys.append("spans")
    # Label Studio and lists that name their tasks say nothing about what was not marked.
    open_keys = "annotation_id" in data or any(one.key.startswith("spans.") for one in found)
    if needs_tags and not tags and not keys and not open_keys:
        raise RecordError(f"no tags and no spans; the record has the keys {key_names(data)}")
    record = with_spans(replace(record, tags=tags, open_keys=open_keys), found, keys)
    if data.get("_is_binary") is True or data.get("_view_id") == "ner":
        record = replace(record, remarks=(*record.remarks, "the answer is about one span only, and others may be unmarked"))
    return record
