from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from tagger.features.characters import CharacterFeaturizer
from tagger.features.sentences import IGNORED, encode_sentences
from tagger.features.vocab import Vocab
from tagger.features.words import WordFeaturizer
from tagger.modules.batch import Batch, make_batch

SENTENCES = [["the", "cat", "the", "the"], [], ["a", "cat"], ["incomprehensible"]]
sentence_lists = st.lists(st.lists(st.text("abc", max_size=3), min_size=1, max_size=5), min_size=1, max_size=6)


def featurizers_of(sentences):
    words = sorted({word for sentence in sentences for word in sentence})
    return {
        "words": WordFeaturizer(Vocab(words), lowercase=False, digits="keep"),
        "characters": CharacterFeaturizer(Vocab("abcdefghijklmnopqrstuvwxyz"), max_length=20),
    }


def encoded(sentences=SENTENCES):
    made = encode_sentences(sentences)
    features = {name: featurizer.encode(made.types) for name, featurizer in featurizers_of(sentences).items()}
    return replace(made, features=features)


@given(sentence_lists, st.randoms())
def test_each_place_points_at_the_features_of_its_word(sentences, random):
    featurizers = featurizers_of(sentences)
    order = list(range(len(sentences)))
    random.shuffle(order)
    batch = make_batch(encoded(sentences), order)
    assert batch.lengths.tolist() == [len(sentences[index]) for index in order]
    assert batch.mask.sum(1).tolist() == batch.lengths.tolist()
    assert batch.num_words == sum(map(len, sentences))
    for row, index in enumerate(order):
        for place, word in enumerate(sentences[index]):
            at = batch.positions[row, place]
            assert batch.mask[row, place]
            assert batch.features["words"][at] == featurizers["words"].encode([word])[0]
            expected = featurizers["characters"].encode([word])[0].tolist()
            assert [i for i in batch.features["characters"][at].tolist() if i] == expected


def test_each_word_of_a_batch_is_held_once():
    batch = make_batch(encoded(), [0, 2])
    assert len(batch.features["words"]) == 3
    assert len(batch.features["words"].unique()) == 3


def test_characters_are_as_wide_as_the_longest_word_of_the_batch():
    sentences = encoded()
    assert make_batch(sentences, [0, 2]).features["characters"].shape[1] == 3
    assert make_batch(sentences, [3]).features["characters"].shape[1] == len("incomprehensible")


def test_empty_sentences_are_kept_in_the_count():
    assert encoded().lengths.tolist() == [4, 0, 2, 1]
    assert encode_sentences([]).lengths.tolist() == []
    assert encode_sentences([[], []]).lengths.tolist() == [0, 0]


def test_each_word_is_held_once_in_the_order_of_its_first_place():
    assert encode_sentences(SENTENCES).types == ["the", "cat", "a", "incomprehensible"]


def test_gold_stands_at_its_place_and_is_ignored_at_padding():
    sentences = encoded()
    gold = {"ner": np.array([1, 2, 3, 4, 5, 6, 7])}
    sentences = replace(sentences, gold=gold)
    assert make_batch(sentences, [2, 0]).gold["ner"].tolist() == [[5, 6, IGNORED, IGNORED], [1, 2, 3, 4]]


def partly_known():
    """The sentences with gold tags and weights of their own for every token, and choices."""
    gold = {"ner": np.array([1, 2, 3, 4, 5, 6, 7])}
    weights = {"ner": np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], dtype=np.float32)}
    choices = {"ner": np.array([[True, True], [True, False]])}
    return replace(encoded(), gold=gold, choices=choices, weights=weights)


def test_weights_stand_at_their_places_and_are_zero_at_padding():
    weights = make_batch(partly_known(), [2, 0]).weights["ner"]
    torch.testing.assert_close(weights, torch.tensor([[0.5, 0.6, 0.0, 0.0], [0.1, 0.2, 0.3, 0.4]]))


def test_every_batch_has_all_choices_of_its_sentences():
    sentences = partly_known()
    for chosen in ([2, 0], [3]):
        assert np.array_equal(make_batch(sentences, chosen).choices["ner"], sentences.choices["ner"])


def test_sentences_without_choices_and_weights_make_batches_without_them():
    batch = make_batch(encoded(), [0, 2])
    assert (dict(batch.choices), dict(batch.weights)) == ({}, {})


def test_choices_and_weights_move_with_their_batch():
    moved = make_batch(partly_known(), [0, 2]).to(torch.device("meta"))
    assert moved.choices["ner"].device.type == moved.weights["ner"].device.type == moved.gold["ner"].device.type == "meta"


def test_moving_a_batch_keeps_its_lengths_on_the_cpu():
    batch = make_batch(encoded(), [0, 2])
    assert batch.to(torch.device("cpu")) is batch
    moved = batch.to(torch.device("meta"))
    assert moved.positions.device.type == moved.mask.device.type == moved.features["characters"].device.type == "meta"
    assert moved.lengths.device.type == "cpu"


def test_a_batch_whose_shapes_do_not_fit_is_refused():
    mask = torch.ones(2, 3, dtype=torch.bool)
    with pytest.raises(TypeCheckError):
        Batch({}, torch.zeros(2, 4, dtype=torch.long), torch.tensor([3, 3]), mask, {})
    with pytest.raises(TypeCheckError):
        Batch({}, torch.zeros(2, 3, dtype=torch.long), torch.tensor([3]), mask, {})
