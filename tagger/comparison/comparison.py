"""A comparison of runs or predictions, as data: what `comparison.json` holds, and what the Markdown and the tables show.

`comparison.schema.json` beside this file is its JSON schema. Scores are from 0 to 1, a difference is the second's score less
the first's, and what does not apply is left out.
"""

from typing import Final, Literal

from tagger.evaluation.measures import Interval, Kind, Part
from tagger.evaluation.report import Mark

VERSION: Final = 1
LEVEL = 0.05
"""Below which p-value a difference is taken for one."""


class Contestant(Part):
    """One of those that are compared."""

    name: str
    """A letter: the first is A."""
    path: str
    """The run, report or file as it was given."""
    runs: list[str]
    """Where its predictions are; several where seeds are compared."""


class SeedScores(Part):
    """The deciding scores of several seeds."""

    scores: list[float]
    """Of each, in the order of `runs`."""
    mean: float
    """Their mean."""
    sd: float
    """Their standard deviation (n - 1)."""


class LabelStanding(Part):
    """How one label fared; of several seeds the counts are means over them, and the scores are of these counts."""

    precision: float
    """The share of what was predicted that is right."""
    recall: float
    """The share of what is gold that was found."""
    f1: float
    """Their harmonic mean."""
    interval: Interval | None = None
    """In which 95 % of the samples of the bootstrap over sentences that hold the label have the F1."""
    gold: int
    """How many there are."""
    predicted: float
    """How many were predicted."""
    right: float
    """How many of these are right."""


class Standing(Part):
    """How one of them fared on a task."""

    score: float
    """The figure that decides: micro F1 of spans, read strictly; accuracy of plain tags and labels."""
    interval: Interval | None = None
    """In which 95 % of the samples of the bootstrap over sentences have it; left out where there is nothing to score."""
    precision: float
    """Of all labels together."""
    recall: float
    """The same."""
    macro: float
    """The mean of the labels' F1."""
    macro_interval: Interval | None = None
    """In which that lies; each sample's is the mean of the labels that it holds."""
    labels: dict[str, LabelStanding]
    """Of each label that gold or its predictions hold."""
    seeds: SeedScores | None = None
    """Of several seeds how they spread."""
    lenient: float | None = None
    """Of spans the micro F1 as the script `conlleval` reads them, also in tags that break their scheme."""
    illegal_gold: float | None = None
    """Of spans at how many places gold tags break their scheme."""
    illegal_predicted: float | None = None
    """The same of predicted tags; of several seeds the mean."""


class Difference(Part):
    """By how much a score differs, and whether by more than chance."""

    first: float
    """The first's score."""
    second: float
    """The second's."""
    difference: float
    """The second's less the first's."""
    interval: Interval
    """In which 95 % of the samples of the paired bootstrap over sentences have the difference; samples in which gold
    and both lack the label tell nothing."""
    bootstrap_p: float
    """The p-value of the paired bootstrap, two-sided (Koehn 2004, Berg-Kirkpatrick et al. 2012); samples that tell nothing
    count against a difference."""
    randomisation_p: float
    """That of approximate randomisation, two-sided (Noreen 1989, Yeh 2000)."""
    p: float
    """The one that decides: that of randomisation, where several are tested together corrected by the method of Holm (1979)."""


class Agreement(Part):
    """Who has what; of several seeds the means over all pairs of one seed of each."""

    both: float
    """Both have it."""
    first: float
    """Only the first has it."""
    second: float
    """Only the second has it."""
    neither: float | None = None
    """None of them has it."""


class ConfusionDifference(Part):
    """What one takes for something else more often than the other does."""

    gold: str
    """The gold label or tag; `O` for none."""
    predicted: str
    """What was predicted; `O` for none."""
    first: float
    """How often the first does so."""
    second: float
    """How often the second does."""


class PairExample(Part):
    """A sentence in which two of them differ; of plain tags only words on which one of them is wrong are marked."""

    sentence: int
    """Its place in the split, counted from 0."""
    words: list[str]
    """Its words."""
    gold: list[Mark]
    """What is right; a mark is `right` where both have it."""
    first: list[Mark]
    """What the first predicted."""
    second: list[Mark]
    """What the second predicted."""
    errors: tuple[int, int]
    """How many items the first and the second got wrong there: those that are missing and those that are too many."""


class SeedsTest(Part):
    """Whether the means over seeds differ by more than other seeds would."""

    difference: float
    """The second's mean less the first's."""
    permutation_p: float | None = None
    """The p-value of the exact permutation test, two-sided; left out where there are too many seeds for it."""
    smallest_p: float | None = None
    """The smallest p-value that it can give with so few seeds."""
    welch_p: float | None = None
    """That of Welch's t-test, two-sided; left out where no score varies."""
    better: str | None = None
    """The one whose mean is higher; None where no difference can be told."""
    verdict: str
    """What that says, in a sentence."""


class Pair(Part):
    """Two of them on a task."""

    first: str
    """The one."""
    second: str
    """The other."""
    verdict: str
    """Which is better, in a sentence."""
    better: str | None = None
    """The better one over sentences; None where no difference can be told. Seeds may tell another."""
    score: Difference
    """Of the figure that decides."""
    macro: Difference
    """Of the mean of the labels' F1."""
    labels: dict[str, Difference]
    """Of the F1 of each label that gold or one of the two has."""
    right: Agreement
    """Who has which gold items."""
    wrong: Agreement
    """Who has which predictions that are wrong."""
    errors: dict[str, tuple[float, float]]
    """How many errors of each kind they have; of several seeds the means."""
    confusions: list[ConfusionDifference]
    """What makes the difference, the largest first."""
    better_first: list[PairExample]
    """Sentences with gold items that the first has right and the second wrong, those in which it is ahead by most errors first;
    where there are several seeds, of the first seed of each."""
    better_second: list[PairExample]
    """Those with gold items that the second has right and the first wrong."""
    seeds: SeedsTest | None = None
    """Where both have several seeds, whether these differ."""
    disagreement: str | None = None
    """Where sentences and seeds tell another one, what each of them means."""


class TaskComparison(Part):
    """All of them on a task."""

    kind: Kind
    """Whether the task finds spans, a tag of each word, or a label of each sentence."""
    measure: Literal["f1", "accuracy"]
    """What decides."""
    num_sentences: int
    """How many were compared."""
    num_items: int
    """How many gold spans, words or sentences they have."""
    standings: dict[str, Standing]
    """How each of them fared."""
    pairs: list[Pair]
    """Each two of them, the first with the others before the rest."""


class Comparison(Part):
    """What two or more runs, reports or files of predictions make of the same sentences."""

    kind: Literal["comparison"] = "comparison"
    """What this file is."""
    version: Literal[1] = VERSION
    """Of this form; raised whenever a reader of an older one would misread it."""
    split: str
    """Of which split, as the files' names tell; `all` where none does."""
    contestants: list[Contestant]
    """Who is compared."""
    level: float = LEVEL
    """Below which p a difference is taken for one."""
    tasks: dict[str, TaskComparison]
    """Each task that all of them have."""
    notes: tuple[str, ...] = ()
    """What was noticed as they were read."""

    def to_json(self) -> str:
        """The text of `comparison.json`."""
        return self.model_dump_json(indent=1, exclude_none=True) + "\n"
