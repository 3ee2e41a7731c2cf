"""Sentences, tokens and spans: every offset points into the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.text.sentence import Sentence, Span, Token, sentence_of_words

WORDS = st.lists(st.text(max_size=6), max_size=6)


def test_words_are_joined_by_single_spaces():
    sentence = sentence_of_words(["Angela", "Merkel", "."])
    assert sentence.text == "Angela Merkel ."
    assert sentence.tokens == (Token("Angela", 0, 6), Token("Merkel", 7, 13), Token(".", 14, 15))


def test_spaces_stand_where_they_are_said_to_stand():
    sentence = sentence_of_words(["do", "n't", "go", "."], [False, True, False, True])
    assert sentence.text == "don't go."
    assert sentence.words == ("do", "n't", "go", ".")


def test_no_space_follows_the_last_word():
    assert sentence_of_words(["a", "b"], [True, True]).text == "a b"


def test_no_words_make_an_empty_sentence():
    assert sentence_of_words([]) == Sentence("", ())


@given(WORDS, st.data())
def test_each_token_is_its_stretch_of_the_text(words, data):
    spaces = data.draw(st.none() | st.lists(st.booleans(), min_size=len(words), max_size=len(words)))
    sentence = sentence_of_words(words, spaces)
    assert sentence.words == tuple(words)
    assert all(sentence.text[token.start_char : token.end_char] == token.text for token in sentence.tokens)
    assert len(sentence.text) <= sum(map(len, words)) + max(len(words) - 1, 0)


def test_a_span_has_the_text_and_the_offsets_of_its_tokens():
    sentence = sentence_of_words(["Hi", "Angela", "Merkel", "!"], [True, True, False, False])
    expected = Span(1, 3, "PER", "Angela Merkel", 3, 16, probability=0.5, task="ner")
    assert sentence.span(1, 3, "PER", task="ner", probability=0.5) == expected


def test_a_span_keeps_the_white_space_of_the_original_text():
    sentence = Sentence("New \t York", (Token("New", 0, 3), Token("York", 6, 10)))
    assert sentence.span(0, 2, "LOC").text == "New \t York"


def test_offsets_count_code_points_also_beyond_the_basic_plane():
    sentence = sentence_of_words(["👍🏽", "Zoë", "𝔸"])
    assert [(token.start_char, token.end_char) for token in sentence.tokens] == [(0, 2), (3, 6), (7, 8)]
    assert sentence.span(1, 3, "X").text == "Zoë 𝔸"


def test_a_sentence_can_not_be_changed():
    with pytest.raises(AttributeError):
        sentence_of_words(["a"]).text = "b"


def test_a_sentence_that_was_not_tagged_has_no_tags_spans_or_probabilities():
    sentence = sentence_of_words(["a"])
    assert (dict(sentence.tags), sentence.spans, dict(sentence.probabilities)) == ({}, (), {})
