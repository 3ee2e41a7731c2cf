"""Raw text into words: nothing is lost, nothing is changed, and the rules are those that the module states."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as LibraryTokenizer
from tokenizers import pre_tokenizers
from tokenizers.models import WordLevel

from tagger.errors import TaggerError
from tagger.text.tokenizer import KINDS, Tokenizer

PTB = Tokenizer.named("ptb")
# Each of these does something of its own with white space, with bytes or with what it leaves out.
PRE_TOKENIZERS = {
    "byte level": pre_tokenizers.ByteLevel(),
    "bytes, not split": pre_tokenizers.ByteLevel(use_regex=False),
    "bytes and signs": pre_tokenizers.Sequence([pre_tokenizers.ByteLevel(), pre_tokenizers.Punctuation()]),
    "metaspace": pre_tokenizers.Metaspace(),
    "bert": pre_tokenizers.BertPreTokenizer(),
    "scripts": pre_tokenizers.UnicodeScripts(),
    "removed signs": pre_tokenizers.Punctuation("removed"),
    "digits only": pre_tokenizers.Digits(individual_digits=True),
    "nothing": pre_tokenizers.Sequence([]),
}
NAMES = [*KINDS, *PRE_TOKENIZERS]

WORDS = "don't Anna’s U.S. Mr. ... ?! 👍🏽 👨‍👩‍👧 🇩🇪 1️⃣ e\u0301 a@b.org #x 3,000.5 ' n't - שלום مرحبا، 我爱。 नमस्ते Γειά мир カナー"
SPACES = [" ", "\t", "\n", "\r\n", "\u00a0", "\u2003", "\u3000", "\u2028", "\u0085", "\x1c"]
LONE = [
    "\u200d",
    "\u200c",
    "\u200f",
    "\u2066",
    "\ufeff",
    "\u200b",
    "\u00ad",
    "\u0301",
    "\ufe0f",
    "\U0001f3fd",
    "\U0001f1e9",
    "\x00",
]
PIECES = st.sampled_from([*WORDS.split(" "), *SPACES, *LONE])
TEXTS = st.text(max_size=40) | st.lists(PIECES | st.characters(codec="utf-8"), max_size=12).map("".join)


def file_of(pre_tokenizer, folder):
    tokenizer = LibraryTokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizer
    path = folder / "tokenizer.json"
    path.write_text(tokenizer.to_str(), "utf-8")
    return str(path)


@pytest.fixture(scope="module", params=NAMES)
def tokenizer(request, tmp_path_factory):
    if request.param in KINDS:
        return Tokenizer.named(request.param)
    return Tokenizer.named(file_of(PRE_TOKENIZERS[request.param], tmp_path_factory.mktemp("tokenizer")))


def words(text: str, tokenizer: Tokenizer = PTB) -> list[str]:
    return list(tokenizer.sentence(text).words)


@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_each_token_is_its_stretch_of_the_text(tokenizer, text):
    sentence = tokenizer.sentence(text)
    assert sentence.text == text
    assert all(text[token.start_char : token.end_char] == token.text != "" for token in sentence.tokens)


@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_tokens_stand_in_order_and_only_white_space_stands_between_them(tokenizer, text):
    position, gaps = 0, []
    for token in tokenizer.sentence(text).tokens:
        assert position <= token.start_char
        gaps.append(text[position : token.start_char])
        position = token.end_char
    assert "".join([*gaps, text[position:]]).strip() == ""


@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_no_token_holds_white_space(tokenizer, text):
    assert not any(character.isspace() for word in words(text, tokenizer) for character in word)


@settings(max_examples=50, deadline=None)
@given(text=TEXTS)
def test_the_saved_tokenizer_splits_as_the_one_that_was_saved(tokenizer, text):
    # Through json, as a model folder is read.
    saved = json.dumps(json.loads(tokenizer.to_json()))
    assert Tokenizer.from_json(saved).sentence(text) == tokenizer.sentence(text)
    assert Tokenizer.from_json(saved).to_json() == tokenizer.to_json()


@pytest.mark.parametrize("text", ["", " ", "\n", "\u00a0\t\r\n \u3000"])
def test_white_space_alone_holds_no_token(tokenizer, text):
    sentence = tokenizer.sentence(text)
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
        ("gimme lemme outta", "gim me lem me out ta"),
        ("I dont, WONT, didnt", "I do nt , WO NT , did nt"),
        ("Mama`s and Papa´s", "Mama `s and Papa ´s"),
        ("o'clock, ma'am, Shi'ite's", "o'clock , ma'am , Shi'ite 's"),
        ("the 1980's", "the 1980's"),
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
        ("Mr. Smith met Dr. No.", "Mr. Smith met Dr. No ."),
        ("the U.S. and the U.K.", "the U.S. and the U.K ."),
        ("the U.S and a.k.a it", "the U.S and a.k.a it"),
        ("(and so on, etc.) ", "( and so on , etc . )"),
        ("at 5 p.m. sharp, e.g. here", "at 5 p.m. sharp , e.g. here"),
        ("He works at Acme Inc. now.", "He works at Acme Inc. now ."),
        ("on Sept. 17 in Ft. Worth", "on Sept. 17 in Ft. Worth"),
        ("No. 5 is no. It is No.", "No. 5 is no . It is No ."),
        ("I say no.", "I say no ."),
        ("The end.", "The end ."),
        ("The end.Next", "The end . Next"),
        ("J. R. R. Tolkien and I. M. Pei", "J. R. R. Tolkien and I. M. Pei"),
        ("So do I. Or not", "So do I . Or not"),
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
        ("example.com, NEWS.Com", "example.com , NEWS.Com"),
        ("call 713-853-3989 or 555-1234, 1988-89", "call 713-853-3989 or 555-1234 , 1988 - 89"),
        ("at 7:30PM, 5pm", "at 7:30 PM , 5 pm"),
        ("our #1 @2.5", "our # 1 @ 2.5"),
        ("US$5, C$3", "US$ 5 , C$ 3"),
        ("see ENRON.XLS and my-notes_2.doc.", "see ENRON.XLS and my-notes_2.doc ."),
        ("mailto:a@b.org", "mailto:a@b.org"),
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
        ("e-mail, non-human, mid-80s, Co-worker's", "e-mail , non-human , mid-80s , Co-worker 's"),
        ("<<x>> **y** ===> ``z'' $$$", "<< x >> ** y ** ===> `` z '' $$$"),
        ("so.? yes.! ….", "so .? yes .! …."),
        ("fine :-) or :(", "fine :-) or :("),
        ("AT&T, R&D, this&that, x=5", "AT&T , R&D , this & that , x = 5"),
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
        ("🇩🇪🇫🇷👍👍🏽", ["🇩🇪", "🇫🇷", "👍", "👍🏽"]),
        ("🏴\U000e0067\U000e0062\U000e007f 1️⃣ #️⃣", ["🏴\U000e0067\U000e0062\U000e007f", "1️⃣", "#️⃣"]),
    ],
)
@pytest.mark.parametrize("kind", ["ptb", "unicode"])
def test_an_emoji_of_several_code_points_is_one_token(kind, text, expected):
    assert words(text, Tokenizer.named(kind)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don't, can’t", "I don't , can’t"),
        ("'quoted' rock'n'roll", "' quoted ' rock'n'roll"),
        ("well-known U.S. a_b", "well - known U . S . a _ b"),
        ("$3,000.50 (x2)...", "$ 3,000.50 ( x2 ) . . ."),
        ("می\u200cخواهم co\u00adop", "می\u200cخواهم co\u00adop"),
        ("Zoe\u0308 नमस्ते।", "Zoe\u0308 नमस्ते ।"),
    ],
)
def test_the_unicode_kind_takes_letters_together_and_signs_apart(text, expected):
    assert words(text, Tokenizer.named("unicode")) == expected.split()


def test_the_whitespace_kind_leaves_together_what_no_white_space_separates():
    assert words("I don't,\u00a0(see U.S.)\u200b no!", Tokenizer.named("whitespace")) == [
        "I",
        "don't,",
        "(see",
        "U.S.)\u200b",
        "no!",
    ]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("byte level", " I don't  know é👍🏽", ["I", "don", "'t", "know", "é", "👍🏽"]),
        ("metaspace", "I don't  know", ["I", "don't", "know"]),
        ("nothing", " one two\r\nthree ", ["one", "two", "three"]),
        ("removed signs", "so, what?", ["so", ",", "what", "?"]),
        ("bytes and signs", "é\u200b😀", ["é", "\u200b😀"]),
    ],
)
def test_the_pre_tokenizer_of_a_file_gives_words_without_white_space(name, text, expected, tmp_path):
    assert words(text, Tokenizer.named(file_of(PRE_TOKENIZERS[name], tmp_path))) == expected


FIX = "\n  Give one of ptb, unicode, whitespace, or the path of a tokenizer.json of the tokenizers library."
SHELL = '{"model": {}, "pre_tokenizer": '


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"no JSON", "no tokenizer.json: this is no JSON"),
        (b"\xff\xfe", "no tokenizer.json: this is no JSON"),
        (b"[" * 200_000, "no tokenizer.json: this is no JSON"),
        (b"[]", "no tokenizer.json: it has no 'model' or no 'pre_tokenizer'"),
        (b'{"name": "x"}', "no tokenizer.json: it has no 'model' or no 'pre_tokenizer'"),
        (SHELL.encode() + b"null}", "this tokenizer.json has no pre-tokenizer, so it says nothing about words"),
    ],
    ids=["no JSON", "no text", "deep", "a list", "other JSON", "no pre-tokenizer"],
)
def test_a_file_that_holds_no_pre_tokenizer_is_told(content, problem, tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_bytes(content)
    with pytest.raises(TaggerError) as caught:
        Tokenizer.named(str(path))
    assert str(caught.value) == f"{path}: {problem}{FIX}"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"type": "Nope"}', "it knows no such kind"),
        ("3", "it knows no such kind"),
        ("{}", "it knows no such kind"),
        ('{"type": "Sequence", "pretokenizers": [{"type": "Whitespace"}, {"type": "Nope"}]}', "it knows no such kind"),
        ('{"type": "Sequence", "pretokenizers": 3}', "invalid type: integer `3`, expected a sequence"),
        ('{"type": "Split"}', "missing field `pattern`"),
        (
            '{"type": "Split", "pattern": {"Regex": "("}, "behavior": "Removed", "invert": true}',
            "Oniguruma error: end pattern with unmatched parenthesis",
        ),
    ],
)
def test_a_pre_tokenizer_that_tokenizers_can_not_read_is_told(content, reason, tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text(SHELL + content + "}", "utf-8")
    with pytest.raises(TaggerError) as caught:
        Tokenizer.named(str(path))
    assert str(caught.value) == f"{path}: tokenizers can't read the pre-tokenizer {content} ({reason}){FIX}"


def test_a_long_pre_tokenizer_that_can_not_be_read_is_told_by_its_beginning(tmp_path):
    content = '{"type": "Sequence", "pretokenizers": [' + ", ".join(['{"type": "Whitespace"}'] * 50) + ', {"type": "Nope"}]}'
    path = tmp_path / "tokenizer.json"
    path.write_text(SHELL + content + "}", "utf-8")
    with pytest.raises(TaggerError) as caught:
        Tokenizer.named(str(path))
    assert caught.value.problem == f"tokenizers can't read the pre-tokenizer {content[:100]}... (it knows no such kind)"


def test_what_is_no_saved_tokenizer_is_a_value_error():
    with pytest.raises(ValueError, match=r"^Model missing\.$"):
        Tokenizer.from_json('{"version": "1.0"}')


def test_a_name_that_is_neither_a_kind_nor_a_file_is_told_with_all_kinds():
    with pytest.raises(TaggerError) as caught:
        Tokenizer.named("pbt")
    assert str(caught.value) == f"pbt: neither a kind of tokenizer nor a file{FIX}"


def test_a_folder_in_place_of_a_file_is_told(tmp_path):
    with pytest.raises(TaggerError) as caught:
        Tokenizer.named(str(tmp_path))
    assert str(caught.value) == f"{tmp_path}: can't be read (Is a directory){FIX}"


@pytest.mark.parametrize("space", ["\r\n", "\n", "\t", "\u00a0", "\u2003", "\u3000", "\u2028", "\u0085", "  \r\n "])
def test_every_kind_of_white_space_separates_words(space):
    sentence = PTB.sentence(f"one{space}two")
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
        ("می\u200cخواهم", ["می\u200cخواهم"]),
    ],
    ids=["Arabic", "Hebrew", "Chinese", "Hindi", "Greek", "Russian", "Japanese", "combining", "Persian"],
)
def test_words_of_other_scripts_are_not_torn(text, expected):
    assert words(text) == expected


def test_right_to_left_offsets_count_in_the_order_of_the_code_points():
    sentence = PTB.sentence("שלום עולם")
    assert [(token.start_char, token.end_char) for token in sentence.tokens] == [(0, 4), (5, 9)]


def seconds_for(text, tokenizer):
    start = time.process_time()
    sentence = tokenizer.sentence(text)
    seconds = time.process_time() - start
    assert "".join(sentence.words) == text.replace(" ", "")
    return seconds


@pytest.mark.parametrize(
    "piece", ["a", "a.", "don't ", "中", ".", "👍🏽", "a-", "a+", "1-", "1.", "re-", "U.S.", "e\u0301", "'a", "_"], ids=repr
)
@pytest.mark.parametrize("kind", KINDS)
def test_the_time_grows_with_the_length_of_a_text_and_not_with_its_square(kind, piece):
    tokenizer = Tokenizer.named(kind)
    seconds = {length: min(seconds_for(piece * (length // len(piece)), tokenizer) for _ in range(4)) for length in (5_000, 40_000)}
    # Eight times as long: eight times as much work, and 64 times where it grows with the square.
    assert seconds[40_000] < 30 * seconds[5_000] + 0.05
