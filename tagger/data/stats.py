"""How much of what a corpus holds: sizes, labels, spans, how far dev and test are known from train and by word vectors."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from statistics import median
from typing import Any

from tagger.build_corpus import detected
from tagger.corpora.interpret import interpret
from tagger.corpora.source import refuse
from tagger.corpus_parts import Part
from tagger.text.schemes import IOB2, split_tag

UNKNOWN_LABEL = "(unknown)"


@dataclass
class SplitStats:
    """One split's numbers.

    Attributes:
        sentences: How many.
        tokens: How many.
        documents: How many.
        words: How often each distinct token occurs.
        lengths: How many sentences have so many tokens.
        labels: For each task how many spans each label has; for plain tags how many tokens; for labels of sentences how many
            sentences; what is unknown as `(unknown)`.
        span_lengths: For each task of spans how many have so many tokens.
        covered: Of each way to look words up in the vectors, the shares of tokens and of distinct tokens that are found.
        missing: The most frequent tokens that the vectors lack, with their counts.
    """

    sentences: int = 0
    tokens: int = 0
    documents: int = 0
    words: Counter[str] = field(default_factory=Counter)
    lengths: Counter[int] = field(default_factory=Counter)
    labels: dict[str, Counter[str]] = field(default_factory=dict)
    span_lengths: dict[str, Counter[int]] = field(default_factory=dict)
    covered: dict[str, tuple[float, float]] = field(default_factory=dict)
    missing: list[tuple[str, int]] = field(default_factory=list)

    def not_in(self, train: "SplitStats") -> tuple[float, float]:
        """The shares of tokens and of distinct tokens that `train` lacks."""
        new = [count for word, count in self.words.items() if word not in train.words]
        return sum(new) / max(self.tokens, 1), len(new) / max(len(self.words), 1)

    def to_json(self) -> dict[str, Any]:
        """Plain data; the words as their number."""
        # Not by asdict(), which makes of a Counter one of pairs.
        data = {each.name: getattr(self, each.name) for each in fields(self)}
        lengths = sorted(self.lengths.elements())
        counts = {"words": len(self.words), "lengths": dict(sorted(self.lengths.items()))}
        return {**data, **counts, "median_length": median(lengths) if lengths else 0}


@dataclass(frozen=True)
class Stats:
    """The numbers of each split, what was noted while reading, and the schemes that were found."""

    splits: Mapping[str, SplitStats]
    notes: Sequence[str]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        splits = {name: split.to_json() for name, split in self.splits.items()}
        train = self.splits.get("train")
        for name, split in self.splits.items():
            if train is not None and split is not train:
                splits[name]["not_in_train"] = split.not_in(train)
        return {"version": 1, "splits": splits, "notes": list(self.notes)}


def count(parts: Sequence[Part], vectors: Collection[str] | None = None) -> Stats:
    """Counts a corpus in one reading.

    Args:
        parts: Its sources.
        vectors: The words that have a vector; None where coverage is not asked for.

    Raises:
        CorpusError: Something in it can't be read.
    """
    notes: dict[str, None] = {}
    splits: dict[str, SplitStats] = {}
    for part in map(detected, parts):
        notes |= dict.fromkeys(part.told())
        readings = {task: reading and replace(reading, inside=reading.scheme and IOB2) for task, reading in part.readings.items()}
        for name, opener in part.openers.items():
            split = splits.setdefault(name, SplitStats())
            before = split.documents
            for sentence in interpret(opener(refuse, notes.setdefault), readings, part.labels, note=notes.setdefault):
                split.sentences += 1
                split.tokens += len(sentence.words)
                split.documents = before + sentence.document + 1
                split.words.update(sentence.words)
                split.lengths[len(sentence.words)] += 1
                for task, tags in sentence.columns.items():
                    if (reading := readings[task]) is not None:
                        _count_tags(split, task, tags, spans=reading.scheme is not None)
                for task, label in sentence.labels.items():
                    _count_tags(split, task, [label], spans=False)
    if vectors is not None:
        for split in splits.values():
            _cover(split, set(vectors))
    return Stats(splits, list(notes))


def _count_tags(split: SplitStats, task: str, tags: Sequence[str | None], *, spans: bool) -> None:
    labels = split.labels.setdefault(task, Counter())
    known = [tag for tag in tags if tag is not None]
    if not spans:
        labels.update(known)
    elif len(known) == len(tags):
        found = IOB2.spans(known)
        labels.update(span.label for span in found)
        split.span_lengths.setdefault(task, Counter()).update(span.end - span.start for span in found)
    if len(known) < len(tags) and spans:
        # There may be no spans to count, but each begins somewhere.
        labels.update(split_tag(tag)[1] for tag in known if tag.startswith("B-"))
    if len(known) < len(tags):
        labels[UNKNOWN_LABEL] += len(tags) - len(known)


def _cover(split: SplitStats, vectors: Collection[str]) -> None:
    ways: dict[str, Callable[[str], str]] = {
        "as they stand": str,
        "lower-cased": str.lower,
        "lower-cased, digits as 0": _zeros,
    }
    for name, way in ways.items():
        found = {word: number for word, number in split.words.items() if way(word) in vectors}
        split.covered[name] = sum(found.values()) / max(split.tokens, 1), len(found) / max(len(split.words), 1)
    lacking = Counter({word: number for word, number in split.words.items() if word.lower() not in vectors})
    split.missing = lacking.most_common(10)


def _zeros(word: str) -> str:
    return "".join("0" if character.isdigit() else character for character in word.lower())
