"""The figures of a task, as data: precision, recall and F1 of labels, accuracies, intervals, calibration errors.

Shares and scores are from 0 to 1, intervals are two numbers, and what does not apply is left out.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["spans", "tags", "labels"]
Interval = tuple[float, float]


class Part(BaseModel):
    """A part of a report."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class LabelScore(Part):
    """How one label, or all of them together, fared."""

    precision: float
    """The share of what was predicted that is right."""
    recall: float
    """The share of what is gold that was found."""
    f1: float
    """Their harmonic mean; 0 where both are 0."""
    gold: int
    """How many there are."""
    predicted: int
    """How many were predicted."""
    right: int
    """How many of these are right."""
    interval: Interval | None = None
    """Within which 95 % of samples of such sentences have their F1, by the bootstrap."""

    @classmethod
    def of(cls, gold: int, predicted: int, right: int) -> "LabelScore":
        """The scores of counts; computed in the order in which seqeval does it, so that they are equal to the last digit."""
        precision, recall = right / predicted if predicted else 0.0, right / gold if gold else 0.0
        f1 = 2 * precision * recall / (precision + recall) if right else 0.0
        return cls(precision=precision, recall=recall, f1=f1, gold=gold, predicted=predicted, right=right)


class LabelScores(Part):
    """The scores of all labels under one reading of the tags."""

    labels: dict[str, LabelScore]
    """Of each label that gold or prediction holds."""
    micro: LabelScore
    """Of all of them together, each span counting the same."""
    macro: LabelScore
    """The means over the labels, each label counting the same; its numbers are those of `micro`."""


class Calibration(Part):
    """How true a task's probabilities are: expected calibration errors with 15 bins (Naeini et al. 2015)."""

    temperature: float
    """The temperature that was fitted on dev; 1 for none."""
    tags: float
    """The error of the probabilities of the predicted tags, or labels of sentences."""
    spans: float | None = None
    """That of the predicted spans'."""
    tags_before: float | None = None
    """The error of tags at the temperature 1, where that is not the temperature."""
    spans_before: float | None = None
    """The same of spans."""


class Scores(Part):
    """The scores of a task on a split."""

    score: float
    """The figure that decides: micro F1 of spans, read strictly; accuracy of plain tags and labels."""
    measure: Literal["f1", "accuracy"]
    """What that figure is."""
    interval: Interval | None = None
    """Within which 95 % of samples of such sentences have their score, by the bootstrap (Efron and Tibshirani 1993)."""
    accuracy: float
    """The share of tokens with the right tag (spans: the very same, as in `conlleval`), or of sentences with the right label."""
    sentence_accuracy: float
    """The share of sentences without a single error."""
    num_sentences: int
    """How many were scored."""
    num_words: int
    """How many words they have."""
    num_unscored: int | None = None
    """How many words (of labels: sentences) beside them were not, since their tags (spans: one of their sentence) are not known."""
    strict: LabelScores
    """A span is right if its start, end and label are; in tags that break their scheme it must be written without a fault, as
    seqeval has it with `mode="strict"` and the scheme. Of plain tags and labels each tag is by itself."""
    lenient: LabelScores | None = None
    """Spans as the script `conlleval` reads them, also in tags that break their scheme."""
    known: float | None = None
    """Of plain tags the accuracy on words that train holds."""
    unknown: float | None = None
    """The same on words that it does not hold."""
    ambiguous: float | None = None
    """The same on words that have several tags in train."""
    num_unknown: int | None = None
    """How many of the words train does not hold."""
    num_ambiguous: int | None = None
    """How many of the words have several tags in train."""
    illegal_gold: int | None = None
    """Of spans, at how many places gold tags break their scheme."""
    illegal_predicted: int | None = None
    """The same of predicted tags."""
    calibration: Calibration | None = None
    """How true the probabilities are."""
