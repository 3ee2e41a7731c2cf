import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.utils.rnn import pack_padded_sequence

from tagger.engines import recurrence as module
from tagger.engines.recurrence import RecurrentLayers, pack
from tagger.modules.encoders import LSTMEncoder

SHAPES = [
    pytest.param([1], id="one word"),
    pytest.param([3, 3], id="alike"),
    pytest.param([2, 7, 1, 4, 4], id="ragged"),
    pytest.param([1, 1, 1], id="single words"),
    pytest.param([60, 3], id="long and short"),
]
LAYERS = [
    {"layers": 1},
    {"layers": 1, "bidirectional": False},
    {"layers": 3},
    {"layers": 2, "initial_state": "learned"},
    {"layers": 1, "initial_state": "random"},
]


def made(seed=0, **options):
    torch.manual_seed(seed)
    encoder = LSTMEncoder(5, hidden=4, **options).eval()
    with torch.no_grad():
        for weight in encoder.parameters():
            weight.normal_()
    return encoder


def batch_of(lengths, num_words=9, seed=0):
    random = np.random.default_rng(seed)
    positions = random.integers(0, num_words, (len(lengths), max(lengths)))
    return positions, np.array(lengths), torch.from_numpy(random.standard_normal((num_words, 5)).astype(np.float32))


@torch.inference_mode()
def both(encoder, positions, lengths, vectors, *, with_table=True):
    """What the fast recurrence and the layer that learns give, padded with zeros."""
    packed = pack(positions, lengths)
    layers = RecurrentLayers(encoder.lstm, encoder.state)
    table = layers.table(vectors) if with_table else None
    found = packed.unpack(layers(vectors, table, torch.from_numpy(packed.words), packed.sizes).numpy())
    expected = encoder(vectors[torch.from_numpy(positions)], torch.from_numpy(lengths)).numpy()
    return found, expected


@pytest.mark.parametrize("with_table", [True, False], ids=["shared", "each place"])
@pytest.mark.parametrize("options", LAYERS, ids=str)
@pytest.mark.parametrize("lengths", SHAPES)
def test_it_gives_what_the_packed_layer_gives(lengths, options, with_table):
    found, expected = both(made(**options), *batch_of(lengths), with_table=with_table)
    np.testing.assert_allclose(found, expected, atol=2e-6)


@pytest.mark.parametrize("with_table", [True, False], ids=["shared", "each place"])
@pytest.mark.parametrize("options", LAYERS, ids=str)
@torch.inference_mode()
def test_what_is_known_of_a_sentence_stands_beside_its_words(options, with_table):
    encoder, (positions, lengths, vectors) = made(**options), batch_of([2, 7, 1, 4, 4])
    beside = np.random.default_rng(5).standard_normal((*positions.shape, 2)).astype(np.float32)
    packed, layers = pack(positions, lengths), RecurrentLayers(encoder.lstm, encoder.state)
    own = vectors[:, :3].contiguous()
    there = torch.from_numpy(beside[packed.sentences, packed.steps])
    table = layers.table(own) if with_table else None
    found = packed.unpack(layers(own, table, torch.from_numpy(packed.words), packed.sizes, there).numpy())
    whole = torch.cat([own[torch.from_numpy(positions)], torch.from_numpy(beside)], 2)
    np.testing.assert_allclose(found, encoder(whole, torch.from_numpy(lengths)).numpy(), atol=2e-6)


@pytest.mark.parametrize("rows", [1, 2, 5, 1000])
def test_however_many_rows_are_worked_out_at_a_time(monkeypatch, rows):
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", rows)
    found, expected = both(made(layers=2), *batch_of([2, 7, 1, 4, 4]))
    np.testing.assert_allclose(found, expected, atol=2e-6)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=8), st.integers(0, 3))
def test_it_gives_what_the_packed_layer_gives_whatever_the_lengths(lengths, seed):
    found, expected = both(made(seed), *batch_of(lengths, seed=seed))
    np.testing.assert_allclose(found, expected, atol=2e-6)


def test_too_many_words_have_no_table(monkeypatch):
    monkeypatch.setattr(module, "_MOST_WORDS", 3)
    layers = RecurrentLayers(made().lstm, None)
    assert layers.table(torch.zeros(4, 5)) is None
    assert [tuple(part.shape) for part in layers.table(torch.zeros(3, 5))] == [(3, 16), (3, 16)]


@given(st.lists(st.integers(1, 6), min_size=1, max_size=6))
def test_places_are_packed_as_torch_packs_them(lengths):
    positions, lengths, _ = batch_of(lengths)
    packed = pack(positions, lengths)
    expected = pack_padded_sequence(torch.from_numpy(positions), torch.from_numpy(lengths), batch_first=True, enforce_sorted=False)
    assert packed.sizes == expected.batch_sizes.tolist()
    # Sentences of one length may stand in any order.
    start = 0
    for size in packed.sizes:
        assert sorted(packed.words[start : start + size]) == sorted(expected.data[start : start + size].tolist())
        start += size
    mask = np.arange(positions.shape[1]) < lengths[:, None]
    assert np.array_equal(packed.unpack(packed.words[:, None].astype(np.float32))[:, :, 0], positions * mask)
