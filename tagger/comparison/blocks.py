"""A comparison as blocks of headings, sentences and tables; the terminal and Markdown draw the same ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tagger.comparison.comparison import (
    Agreement,
    Comparison,
    ConfusionDifference,
    Difference,
    Pair,
    PairExample,
    Standing,
    TaskComparison,
)
from tagger.comparison.verdicts import p_value, points, stretch_of
from tagger.evaluation.report import Mark
from tagger.evaluation.wording import MEASURES, number_of, percent, stretch

_ITEMS = {"spans": "gold span", "tags": "word", "labels": "sentence"}


@dataclass(frozen=True)
class Heading:
    """A title."""

    text: str


@dataclass(frozen=True)
class Sentence:
    """A sentence that stands by itself; one that matters is shown in bold."""

    text: str
    matters: bool = False


@dataclass(frozen=True)
class Rows:
    """A table; all columns but the first `left` ones are figures."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: int = 1


@dataclass(frozen=True)
class Shown:
    """Sentences as examples, each some lines: what stands before a line, and the line."""

    title: str
    examples: Sequence[Sequence[tuple[str, str]]]


Block = Heading | Sentence | Rows | Shown


def blocks(comparison: Comparison, *, most_labels: int | None = None) -> Iterator[Block]:
    """What is shown of a comparison.

    Args:
        comparison: The comparison.
        most_labels: How many labels the table of labels has at most, those that differ most; all if None.
    """
    for one in comparison.contestants:
        runs = f" ({len(one.runs)} seeds)" if len(one.runs) > 1 else ""
        yield Sentence(f"{one.name} is {one.path}{runs}")
    yield from map(Sentence, comparison.notes)
    several = any(len(one.runs) > 1 for one in comparison.contestants)
    first = comparison.contestants[0].name
    for name, task in comparison.tasks.items():
        yield Heading(f"{name} on {comparison.split}")
        for pair in task.pairs:
            yield Sentence(pair.verdict + ".", matters=True)
            if pair.seeds:
                yield Sentence(pair.seeds.verdict, matters=True)
            if pair.disagreement:
                yield Sentence(pair.disagreement)
        yield _scores(task)
        yield from map(Sentence, _of_illegal_tags(task))
        if any(standing.seeds for standing in task.standings.values()):
            yield _seeds(task)
        yield _tests(task)
        for pair in task.pairs:
            # The first is what the others are held against; the rest of the pairs are in the JSON.
            if pair.first == first:
                yield from _pair(task, pair, most_labels, several=several)
    yield from map(Sentence, _method(comparison, several=several))


def _scores(task: TaskComparison) -> Rows:
    measure = MEASURES[task.measure]
    spans = task.kind == "spans"
    headings = ["", measure, "95 %", *(["precision", "recall"] if spans else []), "macro F1", "95 %"]
    rows = []
    for name, found in task.standings.items():
        parts = [percent(found.precision), percent(found.recall)] if spans else []
        rows.append(
            [name, percent(found.score), stretch(found.interval), *parts, percent(found.macro), stretch(found.macro_interval)]
        )
    size = number_of(task.num_sentences, "sentence")
    if task.kind != "labels":
        size += f", {number_of(task.num_items, _ITEMS[task.kind])}"
    return Rows(f"Scores ({size})", headings, rows)


def _of_illegal_tags(task: TaskComparison) -> Iterator[str]:
    """What strict scores leave out, where any tag breaks its scheme: that may turn round who is ahead."""
    told = [
        f"{whose} {name} at {_count(count)} place{'' if count == 1 else 's'}"
        for name, found in task.standings.items()
        for whose, count in (("the gold ones of", found.illegal_gold), ("those predicted by", found.illegal_predicted))
        if count
    ]
    if told:
        f1s = ", ".join(f"{name} {percent(found.lenient or 0.0)}" for name, found in task.standings.items())
        yield (
            f"Tags break their scheme: {', '.join(told)}. The scores are strict, which leaves out spans of such tags, as seqeval"
            f" does: so they may be above conlleval's, which reads them. Its F1: {f1s}."
        )


def _seeds(task: TaskComparison) -> Rows:
    rows = [_spread(name, found) for name, found in task.standings.items()]
    return Rows("Over seeds", ["", "seeds", "mean", "sd", "lowest", "highest"], rows)


def _spread(name: str, found: Standing) -> list[str]:
    if found.seeds is None:
        return [name, "1", percent(found.score), "-", percent(found.score), percent(found.score)]
    scores = found.seeds.scores
    shares = (found.seeds.mean, found.seeds.sd, min(scores), max(scores))
    return [name, str(len(scores)), *map(percent, shares)]


def _tests(task: TaskComparison) -> Rows:
    measure = MEASURES[task.measure]
    corrected = len(task.pairs) > 1
    headings = ["", "", "difference", "95 %", "p randomised", "p bootstrap", *(["p Holm"] if corrected else [])]
    rows = []
    for pair in task.pairs:
        for name, found in ((measure, pair.score), ("macro F1", pair.macro)):
            cells = [points(found.difference), stretch_of(found.interval), _p(found.randomisation_p), _p(found.bootstrap_p)]
            rows.append([f"{pair.second} - {pair.first}", name, *cells, *([_p(found.p)] if corrected else [])])
    return Rows("Differences", headings, rows, left=2)


