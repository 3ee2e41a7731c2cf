"""The temperature: what a chain's scores are divided by so that its probabilities are true (Guo et al. 2017).

It is one number that is fitted on sentences that were not learned from; it never changes which sequence is best.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from tagger.decoding.chain import FORBIDDEN, ChainScores, log_partition, path_scores

# As if 1 over the temperature were known beforehand to be 1, give or take a half: less than ten uncertain words weigh against
# that, and three sentences without a mistake do not make the model certain of everything.
_SPREAD = 0.5
_LOWEST, _HIGHEST = 0.2, 5.0
# Of the logarithm: half a percent of a temperature moves no error by a digit that is shown.
_TOLERANCE = 5e-3


class GoldBatch(NamedTuple):
    """Sentences with their gold tags.

    Attributes:
        emissions: As they count.
        mask: True for real words.
        gold: The id of each word's gold tag, at padding any; the tags that agree with it where it is known only in part.
    """

    emissions: Float[ndarray, "batch words tags"]
    mask: Bool[ndarray, "batch words"]
    gold: Int[ndarray, "batch words"] | Bool[ndarray, "batch words tags"]


def fit_temperature(scores: ChainScores, batches: Sequence[GoldBatch]) -> float:
    """The temperature at which the gold sequences are most probable, a little drawn to 1; 1 without any.

    The whole sequence's likelihood is what a CRF is trained by, and all probabilities (of tags, spans, sequences) come from
    the same distribution over sequences. For plain tags by softmax it is the product of the words' own likelihoods, as in Guo et
    al. It is convex in 1 over the temperature, so that the search finds its only minimum, as far as all tags
    are known.
    """
    if not batches:
        return 1.0
    golds = [path_scores(scores, *batch).sum() if batch.gold.ndim == 2 else None for batch in batches]

    def loss(logarithm: float) -> float:
        temperature = math.exp(logarithm)
        tempered = scores.tempered(temperature)
        total = 0.5 * ((1 / temperature - 1) / _SPREAD) ** 2
        for batch, gold in zip(batches, golds, strict=True):
            emissions = batch.emissions / temperature
            total += float(log_partition(tempered, emissions, batch.mask).sum())
            if gold is None:
                agreeing = np.where(batch.gold, emissions, FORBIDDEN)
                total -= float(log_partition(tempered, agreeing, batch.mask).sum())
            else:
                total -= float(gold) / temperature
        return total

    return math.exp(lowest(loss, math.log(_LOWEST), math.log(_HIGHEST), _TOLERANCE))


def lowest(function: Callable[[float], float], left: float, right: float, tolerance: float) -> float:
    """Where between two points a function with a single minimum is lowest, by golden-section search (Kiefer 1953)."""
    share = (math.sqrt(5) - 1) / 2
    low, high = right - share * (right - left), left + share * (right - left)
    at_low, at_high = function(low), function(high)
    while right - left > tolerance:
        if at_low <= at_high:
            right, high, at_high = high, low, at_low
            low = right - share * (right - left)
            at_low = function(low)
        else:
            left, low, at_low = low, high, at_high
            high = left + share * (right - left)
            at_high = function(high)
    return (left + right) / 2
