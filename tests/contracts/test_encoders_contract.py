"""What every encoder keeps; a new one is a row here."""

from functools import partial

import pytest
import torch

from tagger.modules.encoders import IdentityEncoder, LSTMEncoder
from tagger.modules.layered_encoder import LayeredEncoder
from tagger.modules.sentence_decoder import SentenceDecoder

ROWS = {
    "lstm": partial(LSTMEncoder, hidden=5),
    "one direction": partial(LSTMEncoder, hidden=5, bidirectional=False),
    "three layers": partial(LSTMEncoder, hidden=5, layers=3, layer_dropout=0.3),
    "random state": partial(LSTMEncoder, hidden=5, initial_state="random"),
    "learned state": partial(LSTMEncoder, hidden=5, layers=2, initial_state="learned"),
    "dropout": partial(LSTMEncoder, hidden=5, dropout=0.5),
    "gru": partial(LayeredEncoder, kind="gru", hidden=5),
    "gru, one direction": partial(LayeredEncoder, kind="gru", hidden=5, layers=2, bidirectional=False),
    "gru, random state": partial(LayeredEncoder, kind="gru", hidden=5, initial_state="random"),
    "gru, learned state": partial(LayeredEncoder, kind="gru", hidden=5, layers=2, initial_state="learned"),
    "lstm, locked dropout": partial(LayeredEncoder, kind="lstm", hidden=5, layers=3, layer_dropout=0.3, locked=True),
    "lstm, residual": partial(LayeredEncoder, kind="lstm", hidden=5, layers=3, connection="residual", initial_state="learned"),
    "lstm, highway": partial(LayeredEncoder, kind="lstm", hidden=5, layers=3, connection="highway", initial_state="random"),
    "gru, residual": partial(LayeredEncoder, kind="gru", hidden=5, layers=2, connection="residual", layer_dropout=0.3),
    "gru, highway": partial(LayeredEncoder, kind="gru", hidden=5, layers=2, connection="highway", bidirectional=False),
    "identity": partial(IdentityEncoder, dropout=0.5),
}
LENGTHS = torch.tensor([2, 6, 1, 4])
pytestmark = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)


def built(row, seed=0):
    """An encoder and vectors of sentences."""
    torch.manual_seed(seed)
    encoder = row(3).eval()
    torch.manual_seed(5)
    return encoder, torch.randn(4, 6, 3)


def test_the_answer_has_the_stated_shape(row):
    encoder, vectors = built(row)
    assert encoder(vectors, LENGTHS).shape == (4, 6, encoder.width)


def test_padding_and_batch_mates_change_nothing(row):
    encoder, vectors = built(row)
    together = encoder(vectors, LENGTHS)
    vectors[0, 2:] = 1e6
    for index, length in enumerate(LENGTHS.tolist()):
        alone = encoder(vectors[index : index + 1], LENGTHS[index : index + 1])
        torch.testing.assert_close(together[index, :length], alone[0, :length])


def test_the_order_of_the_batch_changes_nothing(row):
    encoder, vectors = built(row)
    order = torch.tensor([2, 0, 3, 1])
    torch.testing.assert_close(encoder(vectors[order], LENGTHS[order]), encoder(vectors, LENGTHS)[order])


def test_padding_gets_zeros_also_beyond_the_longest_sentence(row):
    encoder, vectors = built(row)
    wide = torch.nn.functional.pad(vectors, (0, 0, 0, 3), value=7.0)
    states = encoder(wide, LENGTHS)
    mask = torch.arange(9) < LENGTHS[:, None]
    assert states.shape == (4, 9, encoder.width)
    assert not states[~mask].any()
    assert states[mask].any(1).all()


def test_with_and_without_gradients_the_answer_is_the_same(row):
    encoder, vectors = built(row)
    with torch.no_grad():
        without = encoder(vectors, LENGTHS)
    torch.testing.assert_close(encoder(vectors, LENGTHS), without)


def test_a_gradient_reaches_every_parameter(row):
    encoder, vectors = built(row)
    encoder.train()
    # One without weights has none that a gradient could miss.
    encoder(vectors.requires_grad_(), LENGTHS).square().sum().backward()
    assert [name for name, weight in encoder.named_parameters() if weight.grad is None or not weight.grad.any()] == []


def test_a_gradient_reaches_real_words_and_not_padding(row):
    encoder, vectors = built(row)
    vectors.requires_grad_()
    encoder(vectors, LENGTHS).square().sum().backward()
    mask = torch.arange(6) < LENGTHS[:, None]
    assert torch.equal(vectors.grad.any(2), mask)


def test_later_words_change_nothing_where_nothing_reads_backwards(row):
    encoder, vectors = built(row)
    before = encoder(vectors, LENGTHS)
    vectors[:, 3:] = torch.randn(4, 3, 3)
    after = encoder(vectors, LENGTHS)
    assert torch.equal(after[:, :3], before[:, :3]) == (encoder.backwards == 0)
    assert not torch.equal(after[1, 3:], before[1, 3:])


def test_where_each_direction_ends_it_knows_all_words(row):
    encoder, vectors = built(row)
    if isinstance(encoder, IdentityEncoder):
        pytest.skip("it reads nothing, and recipes refuse to ask it for what it has read last")
    decoder = SentenceDecoder(encoder.width, 2, backwards=encoder.backwards)
    vectors.requires_grad_()
    forwards = encoder.width - encoder.backwards
    ends = decoder.pooled(encoder(vectors, LENGTHS), LENGTHS)
    mask = torch.arange(6) < LENGTHS[:, None]
    for part in filter(lambda part: part.shape[1], (ends[:, :forwards], ends[:, forwards:])):
        (gradient,) = torch.autograd.grad(part.sum(), vectors, retain_graph=True)
        assert torch.equal(gradient.any(2), mask)


def test_saved_and_loaded_it_answers_the_same(row):
    encoder, vectors = built(row)
    other, _ = built(row, seed=1)
    assert not encoder.state_dict() or not torch.equal(encoder(vectors, LENGTHS), other(vectors, LENGTHS))
    other.load_state_dict(encoder.state_dict())
    assert torch.equal(encoder(vectors, LENGTHS), other(vectors, LENGTHS))


def test_in_use_the_same_sentence_gets_the_same_answer(row):
    encoder, vectors = built(row)
    assert torch.equal(encoder(vectors, LENGTHS), encoder(vectors, LENGTHS))