def _p(value: float) -> str:
    return p_value(value).removeprefix("p ").removeprefix("= ")


def _pair(task: TaskComparison, pair: Pair, most_labels: int | None, *, several: bool) -> Iterator[Block]:
    ours, theirs = pair.first, pair.second
    if len(task.pairs) > 1:
        yield Heading(f"{ours} against {theirs}")
    if pair.labels:
        yield _labels(task, pair, most_labels)
    agreements = [(_ITEMS[task.kind] + "s right", pair.right), ("wrong predictions", pair.wrong)]
    headings = ["", "both", f"only {ours}", f"only {theirs}", "neither"]
    yield Rows("Who is right", headings, [[name, *_shares(found)] for name, found in agreements])
    if len(pair.errors) > 1:
        rows = [[kind, *map(_count, counts), _more(counts[1] - counts[0])] for kind, counts in pair.errors.items()]
        yield Rows("Kinds of errors", ["", ours, theirs, f"{theirs} - {ours}"], rows)
    if pair.confusions:
        rows = [
            [found.gold, _taken_for(found), _count(found.first), _count(found.second), _more(found.second - found.first)]
            for found in pair.confusions[: most_labels or None]
        ]
        yield Rows("What makes the difference", ["gold", "predicted", ours, theirs, f"{theirs} - {ours}"], rows, left=2)
    for better, worse, found in ((ours, theirs, pair.better_first), (theirs, ours, pair.better_second)):
        if found:
            of_first = " (the first seed of each)" if several else ""
            examples = [list(_example(task, pair, example)) for example in found]
            yield Shown(f"What {better} gets right and {worse} wrong{of_first}", examples)


def _labels(task: TaskComparison, pair: Pair, most: int | None) -> Rows:
    ours, theirs = pair.first, pair.second
    found = list(pair.labels)
    chosen = found
    if most is not None and len(found) > most:
        # By how many right answers they differ, about: a rare label has great differences for little.
        weight = {name: abs(pair.labels[name].difference) * _gold(task, pair, name) for name in found}
        best = set(sorted(found, key=lambda name: (-weight[name], name))[:most])
        chosen = [name for name in found if name in best]
    rows = [_label(task, pair, name, pair.labels[name]) for name in chosen]
    shown = f"; the {len(chosen)} of {len(found)} that differ most" if len(chosen) < len(found) else ""
    corrected = f"p corrected for {len(pair.labels)} labels" if len(pair.labels) > 1 else "p randomised"
    return Rows(f"F1 by label ({corrected}{shown})", ["", "gold", ours, theirs, f"{theirs} - {ours}", "95 %", "p"], rows)


def _gold(task: TaskComparison, pair: Pair, label: str) -> int:
    sides = (task.standings[name].labels.get(label) for name in (pair.first, pair.second))
    return next((side.gold for side in sides if side), 0)


def _label(task: TaskComparison, pair: Pair, label: str, found: Difference) -> list[str]:
    shares = percent(found.first), percent(found.second), points(found.difference)
    return [label, f"{_gold(task, pair, label):,}", *shares, stretch_of(found.interval), _p(found.p)]


def _shares(found: Agreement) -> list[str]:
    return [_count(found.both), _count(found.first), _count(found.second), "" if found.neither is None else _count(found.neither)]


def _count(number: float) -> str:
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.1f}"


def _more(number: float) -> str:
    return "0" if abs(number) < 0.05 else f"{number:+,.0f}" if float(number).is_integer() else f"{number:+,.1f}"


def _taken_for(found: ConfusionDifference) -> str:
    # An error whose label is right is one of the words.
    return found.predicted if found.predicted != found.gold else f"{found.predicted}, other words"


def _example(task: TaskComparison, pair: Pair, example: PairExample) -> Iterator[tuple[str, str]]:
    yield f"{example.sentence + 1}", " ".join(example.words)
    for name, marks in (("gold", example.gold), (pair.first, example.first), (pair.second, example.second)):
        yield name, ", ".join(_mark(task, example.words, mark, gold=name == "gold") for mark in marks) or "nothing"


def _mark(task: TaskComparison, words: Sequence[str], mark: Mark, *, gold: bool) -> str:
    text = mark.label if task.kind == "labels" else f"{' '.join(words[mark.start : mark.end])}/{mark.label}"
    return text if gold or mark.right else f"✗ {text}"


def _method(comparison: Comparison, *, several: bool) -> Iterator[str]:
    yield (
        f"A difference is told where p is below {comparison.level:g}. p is that of approximate randomisation over sentences (10,000"
        " rounds, two-sided; exact where few sentences differ); intervals and the second p are of the paired bootstrap (1,000"
        " samples)."
    )
    if any(len(task.pairs) > 1 for task in comparison.tasks.values()):
        yield "Of several pairs p over sentences is corrected by Holm's method; so are those of the labels of a pair."
    if several:
        yield "Counts are means over seeds, of two systems over all pairs of one seed of each; scores are of these counts."
    if any(len(one.runs) == 1 for one in comparison.contestants):
        yield (
            "Tests over sentences tell whether other sentences would show the same of these very predictions, not whether other"
            " seeds would: for that, train each with --seeds and compare the folders."
        )
