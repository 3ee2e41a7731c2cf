import numpy as np
import pytest
from tiny_transformer import TEXT, bytes_of_words, word_pieces

from tagger.features.pretrained import with_spaces
from tagger.features.transformer import TransformerFeaturizer

WORDS = [*dict.fromkeys(word for line in TEXT for word in line.split()), "Übermut", "x" * 500, "New-York", "don't", "北京"]


def featurizer(tokenizer=None, **options):
    text = (tokenizer or word_pieces()).to_str()
    return TransformerFeaturizer(text, {}, **{"unknown_id": 1, "padding_id": 0, "window": 20, "overlap": 5, **options})


def split(made, words):
    """The subwords of each word."""
    found = made.subwords(words)
    return [found.ids[first:last].tolist() for first, last in zip(found.offsets[:-1], found.offsets[1:], strict=True)]


@pytest.mark.parametrize("tokenizer", [word_pieces, bytes_of_words])
def test_a_sentence_has_the_subwords_that_its_tokenizer_gives_its_words_together(tokenizer):
    theirs = tokenizer()
    theirs.no_truncation()
    theirs.no_padding()
    expected = theirs.encode(WORDS, is_pretokenized=True, add_special_tokens=False)
    found = split(featurizer(tokenizer()), WORDS)
    assert [index for ids in found for index in ids] == expected.ids
    assert [index for index, ids in enumerate(found) for _ in ids] == expected.word_ids


def test_it_asks_for_few_words_at_a_time_and_gets_the_same(monkeypatch):
    before = split(featurizer(), WORDS)
    monkeypatch.setattr("tagger.features.transformer._WORDS_AT_ONCE", 2)
    assert split(featurizer(), WORDS) == before


def test_a_word_of_which_the_tokenizer_leaves_nothing_is_unknown():
    words = ["", "the", "\u0000", "\u200d", "cat", ""]
    found = split(featurizer(), words)
    assert [found[place] for place in (0, 2, 3, 5)] == [[1]] * 4
    assert [found[1], found[4]] == split(featurizer(), ["the", "cat"])


@pytest.mark.parametrize("tokenizer", [word_pieces, bytes_of_words])
def test_half_a_surrogate_pair_is_read_as_the_sign_for_what_is_no_character(tokenizer):
    made = featurizer(tokenizer())
    assert split(made, ["a\ud800b", "\udfff", "cat"]) == split(made, ["a\ufffdb", "\ufffd", "cat"])


def test_a_word_that_looks_like_a_special_token_is_a_word():
    (found,) = split(featurizer(), ["[SEP]"])
    assert 3 not in found


def test_windows_begin_and_end_as_the_tokenizer_says():
    shape = featurizer().shape
    assert (shape.before, shape.after, shape.room) == ((2,), (3,), 18)
    plain = word_pieces()
    plain.post_processor = None
    shape = featurizer(plain).shape
    assert (shape.before, shape.after, shape.room) == ((), (), 20)


def test_words_of_a_tokenizer_of_bytes_stand_behind_a_space():
    import json

    spaced = featurizer(bytes_of_words().from_str(json.dumps(with_spaces(json.loads(bytes_of_words().to_str())))))
    plain = bytes_of_words()
    assert split(spaced, ["cat"]) == [plain.encode(" cat", add_special_tokens=False).ids]
    assert split(spaced, ["cat"]) != [plain.encode("cat", add_special_tokens=False).ids]


def test_the_sentences_of_a_batch_are_put_together_from_their_words():
    made = featurizer()
    words = ["the", "cat", "Merkel"]
    the, cat, merkel = split(made, words)
    found = made.subwords(words).of(np.arange(4), np.array([2, 0, 1, 2]), np.array([1, 3]))
    assert found.ids[0, : found.lengths[0]].tolist() == [2, *merkel, 3]
    assert found.ids[1, : found.lengths[1]].tolist() == [2, *the, *cat, *merkel, 3]


def test_what_it_saves_makes_the_same():
    made = featurizer()
    again = TransformerFeaturizer.from_json(made.to_json())
    assert split(again, WORDS) == split(made, WORDS)
    assert (again.shape, again.to_json()) == (made.shape, made.to_json())
