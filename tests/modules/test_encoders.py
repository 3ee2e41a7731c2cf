import pytest
import torch
from jaxtyping import TypeCheckError

from tagger.modules.encoders import LSTMEncoder

LENGTHS = (3, 5, 1, 4)


def sentences(width=4, lengths=LENGTHS, seed=0):
    """Vectors of ragged sentences, noise at padding."""
    torch.manual_seed(seed)
    return torch.randn(len(lengths), max(lengths), width), torch.tensor(lengths)


def encoder_with(**settings):
    torch.manual_seed(1)
    return LSTMEncoder(4, **{"hidden": 6, "layers": 2, **settings}).eval()


@pytest.mark.parametrize("initial_state", ["zeros", "random", "learned"])
@pytest.mark.parametrize("bidirectional", [True, False])
def test_a_packed_batch_equals_each_sentence_alone(initial_state, bidirectional):
    encoder = encoder_with(initial_state=initial_state, bidirectional=bidirectional)
    vectors, lengths = sentences()
    together = encoder(vectors, lengths)
    for row, length in enumerate(LENGTHS):
        alone = encoder(vectors[row : row + 1, :length], lengths[row : row + 1])
        torch.testing.assert_close(together[row, :length], alone[0])


@pytest.mark.parametrize("bidirectional", [True, False])
def test_a_sentence_equals_the_plain_lstm(bidirectional):
    encoder = encoder_with(bidirectional=bidirectional)
    vectors, _ = sentences(lengths=(5,))
    torch.testing.assert_close(encoder(vectors, torch.tensor([5])), encoder.lstm(vectors)[0])


def test_padding_changes_nothing_and_gets_zeros():
    encoder = encoder_with()
    vectors, lengths = sentences()
    mask = torch.arange(max(LENGTHS)) < lengths[:, None]
    states = encoder(vectors, lengths)
    other = encoder(torch.where(mask.unsqueeze(2), vectors, 1000.0), lengths)
    assert torch.equal(states, other)
    assert not states[~mask].any()


def test_places_beyond_the_longest_sentence_are_kept():
    vectors, lengths = sentences()
    wide = torch.nn.functional.pad(vectors, (0, 0, 0, 3))
    states = encoder_with()(wide, lengths)
    assert states.shape == (4, 8, 12)
    assert not states[:, 5:].any()


def test_sentences_keep_their_order_whatever_their_lengths():
    encoder = encoder_with()
    vectors, lengths = sentences()
    order = torch.tensor([2, 0, 3, 1])
    torch.testing.assert_close(encoder(vectors[order], lengths[order]), encoder(vectors, lengths)[order])


def test_a_bidirectional_encoder_sees_what_comes_later_and_another_does_not():
    vectors, lengths = sentences(lengths=(5,))
    other = vectors.clone()
    other[0, 4] += 1
    for bidirectional in (True, False):
        encoder = encoder_with(bidirectional=bidirectional)
        same = torch.allclose(encoder(vectors, lengths)[0, 0], encoder(other, lengths)[0, 0])
        assert same == (not bidirectional)


def test_random_states_are_drawn_in_training_only():
    encoder = encoder_with(initial_state="random")
    vectors, lengths = sentences()
    assert torch.equal(encoder(vectors, lengths), encoder(vectors, lengths))
    assert torch.equal(encoder(vectors, lengths), encoder_with(initial_state="zeros")(vectors, lengths))
    encoder.train()
    assert not torch.equal(encoder(vectors, lengths), encoder(vectors, lengths))


def test_random_states_differ_between_sentences():
    encoder = encoder_with(initial_state="random").train()
    vectors, lengths = sentences(lengths=(3,))
    states = encoder(vectors.expand(2, -1, -1), lengths.expand(2))
    assert not torch.allclose(states[0], states[1])


def test_zeros_draw_nothing_in_training():
    encoder = encoder_with().train()
    vectors, lengths = sentences()
    assert torch.equal(encoder(vectors, lengths), encoder(vectors, lengths))


def test_a_learned_state_starts_at_zeros_and_changes_the_answer():
    encoder = encoder_with(initial_state="learned")
    vectors, lengths = sentences()
    before = encoder(vectors, lengths)
    assert torch.equal(before, encoder_with()(vectors, lengths))
    with torch.no_grad():
        encoder.state.normal_()
    assert not torch.allclose(before, encoder(vectors, lengths))


def test_a_learned_state_is_that_of_each_layer_and_direction():
    encoder = encoder_with(initial_state="learned", layers=1)
    vectors, lengths = sentences(lengths=(5,))
    with torch.no_grad():
        encoder.state.normal_()
    expected, _ = encoder.lstm(vectors, (encoder.state[0], encoder.state[1]))
    torch.testing.assert_close(encoder(vectors, lengths), expected)


def test_layer_dropout_acts_between_layers_only():
    vectors, lengths = sentences()
    several = encoder_with(layers=2, layer_dropout=0.5).train()
    assert not torch.equal(several(vectors, lengths), several(vectors, lengths))
    single = encoder_with(layers=1, layer_dropout=0.5).train()
    assert torch.equal(single(vectors, lengths), single(vectors, lengths))


def test_output_dropout_is_the_same_for_a_whole_sentence():
    encoder = encoder_with(dropout=0.5).train()
    vectors, lengths = sentences(lengths=(5, 5))
    gone = encoder(vectors, lengths) == 0
    assert gone.any() and not gone.all()
    assert torch.equal(gone, gone[:, :1].expand_as(gone))


@pytest.mark.parametrize("layers", [1, 2])
def test_the_forget_gate_starts_open_and_other_biases_at_zero(layers):
    hidden, encoder = 6, encoder_with(layers=layers)
    expected = torch.zeros(4 * hidden)
    expected[hidden : 2 * hidden] = 1
    for layer in range(layers):
        for direction in ("", "_reverse"):
            biases = [getattr(encoder.lstm, f"bias_{kind}_l{layer}{direction}") for kind in ("ih", "hh")]
            assert torch.equal(sum(biases), expected)


def test_recurrent_blocks_are_orthogonal():
    encoder = encoder_with()
    blocks = [gate for name, weight in encoder.lstm.named_parameters() if "weight_hh" in name for gate in weight.chunk(4)]
    assert len(blocks) == 16
    for block in blocks:
        torch.testing.assert_close(block @ block.T, torch.eye(6), rtol=0, atol=1e-5)


def test_input_blocks_are_xavier_uniform():
    encoder = LSTMEncoder(40, hidden=50)
    bound = (6 / (40 + 50)) ** 0.5
    for gate in encoder.lstm.weight_ih_l0.chunk(4):
        assert gate.abs().max() <= bound
        assert gate.std().item() == pytest.approx(bound / 3**0.5, rel=0.1)


def test_shapes_that_do_not_fit_are_refused():
    vectors, lengths = sentences()
    with pytest.raises(TypeCheckError):
        encoder_with()(vectors, lengths[:2])
