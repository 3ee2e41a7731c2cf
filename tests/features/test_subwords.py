import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.features.subword_vocabularies import START, UNKNOWN, SubwordVocabulary, known_characters, learn_vocabulary
from tagger.features.subwords import SubwordFeaturizer

MODELS = ("bpe", "wordpiece", "unigram")
COUNTS = {"walk": 4, "walks": 2, "walked": 2, "walking": 3, "talk": 3, "talking": 2, "Oslo": 2, "ing": 2, "é": 1, "🦊": 2}
BPE = SubwordVocabulary("bpe", (UNKNOWN, START, "a", "b", START + "a", "ab"), ((START, "a"), ("a", "b")))
WORDPIECE = SubwordVocabulary("wordpiece", (UNKNOWN, "##" + UNKNOWN, "a", "b", "##a", "##b", "ab", "##ab"))
UNIGRAM = SubwordVocabulary("unigram", (UNKNOWN, START, "a", "b", START + "ab", "ab"), scores=(-9, -3, -3, -3, -2, -2.5))


def featurizer_of(vocabulary, max_length=64):
    return SubwordFeaturizer(vocabulary, max_length=max_length)


def learned(model, counts=COUNTS, size=100, max_length=64):
    return SubwordFeaturizer.from_counts(counts, model=model, size=size, max_length=max_length)


def pieces(featurizer, word):
    (row,) = featurizer.encode([word]).tolist()
    return [featurizer.vocabulary.pieces[index - 1] for index in row]


def whole(featurizer, word):
    """The word that its pieces make up."""
    found = "".join(piece if number == 0 else piece.removeprefix("##") for number, piece in enumerate(pieces(featurizer, word)))
    return found.removeprefix(START)


@pytest.mark.parametrize(
    ("vocabulary", "expected"),
    [
        # The pair that was learned first goes first: START + a, and b is left.
        (BPE, {"ab": [5, 4], "bab": [2, 4, 6], "ba☃": [2, 4, 3, 1]}),
        # The longest piece from the left.
        (WORDPIECE, {"ab": [7], "bab": [4, 8], "ba☃": [4, 5, 2]}),
        # The most probable pieces.
        (UNIGRAM, {"ab": [5], "bab": [2, 4, 6], "ba☃": [2, 4, 3, 1]}),
    ],
    ids=MODELS,
)
def test_words_are_divided_as_the_model_says_and_padded_on_the_right(vocabulary, expected):
    ids = featurizer_of(vocabulary).encode(list(expected))
    assert ids.dtype == np.int64
    assert ids.tolist() == [row + [0] * (ids.shape[1] - len(row)) for row in expected.values()]
    assert ids.shape[1] == max(map(len, expected.values()))


@pytest.mark.parametrize("model", MODELS)
@given(words=st.lists(st.text(max_size=30)))
def test_a_word_keeps_every_known_character_and_has_a_mark_for_each_other(model, words):
    featurizer = _LEARNED[model]
    known = featurizer.vocabulary.alphabet
    ids = featurizer.encode(words)
    assert ids.shape[0] == len(words)
    for word, row in zip(words, ids.tolist(), strict=True):
        length = sum(index > 0 for index in row)
        assert length >= 1
        assert row == [*row[:length], *[0] * (len(row) - length)]
        marked = "".join(character if character in known else UNKNOWN for character in word)
        found = whole(featurizer, word)
        # Unigram makes one piece of unknown characters that stand side by side.
        assert found.replace(UNKNOWN, "") == marked.replace(UNKNOWN, "")
        assert (UNKNOWN in found) == (UNKNOWN in marked) or not word


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("word", [START, UNKNOWN, "##", "#", "\ud800", "a\ud800b", "\x00", "<unk>", "1 000", " ", "x" * 100_000])
def test_odd_words_are_divided(model, word):
    ids = _LEARNED[model].encode([word, "walk"])
    assert (ids != 0).any(1).all()
    assert ids.max() < _LEARNED[model].num_ids


@pytest.mark.parametrize("model", MODELS)
def test_an_empty_word_is_one_unknown_character(model):
    assert _LEARNED[model].encode([""]).tolist() == [[1]]


@pytest.mark.parametrize("model", MODELS)
def test_no_words_give_no_ids(model):
    assert _LEARNED[model].encode([]).shape == (0, 1)


@pytest.mark.parametrize("model", MODELS)
def test_of_a_long_word_both_ends_are_read(model):
    featurizer = learned(model, max_length=8)
    assert whole(featurizer, "walk" + "s" * 90 + "king") == "walkking"
    assert whole(featurizer, "walkking") == "walkking"


