"""What the columns of a Hugging Face data set hold that say one thing for each row: texts, and labels."""

from collections.abc import Sequence
from typing import Any

from tagger.errors import CorpusError


def feature_of(dataset: Any, column: str, place: str) -> Any:
    """What a column holds.

    Raises:
        CorpusError: There is no such column.
    """
    feature = dataset.features.get(column)
    if feature is None:
        raise CorpusError(
            f"no column '{column}'",
            where=place,
            fix=f"Its columns are {', '.join(dataset.features)}; name the right one in the recipe's corpus.columns.",
        )
    return feature


def is_string(feature: Any) -> bool:
    """Whether a column holds one string for each row."""
    return getattr(feature, "dtype", None) in ("string", "large_string")


def text_of(value: Any, column: str, where: str) -> str:
    """A row's text.

    Raises:
        CorpusError: It has none.
    """
    if not isinstance(value, str):
        raise CorpusError(f"no text in '{column}'", where=where, fix="Give it a string, or leave the row away.")
    return value


def label_names(dataset: Any, column: str, place: str) -> Sequence[str] | None:
    """The names of a column of ClassLabels; None for one of strings.

    Raises:
        CorpusError: It is neither, or there is no such column.
    """
    import datasets

    feature = feature_of(dataset, column, place)
    if isinstance(feature, datasets.ClassLabel):
        return list(feature.names)
    if is_string(feature):
        return None
    raise CorpusError(
        f"column '{column}' holds {feature}, not one string or ClassLabel for each row",
        where=place,
        fix="For a tag at each token choose the decoder crf or softmax; cast numbers to ClassLabels, or to strings.",
    )


def label_of(value: Any, names: Sequence[str] | None, column: str, where: str) -> str | None:
    """A row's label; None where it is null, or -1 among ClassLabels, which stand for one that is not known.

    Raises:
        CorpusError: It is empty.
    """
    if value is None or (names is not None and value == -1):
        return None
    if value == "":
        raise CorpusError(f"the label in '{column}' is empty", where=where, fix="Write null where it is not known.")
    return names[value] if names is not None else str(value)
