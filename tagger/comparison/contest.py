"""Files of predictions -> what several runs made of the same gold items; refused where these are not the same."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from tagger.comparison.significance import Counted
from tagger.errors import TaggerError
from tagger.evaluation.bootstrap import counts_by_sentence, f1_of
from tagger.evaluation.judged import Items, Judged, judge
from tagger.evaluation.predictions import Predictions
from tagger.evaluation.predictions_file import NO_SPLIT, read_predictions
from tagger.text.schemes import IOB2, OUTSIDE, TagScheme

_SAME_TEXT = "Only predictions of the same sentences can be compared: score both systems on the same file."
_SAME_GOLD = "Only what is held against the same gold tags can be compared: score both systems on the same file."
_KINDS = {"spans": "tags of spans", "tags": "plain tags", "labels": "labels of sentences"}


@dataclass(frozen=True)
class Entry:
    """One run's predictions of one task.

    Attributes:
        run: The file that it is.
        predictions: What was read.
        lines: Where each sentence begins in the file.
        judged: These held against gold.
        split: The split that the file's name tells, or `all`.
        task: The name that the file has for the task.
        notes: What was noticed.
    """

    run: str
    predictions: Predictions
    lines: Sequence[int]
    judged: Judged
    split: str
    task: str
    notes: tuple[str, ...] = ()

    def place(self, sentence: int, word: int = 0) -> str:
        """Where a word stands; in files of labels all words stand on one line."""
        return f"{self.run}:{self.lines[sentence] + (0 if self.judged.kind == 'labels' else word)}"


def read_sides(files: Sequence[Mapping[str, Path]], scheme: TagScheme | None, tell: Callable[[str], object]) -> list[list[Entry]]:
    """Reads the runs of each opponent, whose words and gold tags must be the same.

    Raises:
        TaggerError: They can't be read, or are not the same.
    """
    sides: list[list[Entry]] = []
    for paths in files:
        sides.append([])
        for path in paths.values():
            tell(f"reading {path}")
            sides[-1].append(read_entry(path, scheme))
    if any(entry.judged.kind == "spans" for side in sides for entry in side):
        # A file without a span does not show that its tags would write spans; beside one with spans there is no doubt of it.
        sides = [[read_entry(Path(entry.run), IOB2) if _only_outside(entry.judged) else entry for entry in side] for side in sides]
    for side in sides:
        for entry in side:
            refuse_different(sides[0][0], entry)
    return sides


def _only_outside(judged: Judged) -> bool:
    """Whether tags, taken for plain ones, are all those of what is outside of spans."""
    return judged.kind == "tags" and judged.names == (OUTSIDE,)


def read_entry(path: Path, scheme: TagScheme | None = None) -> Entry:
    """Reads one run's predictions of a task.

    Raises:
        TaggerError: They can't be read, or hold no gold tag.
    """
    read = read_predictions(path, scheme=scheme)
    (own,) = read.predictions.gold
    judged = judge(read.predictions, own)
    if judged is None:
        raise TaggerError("no tag in it is known: nothing can be compared", where=str(path), fix="Give a file with gold tags.")
    # That the scheme is what one would expect needs no word.
    notes = [f"{path}: {note}" for note in read.notes if "break" in note]
    if _only_outside(judged):
        notes.append(f"{path}: every tag is O, and is taken for a plain tag; by --scheme iob2 there are no spans in it")
    return Entry(str(path), read.predictions, read.lines, judged, read.split, own, tuple(notes))


def refuse_different(first: Entry, second: Entry) -> None:
    """Refuses predictions of other words, or held against other gold tags: spans are compared as spans, whatever their scheme.

    Raises:
        TaggerError: What is different, and where first.
    """
    kinds = [_KINDS[entry.judged.kind] for entry in (first, second)]
    if kinds[0] != kinds[1]:
        raise TaggerError(
            f"there are {kinds[1]} here, but {kinds[0]} in {first.run}",
            where=second.run,
            fix="Compare predictions of one task; --scheme tells that tags write spans.",
        )
    _refuse_words(first, second)
    _refuse_places(first, second)
    ours, theirs = (_gold_items(entry.judged) for entry in (first, second))
    if ours == theirs:
        return
    sentence, start, *_ = min(set(ours) ^ set(theirs))
    told = [_told(entry, sentence, mine, other) for entry, mine, other in ((first, ours, theirs), (second, theirs, ours))]
    places = [entry.place(entry.judged.places[sentence], start) for entry in (first, second)]
    raise TaggerError(f"the gold tags are others: {told[1]}, but {told[0]} at {places[0]}", where=places[1], fix=_SAME_GOLD)


def _refuse_words(first: Entry, second: Entry) -> None:
    sides = first.predictions.words, second.predictions.words
    numbers = [len(side) for side in sides]
    for sentence, (ours, theirs) in enumerate(zip(*sides, strict=False)):
        if list(ours) != list(theirs):
            word = next((place for place, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]), None)
            if word is None:
                word = min(len(ours), len(theirs))
            told = [f"'{side[word]}'" if word < len(side) else "the sentence's end" for side in (ours, theirs)]
            lengths = f" (sentences here: {numbers[1]:,}, there: {numbers[0]:,})" if numbers[0] != numbers[1] else ""
            raise TaggerError(
                f"the words are others: {told[1]}, but {told[0]} at {first.place(sentence, word)}{lengths}",
                where=second.place(sentence, word),
                fix=_SAME_TEXT,
            )
    if numbers[0] != numbers[1]:
        raise TaggerError(
            f"there are {numbers[1]:,} sentences here, but {numbers[0]:,} in {first.run}; those that both have are the same",
            where=second.run,
            fix=_SAME_TEXT,
        )


def _refuse_places(first: Entry, second: Entry) -> None:
    """Refuses sentences whose gold is known on one side only."""
    sides = set(first.judged.places), set(second.judged.places)
    if sides[0] != sides[1]:
        sentence = min(sides[0] ^ sides[1])
        known, unknown = ("there", "here") if sentence in sides[0] else ("here", "there")
        raise TaggerError(
            f"the gold tags are others: those of this sentence are known {known}, but not {unknown} ({first.place(sentence)})",
            where=second.place(sentence),
            fix=_SAME_GOLD,
        )


_Item = tuple[int, int, int, str]


def _gold_items(judged: Judged) -> list[_Item]:
    """The gold items by sentence, first word, word behind the last, and label."""
    gold = judged.gold
    labels = [judged.names[label] for label in gold.label.tolist()]
    return list(zip(gold.sentence.tolist(), gold.start.tolist(), gold.end.tolist(), labels, strict=True))


def _told(entry: Entry, sentence: int, items: Sequence[_Item], others: Sequence[_Item]) -> str:
    """The first item of a sentence that only one side has, in words."""
    mine = sorted({item for item in items if item[0] == sentence} - set(others))
    if not mine:
        return "nothing"
    _, start, end, label = mine[0]
    words = " ".join(entry.judged.words[sentence][start:end])
    return label if entry.judged.kind == "labels" else f"{label} for '{words}'"


def split_of(entries: Iterable[Entry]) -> tuple[str, list[str]]:
    """The split of files that hold the same sentences, as their names tell it, and what is to be noted of it."""
    told = sorted({entry.split for entry in entries} - {NO_SPLIT})
    if len(told) == 1:
        return told[0], []
    called = f"the files are named as those of {' and '.join(told)}, and hold the same sentences: of which split, is not told"
    return NO_SPLIT, [called] if told else []


def names_of(entries: Sequence[Entry]) -> tuple[str, ...]:
    """The labels of all of them, sorted."""
    return tuple(sorted({name for entry in entries for name in entry.judged.names}))


def counted(entries: Sequence[Entry], names: Sequence[str]) -> Counted:
    """What the runs of one opponent did in each sentence."""
    shape = len(entries[0].judged.words), len(names)
    gold = _counts(entries[0].judged, entries[0].judged.gold, names, shape)
    predicted, right = (np.zeros(shape, dtype=np.float32) for _ in range(2))
    for entry in entries:
        predicted += _counts(entry.judged, entry.judged.predicted, names, shape)
        right += _counts(entry.judged, entry.judged.predicted, names, shape, only_right=True)
    return Counted(gold, predicted, right, by_accuracy=entries[0].judged.kind != "spans", runs=len(entries))


def lenient_f1(entries: Sequence[Entry]) -> float:
    """The micro F1 of the runs of one opponent as conlleval reads spans, from their mean counts."""
    sides = [entry.judged.lenient or (entry.judged.gold, entry.judged.predicted) for entry in entries]
    sums = [sum(counts) for counts in zip(*((len(gold), len(found), found.right.sum()) for gold, found in sides), strict=True)]
    return float(f1_of(np.array(sums, dtype=np.float64)))


def _counts(
    judged: Judged, items: Items, names: Sequence[str], shape: tuple[int, int], *, only_right: bool = False
) -> Float[ndarray, "sentences labels"]:
    ids = np.array([names.index(name) for name in judged.names] + [-1], dtype=np.int64)
    kept = items.right if only_right else slice(None)
    return counts_by_sentence(items.sentence[kept], ids[items.label[kept]], *shape)
