"""Scores of predicted against gold: spans through seqeval, strict and with its scheme; tags and sentences' labels by accuracy."""

import warnings
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tagger.text.schemes import IOB2

Tags = Sequence[str]


@dataclass(frozen=True)
class LabelScore:
    """Precision, recall and F1 of one label, each from 0 to 1, and how often gold and prediction hold it."""

    precision: float
    recall: float
    f1: float
    gold: int
    predicted: int


@dataclass(frozen=True)
class Calibration:
    """By how much probabilities differ from how often they are right: expected calibration errors, from 0 to 1.

    Attributes:
        temperature: What the scores were divided by; 1 if nothing was fitted.
        tags: The error of the predicted tags' probabilities (spans: in the scheme that the model learned).
        spans: That of the predicted spans'; None for plain tags, or where none was predicted.
        tags_before: The error of tags at the temperature 1; None where that is the temperature.
        spans_before: The same of spans.
    """

    temperature: float
    tags: float
    spans: float | None = None
    tags_before: float | None = None
    spans_before: float | None = None


@dataclass(frozen=True)
class TaskScores:
    """How one task fared on one split.

    Attributes:
        score: The figure that decides: micro F1 for spans, accuracy for plain tags and labels; from 0 to 1, higher is better.
        measure: What that figure is: `f1` or `accuracy`.
        accuracy: The share of tokens with the right tag (spans: in IOB2), or of sentences with the right label.
        labels: The scores of each label that gold or prediction holds.
        micro: For spans, precision, recall and F1 over all of them.
        known: For plain tags, the accuracy on words that train holds; None where there are none.
        unknown: The same on words that it does not hold.
        num_unknown: How many of the words are of that kind.
        sentence_accuracy: The share of sentences without a single wrong tag.
        num_unscored: The number of words beside `num_words` that are not scored, since their tags (spans: any tag of their
            sentence) are not known; for sentences' labels the number of sentences; None where all are.
        calibration: How true the probabilities are; None where that was not measured.
        macro_f1: For sentences' labels the mean of the labels' F1, each counting the same.
    """

    score: float
    measure: str
    accuracy: float
    sentence_accuracy: float
    num_sentences: int
    num_words: int
    labels: dict[str, LabelScore]
    micro: LabelScore | None = None
    known: float | None = None
    unknown: float | None = None
    num_unknown: int | None = None
    num_unscored: int | None = None
    calibration: Calibration | None = None
    macro_f1: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data, without what does not apply."""
        return asdict(self, dict_factory=lambda items: {name: value for name, value in items if value is not None})


def score_spans(gold: Sequence[Tags], predicted: Sequence[Tags]) -> TaskScores:
    """Strict scores of spans, gold and predicted tags in IOB2: a span counts if its start, end and label are all right.

    seqeval needs `mode="strict"` *and* the scheme: each alone it ignores.
    """
    # Imported here: seqeval brings scikit-learn, which whoever only tags need not wait for.
    from seqeval.metrics import classification_report
    from seqeval.scheme import IOB2 as SEQEVAL_IOB2

    _check(gold, predicted)
    gold_counts, predicted_counts = _count_spans(gold), _count_spans(predicted)
    rows: dict[str, Any] = {}
    if gold_counts or predicted_counts:
        with warnings.catch_warnings():
            # Labels that only one side holds have a precision or recall of 0: said in the table, no need to warn.
            warnings.simplefilter("ignore")
            rows = classification_report(
                list(map(list, gold)),
                list(map(list, predicted)),
                mode="strict",
                scheme=SEQEVAL_IOB2,
                output_dict=True,
                zero_division=0,
            )
    labels = {
        label: _label_score(rows[label], gold_counts[label], predicted_counts[label])
        for label in sorted(gold_counts.keys() | predicted_counts.keys())
    }
    empty = {"precision": 0.0, "recall": 0.0, "f1-score": 0.0}
    micro = _label_score(rows.get("micro avg", empty), gold_counts.total(), predicted_counts.total())
    return TaskScores(micro.f1, "f1", *_accuracies(gold, predicted), labels=labels, micro=micro)


def span_f1(gold: Sequence[Tags], predicted: Sequence[Tags]) -> float:
    """The strict micro F1 of spans in IOB2; equal to seqeval's, and fast enough for each epoch."""
    _check(gold, predicted)
    correct = total = 0
    for gold_tags, predicted_tags in zip(gold, predicted, strict=True):
        gold_spans, predicted_spans = IOB2.spans(gold_tags), IOB2.spans(predicted_tags)
        correct += len(set(gold_spans) & set(predicted_spans))
        total += len(gold_spans) + len(predicted_spans)
    return 2 * correct / total if total else 0.0


