"""The graphs answer as torch does, whatever the shapes of the model and of the batch."""

from types import MappingProxyType
from typing import get_args

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from tagger.decoding.chain import viterbi
from tagger.engines.onnx_encoders import quantized
from tagger.engines.onnx_graphs import character_lstm_graph, characters_graph, sentences_graph, subwords_graph
from tagger.errors import TaggerError
from tagger.modules.decoders import CRFDecoder, SoftmaxDecoder
from tagger.modules.embeddings.characters import CharacterCNN, CharacterLSTM
from tagger.modules.embeddings.subwords import SubwordEmbedding
from tagger.modules.encoders import IdentityEncoder, LSTMEncoder
from tagger.modules.layered_encoder import LayeredEncoder
from tagger.modules.sentence_decoder import Pool, SentenceDecoder
from tagger.text.schemes import SCHEMES

SCHEME = SCHEMES["iobes"]
TAGS = SCHEME.tags(["PER", "LOC"])
ENCODERS = {
    "one direction": {"bidirectional": False},
    "both directions": {},
    "two layers": {"layers": 2},
    "two layers, one direction": {"layers": 2, "bidirectional": False},
    "a learned state": {"layers": 2, "initial_state": "learned"},
    "a learned state, one direction": {"bidirectional": False, "initial_state": "learned"},
    "a random state": {"initial_state": "random"},
    "gru": {"kind": "gru"},
    "gru, two layers, one direction, a learned state": {
        "kind": "gru",
        "layers": 2,
        "bidirectional": False,
        "initial_state": "learned",
    },
    "gru, residual": {"kind": "gru", "layers": 3, "connection": "residual", "initial_state": "learned"},
    "lstm, residual": {"kind": "lstm", "layers": 3, "connection": "residual", "initial_state": "learned"},
    "lstm, highway": {"kind": "lstm", "layers": 3, "connection": "highway"},
    "identity": {"kind": "none"},
}


def encoder_of(settings, width, hidden):
    if settings.get("kind") == "none":
        return IdentityEncoder(width)
    return (LayeredEncoder if "kind" in settings else LSTMEncoder)(width, hidden=hidden, **settings)


def built(row, width=5, hidden=6, size=0.5):
    """An encoder and decoders with random weights, biases and states of about the same size."""
    torch.manual_seed(1)
    encoder = encoder_of(ENCODERS[row], width, hidden).eval()
    decoders = {
        "ner": CRFDecoder(encoder.width, len(TAGS), SCHEME.transitions(TAGS)),
        "vectors": SoftmaxDecoder(encoder.width, 3, None),
    }
    for module in (encoder, *decoders.values()):
        for parameter in module.parameters():
            nn.init.normal_(parameter, std=size)
    return encoder, decoders


def session(model):
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def batch(lengths, width=5, unique=9, seed=0):
    random = np.random.default_rng(seed)
    lengths = np.array(lengths)
    positions = random.integers(unique, size=(len(lengths), lengths.max()))
    return {"vectors": random.normal(size=(unique, width)).astype(np.float32), "positions": positions, "lengths": lengths}


def by_torch(encoder, decoders, inputs, labels=MappingProxyType({})):
    with torch.inference_mode():
        vectors, positions, lengths = (torch.from_numpy(inputs[name]) for name in ("vectors", "positions", "lengths"))
        hidden = encoder(vectors[positions], lengths)
        tags = {task: decoder(hidden).numpy() for task, decoder in decoders.items()}
        return tags | {task: decoder(hidden, lengths).numpy() for task, decoder in labels.items()}


def mask_of(inputs):
    return np.arange(inputs["positions"].shape[1]) < inputs["lengths"][:, None]


@pytest.fixture(scope="module", params=ENCODERS)
def pair(request):
    encoder, decoders = built(request.param)
    return encoder, decoders, session(sentences_graph(encoder, decoders))


@settings(max_examples=15)
@given(lengths=st.lists(st.integers(1, 50), min_size=1, max_size=9), seed=st.integers(0, 1000))
def test_emissions_equal_those_of_the_packed_lstm_for_any_batch(pair, lengths, seed):
    encoder, decoders, graph = pair
    inputs = batch(lengths, seed=seed)
    mask = mask_of(inputs)
    for task, expected in by_torch(encoder, decoders, inputs).items():
        (found,) = graph.run([f"emissions.{task}"], inputs)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found[mask], expected[mask], atol=1e-4, rtol=0)


def test_tasks_may_be_called_as_anything_within_the_graph():
    encoder, decoders = built("lstm, residual")
    decoders = dict(zip(["layer_0", "emissions"], decoders.values(), strict=True))
    labels = {
        "weight": SentenceDecoder(encoder.width, 4, pool="mean", backwards=6),
        "lengths": SentenceDecoder(encoder.width, 3, pool="max", backwards=6),
    }
    inputs = batch([4, 1, 9])
    graph, mask = session(sentences_graph(encoder, decoders, labels)), mask_of(inputs)
    for task, expected in by_torch(encoder, decoders, inputs, labels).items():
        (found,) = graph.run([f"emissions.{task}"], inputs)
        real = mask if task in decoders else slice(None)
        np.testing.assert_allclose(found[real], expected[real], atol=1e-4, rtol=0)


def test_the_best_legal_tags_are_the_same(pair):
    encoder, decoders, graph = pair
    inputs = batch([7, 1, 30, 12, 12, 3], unique=60)
    mask = mask_of(inputs)
    for task, expected in by_torch(encoder, decoders, inputs).items():
        (found,) = graph.run([f"emissions.{task}"], inputs)
        scores = decoders[task].scores()
        best = viterbi(scores, scores.counted(expected), mask)
        assert np.array_equal(viterbi(scores, scores.counted(found), mask), best)
        assert len(np.unique(best)) > 1


