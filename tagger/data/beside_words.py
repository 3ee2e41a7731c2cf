"""Whether the columns that embeddings read beside the words hold the same sort of values in each split."""

from collections import Counter

from tagger.corpora.source import SourceSentence
from tagger.corpus_parts import Part
from tagger.data.findings import Findings
from tagger.errors import CorpusError
from tagger.features.columns import ColumnFeaturizer
from tagger.features.given import refuse_strange


class BesideWords:
    """How often each value stands in a column, by split."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[str, Counter[str]]] = {}

    def add(self, sentence: SourceSentence, split: str, part: Part) -> None:
        """Takes a sentence in."""
        for column, reading in part.inputs.items():
            if reading is not None:
                known = (value for value in sentence.columns[column] if value is not None and value != reading.unknown)
                self._counts.setdefault(column, {}).setdefault(split, Counter()).update(known)

    def conclude(self, findings: Findings) -> None:
        """Tells of splits in which a column has nothing that train's has: training refuses them."""
        for column, splits in self._counts.items():
            if train := splits.pop("train", None):
                featurizer = ColumnFeaturizer.from_counts(column, train)
                for split, counts in splits.items():
                    try:
                        refuse_strange({column: counts}, {column: featurizer}, split)
                    except CorpusError as error:
                        findings.fault(error)
