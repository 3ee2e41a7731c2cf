import pytest
import torch
from torch import nn

from tagger.modules.embeddings.characters import CharacterLSTM

WORDS = [[3, 7, 2, 4], [5], [2, 2, 9], [1, 8, 4, 6, 3, 7, 2], [9, 3, 2]]


def network(dropout=0.0, hidden=4):
    torch.manual_seed(0)
    layer = CharacterLSTM(10, character_width=5, hidden=hidden, dropout=dropout).eval()
    for weight in layer.lstm.parameters():
        nn.init.normal_(weight, std=0.5)
    return layer


def padded(words, more=0):
    width = max(map(len, words)) + more
    return torch.tensor([word + [0] * (width - len(word)) for word in words])


def one_by_one(layer, words):
    """The last states of torch's own LSTM, which reads each word alone."""
    return torch.cat([layer.lstm(layer.characters(torch.tensor([word])))[1][0].transpose(0, 1).flatten(1) for word in words])


@pytest.mark.parametrize("grad", [True, False], ids=["training", "use"])
def test_the_vector_is_the_last_state_of_each_direction_in_any_order_of_lengths(grad):
    layer = network()
    with torch.set_grad_enabled(grad):
        for words in (WORDS, WORDS[::-1], WORDS[1:2], [WORDS[0], WORDS[0]]):
            torch.testing.assert_close(layer(padded(words)), one_by_one(layer, words))


def test_gradients_are_those_of_torchs_own_lstm():
    layer = network()
    gradients = []
    for found in (layer(padded(WORDS)), one_by_one(layer, WORDS)):
        layer.zero_grad()
        (found * torch.arange(1, found.numel() + 1).view_as(found)).sum().backward()
        gradients.append([weight.grad for weight in layer.parameters()])
    torch.testing.assert_close(*gradients)
    assert all(gradient.any() for gradient in gradients[0])


@pytest.mark.parametrize("grad", [True, False], ids=["training", "use"])
def test_padding_is_never_read(grad):
    layer = network()
    expected = one_by_one(layer, WORDS)
    with torch.no_grad():
        layer.characters.weight[0] = torch.nan
    with torch.set_grad_enabled(grad):
        torch.testing.assert_close(layer(padded(WORDS)), expected)
        torch.testing.assert_close(layer(padded(WORDS, more=5)), expected)


def test_the_order_of_the_characters_counts():
    layer = network()
    assert not torch.allclose(layer(torch.tensor([[3, 7, 2]])), layer(torch.tensor([[2, 7, 3]])))


def test_dropout_acts_on_the_characters_in_training_only():
    layer, word = network(dropout=0.5), torch.tensor([[3, 7, 2]])
    assert torch.equal(layer(word), layer(word))
    layer.train()
    assert not torch.equal(layer(word), layer(word))
    all_dropped = network(dropout=1 - 1e-9).train()
    assert torch.equal(all_dropped(torch.tensor([[3, 7]])), all_dropped(torch.tensor([[5, 2]])))


def test_the_width_counts_both_directions():
    layer = network(hidden=7)
    assert layer.width == 14
    assert layer(torch.tensor([[3, 7]])).shape == (1, 14)


def test_in_lower_precision_the_lstm_stays_in_float32_on_a_processor():
    layer = network()
    with torch.autocast("cpu", torch.bfloat16):
        found = layer(padded(WORDS))
    assert found.dtype is torch.float32
    torch.testing.assert_close(found, layer(padded(WORDS)))


def test_the_forget_gate_starts_open():
    lstm = CharacterLSTM(10, character_width=5, hidden=3, dropout=0.0).lstm
    for suffix in ("", "_reverse"):
        assert getattr(lstm, f"bias_ih_l0{suffix}").tolist() == [0.0] * 3 + [1.0] * 3 + [0.0] * 6
        assert not getattr(lstm, f"bias_hh_l0{suffix}").any()
