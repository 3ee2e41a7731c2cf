"""Columns that a model reads beside the words, found in what is to be tagged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from tagger.corpora.interpret import Reading, interpret
from tagger.corpora.jsonl.record import Record, RecordError
from tagger.corpora.jsonl.tokens import string_lists, with_tokens
from tagger.corpora.source import SourceSentence
from tagger.errors import CorpusError
from tagger.text.sentence import Sentence

_JSON = 'Each record must be like {{"tokens": ["...", "..."], "tags": {{"{column}": ["...", "..."]}}}}.'


@dataclass(frozen=True, slots=True)
class Given:
    """Where a column stands that is read beside the words, and how it is to be understood.

    Attributes:
        at: The number of the column, counted from 0; the field of CoNLL-U; the key in JSON, None where that is not named.
        reading: The scheme in which spans are written there, and what stands where the value is not known.
        layout: What each column holds, as far as that is known.
    """

    at: int | str | None
    reading: Reading = field(default_factory=Reading)
    layout: tuple[str, ...] = ()


GivenColumns = Mapping[str, Given]


def with_columns(
    sentence: Sentence, columns: Mapping[str, Sequence[str]], given: GivenColumns, place: str, lines: Sequence[int]
) -> Sentence:
    """A sentence with what stands beside its words, as it is meant: spans in IOB2, None where it is not known.

    Raises:
        CorpusError: The tags of spans break their scheme.
    """
    source = SourceSentence(sentence.words, columns, place, lines)
    (meant,) = interpret([source], {column: one.reading for column, one in given.items()})
    # As tags, though some may not be known: a sentence to be tagged has no others.
    tags = {column: cast("tuple[str, ...]", tuple(values)) for column, values in meant.columns.items()}
    return replace(sentence, tags=tags)


def from_rows(rows: Sequence[Sequence[str]], numbers: Sequence[int], given: GivenColumns, place: str) -> dict[str, list[str]]:
    """The columns of lines that are split into fields; `numbers` are those of the lines.

    Raises:
        CorpusError: A line is too short.
    """
    columns: dict[str, list[str]] = {}
    for column, one in given.items():
        assert isinstance(one.at, int)
        for row, number in zip(rows, numbers, strict=True):
            if len(row) <= one.at or not row[one.at]:
                raise CorpusError(
                    f"the model reads {column} beside the words, and column {one.at + 1} is missing: '{' '.join(row)}'",
                    where=f"{place}:{number}",
                    fix=f"Each line must hold {', '.join(one.layout[: one.at + 1])}, as those that the model was trained on.",
                )
            columns.setdefault(column, []).append(row[one.at])
    return columns


def from_json(sentence: str | Sentence, data: Mapping[str, Any], given: GivenColumns, place: str, number: int) -> Sentence:
    """The sentence of a record with the columns that its lists of strings hold, one string for each token.

    Raises:
        CorpusError: The record has no tokens, or no such list.
    """
    where = f"{place}:{number}"
    if isinstance(sentence, str):
        column = next(iter(given))
        problem = f"the model reads {column} beside the words, and a text without tokens has no such column"
        raise CorpusError(problem, where=where, fix=_JSON.format(column=column))
    try:
        own = with_tokens(Record(text=data.get("text")), data).tags
        lists = {**string_lists(data, sentence.words), **own}
    except RecordError as error:
        raise CorpusError(str(error), where=where, fix=error.fix) from error
    columns: dict[str, Sequence[str]] = {}
    for column, one in given.items():
        keys = [column, f"tags.{column}"] if one.at is None else [str(one.at)]
        found = next((key for key in keys if key in lists), None)
        if found is None and sentence.tokens:
            having = ", ".join(f"'{key}'" for key in lists if key != "tokens") or "none"
            problem = f"the model reads {column} beside the words, and there is no '{keys[-1]}' (lists of strings: {having})"
            raise CorpusError(problem, where=where, fix=_JSON.format(column=column))
        columns[column] = lists[found] if found is not None else ()
        if len(columns[column]) != len(sentence.tokens):
            problem = f"{found} has {len(columns[column])} strings for {len(sentence.tokens)} tokens"
            raise CorpusError(problem, where=where, fix="Give one for each token.")
    return with_columns(sentence, columns, given, place, [number] * len(sentence.tokens))
