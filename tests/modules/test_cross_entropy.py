from math import exp, log

import pytest
import torch

from tagger.modules.cross_entropy import cross_entropy
from tagger.modules.decoders import SoftmaxDecoder
from tagger.modules.sentence_decoder import SentenceDecoder

EMISSIONS = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]])
GOLD = torch.tensor([2, 1])


def shares(row):
    total = sum(exp(value) for value in row)
    return [exp(value) / total for value in row]


def by_hand(row, right, smoothing, weight):
    """The cross-entropy with a target that is a share of all labels and the rest of the right ones."""
    found = shares(row.tolist())
    known = -log(sum(found[label] for label in right))
    return weight * ((1 - smoothing) * known - smoothing * sum(map(log, found)) / len(found))


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 0.25]])
def test_the_loss_is_that_of_the_definition_with_one_right_label_or_several(smoothing, weights):
    each = None if weights is None else torch.tensor(weights)
    options = {"smoothing": smoothing, "class_weights": each}
    of = weights or [1.0] * 3
    expected = [by_hand(row, [right], smoothing, of[right]) for row, right in zip(EMISSIONS, GOLD.tolist(), strict=True)]
    torch.testing.assert_close(cross_entropy(EMISSIONS, GOLD, **options), torch.tensor(expected))
    one = torch.nn.functional.one_hot(GOLD, 3).bool()
    torch.testing.assert_close(cross_entropy(EMISSIONS, GOLD, allowed=one, **options), torch.tensor(expected))
    several = torch.tensor([[True, False, True], [False, True, False]])
    expected[0] = by_hand(EMISSIONS[0], [0, 2], smoothing, (of[0] + of[2]) / 2)
    torch.testing.assert_close(cross_entropy(EMISSIONS, GOLD, allowed=several, **options), torch.tensor(expected))


def test_a_decoder_of_tags_and_one_of_labels_take_smoothing_and_weights_alike():
    options = {"label_smoothing": 0.2, "class_weights": [1.0, 2.0, 0.25]}
    tags, labels = SoftmaxDecoder(4, 3, None, **options), SentenceDecoder(4, 3, **options)
    expected = sum(by_hand(row, [right], 0.2, [1.0, 2.0, 0.25][right]) for row, right in zip(EMISSIONS, GOLD.tolist(), strict=True))
    assert labels.loss(EMISSIONS, GOLD).item() == pytest.approx(expected)
    assert tags.loss(EMISSIONS[None], GOLD[None], torch.ones(1, 2, dtype=torch.bool)).item() == pytest.approx(expected)
