import copy

import numpy as np
import pytest
import torch

from tagger.build_corpus import build_corpus
from tagger.deployment.export import export
from tagger.engines import Engine, PlainBatch
from tagger.engines import torch_engine as module
from tagger.engines.torch_engine import TorchEngine
from tagger.features.sentences import encode_sentences
from tagger.tagger import Tagger


def plain(words):
    encoded = encode_sentences([words])
    return encoded, PlainBatch(encoded.words[None], encoded.lengths)


def vectors_of(tagger, words):
    return tagger.engine.word_vectors({name: part.encode(words) for name, part in tagger.featurizers.items()})


def test_it_is_an_engine(tiny_recipe):
    tagger = Tagger.from_recipe(tiny_recipe(), build_corpus(tiny_recipe()))
    assert isinstance(tagger.engine, TorchEngine)
    assert isinstance(tagger.engine, Engine)


def test_word_vectors_of_a_model_in_training_are_those_of_use(tiny_recipe):
    tagger = Tagger.from_recipe(tiny_recipe(), build_corpus(tiny_recipe()))
    before = vectors_of(tagger, ["Oslo", "xyz"])
    tagger.model.train()
    assert np.array_equal(vectors_of(tagger, ["Oslo", "xyz"]), before)
    assert tagger.model.training


def test_the_version_changes_with_every_step_of_the_optimizer(tiny_recipe):
    tagger = Tagger.from_recipe(tiny_recipe(), build_corpus(tiny_recipe()))
    seen = {tagger.engine.version}
    tagger.model.train()
    for fused in (False, True):
        optimizer = torch.optim.AdamW(tagger.model.parameters(), fused=fused)
        for weight in tagger.model.parameters():
            weight.grad = torch.ones_like(weight)
        optimizer.step()
        tagger.model.train()
        seen.add(tagger.engine.version)
    tagger.model.load_state_dict(tagger.model.state_dict())
    seen.add(tagger.engine.version)
    assert len(seen) == 4


def test_tags_follow_weights_that_change(tiny_recipe):
    recipe = tiny_recipe()
    tagger, other = (Tagger.from_recipe(recipe, build_corpus(recipe)) for _ in range(2))
    words = ["Bob", "met", "Anna"]
    tagger.tag(words)
    list(tagger.tag_all([words, words]))
    with torch.no_grad():
        for weight, twin in zip(tagger.model.parameters(), other.model.parameters(), strict=True):
            weight.mul_(3)
            twin.mul_(3)
    assert tagger.tag(words) == other.tag(words)
    assert list(tagger.tag_all([words, words])) == list(other.tag_all([words, words]))


def test_one_short_sentence_and_one_long_go_two_ways_and_get_the_same(tiny_recipe, monkeypatch):
    tagger = Tagger.from_recipe(tiny_recipe(encoder={"hidden": 6, "layers": 2}), build_corpus(tiny_recipe()))
    encoded, batch = plain(["Bob", "met", "Anna", "in", "Oslo"])
    vectors = vectors_of(tagger, encoded.types)
    (short,) = tagger.engine.emissions(vectors, [batch])
    monkeypatch.setattr(module, "_SHORT", 4)
    (long,) = tagger.engine.emissions(vectors, [batch])
    np.testing.assert_allclose(short["ner"], long["ner"], atol=1e-5)


@pytest.mark.parametrize("fused", [False, True])
def test_what_is_found_in_training_is_found_with_the_weights_of_now(tiny_recipe, fused):
    tagger = Tagger.from_recipe(tiny_recipe(), build_corpus(tiny_recipe()))
    encoded, batch = plain(["Bob", "met", "Anna"])
    two = PlainBatch(np.repeat(batch.positions, 2, axis=0), np.repeat(batch.lengths, 2))
    optimizer = torch.optim.AdamW(tagger.model.parameters(), lr=0.1, fused=fused)
    for weight in tagger.model.parameters():
        weight.grad = torch.ones_like(weight)
    for _ in range(3):
        tagger.model.train()
        optimizer.step()
        cached = tagger.tag(["Bob", "met", "Anna"])
        (found,) = tagger.engine.emissions(vectors_of(tagger, encoded.types), [two])
        fresh = TorchEngine(copy.deepcopy(tagger.model).eval())
        fresh_tagger = Tagger(tagger.recipe, tagger.tags, tagger.featurizers, fresh, tagger.tokenizer, tagger.known_words)
        assert cached == fresh_tagger.tag(["Bob", "met", "Anna"])
        (expected,) = fresh.emissions(vectors_of(fresh_tagger, encoded.types), [two])
        assert np.array_equal(found["ner"], expected["ner"])


