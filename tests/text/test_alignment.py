"""Spans of characters as spans of tokens, and what becomes of those that are not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.text.alignment import CharSpan, OverlapError, SpanError, align, quoted
from tagger.text.offsets import code_points
from tagger.text.schemes import LabelledRange
from tagger.text.sentence import Sentence, Token

TEXT = "Angela Merkel rests."


def cut(text, pattern=r"\w+|[^\w\s]"):
    """A text with its words and signs as tokens."""
    return Sentence(text, tuple(Token(match.group(), *match.span()) for match in re.finditer(pattern, text)))


def aligned(policy, *spans, sentence=None):
    return align(sentence or cut(TEXT), [CharSpan(*span) for span in spans], policy)


@pytest.mark.parametrize("policy", ["error", "snap", "split", "drop"])
def test_spans_on_token_boundaries_are_token_ranges_in_order_under_every_policy(policy):
    made = aligned(policy, (14, 20, "X"), (0, 13, "PER"))
    assert made.spans == (LabelledRange(0, 2, "PER"), LabelledRange(2, 4, "X"))
    assert made.sentence == cut(TEXT)
    assert made.misaligned == made.repeated == ()


@pytest.mark.parametrize(
    ("span", "problem"),
    [
        ((8, 12), "span 'erke' (8-12, PER) is within token 'Merkel' (7-13)"),
        ((7, 12), "span 'Merke' (7-12, PER) is within token 'Merkel' (7-13)"),
        ((3, 10), "span 'ela Mer' (3-10, PER) cuts tokens 'Angela' (0-6) and 'Merkel' (7-13)"),
        ((3, 13), "span 'ela Merkel' (3-13, PER) cuts token 'Angela' (0-6)"),
        ((0, 16), "span 'Angela Merkel re' (0-16, PER) cuts token 'rests' (14-19)"),
        ((6, 13), "span ' Merkel' (6-13, PER) has white space at its edges; it touches token 'Merkel' (7-13)"),
        (
            (0, 14),
            "span 'Angela Merkel ' (0-14, PER) has white space at its edges; it touches tokens 'Angela' (0-6) and 'Merkel' (7-13)",
        ),
        ((6, 7), "span ' ' (6-7, PER) touches no token; beside it: 'Angela' (0-6) and 'Merkel' (7-13)"),
    ],
)
def test_a_span_off_the_boundaries_is_told_with_the_nearest_tokens(span, problem):
    (misaligned,) = aligned("error", (*span, "PER")).misaligned
    assert misaligned.problem == problem
    assert misaligned.text == TEXT[slice(*span)]
    assert (misaligned.action, misaligned.became) == ("", None)


def test_a_span_over_text_that_is_no_token_is_told():
    sentence = cut("a ## b", r"\w")
    (alone,) = aligned("snap", (2, 4, "X"), sentence=sentence).misaligned
    assert alone.problem == "span '##' (2-4, X) touches no token; beside it: 'a' (0-1) and 'b' (5-6)"
    assert alone.action == "dropped"
    (beyond,) = aligned("error", (0, 4, "X"), sentence=sentence).misaligned
    assert beyond.problem == "span 'a ##' (0-4, X) goes beyond its tokens; it touches token 'a' (0-1)"


def test_every_misaligned_span_is_listed_and_not_only_the_first():
    made = aligned("error", (1, 6, "A"), (7, 12, "B"), (14, 19, "C"), (19, 20, "D"))
    assert [one.span.label for one in made.misaligned] == ["A", "B"]
    assert made.spans == (LabelledRange(2, 3, "C"), LabelledRange(3, 4, "D"))


def test_snap_widens_a_span_to_the_tokens_that_it_touches():
    made = aligned("snap", (3, 10, "PER"), (13, 15, "X"))
    assert made.spans == (LabelledRange(0, 2, "PER"), LabelledRange(2, 3, "X"))
    assert [(one.action, one.became) for one in made.misaligned] == [
        ("snapped", CharSpan(0, 13, "PER")),
        ("snapped", CharSpan(14, 19, "X")),
    ]


def test_snap_drops_a_span_of_white_space():
    made = aligned("snap", (6, 7, "PER"))
    assert (made.spans, made.misaligned[0].action) == ((), "dropped")


def test_split_splits_the_tokens_that_a_span_cuts():
    made = aligned("split", (3, 10, "PER"))
    assert made.sentence.words == ("Ang", "ela", "Mer", "kel", "rests", ".")
    assert made.sentence.tokens[1:3] == (Token("ela", 3, 6), Token("Mer", 7, 10))
    assert made.spans == (LabelledRange(1, 3, "PER"),)
    assert made.misaligned[0].action == "split"


def test_split_leaves_white_space_within_a_token_to_no_token():
    made = aligned("split", (4, 8, "X"), sentence=Sentence("New York", (Token("New York", 0, 8),)))
    assert made.sentence.tokens == (Token("New", 0, 3), Token("York", 4, 8))


def test_drop_leaves_a_span_away_and_says_so():
    made = aligned("drop", (8, 12, "PER"), (14, 19, "X"))
    assert made.spans == (LabelledRange(2, 3, "X"),)
    assert made.misaligned[0].action == "dropped"


@pytest.mark.parametrize(
    ("spans", "problem"),
    [
        ([(5, 21, "X")], "span (5-21, X) is beyond the text, which has 20 characters"),
        ([(-1, 2, "X")], "span (-1-2, X) is beyond the text, which has 20 characters"),
        ([(3, 3, "X")], "span (3-3, X) is empty: it must end behind its start"),
        ([(5, 2, "X")], "span (5-2, X) is empty: it must end behind its start"),
        ([(0, 13, "PER"), (7, 13, "LOC")], "spans overlap: 'Angela Merkel' (0-13, PER) and 'Merkel' (7-13, LOC)"),
        ([(0, 10, "PER"), (7, 13, "PER")], "spans overlap: 'Angela Mer' (0-10, PER) and 'Merkel' (7-13, PER)"),
        ([(0, 8, "PER"), (7, 13, "PER")], "spans overlap: 'Angela M' (0-8, PER) and 'Merkel' (7-13, PER)"),
        ([(0, 13, "A"), (6, 7, "B"), (7, 13, "C")], "spans overlap: 'Angela Merkel' (0-13, A) and 'Merkel' (7-13, C)"),
        ([(0, 6, "PER"), (0, 6, "LOC")], "spans overlap: 'Angela' (0-6, LOC) and 'Angela' (0-6, PER)"),
        ([(0, 20, "A"), (0, 6, "B"), (14, 19, "C")], "spans overlap: 'Angela' (0-6, B) and 'Angela Merkel rests.' (0-20, A)"),
    ],
)
@pytest.mark.parametrize("policy", ["error", "snap", "split", "drop"])
def test_spans_that_no_policy_mends_are_refused(spans, problem, policy):
    with pytest.raises(SpanError) as caught:
        aligned(policy, *spans)
    assert str(caught.value) == problem
    assert isinstance(caught.value, OverlapError) == problem.startswith("spans overlap")


def test_spans_that_snapping_makes_overlap_are_refused():
    with pytest.raises(OverlapError) as caught:
        aligned("snap", (0, 3, "A"), (3, 6, "B"))
    problem = "spans overlap once they are snapped: 'Ang' (0-3, A) and 'ela' (3-6, B) both touch token 'Angela' (0-6)"
    assert str(caught.value) == problem


def test_a_span_that_stands_twice_counts_once_and_is_listed():
    made = aligned("error", (0, 6, "PER"), (0, 7, "PER"), (0, 6, "PER"))
    assert made.spans == (LabelledRange(0, 1, "PER"),)
    assert made.repeated == (CharSpan(0, 6, "PER"), CharSpan(0, 7, "PER"))
    assert made.misaligned == ()


def test_spans_that_share_white_space_only_do_not_overlap():
    assert aligned("snap", (0, 7, "A"), (6, 13, "B")).spans == (LabelledRange(0, 1, "A"), LabelledRange(1, 2, "B"))


def test_a_long_text_is_shown_cut_and_in_one_line():
    assert quoted("a\nb\r") == "'a\\nb\\r'"
    assert quoted("x" * 61) == f"'{'x' * 40}...{'x' * 15}'"


@st.composite
def cases(draw):
    """A text, its tokens, and spans that share no character."""
    text = draw(st.text("ab.\u00e9\U0001f600 \n", min_size=1, max_size=30))
    edges = sorted(draw(st.sets(st.integers(0, len(text)), max_size=10)))
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    return cut(text, r"\w+|[^\w\s]"), [CharSpan(start, end, draw(st.sampled_from("XY"))) for start, end in pairs]


def chars(made):
    """The spans' texts, by their tokens."""
    tokens = made.sentence.tokens
    return [made.sentence.text[tokens[start].start_char : tokens[end - 1].end_char] for start, end, _ in made.spans]