def test_what_stands_at_padding_changes_nothing(pair):
    _, _, graph = pair
    inputs = batch([2, 6, 1])
    mask = mask_of(inputs)
    other = {**inputs, "positions": np.where(mask, inputs["positions"], 3)}
    assert not np.array_equal(other["positions"], inputs["positions"])
    for found, again in zip(graph.run(None, inputs), graph.run(None, other), strict=True):
        np.testing.assert_array_equal(found[mask], again[mask])


@pytest.mark.parametrize("row", [row for row, settings in ENCODERS.items() if settings.get("kind", "lstm") == "lstm"])
def test_with_8_bits_emissions_move_little(row):
    # The size that orthogonal weights of this width have. Larger ones multiply what rounding does, from word to word and from layer
    # to layer, with and without connections: at 0.5 three layers come to 0.16 of the emissions, here at most to 0.03 (12 draws).
    encoder, decoders = built(row, width=20, hidden=32, size=32**-0.5)
    inputs = batch([7, 1, 30, 12], width=20, unique=40)
    mask = mask_of(inputs)
    graph = session(sentences_graph(encoder, decoders, int8=True))
    for task, expected in by_torch(encoder, decoders, inputs).items():
        (found,) = graph.run([f"emissions.{task}"], inputs)
        difference = np.abs(found - expected)[mask]
        # Never equal: then nothing would have been quantized.
        assert 0 < difference.mean() < 0.05 * np.abs(expected[mask]).mean()


def test_with_8_bits_the_lstm_takes_a_quarter_of_the_place():
    encoder, decoders = built("both directions", width=100, hidden=100)
    large, small = (len(sentences_graph(encoder, decoders, int8=int8).SerializeToString()) for int8 in (False, True))
    assert small < 0.3 * large


def test_quantized_weights_are_right_to_half_a_step_and_use_7_bits():
    values = np.random.default_rng(0).normal(size=(2, 8, 5)).astype(np.float32)
    values[0, 3] = 0
    small, scale = quantized(values)
    assert (small.dtype, scale.shape, int(np.abs(small.astype(int)).max())) == (np.int8, (2, 8), 64)
    assert (np.abs(small * scale[:, :, None] - values) <= scale[:, :, None] / 2 + 1e-7).all()
    assert not small[0, 3].any()


@pytest.mark.parametrize("kernels", [(1,), (3,), (5, 1), (1, 3, 7)])
def test_character_vectors_equal_those_of_torch(kernels):
    torch.manual_seed(2)
    layer = CharacterCNN(12, character_width=4, filters=3, kernels=kernels, dropout=0.5).eval()
    for convolution in layer.convolutions:
        nn.init.normal_(convolution.bias)
    assert_answers_as_torch(layer, session(characters_graph(layer)), "characters")


@pytest.mark.parametrize("hidden", [1, 5])
def test_vectors_of_an_lstm_over_characters_equal_those_of_torch(hidden):
    torch.manual_seed(2)
    layer = CharacterLSTM(12, character_width=4, hidden=hidden, dropout=0.5).eval()
    for weight in layer.lstm.parameters():
        nn.init.normal_(weight, std=0.7)
    assert_answers_as_torch(layer, session(character_lstm_graph(layer)), "characters")


@pytest.mark.parametrize("pool", ["first", "mean", "last"])
def test_vectors_of_subwords_equal_those_of_torch(pool):
    torch.manual_seed(2)
    layer = SubwordEmbedding(12, 5, pool=pool)
    with torch.no_grad():
        # Were it read, it would show.
        layer.vectors.weight[0] = torch.nan
    assert_answers_as_torch(layer, session(subwords_graph(layer)), "subwords")


def assert_answers_as_torch(layer, graph, ids):
    random = np.random.default_rng(0)
    for lengths in ([1], [3, 1, 2], [20, 64, 1, 7], [5] * 40):
        features = np.where(
            np.arange(max(lengths)) < np.array(lengths)[:, None], random.integers(1, 12, (len(lengths), max(lengths))), 0
        )
        with torch.inference_mode():
            expected = layer(torch.from_numpy(features)).numpy()
        assert np.isfinite(expected).all()
        (found,) = graph.run(["vectors"], {ids: features})
        np.testing.assert_allclose(found, expected, atol=1e-5)
        # Wider padding changes nothing.
        (wider,) = graph.run(["vectors"], {ids: np.pad(features, ((0, 0), (0, 4)))})
        np.testing.assert_allclose(wider, found, atol=1e-6)


@pytest.mark.parametrize(
    ("row", "why"),
    [("gru", "its encoder is of GRUs"), ("gru, residual", "its encoder is of GRUs"), ("identity", "it has no encoder")],
)
def test_8_bits_are_refused_where_there_is_no_lstm(row, why):
    with pytest.raises(TaggerError) as caught:
        sentences_graph(*built(row), int8=True)
    assert str(caught.value) == f"the model: 8 bits are for LSTMs, and {why}\n  Leave int8 away: float32 serves every model."


def test_labels_of_sentences_equal_those_of_torch_behind_every_encoder(pair):
    encoder, decoders, _ = pair
    torch.manual_seed(4)
    labels = {pool: SentenceDecoder(encoder.width, 4, pool=pool, backwards=encoder.backwards) for pool in get_args(Pool)}
    nn.init.normal_(labels["attention"].query)
    graph = session(sentences_graph(encoder, decoders, labels))
    inputs = batch([7, 1, 30, 12])
    expected = by_torch(encoder, {}, inputs, labels)
    for pool, emissions in expected.items():
        (found,) = graph.run([f"emissions.{pool}"], inputs)
        np.testing.assert_allclose(found, emissions, atol=1e-4, rtol=0)