OTHER_ENCODERS = {
    "gru": {"kind": "gru", "hidden": 6, "initial_state": "learned"},
    "highway": {"kind": "lstm", "hidden": 6, "layers": 2, "connection": "highway"},
    "locked": {"kind": "lstm", "hidden": 6, "layers": 2, "layer_dropout": 0.5, "layer_dropout_kind": "locked"},
    "none": {"kind": "none"},
}
TEXTS = [["Bob", "met", "Anna", "in", "Oslo"], ["Rain"], ["Anna", "Bob", "Rain"]]


def tagger_with(tiny_recipe, **sections):
    """A tagger whose weights are large enough that words get several tags."""
    tagger = Tagger.from_recipe(tiny_recipe(**sections), build_corpus(tiny_recipe()))
    torch.manual_seed(3)
    with torch.no_grad():
        for weight in tagger.model.parameters():
            weight.normal_()
    return tagger


@pytest.mark.parametrize("encoder", OTHER_ENCODERS.values(), ids=OTHER_ENCODERS)
def test_encoders_without_a_quick_way_find_alone_what_they_find_among_others(tiny_recipe, encoder):
    tagger = tagger_with(tiny_recipe, encoder=encoder)
    encoded = encode_sentences(TEXTS)
    lengths = encoded.lengths
    positions = np.zeros((3, 5), dtype=np.int64)
    positions[np.arange(5) < lengths[:, None]] = encoded.words
    vectors = vectors_of(tagger, encoded.types)
    (together,) = tagger.engine.emissions(vectors, [PlainBatch(positions, lengths)])
    with torch.no_grad():
        expected = tagger.model.decoders["ner"](
            tagger.model.encoder(torch.from_numpy(vectors[positions]), torch.from_numpy(lengths))
        )
    for row, length in enumerate(lengths):
        one = slice(row, row + 1)
        (alone,) = tagger.engine.emissions(vectors, [PlainBatch(positions[one, :length], lengths[one])])
        np.testing.assert_allclose(together["ner"][row, :length], alone["ner"][0], atol=1e-5)
        np.testing.assert_allclose(together["ner"][row, :length], expected[row, :length].numpy(), atol=1e-5)


@pytest.mark.parametrize("encoder", OTHER_ENCODERS.values(), ids=OTHER_ENCODERS)
def test_encoders_without_a_quick_way_tag_the_same_alone_among_others_and_loaded(tiny_recipe, tmp_path, encoder):
    tagger = tagger_with(tiny_recipe, encoder=encoder)
    together = list(tagger.tag_all(TEXTS))
    assert len({tag for sentence in together for tag in sentence.tags["ner"]}) > 1
    tagger.save(tmp_path / "model")
    loaded = Tagger.load(tmp_path / "model")
    for text, sentence in zip(TEXTS, together, strict=True):
        # The second time, words come out of the cache.
        assert [tagger.tag(text).tags, tagger.tag(text).tags, loaded.tag(text).tags] == [sentence.tags] * 3


@pytest.mark.parametrize("encoder", OTHER_ENCODERS.values(), ids=OTHER_ENCODERS)
def test_encoders_without_a_quick_way_follow_weights_that_change(tiny_recipe, encoder):
    tagger, other = (tagger_with(tiny_recipe, encoder=encoder) for _ in range(2))
    before = tagger.tag(TEXTS[0])
    with torch.no_grad():
        for weight, twin in zip(tagger.model.parameters(), other.model.parameters(), strict=True):
            weight.neg_()
            twin.neg_()
    assert before.probabilities != tagger.tag(TEXTS[0]).probabilities
    assert tagger.tag(TEXTS[0]) == other.tag(TEXTS[0])


@pytest.mark.parametrize("together", [True, False], ids=["a batch", "one sentence"])
@pytest.mark.parametrize("engine", ["torch", "onnx"])
@pytest.mark.parametrize("kind", ["lstm", "gru", "none"])
def test_in_one_direction_words_that_come_later_change_nothing(tiny_recipe, tmp_path, kind, engine, together):
    encoder = {"kind": "none"} if kind == "none" else {"kind": kind, "hidden": 6, "layers": 2, "bidirectional": False}
    tagger = tagger_with(tiny_recipe, encoder=encoder)
    if engine == "onnx":
        export(tagger, tmp_path / "onnx")
        tagger = Tagger.load(tmp_path / "onnx")
    vectors = vectors_of(tagger, ["Bob", "met", "Anna", "Oslo"])
    found = []
    for positions in ([0, 1, 2], [0, 1, 2, 3, 1], [0, 1, 2, 2, 2, 0]):
        rows = [positions, positions[::-1]] if together else [positions]
        (emissions,) = tagger.engine.emissions(vectors, [PlainBatch(np.array(rows), np.full(len(rows), len(positions)))])
        found.append(emissions["ner"][0, :3])
    np.testing.assert_allclose(found[1], found[0], atol=1e-5)
    np.testing.assert_allclose(found[2], found[0], atol=1e-5)
