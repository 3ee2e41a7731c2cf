"""Which scheme a corpus is in: told from which tags stand beside each other, with evidence word for word; else refused."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.text.detect import Detection, count_pairs, detect, writes_spans
from tagger.text.schemes import SCHEMES, LabelledRange

SCHEME_ROWS = pytest.mark.parametrize("scheme", list(SCHEMES.values()), ids=lambda scheme: scheme.name)

# Of one token and of several, alone and beside one of the same label.
VARIETY = [
    ([LabelledRange(0, 1, "A"), LabelledRange(1, 4, "A"), LabelledRange(4, 6, "A"), LabelledRange(7, 9, "B")], 10),
    ([LabelledRange(1, 2, "B"), LabelledRange(2, 3, "A")], 3),
]


def found(text, times=1):
    """What is detected in sentences that stand apart by `/`."""
    return detect(count_pairs([sentence.split() for sentence in text.split("/")] * times))


@st.composite
def sentences(draw):
    """Spans laid on so many tokens, sentence by sentence."""
    made = []
    for laid in draw(
        st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.sampled_from("ABC")), max_size=4), max_size=6)
    ):
        spans, position = [], 0
        for gap, size, label in laid:
            spans.append(LabelledRange(position + gap, position + gap + size, label))
            position += gap + size
        made.append((spans, position + 1))
    return made


@SCHEME_ROWS
@given(laid=sentences())
def test_a_varied_corpus_is_detected_as_what_it_is_written_in(scheme, laid):
    result = detect(count_pairs(scheme.write(spans, length) for spans, length in VARIETY + laid))
    assert isinstance(result, Detection)
    assert (result.scheme, result.num_faults) == (scheme, 0)


@SCHEME_ROWS
@settings(max_examples=150)
@given(laid=sentences())
def test_what_is_detected_in_any_legal_corpus_reads_the_same_spans(scheme, laid):
    result = detect(count_pairs(scheme.write(spans, length) for spans, length in laid))
    assert isinstance(result, Detection)
    assert result.num_faults == 0
    for spans, length in laid:
        assert result.scheme.spans(scheme.write(spans, length)) == spans


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("I-A I-A B-A O I-B/I-B", "IOB1: 3 spans begin with I-, 1 with B- and only right after a span of the same label"),
        ("I-A I-A O I-B", "IOB1: 2 spans begin with I-, none with B-"),
        ("B-A I-A B-A O B-B", "IOB2: all 3 spans begin with B-"),
        ("I-A E-A I-A O I-B", "IOE1: 2 spans end with I-, 1 with E- and only right before a span of the same label"),
        ("I-A E-A E-A O E-B", "IOE2: all 3 spans end with E-"),
        ("B-A I-A E-A S-A O S-B", "IOBES: 1 spans of several tokens run from B- to E-, 2 of one token are S-"),
        ("B-A M-A E-A S-A O S-B", "BMES: 1 spans of several tokens run from B- to E-, 2 of one token are S-"),
        ("B-A M-A E-A W-A O W-B", "BMEOW: 1 spans of several tokens run from B- to E-, 2 of one token are W-"),
        ("B-A I-A L-A U-A O U-B", "BILOU: 1 spans of several tokens run from B- to L-, 2 of one token are U-"),
        ("S-A", "IOBES: 0 spans of several tokens run from B- to E-, 1 of one token are S-"),
        ("O O/O", "IOB2: no span anywhere, so that any scheme would do"),
        ("", "IOB2: no span anywhere, so that any scheme would do"),
    ],
)
def test_the_evidence_is_told_word_for_word(text, evidence):
    assert found(text).evidence == evidence


def test_large_numbers_have_commas():
    assert found("B-A", 12_345).evidence == "IOB2: all 12,345 spans begin with B-"


@pytest.mark.parametrize(
    ("text", "broken", "scheme", "evidence"),
    [
        ("B-A I-A B-A O", "O I-A", "iob2", "IOB2: 400 of 401 spans begin with B-; 1 pair of tags breaks it"),
        ("B-A I-A B-A O", "O I-A/I-B/O I-A", "iob2", "IOB2: 400 of 403 spans begin with B-; 3 pairs of tags break it"),
        ("I-A E-A E-A O", "I-A O", "ioe2", "IOE2: 400 of 401 spans end with E-; 1 pair of tags breaks it"),
        (
            "B-A I-A E-A S-A",
            "O E-A",
            "iobes",
            "IOBES: 201 spans of several tokens run from B- to E-, 200 of one token are S-; 1 pair of tags breaks it",
        ),
    ],
)
def test_a_few_faults_do_not_hide_the_scheme_and_are_counted(text, broken, scheme, evidence):
    pairs = count_pairs([tags.split() for tags in [text] * 200 + broken.split("/")])
    result = detect(pairs)
    assert result == (SCHEMES[scheme], evidence, broken.count("/") + 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "O I-A I-A/O B-A I-A",
            "no scheme fits for certain (pairs of tags that break it: IOB2 1, IOB1 1, IOE1 2, IOBES 3; of 6)",
        ),
        (
            "S-A/U-A",
            "no scheme fits for certain (pairs of tags that break it: IOBES 2, BILOU 2, BMES 2, IOB2 4; of 4)",
        ),
    ],
)
def test_a_mixture_is_refused_with_what_breaks_the_likeliest_schemes(text, message):
    assert found(text) == message
    assert isinstance(found(text, 100), str)


def test_one_scheme_mixed_into_another_is_refused_however_little_of_it_there_is():
    legal = [["B-A", "I-A", "O"]] * 100
    assert isinstance(detect(count_pairs(legal + [["O", "I-A", "I-A", "O"]] * 20)), str)
    assert isinstance(detect(count_pairs([*legal, ["O", "I-A", "I-A", "O"]])), Detection)


@pytest.mark.parametrize(("broken", "certain"), [(1, True), (3, False)])
def test_more_faults_than_two_in_a_hundred_are_refused_however_far_off_the_others_are(broken, certain):
    result = found("/".join(["B-A I-A E-A O"] * 20 + ["O E-A"] * broken))
    assert isinstance(result, Detection) is certain


@pytest.mark.parametrize("tag", ["NN", "X-A", "B-", "-A", "b-A", "_"])
def test_what_is_no_tag_of_any_scheme_is_told(tag):
    assert found(f"O {tag} B-A", 50) == f"'{tag}' is no tag of a span in any scheme"


def test_pairs_are_counted_from_the_start_to_the_end_of_each_sentence():
    assert count_pairs([["O", "B-A"], ["O", "B-A"], [], ["O"]]) == {
        (None, "O"): 3,
        ("O", "B-A"): 2,
        ("B-A", None): 2,
        ("O", None): 1,
    }


def test_pairs_with_a_tag_that_is_not_known_are_left_out():
    assert count_pairs([[None, "B-A", "I-A", None, "O"], [None]]) == {("B-A", "I-A"): 1, ("O", None): 1}


def test_counts_can_be_added_to():
    counts = Counter({("O", "O"): 1})
    assert count_pairs([["O", "O"]], counts) is counts
    assert counts == {(None, "O"): 1, ("O", "O"): 2, ("O", None): 1}


def test_known_tags_between_unknown_ones_are_enough_where_they_tell():
    assert detect(count_pairs([[None, "B-A", "I-A", None], [None, "S-A", None, "E-A", "O"]])).scheme.name == "iobes"
    assert detect(count_pairs([[None, None]])).evidence == "IOB2: no span anywhere, so that any scheme would do"


@pytest.mark.parametrize(
    ("tags", "answer"),
    [("B-A O I-A", True), ("W-A", True), ("O O", False), ("", False), ("B-A NN", False), ("B- O", False), ("NN", False)],
)
def test_tags_that_look_like_spans_are_told_from_plain_ones(tags, answer):
    assert writes_spans(tags.split()) is answer


@pytest.mark.parametrize(
    ("scheme", "odd", "text"),
    [
        ("iob1", ["O", "B-A"], "300 spans begin with I-, 101 with B- and nearly always right after a span of the same label"),
        ("ioe1", ["E-A", "O"], "300 spans end with I-, 101 with E- and nearly always right before a span of the same label"),
    ],
)
def test_the_evidence_does_not_say_only_where_there_are_faults(scheme, odd, text):
    spans = [LabelledRange(0, 1, "A"), LabelledRange(1, 2, "A"), LabelledRange(3, 4, "A"), LabelledRange(5, 6, "A")]
    found = detect(count_pairs([SCHEMES[scheme].write(spans, 7)] * 100 + [odd]))
    assert found.num_faults == 1
    assert found.evidence == f"{scheme.upper()}: {text}; 1 pair of tags breaks it"
