"""Emissions of sentences' labels -> the best label of each sentence, and its probability."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from tagger.decoding.answers import Prediction

NOTHING = Prediction((), (), None, None)
"""What is found in a sentence without words: no label."""


def label_predictions(
    names: Sequence[str],
    emissions: Float[ndarray, "sentences labels"],
    order: Int[ndarray, " all_sentences"],
    *,
    probabilities: bool,
) -> list[Prediction]:
    """The prediction of each sentence: of `tags` there is one, its label; of two labels alike, that with the lower id.

    Args:
        names: The labels in the order of their ids.
        emissions: Of the sentences that have words.
        order: For each sentence, those without words first, its place among all.
        probabilities: Whether the label's is worked out.
    """
    num_empty = len(order) - len(emissions)
    found = [NOTHING] * len(order)
    shares = np.exp(_log_softmax(emissions.astype(np.float64))) if probabilities else None
    for row, best in enumerate(emissions.argmax(1).tolist()):
        share = None if shares is None else (float(shares[row, best]),)
        found[order[num_empty + row]] = Prediction((names[best],), (), share, None if share is None else ())
    return found


def _log_softmax(emissions: Float[ndarray, "sentences labels"]) -> Float[ndarray, "sentences labels"]:
    shifted = emissions - emissions.max(1, keepdims=True, initial=-np.inf)
    logits: Float[ndarray, "sentences labels"] = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    return logits
