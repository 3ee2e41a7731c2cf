import pytest
import torch

from tagger.modules.batch import Batch
from tagger.modules.embeddings.stack import StackedEmbedding
from tagger.modules.embeddings.words import WordEmbedding


def stack_of(word_dropout=0.0, dropout=0.0):
    torch.manual_seed(0)
    parts = {"one": WordEmbedding(6, 3, trainable=True), "two": WordEmbedding(6, 2, trainable=True)}
    return StackedEmbedding(parts, word_dropout=word_dropout, dropout=dropout)


def batch_of(positions=((0, 1, 0), (2, 1, 1))):
    positions = torch.tensor(positions)
    features = {"one": torch.tensor([2, 3, 4]), "two": torch.tensor([5, 4, 3])}
    return Batch(features, positions, torch.tensor([3, 3]), torch.ones_like(positions, dtype=torch.bool), {})


def test_vectors_stand_side_by_side_at_every_place_of_their_word():
    stack = stack_of()
    vectors = stack(batch_of())
    one, two = stack.embeddings["one"].vectors.weight, stack.embeddings["two"].vectors.weight
    assert stack.width == 5
    assert torch.equal(vectors[0, 0], torch.cat((one[2], two[5])))
    assert torch.equal(vectors[0, 2], vectors[0, 0])
    assert torch.equal(vectors[1, 0], torch.cat((one[4], two[3])))


def test_the_gradient_sums_over_the_places_of_a_word():
    stack = stack_of()
    stack(batch_of()).sum().backward()
    assert stack.embeddings["one"].vectors.weight.grad[:, 0].tolist() == [0, 0, 2, 3, 1, 0]


def test_the_same_word_is_dropped_place_by_place():
    torch.manual_seed(0)
    vectors = stack_of(word_dropout=0.5).train()(batch_of(((0,) * 30, (1,) * 30)))
    gone = (vectors == 0).all(2)
    assert gone.any(1).all() and not gone.all(1).any()


def test_entries_are_dropped_each_for_itself_and_scaled():
    stack = stack_of(dropout=0.5)
    full = stack.eval()(batch_of())
    dropped = stack.train()(batch_of())
    gone = dropped == 0
    assert gone.any() and not gone.all(2).all()
    torch.testing.assert_close(dropped, (2 * full).masked_fill(gone, 0))


@pytest.mark.parametrize(
    ("trainable", "learned"),
    [((True, True), slice(0, 7)), ((False, True), slice(3, 7)), ((True, False), slice(0, 3)), ((False, False), slice(0))],
)
def test_it_knows_which_dimensions_learn(trainable, learned):
    parts = {str(width): WordEmbedding(6, width, trainable=yes) for width, yes in zip((3, 4), trainable, strict=True)}
    assert StackedEmbedding(parts, word_dropout=0.0, dropout=0.0).learned == learned