@given(cases())
def test_split_gives_each_span_exactly_its_text_without_white_space_at_the_edges(case):
    sentence, spans = case
    made = align(sentence, spans, "split")
    assert chars(made) == [text for span in spans if (text := sentence.text[span.start : span.end].strip())]
    assert "".join(made.sentence.words) == "".join(sentence.words)
    assert all(sentence.text[token.start_char : token.end_char] == token.text for token in made.sentence.tokens)


@given(cases())
def test_error_and_drop_keep_exactly_the_spans_on_the_boundaries_and_the_tokens(case):
    sentence, spans = case
    starts, ends = {token.start_char for token in sentence.tokens}, {token.end_char for token in sentence.tokens}
    on = [span for span in spans if span.start in starts and span.end in ends]
    for policy in ("error", "drop"):
        made = align(sentence, spans, policy)
        assert made.sentence == sentence
        assert chars(made) == [sentence.text[span.start : span.end] for span in on]
        assert sorted([*on, *(one.span for one in made.misaligned)]) == spans


@given(cases())
def test_snap_keeps_the_tokens_and_covers_every_character_of_a_span_that_is_no_white_space(case):
    sentence, spans = case
    try:
        made = align(sentence, spans, "snap")
    except SpanError:
        return
    assert made.sentence == sentence
    covered = {place for start, end, _ in made.spans for token in sentence.tokens[start:end] for place in range(*token[1:])}
    wanted = {place for span in spans for place in range(span.start, span.end) if not sentence.text[place].isspace()}
    assert wanted <= covered


