"""The text of a JSON record as sentences: where each begins and ends, its tokens, and its part of the tags."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from tagger.corpora.jsonl.record import Record, RecordError
from tagger.corpora.source import SourceSentence
from tagger.text.alignment import CharSpan, quoted, trimmed
from tagger.text.sentence import Sentence, Token

SentenceSplitter = Callable[[str], list[tuple[int, int]]]


def sentence_places(record: Record, spans: Sequence[CharSpan], split: SentenceSplitter | None) -> list[tuple[int, int]]:
    """Where the sentences of a text begin and end; those that a span or a token reaches across are one."""
    text = record.text or ""
    whole = [(0, len(text))]
    if split is None:
        return whole
    places = list(record.sentences or whole) if record.tokens is not None else split(text)
    # White space at a span's edges lies between sentences as well.
    inner = sorted([trimmed(text, span)[:2] for span in spans] + list(record.offsets or ()))
    merged: list[tuple[int, int]] = []
    reach = index = 0
    for start, end in places:
        while index < len(inner) and inner[index][0] < start:
            reach = max(reach, inner[index][1])
            index += 1
        if merged and reach > start:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def tokenized(record: Record, places: Sequence[tuple[int, int]], tokenize: Callable[[str], Sentence]) -> Sentence:
    """The text with its own tokens, or with those of each of its sentences.

    Raises:
        RecordError: A part of the text is in none of the sentences.
    """
    text = record.text or ""
    tokens: list[Token] = []
    if record.tokens is not None and record.offsets is not None:
        tokens = [Token(word, *place) for word, place in zip(record.tokens, record.offsets, strict=True)]
    else:
        for start, end in places:
            tokens += _moved(tokenize(text[start:end]).tokens, start)
    position = 0
    for start, end in (*places, (len(text), len(text))):
        if between := text[position:start].strip():
            raise RecordError(f"{quoted(between)} is in none of the sentences", "Leave 'sents' away.")
        position = end
    return Sentence(text, tuple(tokens))


def cut_sentences(
    made: SourceSentence, whole: Sentence, places: Sequence[tuple[int, int]], columns: Mapping[str, Sequence[str]]
) -> Iterator[SourceSentence]:
    """The sentences of a text that have a token.

    Args:
        made: What all of them have in common, and the line of the record.
        whole: The text with its tokens.
        places: Where the sentences begin and end.
        columns: The tags of all tokens, task by task.
    """
    first = 0
    for start, end in places:
        last = bisect_right(whole.tokens, end - 1, key=lambda token: token.start_char)
        if first < last:
            tokens = whole.tokens[first:last]
            yield replace(
                made,
                words=tuple(token.text for token in tokens),
                columns={task: tuple(column[first:last]) for task, column in columns.items()},
                lines=[made.lines[0]] * len(tokens),
                spaces_after=tuple(whole.text[token.end_char : token.end_char + 1].isspace() for token in tokens),
                original=Sentence(whole.text[start:end], tuple(_moved(tokens, -start))),
            )
            # The record is given back once, with its first sentence.
            made = replace(made, source=())
        first = last


def _moved(tokens: Sequence[Token], by: int) -> list[Token]:
    return [Token(token.text, token.start_char + by, token.end_char + by) for token in tokens]
