"""Held to `nn.LSTM` itself, over the same packed sentences."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from tagger.modules.lstm import run_lstm

LENGTHS = [
    pytest.param([3, 7, 1, 7, 5], id="unsorted"),
    pytest.param([1], id="a-single-word"),
    pytest.param([4], id="a-single-sentence"),
    pytest.param([1, 1, 1], id="single-words"),
    pytest.param([3, 3], id="alike"),
]


def built(lengths, *, seed=0, dtype=torch.float64, **settings):
    """An LSTM, packed sentences whose vectors want a gradient, and first states."""
    torch.manual_seed(seed)
    lstm = nn.LSTM(3, 4, batch_first=True, **settings).to(dtype)
    vectors = torch.randn(len(lengths), max(lengths), 3, dtype=dtype, requires_grad=True)
    shape = (lstm.num_layers * (1 + lstm.bidirectional), len(lengths), 4)
    state = tuple(torch.randn(shape, dtype=dtype, requires_grad=True) for _ in range(2))
    return lstm, vectors, torch.tensor(lengths), state


def assert_alike(lstm, vectors, lengths, state, tolerance):
    """Both give the same states and gradients."""
    answers = []
    for run in (lambda *args: lstm(*args)[0], lambda *args: run_lstm(lstm, *args)):
        packed = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
        torch.manual_seed(3)
        output = run(packed, state)
        assert torch.equal(output.batch_sizes, packed.batch_sizes)
        assert torch.equal(output.unsorted_indices, packed.unsorted_indices)
        leaves = [vectors, *lstm.parameters(), *(state or ())]
        torch.manual_seed(4)
        answers.append((output.data, *torch.autograd.grad((output.data * torch.randn_like(output.data)).sum(), leaves)))
    for expected, answer in zip(*answers, strict=True):
        torch.testing.assert_close(answer, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("with_state", [True, False], ids=["state", "zeros"])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("bidirectional", [True, False], ids=["both", "one-direction"])
@pytest.mark.parametrize("lengths", LENGTHS)
def test_states_and_gradients_are_those_of_the_plain_lstm(lengths, bidirectional, layers, with_state):
    lstm, vectors, sizes, state = built(lengths, bidirectional=bidirectional, num_layers=layers)
    assert_alike(lstm, vectors, sizes, state if with_state else None, 1e-10)


@given(st.lists(st.integers(1, 12), min_size=1, max_size=9), st.integers(0, 1000), st.booleans())
def test_any_batch_gives_what_the_plain_lstm_gives(lengths, seed, bidirectional):
    lstm, vectors, sizes, state = built(lengths, seed=seed, dtype=torch.float32, bidirectional=bidirectional)
    assert_alike(lstm, vectors, sizes, state, 1e-5)


@pytest.mark.parametrize("layers", [1, 2])
def test_of_the_vectors_only_the_wanted_columns_get_a_gradient(layers):
    lstm, vectors, sizes, _ = built([3, 5, 2], num_layers=layers, bidirectional=True)

    def gradients(learned):
        packed = pack_padded_sequence(vectors, sizes, batch_first=True, enforce_sorted=False)
        total = run_lstm(lstm, packed, learned=learned).data.square().sum()
        return torch.autograd.grad(total, [vectors, *lstm.parameters()])

    (whole, *weights), (part, *same) = gradients(slice(None)), gradients(slice(1, 2))
    torch.testing.assert_close(part[:, :, 1:2], whole[:, :, 1:2])
    assert not part[:, :, [0, 2]].any()
    assert all(torch.equal(one, other) for one, other in zip(weights, same, strict=True))


def test_dropout_between_layers_draws_what_the_plain_lstm_draws():
    lstm, vectors, sizes, _ = built([3, 5, 2], num_layers=3, bidirectional=True, dropout=0.4)
    assert_alike(lstm.train(), vectors, sizes, None, 1e-10)
    assert_alike(lstm.eval(), vectors, sizes, None, 1e-10)


def test_gradients_are_those_of_finite_differences():
    lstm, vectors, sizes, state = built([2, 3, 1], bidirectional=True)
    names = [name for name, _ in lstm.named_parameters()]

    def answer(vectors, hidden, cell, *weights):
        packed = pack_padded_sequence(vectors, sizes, batch_first=True, enforce_sorted=False)
        named = {f"lstm.{name}": weight for name, weight in zip(names, weights, strict=True)}
        return torch.func.functional_call(Around(lstm), named, (packed, (hidden, cell)))

    assert torch.autograd.gradcheck(answer, (vectors, *state, *lstm.parameters()), fast_mode=True)


class Around(nn.Module):
    """The function as a module, so that weights can be handed in."""

    def __init__(self, lstm):
        super().__init__()
        self.lstm = lstm

    def forward(self, packed, state):
        return run_lstm(self.lstm, packed, state).data


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("with_state", [True, False], ids=["state", "zeros"])
@pytest.mark.parametrize("lengths", LENGTHS)
def test_without_gradients_the_answer_is_the_same(lengths, with_state, mode):
    lstm, vectors, sizes, state = built(lengths, dtype=torch.float32, bidirectional=True, num_layers=2)
    packed = pack_padded_sequence(vectors, sizes, batch_first=True, enforce_sorted=False)
    state = state if with_state else None
    expected = run_lstm(lstm, packed, state).data
    with mode():
        answer = run_lstm(lstm, packed, state).data
    assert not answer.requires_grad
    torch.testing.assert_close(answer, expected)


def test_two_runs_give_the_same_bits():
    lstm, vectors, sizes, _ = built([5, 2, 9], dtype=torch.float32, bidirectional=True)
    runs = []
    for _ in range(2):
        packed = pack_padded_sequence(vectors, sizes, batch_first=True, enforce_sorted=False)
        runs.append(torch.autograd.grad(run_lstm(lstm, packed).data.square().sum(), [vectors, *lstm.parameters()]))
    assert all(torch.equal(first, second) for first, second in zip(*runs, strict=True))


def test_a_graph_kept_for_a_second_pass_gives_the_same_gradients():
    lstm, vectors, sizes, _ = built([5, 2, 9], bidirectional=True)
    total = run_lstm(lstm, pack_padded_sequence(vectors, sizes, batch_first=True, enforce_sorted=False)).data.square().sum()
    first, second = (torch.autograd.grad(total, vectors, retain_graph=True)[0] for _ in range(2))
    assert torch.equal(first, second)


@pytest.mark.parametrize("settings", [{"bias": False}, {"proj_size": 2}], ids=["no-bias", "projection"])
def test_what_it_does_not_know_goes_to_the_plain_lstm(settings):
    lstm, vectors, sizes, _ = built([3, 5, 2], **settings)
    packed = pack_padded_sequence(vectors, sizes, batch_first=True, enforce_sorted=False)
    assert torch.equal(run_lstm(lstm, packed).data, lstm(packed)[0].data)
