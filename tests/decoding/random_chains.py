"""Random chains, and the scores of all their paths."""

import numpy as np
from enumeration import path_scores

from tagger.decoding.chain import FORBIDDEN, ChainScores
from tagger.modules.crf import Chain

KINDS = ["between", "free", "forbidding", "extreme"]


def chain_of(num_tags, lengths, kind="between", seed=0):
    """A random chain, emissions and mask: `free` scores nothing between tags, `forbidding` bars some transitions."""
    random = np.random.default_rng(seed)
    emissions = random.standard_normal((len(lengths), max(lengths), num_tags)).astype(np.float32)
    if kind == "extreme":
        emissions += 200 * random.integers(-1, 2, emissions.shape)
    between = [random.standard_normal(shape).astype(np.float32) for shape in ((num_tags, num_tags), num_tags, num_tags)]
    if kind == "free":
        between = [np.zeros_like(part) for part in between]
    if kind == "forbidding":
        between[0][random.random((num_tags, num_tags)) < 0.4 * (1 - np.eye(num_tags))] = FORBIDDEN
        between[1][2:] = FORBIDDEN
        between[2][1:][random.random(num_tags - 1) < 0.5] = FORBIDDEN
    mask = np.arange(max(lengths)) < np.array(lengths)[:, None]
    return ChainScores(*between, normalised=False), emissions, mask


def scores_of_paths(made, row):
    scores, emissions, mask = made
    return path_scores(Chain(emissions, mask, *scores[:3]), row)