def score_tags(gold: Sequence[Tags], predicted: Sequence[Tags], words: Sequence[Tags], known_words: Collection[str]) -> TaskScores:
    """Accuracy of plain tags, of all words and of those that train holds or lacks."""
    _check(gold, predicted)
    right, total = Counter[bool](), Counter[bool]()
    pairs = Counter[tuple[str, str]]()
    for gold_tags, predicted_tags, tokens in zip(gold, predicted, words, strict=True):
        for gold_tag, predicted_tag, word in zip(gold_tags, predicted_tags, tokens, strict=True):
            is_known = word in known_words
            total[is_known] += 1
            pairs[gold_tag, predicted_tag] += 1
            right[is_known] += gold_tag == predicted_tag
    labels = _label_scores(pairs)
    accuracies = _accuracies(gold, predicted)
    known, unknown = _ratio(right[True], total[True]), _ratio(right[False], total[False])
    return TaskScores(accuracies[0], "accuracy", *accuracies, labels=labels, known=known, unknown=unknown, num_unknown=total[False])


def score_labels(gold: Sequence[str], predicted: Sequence[str | None], num_words: int) -> TaskScores:
    """Accuracy and macro F1 of sentences' labels, one for each sentence; None where none was found."""
    # What was not found is no label: it counts as missed, and as no prediction.
    labels = _label_scores(Counter(zip(gold, predicted, strict=True)))
    right = sum(left == other for left, other in zip(gold, predicted, strict=True))
    accuracy = _ratio(right, len(gold)) or 0.0
    macro = sum(score.f1 for score in labels.values()) / len(labels) if labels else 0.0
    return TaskScores(accuracy, "accuracy", accuracy, accuracy, len(gold), num_words, labels, macro_f1=macro)


def _label_scores(pairs: "Counter[tuple[str, str]] | Counter[tuple[str, str | None]]") -> dict[str, LabelScore]:
    """The scores of each label, by how often each pair of a gold and a predicted one occurs."""
    both, golds, predictions = Counter[str](), Counter[str](), Counter[str]()
    for (gold, predicted), count in pairs.items():
        golds[gold] += count
        if predicted is not None:
            predictions[predicted] += count
        if gold == predicted:
            both[gold] += count
    labels = {}
    for tag in sorted(golds.keys() | predictions.keys()):
        precision, recall = _ratio(both[tag], predictions[tag]), _ratio(both[tag], golds[tag])
        f1 = _ratio(2 * both[tag], predictions[tag] + golds[tag])
        labels[tag] = LabelScore(precision or 0.0, recall or 0.0, f1 or 0.0, golds[tag], predictions[tag])
    return labels


def tag_accuracy(gold: Sequence[Tags], predicted: Sequence[Tags]) -> float:
    """The share of tokens with the right tag, from 0 to 1."""
    return _accuracies(gold, predicted)[0]


def _accuracies(gold: Sequence[Tags], predicted: Sequence[Tags]) -> tuple[float, float, int, int]:
    """Token accuracy, sentence accuracy, the number of sentences, the number of words."""
    num_words = sum(map(len, gold))
    right = sum(a == b for left, other in zip(gold, predicted, strict=True) for a, b in zip(left, other, strict=True))
    whole = sum(list(left) == list(other) for left, other in zip(gold, predicted, strict=True))
    return _ratio(right, num_words) or 0.0, _ratio(whole, len(gold)) or 0.0, len(gold), num_words


def _count_spans(sentences: Sequence[Tags]) -> Counter[str]:
    return Counter(span.label for tags in sentences for span in IOB2.spans(tags))


def _label_score(row: dict[str, float], gold: int, predicted: int) -> LabelScore:
    return LabelScore(float(row["precision"]), float(row["recall"]), float(row["f1-score"]), gold, predicted)


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _check(gold: Sequence[Tags], predicted: Sequence[Tags]) -> None:
    if list(map(len, gold)) != list(map(len, predicted)):
        raise ValueError("gold and predicted tags differ in their numbers of sentences or tokens")
