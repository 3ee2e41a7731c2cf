"""What stands beside words in another column, as ids: parts of speech that an entity tagger reads, for example."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagger.features.vocab import Vocab


class ColumnFeaturizer:
    """Ids of a column's values: int64 of shape `(values,)`.

    Args:
        column: The column.
        vocab: The known values.
        singletons: The ids of the values that the training set holds once; the vector of unknown values is learned from them.
    """

    def __init__(self, column: str, vocab: Vocab, *, singletons: Sequence[int] = ()) -> None:
        self.column = column
        self.vocab = vocab
        self.singletons = tuple(singletons)

    @classmethod
    def from_counts(cls, column: str, counts: Mapping[str, int]) -> "ColumnFeaturizer":
        """Knows the values of the training set."""
        vocab = Vocab(sorted(counts))
        return cls(column, vocab, singletons=[vocab[value] for value in sorted(counts) if counts[value] == 1])

    @property
    def missing_id(self) -> int:
        """The id of a value that is not known, where the source has no such column or marks it so; others have ids below it."""
        return len(self.vocab)

    def encode(self, values: Sequence[str | None]) -> NDArray[np.int64]:
        """The id of each value."""
        known = (self.missing_id if value is None else self.vocab[value] for value in values)
        return np.fromiter(known, dtype=np.int64, count=len(values))

    def to_json(self) -> dict[str, Any]:
        """What `from_json` needs."""
        return {"column": self.column, "values": self.vocab.to_json(), "singletons": list(self.singletons)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ColumnFeaturizer":
        """The featurizer that `to_json` wrote."""
        return cls(data["column"], Vocab.from_json(data["values"]), singletons=data["singletons"])
