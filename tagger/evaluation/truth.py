"""How true probabilities are: by probability, how often predictions are right, and what keeping only the sure ones brings."""

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from tagger.evaluation.judged import Judged
from tagger.evaluation.report import Bin, Threshold

BINS = 15
_THRESHOLDS = (*(step / 20 for step in range(20)), 0.97, 0.98, 0.99, 0.995, 0.999)


def bin_of(shares: Float[ndarray, " predictions"], bins: int = BINS) -> Int[ndarray, " predictions"]:
    """Into which of some bins of equal width each probability falls; the upper edge of each is its own (Naeini et al. 2015)."""
    places: Int[ndarray, " predictions"] = np.clip(np.ceil(shares * bins).astype(np.int64) - 1, 0, bins - 1)
    return places


def expected_calibration_error(
    shares: Float[ndarray, " predictions"], right: Bool[ndarray, " predictions"], bins: int = BINS
) -> float | None:
    """By how much probabilities differ from how often they are right, on average; None without any (Naeini et al. 2015).

    Of each bin the mean probability is held against the share of what is right, and the differences are weighed by what the bins
    hold.
    """
    if not len(shares):
        return None
    differences = np.bincount(bin_of(shares, bins), weights=shares - right, minlength=bins)
    return float(np.abs(differences).sum() / len(shares))


def reliability(judged: Judged) -> dict[str, list[Bin]]:
    """For tags, and spans where there are any, the bins that hold something; empty where no probabilities are known."""
    if judged.certain is None:
        return {}
    if judged.kind != "spans":
        assert judged.predicted.probability is not None
        return {"tags" if judged.kind == "tags" else "labels": _bins(judged.predicted.probability, judged.tags_right)}
    shares = np.concatenate([np.zeros(0), *map(np.asarray, judged.certain.tags)])
    found = {"tags": _bins(shares, judged.tags_right)}
    if judged.predicted.probability is not None:
        found["spans"] = _bins(judged.predicted.probability, judged.predicted.right)
    return found


def _bins(shares: Float[ndarray, " predictions"], right: Bool[ndarray, " predictions"]) -> list[Bin]:
    places = bin_of(shares)
    counts, sums, rights = (np.bincount(places, weights=weights, minlength=BINS) for weights in (None, shares, right))
    return [
        Bin(count=int(count), probability=float(total / count), right=float(good / count))
        for count, total, good in zip(counts, sums, rights, strict=True)
        if count
    ]


def thresholds(judged: Judged) -> list[Threshold]:
    """Precision and recall of what is at least so probable; empty where no probabilities are known."""
    shares = judged.predicted.probability
    if shares is None or not len(judged.gold):
        return []
    found = []
    for lowest in _THRESHOLDS:
        kept = shares >= lowest
        if kept.any():
            right = int((kept & judged.predicted.right).sum())
            found.append(Threshold(probability=lowest, precision=right / int(kept.sum()), recall=right / len(judged.gold)))
    return found
