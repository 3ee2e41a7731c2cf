"""JSON Lines: sentences to tag, and tagged ones with all that was found."""

import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NoReturn

from tagger.corpora.columns import DOCUMENT_MARKER
from tagger.corpora.jsonl.lines import json_records
from tagger.corpora.jsonl.record import Record, RecordError, document_name
from tagger.corpora.jsonl.tokens import with_tokens
from tagger.corpora.source import Lines
from tagger.corpora.streams.given import GivenColumns, from_json
from tagger.corpora.streams.item import Item
from tagger.errors import CorpusError
from tagger.text.sentence import Alternative, Sentence, Span, Token, sentence_of_words

# What a writer writes itself; all other keys of a record are given back.
_FOUND = ("tags", "spans", "probabilities", "sequence_probability", "alternatives", "clipped")
OWN_KEYS = ("document", "text", "tokens", "offsets", *_FOUND)
_FORMS = 'Each line must be like {"text": "..."} or {"tokens": ["...", "..."]}.'


def read_jsonl(lines: Lines, place: str, *, given: GivenColumns = MappingProxyType({})) -> Iterator[Item]:
    """Each line is an object with `text`, or with `tokens`, or with both; `document` may name the document.

    Args:
        lines: The lines.
        place: What they are called in messages.
        given: The keys of columns that are read beside the words.
    """

    def refused(error: CorpusError) -> NoReturn:
        raise CorpusError(error.problem, where=error.where, fix=_FORMS)

    before: str | int | None = None
    for record in json_records(lines, place, refused):
        where, data = f"{place}:{record.number}", record.data
        sentence = sentence_of(data, where, fix=_FORMS)
        if given:
            sentence = from_json(sentence, data, given, place, record.number)
        document = document_name(data)
        mark = (DOCUMENT_MARKER,) if document not in (None, before) else ()
        extra = {key: value for key, value in data.items() if key not in OWN_KEYS}
        yield Item(sentence, mark=mark, document=document, extra=extra, line=record.number)
        before = document


def sentence_of(data: Any, where: str, *, fix: str) -> str | Sentence:
    """What a record wants tagged: its text, its tokens, or its text with its tokens.

    Raises:
        CorpusError: It holds none of them.
    """
    text, tokens = (data.get("text"), data.get("tokens")) if isinstance(data, dict) else (None, None)
    if isinstance(text, str):
        return text if tokens is None else _with_places(text, data, where)
    if isinstance(tokens, list) and all(isinstance(token, str) for token in tokens):
        return sentence_of_words(tokens)
    raise CorpusError("neither text nor tokens", where=where, fix=fix)


def _with_places(text: str, data: Mapping[str, Any], where: str) -> Sentence:
    """A text with its own tokens; offsets count in it."""
    try:
        # As `write_jsonl` has them, odd tokens among them.
        own = [Token(word, start, end) for word, (start, end) in zip(data["tokens"], data["offsets"], strict=True)]
        if all(text[token.start_char : token.end_char] == token.text for token in own):
            return Sentence(text, tuple(own))
    except (KeyError, TypeError, ValueError):
        pass
    try:
        made = with_tokens(Record(text=text), data)
    except RecordError as error:
        raise CorpusError(str(error), where=where, fix=error.fix) from error
    if made.offsets is None or (not made.offsets and text.strip()):
        raise CorpusError("the tokens are not those of the text", where=where, fix="Leave the text or the tokens away.")
    places = zip(made.tokens or (), made.offsets, strict=True)
    return Sentence(text, tuple(Token(word, start, end) for word, (start, end) in places))


def write_jsonl(sentence: Sentence, item: Item, *, probabilities: bool, n_best: int = 1, clipped: Sequence[int] = ()) -> str:
    """One object: text, tokens with offsets, tags of each task, spans, labels of the sentence where a task gives such.

    With `n_best` also the most probable sequences of each task.
    """
    data = as_data(sentence, item, probabilities=probabilities, n_best=n_best, clipped=clipped)
    return json.dumps(data, ensure_ascii=False, default=str) + "\n"


def as_data(sentence: Sentence, item: Item, *, probabilities: bool, n_best: int = 1, clipped: Sequence[int] = ()) -> dict[str, Any]:
    """What was found in a sentence, and what stood beside it, as one object; `clipped` is there only where a word is."""
    spans = [span._asdict() if probabilities else _bare(span) for span in sentence.spans]
    data: dict[str, Any] = {**item.extra} if item.document is None else {**item.extra, "document": item.document}
    data |= {"text": sentence.text, "tokens": list(sentence.words)}
    data["offsets"] = [[token.start_char, token.end_char] for token in sentence.tokens]
    # What was read beside the words is given back: whoever reads on may want it too.
    given = item.text.tags if isinstance(item.text, Sentence) else {}
    data["tags"] = {task: list(tags) for task, tags in {**given, **sentence.tags}.items()}
    data["spans"] = spans
    if probabilities:
        data["probabilities"] = {task: [round(share, 4) for share in shares] for task, shares in sentence.probabilities.items()}
        data["sequence_probability"] = {task: _significant(share) for task, share in sentence.sequence_probability.items()}
        for span in spans:
            span["probability"] = round(span["probability"], 4)
    if n_best > 1:
        data["alternatives"] = {task: list(map(_as_object, several)) for task, several in sentence.alternatives.items()}
    if sentence.labels:
        data["labels"] = dict(sentence.labels)
        if probabilities:
            data["label_probabilities"] = {task: round(share, 4) for task, share in sentence.label_probabilities.items()}
    if clipped:
        data["clipped"] = list(clipped)
    return data


def _as_object(one: Alternative) -> dict[str, Any]:
    return {"probability": _significant(one.probability), "tags": list(one.tags), "spans": list(map(_bare, one.spans))}


def _bare(span: Span) -> dict[str, Any]:
    """A span without its probability."""
    data = span._asdict()
    del data["probability"]
    return data


def _significant(share: float) -> float:
    """A probability with four digits that count: those of long sequences are small."""
    return float(f"{share:.4g}")
