"""What a comparison comes to, in sentences."""

from tagger.comparison.comparison import LEVEL, Pair, SeedsTest
from tagger.evaluation.measures import Interval


def p_value(value: float) -> str:
    """A p-value with two figures that matter."""
    if value < 0.0005:
        return "p < 0.001"
    return f"p = {value:.3f}" if value < 0.1 else f"p = {value:.2f}" if value < 0.995 else "p = 1"


def points(share: float) -> str:
    """A difference of shares in hundredths, with its sign."""
    text = f"{100 * share:+.2f}"
    return "0.00" if float(text) == 0 else text


def stretch_of(interval: Interval) -> str:
    """An interval of differences."""
    return f"{points(interval[0])} to {points(interval[1])}"


def unit(*, by_accuracy: bool) -> str:
    """What differences are counted in."""
    return "points of accuracy" if by_accuracy else "F1"


def verdict(pair: Pair, *, by_accuracy: bool, num_pairs: int = 1) -> str:
    """Which of two is better by the deciding score, or that it can't be told."""
    found = pair.score
    told = p_value(found.p) + (f", corrected for {num_pairs} pairs" if num_pairs > 1 else "")
    alike = pair.wrong.first == pair.wrong.second == 0 and pair.right.first == pair.right.second == 0
    if alike and pair.seeds is None:
        return f"{pair.first} and {pair.second} predict the same ({told})"
    if pair.better is None:
        return f"{pair.first} and {pair.second}: no difference can be told ({told})"
    other = pair.first if pair.better == pair.second else pair.second
    low, high = sorted((100 * end if pair.better == pair.second else -100 * end) for end in found.interval)
    size = f"{abs(100 * found.difference):.2f} {unit(by_accuracy=by_accuracy)}"
    return f"{pair.better} is better than {other} by {size} (95 % interval {low:.2f} to {high:.2f}, {told})"


def better_over_seeds(test: SeedsTest, letters: tuple[str, str]) -> str | None:
    """The one whose mean over seeds is higher by more than chance.

    The exact test decides, where it can: with very few seeds it can't reach the level, whatever they score, and Welch's does.
    """
    decides = test.permutation_p
    if decides is None or (test.smallest_p is not None and test.smallest_p >= LEVEL):
        decides = test.welch_p
    return None if decides is None or decides >= LEVEL else letters[test.difference > 0]


def disagreement(pair: Pair) -> str | None:
    """What it means that sentences and seeds tell another better one; None where they do not."""
    if pair.seeds is None or pair.better == pair.seeds.better:
        return None
    told = [
        f"over {what} no difference can be told, so that other {what} might turn it round"
        if better is None
        else f"over {what} {better} is better, so that other {what} would most likely show the same {of}"
        for what, better, of in (
            ("sentences", pair.better, "of these very runs"),
            ("seeds", pair.seeds.better, "on these sentences"),
        )
    ]
    return f"Sentences and seeds do not agree: {'; '.join(told)}."


def seeds_verdict(test: SeedsTest, letters: tuple[str, str], numbers: tuple[int, int], *, by_accuracy: bool) -> str:
    """Whether the means over seeds differ, or that so few seeds can't tell."""
    mean = f"the mean of {letters[1]} is {abs(100 * test.difference):.2f} {unit(by_accuracy=by_accuracy)} "
    mean += "above" if test.difference > 0 else "below"
    mean = f"{mean} that of {letters[0]}" if test.difference else "the means are the same"
    values = []
    if test.permutation_p is not None:
        values.append(f"exact permutation test {p_value(test.permutation_p)}")
    if test.welch_p is not None:
        values.append(f"Welch's t-test {p_value(test.welch_p)}")
    conclusion = "more than chance among seeds explains" if test.better else "no difference can be told"
    told = f"Over {numbers[0]} and {numbers[1]} seeds {mean}: {conclusion} ({', '.join(values) or 'no score varies'})."
    if test.smallest_p is not None and test.smallest_p >= LEVEL:
        told += (
            f" So few seeds can't reach {LEVEL:g} in the exact test, whatever they score: the smallest p that it can give is"
            f" {test.smallest_p:.2g}. Welch's rests on the scores being normally distributed."
        )
    return told
