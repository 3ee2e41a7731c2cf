"""Where the columns that a model reads beside the words stand in each form of input."""

from collections.abc import Iterator

from tagger.corpora.conllu import FIELDS
from tagger.corpora.streams.given import Given
from tagger.corpus_parts import input_reading
from tagger.corpus_settings import (
    ColumnsCorpus,
    ConlluCorpus,
    CorpusSettings,
    HubCorpus,
    JsonlCorpus,
    MixedCorpus,
    OneCorpus,
    has_column,
)
from tagger.errors import TaggerError
from tagger.recipe import Recipe

_KINDS: dict[str, type[OneCorpus]] = {"conll": ColumnsCorpus, "conllu": ConlluCorpus, "jsonl": JsonlCorpus}


def given_columns(recipe: Recipe, form: str, place: str) -> dict[str, Given]:
    """Where the columns that a model reads stand in inputs of a form: as in its corpus, or else where our own outputs have them.

    Args:
        recipe: The model's.
        form: How the input is written.
        place: What it is called in messages.

    Raises:
        TaggerError: The form has no columns, or it is not known where they stand.
    """
    columns = recipe.columns_read
    if not columns:
        return {}
    named = " and ".join(columns)
    if form == "text":
        raise TaggerError(
            f"the model reads {named} beside the words, and raw text has no such column",
            where=place,
            fix="Give columns, CoNLL-U, JSON Lines or parquet, with --format where the file's name does not tell.",
        )
    sources = [source for source in _sources(recipe.corpus) if isinstance(source, _KINDS.get(form, ()))]
    layouts = [source for source in sources if all(has_column(source, column) for column in columns)]
    first = layouts[0] if layouts else None
    if form == "conll" and (first is None or any(source.columns != first.columns for source in layouts)):
        raise TaggerError(
            f"the model reads {named} beside the words, and its recipe does not say in which column that stands",
            where=place,
            fix="Give CoNLL-U, JSON Lines or parquet: they name what they hold.",
        )
    return {column: _given(first, column, form) for column in columns}


def _given(source: OneCorpus | None, column: str, form: str) -> Given:
    if isinstance(source, ColumnsCorpus):
        return Given(source.columns.index(column), input_reading(source, column), source.columns)
    if isinstance(source, ConlluCorpus | JsonlCorpus):
        # JSON Lines may leave it to the reader where a column stands.
        return Given(source.columns.get(column), input_reading(source, column))
    if form == "conllu":
        return Given(column if column in FIELDS else f"misc.{column}")
    return Given(None)


def _sources(corpus: CorpusSettings) -> Iterator[OneCorpus]:
    match corpus:
        case MixedCorpus():
            for part in corpus.parts:
                yield from _sources(part)
        case HubCorpus() if corpus.local:
            yield corpus.local
        case _:
            yield corpus
