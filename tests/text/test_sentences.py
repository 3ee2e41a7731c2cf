"""Raw text into sentences: nothing is lost, and the rules are those that the module states."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.text.sentences import split_sentences

MARKS = 'The end . ! ? … ... ?! Mr. U.S. e.g. J. 3.5 1. http://a.b/c?d. a@b.org " ) ” 」 。 ！ ？ ؟ । ۔ 我爱 नमस्ते مرحبا :) 👍🏽'
PIECES = st.sampled_from(MARKS.split())
SPACES = st.sampled_from([" ", "", "\n", "\r\n", "\n\n", "\r\n\r\n", "\t", "\u00a0", "\u2028", "\u2029", "\u200b", "\x1c"])
TEXTS = st.text(max_size=60) | st.lists(PIECES | SPACES | st.characters(codec="utf-8"), max_size=24).map("".join)


def sentences(text):
    return [text[start:end] for start, end in split_sentences(text)]


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_sentences_stand_in_order_and_only_white_space_stands_outside_them(text):
    position, gaps = 0, []
    for start, end in split_sentences(text):
        assert position <= start < end
        gaps.append(text[position:start])
        position = end
    assert "".join([*gaps, text[position:]]).strip() == ""


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_no_sentence_has_white_space_at_its_edges(text):
    assert all(sentence == sentence.strip() != "" for sentence in sentences(text))


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS, st.sampled_from(["\n\n", "\r\n\r\n", "\n \t\n", "\u2029"]))
def test_a_blank_line_always_ends_a_sentence(before, after, blank):
    assert sentences(before + blank + after) == sentences(before) + sentences(after)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u00a0\t\r\n \u3000\x1c"])
def test_white_space_alone_holds_no_sentence(text):
    assert split_sentences(text) == []


@pytest.mark.parametrize(
    "text",
    [
        # `|` stands where a sentence ends.
        "It rains.| We stay! Why?".replace("! ", "!| "),
        "No!| She came …| He left.",
        "One...| Two",
        "well ... maybe … so... it goes",
        "It rains. . .| Then it stops",
        "What?!!| Yes.",
        'He said "Go."| She went.',
        "He said “Go.”| She went.",
        "(He left.)| She stayed.",
        '"What?" he asked.| "Why!" she cried.',
        "Mr. Smith met Dr. Brown and Prof. Black.| They spoke.",
        "J. R. Smith met J.R.R. Tolkien.| They spoke.",
        "He lives in the U.S. Army base.| It is big.",
        "He lives in the U.S.| He likes it.",
        "Use tools, e.g. Hammers, i.e. Heavy things.| Good.",
        "Acme Inc. makes cars.| Acme Inc. Motors.",
        "He works at Acme Inc.| The firm is old.",
        "It starts at 5 p.m.| We eat.",
        "On Sept. 5 and Dec. 7 we met.| On Monday too.",
        "See No. 5 and pp. 3-5.| No.| Five.",
        "It costs 3.50 or 1,000.5 now.| 7 is more.",
        "Pi is 3.14.| E is 2.7.",
        "1. Read it.| 2. Write it.",
        "Two things: 1. Read it.| And write.",
        "In 2007.| Then 2008.",
        "See http://a.b/c?d=E.F and www.x.org.| Write to a.b@c.org!| Now.",
        "Look at it. https://a.b/c".replace("it. ", "it.| "),
        "Yahoo! is a name.| Yes.",
        "approx. five of them",
        "i like it.| but it is cold.| what?| nothing",
        "Wait for it.Then go.| See a.Bc and Node.Js".replace("it.", "it.|"),
        "I like it :) very much :)| You too?",
        "We came.| :) It was good".replace(".| :)", ". :)|"),
        "a wrapped\nline goes on.|\nAnother\r\nhere",
        "No mark\n\n|Blank line\r\n\r\n|and more",
        "No end here\nMr.\nSmith came.|\nHe sat.",
        "我爱北京。|天安门！|你好吗？|好",
        "「はい。」と言った。|「いいえ。」|彼は",
        "他说：“我来了。”|她走了。",
        "कैसे हो?| नमस्ते दुनिया।| क्या हाल है॥| ठीक",
        "مرحبا بالعالم.| كيف حالك؟| بخير",
        "یہ ہے۔| وہ ہے۔",
        "שלום עולם.| מה שלומך?| טוב",
        "Привет, мир.| Как дела?| Хорошо.",
        "Γειά σου.| Τι κάνεις;",
        "¿Qué?| ¡Hola!| «Sí.»| «No.»",
        "Բարեւ։| Այո։",
        "እንዴት ነህ።| ደህና።",
    ],
)
def test_sentences_end_where_readers_end_them(text):
    assert sentences(text.replace("|", "")) == [part.strip() for part in text.split("|")]


def test_offsets_count_code_points_of_the_whole_text():
    assert split_sentences("  👍🏽 Yes.\n\n No. ") == [(2, 9), (12, 15)]


@pytest.mark.parametrize(
    "piece",
    [
        ".",
        "A.",
        "(",
        ")",
        ". ",
        "A. ",
        '."',
        '".',
        "\n",
        "\n ",
        "a",
        "a@",
        "。",
        "」",
        "e.g. ",
        "Mr.\n",
        ":)",
        "...a",
        "?)x",
        "a.Bc",
    ],
    ids=repr,
)
def test_awkward_texts_take_time_in_line_with_their_length(piece):
    def seconds(length):
        text = piece * (length // len(piece))
        start = time.process_time()
        split_sentences(text)
        return time.process_time() - start

    short, long = (min(seconds(length) for _ in range(3)) for length in (10_000, 80_000))
    # Eight times as long: eight times as much work, and 64 times where it grows with the square.
    assert long < 30 * short + 0.05
