"""What stands beside the words of sentences that are to be tagged, for models that read it."""

from collections.abc import Mapping, Sequence
from typing import NoReturn

from tagger.errors import CorpusError, TaggerError
from tagger.features.columns import ColumnFeaturizer
from tagger.text.sentence import Sentence

_BLANK = "_"
"""What stands in columns, CoNLL-U above all, where nothing is said."""

Featurizers = Mapping[str, object]


def columns_given(sentences: Sequence[Sentence], columns: Sequence[str]) -> dict[str, list[Sequence[str | None]]]:
    """For each column that is read what the tags of each sentence say.

    Raises:
        TaggerError: A sentence does not have it, or another number of tags than words.
    """
    given: dict[str, list[Sequence[str | None]]] = {column: [] for column in columns}
    for column, values in given.items():
        for sentence in sentences:
            tags = sentence.tags.get(column)
            if tags is None:
                having = f" ({', '.join(sentence.tags)} alone)" if sentence.tags else ""
                refuse_without_columns(f"the sentence has no such tags{having}", [column])
            if len(tags) != len(sentence.tokens):
                words = " ".join(sentence.words[:5])
                raise TaggerError(
                    f"{len(tags)} tags of {column} for {len(sentence.tokens)} words, which begin '{words}'",
                    fix="Give each word one.",
                )
            values.append(tags)
    return given


def refuse_without_columns(what: str, columns: Sequence[str]) -> NoReturn:
    """Refuses to tag what has no columns, as `what` says.

    Raises:
        TaggerError: Always.
    """
    example = ", ".join(f'"{column}": [...]' for column in columns)
    raise TaggerError(
        f"the model reads {' and '.join(columns)} beside the words, and {what}",
        fix=f"Give a Sentence with them: Sentence.of_words(words, tags={{{example}}}), or what another tagger gave.",
    )


def refuse_blank(sentence: Sentence, featurizers: Featurizers, where: str | None = None) -> None:
    """Refuses a sentence that has a column in which nothing is said, as in CoNLL-U that nobody tagged.

    Raises:
        CorpusError: Nothing but `_` stands there, which the training set's column never holds.
    """
    for featurizer in featurizers.values():
        if isinstance(featurizer, ColumnFeaturizer) and _BLANK not in featurizer.vocab:
            values = sentence.tags.get(featurizer.column)
            if values and all(value == _BLANK for value in values):
                raise CorpusError(
                    f"the model reads {featurizer.column} beside the words, and there is nothing but '{_BLANK}'",
                    where=where,
                    fix=f"Fill it in, with tags such as {_some(featurizer)}",
                )


def refuse_strange(counts: Mapping[str, Mapping[str, int]], featurizers: Featurizers, split: str) -> None:
    """Refuses a split of a corpus that has nothing in a column which the training set's holds.

    Args:
        counts: For each column how often each value stands in the split.
        featurizers: Those of the tagger.
        split: What it is called in messages.

    Raises:
        CorpusError: No value is known.
    """
    for featurizer in featurizers.values():
        if isinstance(featurizer, ColumnFeaturizer):
            values = counts[featurizer.column]
            if not any(value in featurizer.vocab for value in values):
                having = ", ".join(list(values)[:5]) or "nothing"
                raise CorpusError(
                    f"the model reads {featurizer.column} beside the words, and no value is one of train's",
                    where=split,
                    fix=f"There is {having}, where train has {_some(featurizer)}: is it the same column, with the same tags?",
                    kind="other values in a column",
                )


def _some(featurizer: ColumnFeaturizer) -> str:
    """Some of the values that a column may hold."""
    values = featurizer.vocab.to_json()
    return ", ".join(values[:5]) + (", ..." if len(values) > 5 else "")
