"""The tokens of a JSON record, their places in its text, its sentences, and the lists of strings that may be tags."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tagger.corpora.jsonl.record import (
    OTHER_LISTS,
    SPAN_KEYS,
    Record,
    RecordError,
    in_words,
    list_of,
    place_of,
    string_of,
    value_under,
)
from tagger.text.alignment import quoted

# Keys of a token that say where it is; all others say something about it.
_TOKEN_PLACE = ("id", "text", "start", "end", "ws", "orth")


def with_tokens(record: Record, data: Mapping[str, Any]) -> Record:
    """The record with its tokens, their places, what is said about each, and its sentences."""
    if data.get("tokens") is None:
        return record
    tokens = list_of("tokens", data["tokens"])
    if tokens and all(isinstance(token, dict) for token in tokens):
        return _with_token_objects(record, tokens, data)
    for index, token in enumerate(tokens):
        if not string_of(f"tokens[{index}]", token).strip():
            raise RecordError(f"tokens[{index}] is empty or white space", "Leave it away, and its tag too.")
    words = tuple(tokens)
    if record.text is None:
        return replace(record, tokens=words)
    if "offsets" in data:
        places = [place_of(f"offsets[{index}]", offset) for index, offset in enumerate(list_of("offsets", data["offsets"]))]
        return replace(record, tokens=words, offsets=_checked(record.text, words, places))
    return replace(record, tokens=words, offsets=_located(record.text, words))


def _with_token_objects(record: Record, tokens: Sequence[Mapping[str, Any]], data: Mapping[str, Any]) -> Record:
    """The record with the tokens of spaCy and Prodigy, without those that are white space, which no line of a corpus can hold."""
    if record.text is None:
        raise RecordError("tokens with offsets, but no text")
    places = [place_of(f"tokens[{index}]", (token.get("start"), token.get("end"))) for index, token in enumerate(tokens)]
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
    places = [place_of(f"sents[{index}]", (value_under(one, "start"), value_under(one, "end"))) for index, one in enumerate(value)]
    before = 0
    for index, (start, end) in enumerate(places):
        if not before <= start < end <= length:
            raise RecordError(f"sents[{index}] ({start}-{end}) is empty, out of order or beyond the text")
        before = end
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


def string_lists(data: Mapping[str, Any], tokens: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The lists of strings that may be tags of the tokens."""
    tags = data.get("tags", [])
    if not isinstance(tags, list | dict):
        raise RecordError(f"tags is {in_words(tags)} and should be a list of strings, or such a list for each task")
    nested = {f"tags.{key}": value for key, value in tags.items()} if isinstance(tags, dict) else {"tags": data.get("tags")}
    for key, value in nested.items():
        for index, tag in enumerate(list_of(key, value) if value is not None else []):
            string_of(f"{key}[{index}]", tag)
    flat = {key: value for key, value in data.items() if key not in ("tags", *OTHER_LISTS)}
    found: dict[str, tuple[str, ...]] = {}
    for key, value in (flat | nested).items():
        if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
            continue
        # An empty list beside tokens holds no tags: it is a list of no spans.
        if value or (not tokens and key not in SPAN_KEYS) or key in nested:
            found[key] = tuple(value)
    return found