EMOJI = "\U0001f600 Anna rests"


@pytest.mark.parametrize(
    ("spans", "pieces", "certain", "expected"),
    [
        ([(2, 6)], ["Anna"], False, ([(2, 6)], False)),
        ([(3, 7)], ["Anna"], True, ([(2, 6)], True)),
        ([(3, 7), (8, 13)], ["Anna", "rests"], True, ([(2, 6), (7, 12)], True)),
        ([(0, 2)], ["\U0001f600"], True, ([(0, 1)], True)),
        ([(2, 6)], [None], True, ([(2, 6)], False)),
        ([(3, 7)], [None], True, ([(3, 7)], False)),
        ([(2, 6)], [None], False, ([(2, 6)], False)),
        ([(3, 7)], [None], False, ([(2, 6)], True)),
        ([(8, 13)], [None], False, ([(7, 12)], True)),
        ([(1, 6)], [None], False, ([(1, 6)], False)),
        ([(10, 13)], [None], False, ([(9, 12)], True)),
    ],
)
def test_offsets_count_as_the_texts_or_the_edges_of_words_say(spans, pieces, certain, expected):
    found, converted = code_points(EMOJI, [CharSpan(*span, "X") for span in spans], pieces, certain=certain)
    assert ([span[:2] for span in found], converted) == expected


def test_offsets_that_cut_a_word_are_those_of_the_other_way_of_counting():
    assert code_points("\U0001f600 Anna,", [CharSpan(3, 7, "X")], [None], certain=False) == ([CharSpan(2, 6, "X")], True)


def test_a_text_without_characters_of_two_code_units_needs_no_evidence():
    assert code_points("\u00e4b", [CharSpan(0, 1, "X")], [None], certain=False) == ([CharSpan(0, 1, "X")], False)


@pytest.mark.parametrize("piece", ["a\\nb", "ab", "a\r\nb", "a\nb"])
def test_line_ends_in_the_text_of_a_span_may_be_written_in_other_ways(piece):
    assert code_points("a\nb", [CharSpan(0, 3, "X")], [piece], certain=False)[1] is False


@pytest.mark.parametrize(
    ("span", "piece", "problem"),
    [
        ((4, 8), "Anna", "span (4-8, X) should be 'Anna' and is 'na r'"),
        ((4, 80), "Anna", "span (4-80, X) should be 'Anna' and is not in the text"),
        (
            (4, 6),
            None,
            "it can't be told how the offsets count: span (4-6, X) is 'na' in characters and 'nn' in UTF-16 code units",
        ),
    ],
)
def test_offsets_that_count_nothing_certain_are_refused(span, piece, problem):
    with pytest.raises(SpanError) as caught:
        code_points(EMOJI, [CharSpan(*span, "X")], [piece], certain=False)
    assert str(caught.value) == problem
