"""The scores of one task, from what was judged: strict and lenient, of each label and of all, with bootstrap intervals."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray

from tagger.evaluation.bootstrap import counts_by_sentence, f1_of, interval, interval_of_told, resampled
from tagger.evaluation.judged import Items, Judged
from tagger.evaluation.known import Known
from tagger.evaluation.measures import Calibration, Interval, LabelScore, LabelScores, Scores


def score(judged: Judged, known: Known | None = None, calibration: Calibration | None = None) -> Scores:
    """The scores of a task.

    Args:
        judged: What was gold and what was predicted.
        known: What train holds, where that is known.
        calibration: How true the probabilities are, where that was measured.
    """
    strict = label_scores(judged.names, judged.gold, judged.predicted, num_sentences=len(judged.words))
    lenient = judged.lenient and label_scores(judged.names, *judged.lenient, num_sentences=len(judged.words))
    spans = judged.kind == "spans"
    right = _share(judged.tags_right)
    # A word or a sentence that has a tag has one that was predicted: precision, recall and F1 of all are its accuracy. But for a
    # sentence without words, for which no label is predicted.
    within = strict.micro.interval if judged.kind != "labels" else _interval_of_share(judged.tags_right)
    return Scores(
        score=strict.micro.f1 if spans else right,
        measure="f1" if spans else "accuracy",
        interval=within,
        accuracy=right,
        sentence_accuracy=_share(judged.whole),
        num_sentences=len(judged.words),
        num_words=judged.num_words,
        num_unscored=judged.num_unscored or None,
        strict=strict,
        lenient=(lenient or strict) if spans else None,
        illegal_gold=judged.illegal[0] if judged.illegal else None,
        illegal_predicted=judged.illegal[1] if judged.illegal else None,
        calibration=calibration,
        **(_by_words(judged, known) if judged.kind == "tags" and known is not None and known.words else {}),
    )


def deciding_score(judged: Judged) -> float:
    """The figure that decides: micro F1 of spans, read strictly; accuracy of plain tags and labels."""
    if judged.kind != "spans":
        return _share(judged.tags_right)
    return LabelScore.of(len(judged.gold), len(judged.predicted), int(judged.predicted.right.sum())).f1


def label_scores(names: Sequence[str], gold: Items, predicted: Items, *, num_sentences: int = 0) -> LabelScores:
    """The scores of each label and of all together; with intervals where the number of sentences is given."""
    counts = np.stack([_counts(gold, names), _counts(predicted, names), _counts(predicted, names, predicted.right)], 1)
    rows = {name: LabelScore.of(*row) for name, row in zip(names, counts.tolist(), strict=True) if any(row)}
    micro, macro = LabelScore.of(*counts.sum(0).tolist()), _mean(list(rows.values()), counts.sum(0).tolist())
    if not num_sentences or not rows:
        return LabelScores(labels=rows, micro=micro, macro=macro)
    shape = num_sentences, len(names)
    sides = [
        counts_by_sentence(gold.sentence, gold.label, *shape),
        counts_by_sentence(predicted.sentence, predicted.label, *shape),
        counts_by_sentence(predicted.sentence[predicted.right], predicted.label[predicted.right], *shape),
    ]
    sums = resampled(np.concatenate(sides, 1)).reshape(-1, 3, len(names)).transpose(0, 2, 1)
    f1s = f1_of(sums, empty=np.nan)
    labels = {
        name: rows[name].model_copy(update={"interval": interval_of_told(f1s[:, index])})
        for index, name in enumerate(names)
        if name in rows
    }
    # As of all sentences, the mean of those labels that the drawn ones hold.
    present = ~np.isnan(f1s)
    means = np.divide(np.where(present, f1s, 0).sum(1), present.sum(1), out=np.full(len(f1s), np.nan), where=present.any(1))
    return LabelScores(
        labels=labels,
        micro=micro.model_copy(update={"interval": interval_of_told(f1_of(sums.sum(1), empty=np.nan))}),
        macro=macro.model_copy(update={"interval": interval_of_told(means)}),
    )


def _counts(items: Items, names: Sequence[str], kept: Bool[ndarray, " items"] | slice = slice(None)) -> Any:
    labels = items.label[kept]
    return np.bincount(labels[labels >= 0], minlength=len(names))


def _mean(rows: Sequence[LabelScore], counts: Sequence[int]) -> LabelScore:
    """The means over labels, beside the counts of all."""
    means = [float(np.mean([getattr(row, name) for row in rows])) if rows else 0.0 for name in ("precision", "recall", "f1")]
    return LabelScore(precision=means[0], recall=means[1], f1=means[2], gold=counts[0], predicted=counts[1], right=counts[2])


def _by_words(judged: Judged, known: Known) -> dict[str, float | int | None]:
    """Accuracies of words that train holds, that it does not, and that have several tags there."""
    places = zip(judged.gold.sentence.tolist(), judged.gold.start.tolist(), strict=True)
    words = [judged.words[sentence][start] for sentence, start in places]
    old = np.fromiter((word in known.words for word in words), dtype=bool, count=len(words))
    several = np.fromiter((word in known.ambiguous for word in words), dtype=bool, count=len(words))
    right = judged.tags_right
    figures: dict[str, float | int | None] = {"known": _share_or_none(right[old]), "unknown": _share_or_none(right[~old])}
    figures["num_unknown"] = int((~old).sum())
    if known.frequencies is not None:
        figures |= {"ambiguous": _share_or_none(right[several]), "num_ambiguous": int(several.sum())}
    return figures


def _interval_of_share(right: Bool[ndarray, " sentences"]) -> Interval:
    return interval(resampled(right[:, None].astype(np.float32))[:, 0] / len(right))


def _share(right: Bool[ndarray, " scored"]) -> float:
    return float(right.mean()) if len(right) else 0.0


def _share_or_none(right: Float[ndarray, " scored"] | Bool[ndarray, " scored"]) -> float | None:
    return float(right.mean()) if len(right) else None
