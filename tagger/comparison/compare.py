"""Runs, reports or files of predictions over the same sentences -> how they differ, and whether by more than chance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean, stdev

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from tagger.comparison.comparison import (
    LEVEL,
    Comparison,
    Contestant,
    Difference,
    LabelStanding,
    Pair,
    SeedScores,
    SeedsTest,
    Standing,
    TaskComparison,
)
from tagger.comparison.contest import Entry, counted, lenient_f1, names_of, read_sides, split_of
from tagger.comparison.differences import (
    Faults,
    agreement,
    confusion_differences,
    faults_of,
    kind_differences,
    telling_examples,
    wrong_agreement,
)
from tagger.comparison.opponents import matched, opponent
from tagger.comparison.significance import (
    Counted,
    Figures,
    approximate_randomisation,
    differences,
    figures,
    holm,
    paired_bootstrap,
    permutation,
    welch,
)
from tagger.comparison.verdicts import better_over_seeds, disagreement, seeds_verdict, verdict
from tagger.errors import TaggerError
from tagger.evaluation.bootstrap import ROUNDS, interval_of_told, resampled
from tagger.text.schemes import TagScheme

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def compare(
    given: Sequence[str],
    *,
    split: str | None = None,
    task: str | None = None,
    scheme: TagScheme | None = None,
    examples: int = 5,
    tell: Callable[[str], object] = lambda _: None,
) -> Comparison:
    """Compares what was predicted in the same sentences.

    Args:
        given: Two or more run folders, folders of several seeds, reports, or files of predictions.
        split: Of folders, which split; if None test, or the only one that a folder has.
        task: Which task; each that all of them have, if None.
        scheme: In which scheme tags write spans; found out for each file if None.
        examples: How many sentences are shown at most with what one gets right and another wrong.
        tell: Is told what is being done, in a few words.

    Raises:
        TaggerError: Something has no predictions, or not of the same sentences with the same gold tags.
    """
    if not 2 <= len(given) <= len(LETTERS):
        raise TaggerError(f"{len(given)} can't be compared", where="compare", fix=f"Name two or more, up to {len(LETTERS)}.")
    found = [opponent(name, split) for name in given]
    notes = [note for one in found for note in one.notes]
    tasks: dict[str, TaskComparison] = {}
    read: list[Entry] = []
    for name, files in matched(found, task):
        sides = read_sides(files, scheme, tell)
        read += (entry for side in sides for entry in side)
        name = name or sides[0][0].task
        tell(f"comparing {name}")
        tasks[name] = _compare(sides, examples)
    contestants = [
        Contestant(name=letter, path=one.given, runs=list(one.runs)) for letter, one in zip(LETTERS, found, strict=False)
    ]
    called, noted = split_of(read)
    notes += [*noted, *(note for entry in read for note in entry.notes)]
    return Comparison(split=called, contestants=contestants, tasks=tasks, notes=tuple(dict.fromkeys(notes)))


@dataclass(frozen=True)
class _Side:
    """One opponent on one task.

    Attributes:
        letter: What it is called.
        runs: Its runs.
        counted: What they did in each sentence.
        real: Its figures.
        drawn: The same for samples of sentences, drawn with replacement, the same for all opponents; NaN where one has no item.
        faults: What it got wrong.
        scores: The deciding score of each run.
    """

    letter: str
    runs: Sequence[Entry]
    counted: Counted
    real: Figures
    drawn: Float[ndarray, "rounds figures"]
    faults: Faults
    scores: Sequence[float]


def _compare(entries: Sequence[Sequence[Entry]], examples: int) -> TaskComparison:
    names = names_of([entry for side in entries for entry in side])
    sides = _sides(entries, names)
    first = sides[0].runs[0].judged
    pairs = [_pair(ours, theirs, names, examples) for ours, theirs in combinations(sides, 2)]
    return TaskComparison(
        kind=first.kind,
        measure="accuracy" if sides[0].counted.by_accuracy else "f1",
        num_sentences=len(first.words),
        num_items=len(first.gold),
        standings={side.letter: _standing(side, names) for side in sides},
        pairs=_judged_together(pairs, sides[0].counted.by_accuracy),
    )


def _sides(entries: Sequence[Sequence[Entry]], names: Sequence[str]) -> list[_Side]:
    sides = [counted(runs, names) for runs in entries]
    columns = np.concatenate([sides[0].gold, *(part for side in sides for part in (side.predicted, side.right))], 1)
    sums = resampled(columns).reshape(ROUNDS, 1 + 2 * len(sides), len(names))
    found = []
    for place, (letter, runs, side) in enumerate(zip(LETTERS, entries, sides, strict=False)):
        predicted, right = (sums[:, 1 + 2 * place + which] / side.runs for which in (0, 1))
        drawn = figures(sums[:, 0], predicted, right, by_accuracy=side.by_accuracy, empty=np.nan)
        scores = [float(counted([run], names).figures[0]) for run in runs]
        found.append(_Side(letter, runs, side, side.figures, drawn, faults_of([run.judged for run in runs]), scores))
    return found


def _standing(side: _Side, names: Sequence[str]) -> Standing:
    sums = side.counted.sums
    gold, predicted, right = sums.sum(1).tolist()
    within = [interval_of_told(column) for column in side.drawn.T]
    labels = {
        name: LabelStanding(
            precision=good / out if out else 0.0,
            recall=good / there if there else 0.0,
            f1=float(side.real[place]),
            interval=within[place],
            gold=int(there),
            predicted=out,
            right=good,
        )
        for place, (name, (there, out, good)) in enumerate(zip(names, sums.T.tolist(), strict=True), 2)
        if there or out
    }
    several = len(side.scores) > 1
    return Standing(
        score=float(side.real[0]),
        interval=within[0],
        precision=right / predicted if predicted else 0.0,
        recall=right / gold if gold else 0.0,
        macro=float(side.real[1]),
        macro_interval=within[1],
        labels=labels,
        seeds=SeedScores(scores=list(side.scores), mean=fmean(side.scores), sd=stdev(side.scores)) if several else None,
        **_of_illegal_tags(side.runs),
    )


def _of_illegal_tags(runs: Sequence[Entry]) -> dict[str, float]:
    """Of spans how another reading counts tags that break their scheme, and at how many places these are."""
    faults = [run.judged.illegal for run in runs if run.judged.illegal is not None]
    if not faults:
        return {}
    gold, predicted = (fmean(side) for side in zip(*faults, strict=True))
    return {"lenient": lenient_f1(runs), "illegal_gold": gold, "illegal_predicted": predicted}


def _pair(first: _Side, second: _Side, names: Sequence[str], examples: int) -> Pair:
    """What two of them differ in; the verdict waits until all p-values are known."""
    by_chance = approximate_randomisation(first.counted, second.counted)
    real = second.real - first.real
    within, by_samples = paired_bootstrap(differences(first.drawn, second.drawn), real)
    found = [
        Difference(
            first=float(first.real[place]),
            second=float(second.real[place]),
            difference=float(real[place]),
            interval=within[place],
            bootstrap_p=float(by_samples[place]),
            randomisation_p=float(by_chance[place]),
            p=float(by_chance[place]),
        )
        for place in range(len(real))
    ]
    # Of a label that gold and both lack there is nothing to test; it may be one of other opponents.
    there = np.flatnonzero((first.counted.sums + second.counted.sums).any(0)).tolist()
    better_first, better_second = telling_examples(first.runs[0].judged, second.runs[0].judged, examples)
    return Pair(
        first=first.letter,
        second=second.letter,
        verdict="",
        better=None,
        score=found[0],
        macro=found[1],
        labels=dict(zip([names[label] for label in there], _corrected([found[2 + label] for label in there]), strict=True)),
        right=agreement(first.faults, second.faults),
        wrong=wrong_agreement(first.faults, second.faults),
        errors=kind_differences(first.faults, second.faults),
        confusions=confusion_differences(first.faults, second.faults),
        better_first=better_first,
        better_second=better_second,
        seeds=_over_seeds(first, second),
    )


def _corrected(found: Sequence[Difference]) -> list[Difference]:
    """Differences that are tested together."""
    values = holm([one.randomisation_p for one in found])
    return [one.model_copy(update={"p": value}) for one, value in zip(found, values, strict=True)]


def _judged_together(pairs: Sequence[Pair], by_accuracy: bool) -> list[Pair]:
    """The pairs with their verdicts: each pair is a test among several."""
    scores, macros = (_corrected(side) for side in ([pair.score for pair in pairs], [pair.macro for pair in pairs]))
    done = []
    for pair, score, macro in zip(pairs, scores, macros, strict=True):
        better = None if score.p >= LEVEL else pair.second if score.difference > 0 else pair.first
        new = pair.model_copy(update={"score": score, "macro": macro, "better": better})
        told = {"verdict": verdict(new, by_accuracy=by_accuracy, num_pairs=len(pairs)), "disagreement": disagreement(new)}
        done.append(new.model_copy(update=told))
    return done


def _over_seeds(first: _Side, second: _Side) -> SeedsTest | None:
    if min(len(first.scores), len(second.scores)) < 2:
        return None
    exact = permutation(first.scores, second.scores)
    test = SeedsTest(
        difference=fmean(second.scores) - fmean(first.scores),
        permutation_p=exact and exact[0],
        smallest_p=exact and exact[1],
        welch_p=welch(first.scores, second.scores),
        verdict="",
    )
    letters = first.letter, second.letter
    test = test.model_copy(update={"better": better_over_seeds(test, letters)})
    told = seeds_verdict(test, letters, (len(first.scores), len(second.scores)), by_accuracy=first.counted.by_accuracy)
    return test.model_copy(update={"verdict": told})
