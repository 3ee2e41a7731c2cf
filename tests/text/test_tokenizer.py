"""Raw text into words: nothing is lost, nothing is changed, and the rules are those that the module states."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.text.tokenizer import Tokenizer

PENN = Tokenizer.penn()
WORDS = "don't Anna’s U.S. Mr. ... ?! 👍🏽 👨‍👩‍👧 🇩🇪 e\u0301 a@b.org #x 3,000.5 ' n't - שלום مرحبا، 我爱。 नमस्ते Γειά мир カナー"
PIECES = st.sampled_from([*WORDS.split(" "), " ", "\t", "\r\n", "\u00a0", "\u200f", "\ufeff", "\u200b", "\x00"])
TEXTS = st.text(max_size=40) | st.lists(PIECES | st.characters(codec="utf-8"), max_size=12).map("".join)


def words(text: str) -> list[str]:
    return list(PENN.sentence(text).words)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_each_token_is_its_stretch_of_the_text(text):
    sentence = PENN.sentence(text)
    assert sentence.text == text
    assert all(text[token.start_char : token.end_char] == token.text != "" for token in sentence.tokens)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_tokens_stand_in_order_and_only_white_space_stands_between_them(text):
    position, gaps = 0, []
    for token in PENN.sentence(text).tokens:
        assert position <= token.start_char
        gaps.append(text[position : token.start_char])
        position = token.end_char
    assert "".join([*gaps, text[position:]]).strip() == ""


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_no_token_holds_white_space_that_separates_words(text):
    assert not any(set(word) & set(" \t\r\n\u00a0\u2003\u3000\u2028\u0085") for word in words(text))


@settings(max_examples=50, deadline=None)
@given(TEXTS)
def test_the_saved_tokenizer_splits_as_the_one_that_was_saved(text):
    assert Tokenizer.from_json(PENN.to_json()).sentence(text) == PENN.sentence(text)


@pytest.mark.parametrize("text", ["", " ", "\n", "\u00a0\t\r\n \u3000"])
def test_white_space_alone_holds_no_token(text):
    sentence = PENN.sentence(text)
    assert (sentence.text, sentence.tokens) == (text, ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don't know", "I do n't know"),
        ("You can't and won't", "You ca n't and wo n't"),
        ("I don’t know", "I do n’t know"),
        ("DON'T SHOUT", "DO N'T SHOUT"),
        ("Don't, Isn't", "Do n't , Is n't"),
        ("Anna's cat, Anna’s dog, ANNA'S HAT", "Anna 's cat , Anna ’s dog , ANNA 'S HAT"),
        ("it's they'll I'd we've you're I'm", "it 's they 'll I 'd we 've you 're I 'm"),
        ("cannot gonna wanna gotta", "can not gon na wan na got ta"),
        ("cannotation", "cannotation"),
        ("the students' books", "the students ' books"),
        ("O'Neill and D’Angelo", "O'Neill and D’Angelo"),
    ],
)
def test_contractions_are_taken_apart_as_in_the_penn_treebank(text, expected):
    assert words(text) == expected.split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mr. Smith met Dr. No.", "Mr. Smith met Dr. No."),
        ("the U.S. and the U.K.", "the U.S. and the U.K."),
        ("at 5 p.m. sharp, e.g. here", "at 5 p.m. sharp , e.g. here"),
        ("He works at Acme Inc. now.", "He works at Acme Inc. now ."),
        ("I say no.", "I say no ."),
        ("The end.", "The end ."),
        ("The end.Next", "The end . Next"),
        ("J. R. R. Tolkien", "J . R . R . Tolkien"),
    ],
)
def test_abbreviations_keep_their_full_stop_and_sentences_lose_theirs(text, expected):
    assert words(text) == expected.split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see http://a.b/c?d=1, or (www.x.org).", "see http://a.b/c?d=1 , or ( www.x.org ) ."),
        ("mail a.b+c@d.co.uk!", "mail a.b+c@d.co.uk !"),
        ("#tag by @user", "#tag by @user"),
        ("$3.50 for 3,000 at 10:30", "$ 3.50 for 3,000 at 10:30"),
        ("the 1st of 1/2, 50%", "the 1st of 1/2 , 50 %"),
        ("5kg B2B x2", "5kg B2B x2"),
        ("example.com", "example.com"),
    ],
)
def test_numbers_addresses_and_tags_stay_whole(text, expected):
    assert words(text) == expected.split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('He said "no" (twice).', 'He said " no " ( twice ) .'),
        ("Wait... -- what?! No!!", "Wait ... -- what ?! No !!"),
        ("well-known", "well - known"),
        ("fine :-) or :(", "fine :-) or :("),
        ("AT&T, x=5", "AT & T , x = 5"),
    ],
)
def test_punctuation_stands_apart(text, expected):
    assert words(text) == expected.split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ok😀fine", ["ok", "😀", "fine"]),
        ("👍🏽 yes", ["👍🏽", "yes"]),
        ("a 👨‍👩‍👧 b", ["a", "👨‍👩‍👧", "b"]),
        ("🇩🇪!", ["🇩🇪", "!"]),
        ("I ❤️ it", ["I", "❤️", "it"]),
    ],
)
def test_an_emoji_of_several_code_points_is_one_token(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize("space", ["\r\n", "\n", "\t", "\u00a0", "\u2003", "\u3000", "\u2028", "\u0085", "  \r\n "])
def test_every_kind_of_white_space_separates_words(space):
    sentence = PENN.sentence(f"one{space}two")
    assert sentence.words == ("one", "two")
    assert sentence.tokens[1].start_char == 3 + len(space)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("مرحبا بالعالم، كيف حالك؟", ["مرحبا", "بالعالم", "،", "كيف", "حالك", "؟"]),
        ("שלום עולם!", ["שלום", "עולם", "!"]),
        ("我爱北京。天安门", ["我爱北京", "。", "天安门"]),
        ("नमस्ते दुनिया। क्या हाल है?", ["नमस्ते", "दुनिया", "।", "क्या", "हाल", "है", "?"]),
        ("Γειά σου, Κόσμε!", ["Γειά", "σου", ",", "Κόσμε", "!"]),
        ("Привет, мир!", ["Привет", ",", "мир", "!"]),
        ("東京へ行く。「はい」", ["東京へ行く", "。", "「", "はい", "」"]),
        ("Zoe\u0308 ate", ["Zoe\u0308", "ate"]),
    ],
    ids=["Arabic", "Hebrew", "Chinese", "Hindi", "Greek", "Russian", "Japanese", "combining"],
)
def test_words_of_other_scripts_are_not_torn(text, expected):
    assert words(text) == expected


def test_right_to_left_offsets_count_in_the_order_of_the_code_points():
    sentence = PENN.sentence("שלום עולם")
    assert [(token.start_char, token.end_char) for token in sentence.tokens] == [(0, 4), (5, 9)]


def seconds_for(text):
    start = time.process_time()
    sentence = PENN.sentence(text)
    seconds = time.process_time() - start
    assert "".join(sentence.words) == text.replace(" ", "")
    return seconds


@pytest.mark.parametrize("piece", ["a", "a.", "don't ", "中", ".", "👍🏽", "a-", "a+"], ids=repr)
def test_the_time_grows_with_the_length_of_a_text_and_not_with_its_square(piece):
    seconds = {length: min(seconds_for(piece * (length // len(piece))) for _ in range(4)) for length in (5_000, 40_000)}
    # Eight times as long: eight times as much work, and 64 times where it grows with the square.
    assert seconds[40_000] < 30 * seconds[5_000] + 0.05
