"""Every setting of an encoder reaches its layers."""

import pytest
import torch
from torch import nn

from tagger.build import build_model
from tagger.build_corpus import build_corpus
from tagger.modules.dropout import LockedDropout
from tagger.modules.encoders import IdentityEncoder, LSTMEncoder
from tagger.modules.layered_encoder import Highway, LayeredEncoder
from tagger.modules.sentence_decoder import SentenceDecoder
from tagger.recipe import TaskSettings
from tagger.tagger import Tagger

TURNED = {"input_kind": "locked", "output_kind": "plain"}


def encoder_of(tiny_recipe, **settings):
    recipe = tiny_recipe(encoder=settings, dropout={"output": 0.25})
    encoder = Tagger.from_recipe(recipe, build_corpus(recipe)).model.encoder
    assert isinstance(encoder.dropout, LockedDropout)
    assert encoder.dropout.probability == 0.25
    return encoder


def test_an_lstm_without_anything_round_it_is_the_one_with_quick_ways(tiny_recipe):
    encoder = encoder_of(tiny_recipe, hidden=5, layers=3, bidirectional=False, layer_dropout=0.125, initial_state="learned")
    assert type(encoder) is LSTMEncoder
    lstm = encoder.lstm
    assert (lstm.hidden_size, lstm.num_layers, lstm.bidirectional, lstm.dropout) == (5, 3, False, 0.125)
    assert (encoder.state.shape, encoder.width, encoder.backwards) == ((2, 3, 1, 5), 5, 0)


@pytest.mark.parametrize("connection", ["none", "residual", "highway"])
@pytest.mark.parametrize(("kind", "made"), [("lstm", nn.LSTM), ("gru", nn.GRU)])
def test_layers_that_stand_alone_have_what_the_recipe_says(tiny_recipe, kind, made, connection):
    settings = {"kind": kind, "connection": connection, "layer_dropout_kind": "locked", "initial_state": "random"}
    encoder = encoder_of(tiny_recipe, hidden=5, layers=3, layer_dropout=0.125, **settings)
    assert type(encoder) is LayeredEncoder
    assert [(type(layer), layer.hidden_size, layer.bidirectional) for layer in encoder.layers] == [(made, 5, True)] * 3
    assert (encoder.connection, encoder.locked, encoder.layer_dropout) == (connection, True, 0.125)
    assert [type(highway) for highway in encoder.highways] == [Highway] * (2 if connection == "highway" else 0)
    assert (encoder.initial_state, encoder.width, encoder.backwards) == ("random", 10, 5)


@pytest.mark.parametrize("encoder", [{"layers": 1}, {"kind": "gru"}, {"kind": "none"}], ids=["lstm", "gru", "none"])
@pytest.mark.parametrize(("kinds", "made"), [({}, (nn.Dropout, LockedDropout)), (TURNED, (LockedDropout, nn.Dropout))])
def test_either_end_of_an_encoder_drops_as_the_recipe_says(tiny_recipe, encoder, kinds, made):
    recipe = tiny_recipe(encoder=encoder, dropout={"input": 0.25, "output": 0.5, **kinds})
    model = Tagger.from_recipe(recipe, build_corpus(recipe)).model
    found = (model.embedding.dropout, model.encoder.dropout)
    assert tuple(map(type, found)) == made
    assert [getattr(part, "p", None) or part.probability for part in found] == [0.25, 0.5]


def test_a_gru_is_never_locked_unasked(tiny_recipe):
    encoder = encoder_of(tiny_recipe, kind="gru", layers=2, layer_dropout=0.5, bidirectional=False)
    assert (encoder.locked, encoder.backwards, encoder.initial_state) == (False, 0, "zeros")


def test_without_an_encoder_words_keep_the_width_of_their_embeddings(tiny_recipe):
    encoder = encoder_of(tiny_recipe, kind="none")
    assert type(encoder) is IdentityEncoder
    assert (encoder.width, encoder.input_width, encoder.backwards) == (18, 18, 0)
    assert list(encoder.parameters()) == []


@pytest.mark.parametrize(
    ("encoder", "backwards"),
    [({"hidden": 6}, 6), ({"kind": "gru", "hidden": 6}, 6), ({"kind": "gru", "hidden": 6, "bidirectional": False}, 0)],
    ids=["lstm", "gru", "one direction"],
)
def test_what_gives_sentences_labels_knows_which_dimensions_come_from_reading_backwards(tiny_recipe, encoder, backwards):
    recipe = tiny_recipe(encoder=encoder)
    tagger = Tagger.from_recipe(recipe, build_corpus(recipe))
    recipe = recipe.model_copy(update={"tasks": {"mood": TaskSettings(decoder="sentence")}})
    torch.manual_seed(0)
    decoder = build_model(recipe, tagger.featurizers, {"mood": (None, ["good", "bad"])}).sentence_decoders["mood"]
    assert isinstance(decoder, SentenceDecoder)
    assert (decoder.pool, decoder.backwards, decoder.linear.in_features) == ("last", backwards, 6 + backwards)
