"""The means over the document that `modules.embeddings.document_context` projects, in numpy: for engines without torch."""

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from tagger.features.document_context import Surroundings


def document_means(context: Surroundings, table: Float[ndarray, "ids dimensions"]) -> Float[ndarray, "words means"]:
    """What is projected of each word, sentence by sentence: the three means and the counts.

    Args:
        context: What is round the sentences.
        table: The vectors of words.
    """
    around = _means(context.around, context.around_starts, table)[context.sentences]
    beside = [_means(ids, context.starts, table) for ids in (context.before, context.behind)]
    return np.concatenate([around, *beside, context.counts], axis=1)


def _means(
    ids: Int[ndarray, " ids"], starts: Int[ndarray, " bags"], table: Float[ndarray, "known dimensions"]
) -> Float[ndarray, "bags dimensions"]:
    """The mean of the vectors of each bag's ids; zeros where there are none."""
    sizes = np.diff(starts, append=len(ids))
    means = np.zeros((len(starts), table.shape[1]), dtype=np.float32)
    filled = sizes > 0
    if filled.any():
        # Those that are empty are passed over: `reduceat` would give them the next id.
        means[filled] = np.add.reduceat(table.take(ids, axis=0), starts[filled]) / sizes[filled, None]
    return means
