"""Emissions of sentences' labels -> the best label of each sentence, and its probability."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from tagger.decoding.answers import Prediction
from tagger.decoding.chain import log_softmax

NOTHING = Prediction((), (), None, None)
"""What is found in a sentence without words: no label."""


def label_predictions(
    names: Sequence[str],
    emissions: Float[ndarray, "sentences labels"],
    order: Int[ndarray, " all_sentences"],
    *,
    probabilities: bool,
    temperature: float = 1.0,
) -> list[Prediction]:
    """The prediction of each sentence: of `tags` there is one, its label; of two labels alike, that with the lower id.

    Args:
        names: The labels in the order of their ids.
        emissions: Of the sentences that have words.
        order: For each sentence, those without words first, its place among all.
        probabilities: Whether the label's is worked out.
        temperature: What the emissions are divided by before they become probabilities (Guo et al. 2017).
    """
    num_empty = len(order) - len(emissions)
    found = [NOTHING] * len(order)
    shares = label_shares(emissions, temperature) if probabilities else None
    for row, best in enumerate(emissions.argmax(1).tolist()):
        share = None if shares is None else (float(shares[row, best]),)
        found[order[num_empty + row]] = Prediction((names[best],), (), share, None if share is None else ())
    return found


def label_shares(emissions: Float[ndarray, "sentences labels"], temperature: float = 1.0) -> Float[ndarray, "sentences labels"]:
    """The probabilities of the labels of each sentence."""
    # A label is a sequence of one.
    shares: Float[ndarray, "sentences labels"] = np.exp(log_softmax(emissions[:, None].astype(np.float64) / temperature))[:, 0]
    return shares
