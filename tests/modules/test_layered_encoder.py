import pytest
import torch
from torch import nn

from tagger.modules.encoders import IdentityEncoder, LSTMEncoder
from tagger.modules.layered_encoder import Highway, LayeredEncoder

LENGTHS = torch.tensor([3, 5, 1, 4])
MASK = torch.arange(5) < LENGTHS[:, None]


def sentences(width=4):
    torch.manual_seed(0)
    return torch.randn(4, 5, width)


def encoder_with(**settings):
    torch.manual_seed(1)
    encoder = LayeredEncoder(4, **{"kind": "gru", "hidden": 6, "layers": 2, **settings}).eval()
    # Biases that start at zero hide what goes wrong with them.
    for name, weight in encoder.named_parameters():
        if "bias" in name or name == "state":
            nn.init.normal_(weight, std=0.5)
    return encoder


def stacked(encoder, kind):
    """torch's own stack with the weights of the layers."""
    layers = list(encoder.layers)
    stack = kind(4, 6, num_layers=len(layers), batch_first=True, bidirectional=layers[0].bidirectional)
    with torch.no_grad():
        for name, weight in stack.named_parameters():
            part, _, rest = name.rpartition("_l")
            weight.copy_(getattr(layers[int(rest[0])], f"{part}_l0{rest[1:]}"))
    return stack


@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize(("kind", "made"), [("gru", nn.GRU), ("lstm", nn.LSTM)])
def test_without_connections_it_equals_the_stack_of_torch(kind, made, bidirectional):
    encoder, vectors = encoder_with(kind=kind, layers=3, bidirectional=bidirectional), sentences()
    stack = stacked(encoder, made)
    found = encoder(vectors, LENGTHS)
    for row, length in enumerate(LENGTHS.tolist()):
        torch.testing.assert_close(found[row, :length], stack(vectors[row : row + 1, :length])[0][0])


@pytest.mark.parametrize(("kind", "made"), [("gru", nn.GRU), ("lstm", nn.LSTM)])
def test_a_learned_state_is_that_of_each_layer_and_direction(kind, made):
    encoder, vectors = encoder_with(kind=kind, initial_state="learned"), sentences()[1:2]
    state = encoder.state.detach()
    expected, _ = stacked(encoder, made)(vectors, (state[0], state[1]) if kind == "lstm" else state[0])
    torch.testing.assert_close(encoder(vectors, LENGTHS[1:2]), expected)


def test_an_lstm_of_layers_starts_from_the_weights_of_the_plain_one():
    torch.manual_seed(1)
    plain = LSTMEncoder(4, hidden=6)
    torch.manual_seed(1)
    layered = LayeredEncoder(4, kind="lstm", hidden=6)
    for name, weight in plain.lstm.named_parameters():
        assert weight.shape == getattr(layered.layers[0], name).shape
    assert torch.equal(layered.layers[0].bias_ih_l0, plain.lstm.bias_ih_l0)


def test_a_gru_starts_from_orthogonal_squares_and_zero_biases():
    torch.manual_seed(1)
    encoder = LayeredEncoder(4, kind="gru", hidden=6)
    for name, weight in encoder.named_parameters():
        if "weight_hh" in name:
            for block in weight.chunk(3):
                torch.testing.assert_close(block @ block.T, torch.eye(6), rtol=0, atol=1e-5)
        assert ("bias" in name) == (not weight.any())


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_a_residual_connection_adds_what_a_layer_reads(kind):
    encoder, vectors = encoder_with(kind=kind, layers=3, connection="residual"), sentences()
    states = vectors[1:2]
    for number, layer in enumerate(encoder.layers):
        states = layer(states)[0] + (states if number else 0)
    torch.testing.assert_close(encoder(vectors, LENGTHS)[1:2], states)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_a_highway_mixes_what_a_layer_reads_and_what_it_gives(kind):
    encoder, vectors = encoder_with(kind=kind, layers=3, connection="highway"), sentences()
    states = vectors[1:2]
    for number, layer in enumerate(encoder.layers):
        above = layer(states)[0]
        if number:
            gate = torch.sigmoid(encoder.highways[number - 1].gate(states))
            above = gate * above + (1 - gate) * states
        states = above
    torch.testing.assert_close(encoder(vectors, LENGTHS)[1:2], states)


def test_a_highway_lets_most_of_the_input_round_at_first():
    highway = Highway(6)
    assert torch.equal(highway.gate.bias, torch.full((6,), -1.0))


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_random_states_are_drawn_in_training_only(kind):
    encoder, vectors = encoder_with(kind=kind, initial_state="random"), sentences()
    assert torch.equal(encoder(vectors, LENGTHS), encoder(vectors, LENGTHS))
    assert torch.equal(encoder(vectors, LENGTHS), encoder_with(kind=kind)(vectors, LENGTHS))
    encoder.train()
    assert not torch.equal(encoder(vectors, LENGTHS), encoder(vectors, LENGTHS))


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_random_states_differ_between_sentences(kind):
    encoder = encoder_with(kind=kind, initial_state="random").train()
    one, other = encoder(sentences()[1:2].expand(2, -1, -1), LENGTHS[[1, 1]])
    assert not torch.allclose(one, other)


class Nothing(nn.GRU):
    """A layer that gives zeros: what goes round it can be seen."""

    def forward(self, packed, state=None):
        return packed._replace(data=torch.zeros_like(packed.data)), state


@pytest.mark.parametrize("connection", ["residual", "highway"])
def test_dropout_between_layers_leaves_what_goes_round_them_alone(connection):
    encoder, vectors = encoder_with(connection=connection, layer_dropout=0.5).train(), sentences()
    encoder.layers[1] = Nothing(12, 6, batch_first=True, bidirectional=True)
    found = encoder(vectors, LENGTHS)
    encoder.layer_dropout = 0.0
    assert torch.equal(found, encoder(vectors, LENGTHS))
    assert (found[MASK] != 0).all()


class Copy(nn.GRU):
    """A layer that gives what it reads: what is dropped before it can be seen."""

    def forward(self, packed, state=None):
        return packed, state


@pytest.mark.parametrize("locked", [True, False])
def test_locked_dropout_between_layers_drops_the_same_dimensions_for_a_whole_sentence(locked):
    encoder, vectors = encoder_with(layer_dropout=0.5, locked=locked), sentences()
    kept = encoder(vectors, LENGTHS)
    encoder.layers[1] = Copy(12, 6, batch_first=True, bidirectional=True)
    below = encoder(vectors, LENGTHS)
    assert not torch.equal(kept, below)
    encoder.train()
    torch.manual_seed(3)
    dropped = encoder(vectors, LENGTHS)
    gone = (dropped == 0) & MASK.unsqueeze(2)
    assert 0.3 < gone.sum() / (MASK.sum() * 12) < 0.7
    torch.testing.assert_close(dropped[~(dropped == 0)], 2 * below[~(dropped == 0)])
    same = all(torch.equal(gone[row, :length], gone[row, :1].expand(length, -1)) for row, length in enumerate(LENGTHS.tolist()))
    assert same is locked
    assert not torch.equal(gone[0, 0], gone[1, 0])


def test_the_identity_leaves_words_as_they_are_and_drops_dimensions_of_whole_sentences():
    vectors = sentences()
    encoder = IdentityEncoder(4, dropout=0.5).eval()
    assert torch.equal(encoder(vectors, LENGTHS)[MASK], vectors[MASK])
    gone = encoder.train()(vectors, LENGTHS)[1] == 0
    assert torch.equal(gone, gone[:1].expand_as(gone))
