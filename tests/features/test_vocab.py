from hypothesis import given
from hypothesis import strategies as st

from tagger.features.vocab import PADDING, UNKNOWN, Vocab

words = st.lists(st.text(max_size=4))


def test_ids_begin_after_padding_and_unknown():
    vocab = Vocab(["b", "a"])
    assert vocab.ids(["b", "a"]) == [2, 3]
    assert vocab.strings == (PADDING, UNKNOWN, "b", "a")
    assert len(vocab) == 4


def test_a_string_that_is_not_there_is_unknown():
    vocab = Vocab(["a"])
    assert vocab["A"] == vocab.unknown_id == 1
    assert vocab.ids(["", "a"]) == [1, 2]
    assert "A" not in vocab


def test_a_repeated_string_keeps_its_first_id():
    assert Vocab(["a", "b", "a"]).ids(["a", "b"]) == [2, 3]


@given(words)
def test_every_string_finds_its_way_back(strings):
    vocab = Vocab(strings)
    assert [vocab.strings[vocab[string]] for string in strings] == strings
    assert all(string in vocab for string in strings)
    assert len(vocab) == len(set(strings)) + 2


@given(words)
def test_json_keeps_every_id(strings):
    vocab = Vocab(strings)
    again = Vocab.from_json(vocab.to_json())
    assert again.strings == vocab.strings
    assert again.ids(strings) == vocab.ids(strings)


def test_a_word_that_looks_like_padding_never_gets_the_id_of_padding():
    vocab = Vocab([PADDING, "a", UNKNOWN])
    assert vocab[PADDING] > 1
    assert vocab[UNKNOWN] > 1
    assert Vocab(["a"])[PADDING] == 1
    assert Vocab.from_json(vocab.to_json()).ids([PADDING, "a", UNKNOWN]) == vocab.ids([PADDING, "a", UNKNOWN])
