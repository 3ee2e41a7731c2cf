"""The report of a tagger on a corpus, as data: what `report.json` holds, and what the page, the Markdown and the tables show.

`report.schema.json` beside this file is its JSON schema. Shares and scores are from 0 to 1, intervals are two numbers, and
what does not apply is left out.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from tagger.errors import TaggerError
from tagger.evaluation.measures import Kind, Part, Scores

VERSION: Literal[2] = 2


class Group(Part):
    """One of the groups that words, spans or sentences fall into."""

    name: str
    """What they have in common."""
    gold: int
    """How many there are; of tags and labels that is how many were predicted, too."""
    predicted: int
    """How many spans were predicted in the group."""
    right: int
    """How many of these are right."""
    score: float
    """Their F1; of tags and labels the accuracy."""


class Breakdown(Part):
    """Scores by one property."""

    by: str
    """The property."""
    groups: list[Group]
    """In the order of the property; those that hold nothing are left out."""


class Confusion(Part):
    """How often what is gold was predicted as what."""

    names: list[str]
    """Labels or tags; `O` stands for none."""
    counts: list[list[int]]
    """`counts[i][j]`: `names[i]` is gold and `names[j]` predicted."""

    def mistaken(self) -> list[tuple[str, str, int]]:
        """What was taken for what else, and how often; most frequent first, of equally frequent ones in the order of the names."""
        pairs = [
            (self.names[gold], self.names[predicted], count)
            for gold, row in enumerate(self.counts)
            for predicted, count in enumerate(row)
            if count and gold != predicted
        ]
        return sorted(pairs, key=lambda pair: -pair[2])


class ErrorString(Part):
    """One of the most frequent errors."""

    kind: str
    """Of the kinds that `errors` counts."""
    text: str
    """The gold words, or the predicted ones where there are no gold ones."""
    gold: str | None = None
    """The gold label or tag; None where there is none."""
    predicted: str | None = None
    """The predicted one; None where there is none."""
    predicted_text: str | None = None
    """The predicted words, where they are others."""
    count: int
    """How often it occurs."""


class Mark(Part):
    """A labelled stretch of words in an example: a span, or a word with its tag."""

    start: int
    """The first word."""
    end: int
    """The word behind the last."""
    label: str
    """The label or tag."""
    right: bool
    """Whether gold and prediction agree on it."""
    probability: float | None = None
    """Of what is predicted, as the model has it."""


class Example(Part):
    """A sentence with what is gold and what was predicted; of plain tags only the wrong ones."""

    sentence: int
    """Its place in the split, counted from 0."""
    words: list[str]
    """Its words."""
    gold: list[Mark]
    """What is right."""
    predicted: list[Mark]
    """What was predicted."""
    errors: int
    """How many errors it holds."""
    probability: float | None = None
    """Of all predicted tags together, as the model has it."""


class Doubt(Part):
    """A place where the model is sure of something else than gold: an error of the model, or of the annotation."""

    sentence: int
    """The sentence's place in the split, counted from 0."""
    words: list[str]
    """Its words."""
    start: int
    """The first word in question."""
    end: int
    """The word behind the last."""
    gold: str | None = None
    """The gold label or tag; None where there is no span."""
    predicted: str | None = None
    """The predicted one; None where there is no span."""
    probability: float
    """How sure the model is."""


class Bin(Part):
    """Predictions of about one probability."""

    count: int
    """How many."""
    probability: float
    """Their mean probability."""
    right: float
    """The share of them that is right."""


class Threshold(Part):
    """What comes of keeping only predictions of at least some probability."""

    probability: float
    """The lowest that is kept."""
    precision: float
    """The share of what is kept that is right."""
    recall: float
    """The share of all gold spans (of tags: of all words) that is kept and right."""


class TaskReport(Part):
    """A task on a split."""

    kind: Kind
    """Whether the task finds spans, a tag of each word, or a label of each sentence."""
    scores: Scores
    """How well it does."""
    errors: dict[str, int]
    """How many errors there are of each kind; of spans: boundary, label, boundary and label, missed, spurious."""
    confusion: Confusion
    """Of labels (of spans with `O` for no span), or of plain tags."""
    tag_confusion: Confusion | None = None
    """Of spans that of their tags, as gold and prediction write them; of two schemes, the predicted spans in that of gold."""
    breakdowns: list[Breakdown]
    """Scores by properties of words, spans and sentences."""
    strings: list[ErrorString]
    """The most frequent errors."""
    examples: list[Example]
    """The sentences with most errors; of equally many, those that the model was surest of."""
    doubts: list[Doubt]
    """Where the model is sure of something else than gold: likely errors of annotation among them."""
    reliability: dict[str, list[Bin]]
    """Of `tags` and `spans`, or of `labels`, by probability, how often they are right."""
    thresholds: list[Threshold]
    """Precision and recall by the lowest probability that is kept."""


class EpochScore(Part):
    """An epoch's end."""

    epoch: int
    """Which, counted from 1."""
    step: int
    """Its last step."""
    dev: dict[str, float]
    """The score of each task on dev."""


class LearningCurve(Part):
    """How the run learned; of many steps the means of stretches of them."""

    steps: list[int]
    """The last step of each stretch."""
    loss: list[float]
    """Its mean loss."""
    learning_rate: list[float]
    """The learning rate at its last step."""
    epochs: list[EpochScore]
    """The scores on dev."""


class Report(Part):
    """Scores and errors of each task on each split, and what was measured on the way."""

    kind: Literal["report"] = "report"
    """What this file is."""
    version: Literal[2] = VERSION
    """Of this form; raised whenever a reader of an older one would misread it."""
    name: str
    """The recipe's name, or that of the file with the predictions."""
    facts: dict[str, Any] = Field(default_factory=dict)
    """Further figures in the order in which they are shown; a list is one of sentences."""
    splits: dict[str, dict[str, TaskReport]]
    """For each split and task."""
    learning: LearningCurve | None = None
    """How the run learned."""

    def to_json(self) -> str:
        """The text of `report.json`."""
        return self.model_dump_json(indent=1, exclude_none=True) + "\n"

    @classmethod
    def load(cls, path: Path) -> "Report":
        """The report in a file that `to_json` made.

        Raises:
            TaggerError: It can't be read, or is none of this version.
        """
        try:
            return cls.model_validate_json(path.read_text("utf-8"))
        except (OSError, ValidationError, UnicodeDecodeError) as error:
            problem = " ".join(str(error).split()[:30])
            raise TaggerError(
                f"no report of version {VERSION} ({problem})",
                where=str(path),
                fix="`tagger evaluate MODEL --output DIR` writes one.",
            ) from error