@pytest.mark.parametrize("model", MODELS)
def test_frequent_words_are_whole_and_others_are_made_of_pieces(model):
    featurizer = _LEARNED[model]
    assert len(pieces(featurizer, "walk")) == 1
    assert 1 < len(pieces(featurizer, "talked")) < 6
    # What stands at the beginning is another piece than the same within a word.
    assert pieces(featurizer, "king")[-1] != pieces(featurizer, "ing")[0]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("size", [10, 20, 25, 30, 100])
def test_there_are_never_more_subwords_than_asked_for(model, size):
    vocabulary = learn_vocabulary(COUNTS, model=model, size=size)
    assert len(vocabulary.pieces) <= size
    assert len(set(vocabulary.pieces)) == len(vocabulary.pieces)
    assert vocabulary.pieces[0] == UNKNOWN


@pytest.mark.parametrize("model", MODELS)
def test_the_size_that_is_asked_for_is_reached_where_words_are_many(model):
    counts = {f"{first}{second}{third}": 3 for first in "abcd" for second in "efghi" for third in ("ing", "ed", "s", "")}
    assert len(learn_vocabulary(counts, model=model, size=60).pieces) == 60


def test_the_most_frequent_characters_are_known_and_none_that_occurs_once():
    assert known_characters({"abc": 2, "cd": 1, "": 5, "c" + START: 4, UNKNOWN + "\ud800": 3}, 9) == set("abc")
    assert known_characters({"abc": 2, "cd": 1, "b": 1}, 2) == set("bc")


def test_unigram_keeps_the_parts_that_make_the_words_most_probable():
    beginnings = ("un", "re", "over", "pre", "out", "non", "der", "inter")
    ends = ("do", "tie", "pent", "tune", "ride", "port", "point", "order", "end", "print")
    featurizer = learned("unigram", {first + last: 9 for first in beginnings for last in ends}, size=22)
    longer = {piece for piece in featurizer.vocabulary.pieces if len(piece) > 1}
    # The long ones, each of which stands in many words: there is room for no others.
    expected = {START + "over", START + "inter", START + "pre", START + "non", "point", "print", "pent", "port", "tune", "ride"}
    assert longer == expected
    assert pieces(featurizer, "interprint") == [START + "inter", "print"]
    scores = dict(zip(featurizer.vocabulary.pieces, featurizer.vocabulary.scores, strict=True))
    assert sum(map(np.exp, scores.values())) == pytest.approx(1)
    assert scores["print"] == max(scores[end] for end in ends if end in scores)


@pytest.mark.parametrize("model", MODELS)
def test_the_order_of_the_counts_changes_nothing(model):
    assert learn_vocabulary(dict(reversed(COUNTS.items())), model=model, size=100) == learn_vocabulary(
        COUNTS, model=model, size=100
    )


def test_every_process_learns_the_same_vocabularies():
    program = """
import hashlib
from tagger.features.subword_vocabularies import learn_vocabulary
# Many pairs are equally frequent, so that an order that is left to chance shows.
words = [first + middle + last for first in "abcdefgh" for middle in "ijklmn" for last in ("op", "qr", "stu", "v")]
counts = {word: 2 + number % 3 for number, word in enumerate(words)}
for model in ("bpe", "wordpiece", "unigram"):
    print(model, hashlib.md5(repr(learn_vocabulary(counts, model=model, size=150)).encode()).hexdigest())
"""
    runs = [subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True) for _ in range(4)]
    assert len({run.stdout for run in runs}) == 1
    assert len(runs[0].stdout.splitlines()) == 3


@pytest.mark.parametrize("before", [None, "true"])
def test_what_the_user_has_set_for_the_library_stays(monkeypatch, before):
    monkeypatch.delenv("TOKENIZERS_PARALLELISM", raising=False)
    if before:
        monkeypatch.setenv("TOKENIZERS_PARALLELISM", before)
    learned("bpe")
    assert os.environ.get("TOKENIZERS_PARALLELISM") == before


@pytest.mark.parametrize("model", MODELS)
def test_json_keeps_everything(model):
    featurizer = learned(model, max_length=9)
    again = SubwordFeaturizer.from_json(json.loads(json.dumps(featurizer.to_json())))
    assert again.vocabulary == featurizer.vocabulary
    assert again.max_length == 9
    words = ["walked", "stalking", "🦊é☃", "", "Oslo", "talkingwalking"]
    assert again.encode(words).tolist() == featurizer.encode(words).tolist()


@pytest.mark.parametrize(
    "damage",
    [
        {"model": "waves"},
        {"pieces": []},
        {"pieces": ["a", UNKNOWN]},
        {"pieces": [UNKNOWN, "a", "a"]},
        {"merges": [["a", "c"]]},
        {"merges": [["a"]]},
        {"model": "unigram", "scores": [0.0]},
    ],
)
def test_a_damaged_vocabulary_is_refused(damage):
    with pytest.raises(ValueError):
        SubwordFeaturizer.from_json({**featurizer_of(BPE).to_json(), **damage})


_LEARNED = {model: learned(model) for model in MODELS}
