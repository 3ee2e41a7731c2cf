"""Broken tag sequences: each policy against a definition that stands here by itself."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.scheme import IOB2 as SEQEVAL_IOB2
from seqeval.scheme import IOBES as SEQEVAL_IOBES
from seqeval.scheme import Entities

from tagger.text.repair import conlleval_spans, repair, unreadable
from tagger.text.schemes import SCHEMES, LabelledRange

POLICIES = ("conlleval", "strict-drop", "promote")
SCHEME_ROWS = pytest.mark.parametrize("scheme", list(SCHEMES.values()), ids=lambda scheme: scheme.name)


def read(tags, scheme, policy):
    """The spans as text: `0-2 A`."""
    spans = repair(tags.split(), SCHEMES[scheme], policy).spans
    return ", ".join(f"{span.start}-{span.end} {span.label}" for span in spans)


@pytest.mark.parametrize(
    ("scheme", "tags", "conlleval", "promote", "strict_drop"),
    [
        ("iob2", "I-A", "0-1 A", "0-1 A", ""),
        ("iob2", "O I-A I-A", "1-3 A", "1-3 A", ""),
        ("iob2", "B-A I-B", "0-1 A, 1-2 B", "0-1 A, 1-2 B", "0-1 A"),
        ("iob2", "I-A B-A I-A", "0-1 A, 1-3 A", "0-1 A, 1-3 A", "1-3 A"),
        ("iob2", "B-A I-B I-B O B-A", "0-1 A, 1-3 B, 4-5 A", "0-1 A, 1-3 B, 4-5 A", "0-1 A, 4-5 A"),
        ("iob1", "B-A", "0-1 A", "0-1 A", ""),
        ("iob1", "O B-A I-A", "1-3 A", "1-3 A", ""),
        ("iob1", "I-A B-B I-A", "0-1 A, 1-2 B, 2-3 A", "0-1 A, 1-2 B, 2-3 A", "0-1 A, 2-3 A"),
        ("iob1", "I-A B-A B-B", "0-1 A, 1-2 A, 2-3 B", "0-1 A, 1-2 A, 2-3 B", "0-1 A, 1-2 A"),
        ("ioe2", "I-A", "0-1 A", "0-1 A", ""),
        ("ioe2", "I-A O E-A", "0-1 A, 2-3 A", "0-1 A, 2-3 A", "2-3 A"),
        ("ioe1", "E-A", "0-1 A", "0-1 A", ""),
        ("iobes", "B-A", "0-1 A", "0-1 A", ""),
        ("iobes", "B-A I-A", "0-2 A", "0-2 A", ""),
        ("iobes", "B-A B-A E-A", "0-1 A, 1-3 A", "0-1 A, 1-3 A", "1-3 A"),
        ("iobes", "B-A S-A", "0-1 A, 1-2 A", "0-1 A, 1-2 A", "1-2 A"),
        ("iobes", "E-A S-B I-B", "0-1 A, 1-2 B, 2-3 B", "0-1 A, 1-2 B, 2-3 B", "1-2 B"),
        ("bilou", "B-A L-A I-A", "0-2 A, 2-3 A", "0-2 A, 2-3 A", "0-2 A"),
        ("bmeow", "M-A E-A W-A", "0-2 A, 2-3 A", "0-2 A, 2-3 A", "2-3 A"),
    ],
)
def test_each_policy_reads_broken_tags_as_its_row_says(scheme, tags, conlleval, promote, strict_drop):
    assert [read(tags, scheme, policy) for policy in ("conlleval", "promote", "strict-drop")] == [conlleval, promote, strict_drop]


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("B-A E-A S-A", "0-2 A, 2-3 A"),
        ("B-A M-A L-A", "0-3 A"),
        ("U-A W-A I-A", "0-1 A, 1-2 A, 2-3 A"),
        ("E-A I-B", "0-1 A, 1-2 B"),
    ],
)
def test_conlleval_reads_the_letters_of_all_schemes_among_each_other(tags, spans):
    assert read(f"{tags} O I-X", "iob2", "conlleval") == f"{spans}, {len(tags.split()) + 1}-{len(tags.split()) + 2} X"


def script_spans(tags, *, later=False):
    """The tables `startOfChunk` and `endOfChunk` of conlleval, row by row; `later`: of the forms of the script that know S too."""
    pairs = [("O", ""), *(("O", "") if tag == "O" else tuple(tag.split("-", 1)) for tag in tags), ("O", "")]
    spans, start = [], None
    for index in range(1, len(pairs)):
        (previous, previous_type), (letter, kind) = pairs[index - 1], pairs[index]
        step = previous + letter
        ends = step in {"BB", "BO", "IB", "IO", "EE", "EI", "EO"} or (previous != "O" and previous_type != kind)
        begins = step in {"BB", "IB", "OB", "OI", "EE", "EI", "OE"} or (letter != "O" and previous_type != kind)
        if later:
            ends |= previous in {"E", "S"} or step in {"BS", "IS"}
            begins |= letter in {"B", "S"} or step in {"SE", "SI"}
        if ends and start is not None:
            spans.append(LabelledRange(start, index - 1, previous_type))
            start = None
        if begins:
            start = index - 1
    return spans


@pytest.mark.parametrize(("letters", "later"), [("BI", False), ("IE", False), ("BI", True), ("IE", True), ("BIES", True)])
@pytest.mark.parametrize("length", range(5))
def test_conlleval_reads_every_short_sequence_as_its_script_does(letters, later, length):
    labels = "AB" if length < 4 or len(letters) < 4 else "A"
    for tags in product(("O", *(f"{letter}-{label}" for letter in letters for label in labels)), repeat=length):
        assert conlleval_spans(tags) == script_spans(tags, later=later), tags


def tag_lists(letters, *more):
    return st.lists(st.sampled_from(["O", *(f"{letter}-{label}" for letter in letters for label in "AB"), *more]), max_size=7)


@st.composite
def legal_tags(draw, scheme):
    """A legal sequence of a scheme, from spans."""
    spans, position = [], 0
    for gap, size, label in draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.sampled_from("AB")), max_size=5)):
        spans.append(LabelledRange(position + gap, position + gap + size, label))
        position += gap + size
    return scheme.write(spans, position + 1)


@SCHEME_ROWS
@given(data=st.data())
def test_a_legal_sequence_is_the_same_under_every_policy(scheme, data):
    tags = data.draw(legal_tags(scheme))
    for policy in ("error", *POLICIES):
        assert repair(tags, scheme, policy) == (scheme.spans(tags), [])
    assert conlleval_spans(tags) == scheme.spans(tags)


@SCHEME_ROWS
@given(data=st.data())
def test_every_fault_that_was_read_over_is_given_back(scheme, data):
    tags = data.draw(tag_lists("".join(scheme.prefixes)))
    for policy in POLICIES:
        assert repair(tags, scheme, policy).faults == list(scheme.faults(tags))


@SCHEME_ROWS
@given(data=st.data())
def test_repaired_spans_can_be_written_in_every_scheme(scheme, data):
    tags = data.draw(tag_lists("".join(scheme.prefixes)))
    for policy in POLICIES:
        spans = repair(tags, scheme, policy).spans
        for other in SCHEMES.values():
            assert other.spans(other.write(spans, len(tags))) == spans


@SCHEME_ROWS
@given(data=st.data())
def test_strict_drop_keeps_some_of_what_promote_reads_and_promote_leaves_no_tag_outside(scheme, data):
    tags = data.draw(tag_lists("".join(scheme.prefixes)))
    promoted, strict = (repair(tags, scheme, policy).spans for policy in ("promote", "strict-drop"))
    assert set(strict) <= set(promoted)
    covered = {place for span in promoted for place in range(span.start, span.end)}
    assert covered == {place for place, tag in enumerate(tags) if tag != "O"}


@pytest.mark.parametrize(("name", "reference"), [("iob2", SEQEVAL_IOB2), ("iobes", SEQEVAL_IOBES)])
@given(data=st.data())
def test_strict_drop_keeps_exactly_the_spans_that_strict_seqeval_counts(name, reference, data):
    tags = data.draw(tag_lists("".join(SCHEMES[name].prefixes)))
    (entities,) = Entities([tags], reference).entities
    expected = [(entity.start, entity.end, entity.tag) for entity in entities]
    assert repair(tags, SCHEMES[name], "strict-drop").spans == expected


@SCHEME_ROWS
@given(data=st.data())
def test_without_a_policy_the_first_fault_is_raised(scheme, data):
    tags = data.draw(tag_lists("".join(scheme.prefixes), "NN"))
    broken = scheme.illegal(tags)
    if broken is None:
        assert repair(tags, scheme, "error").faults == []
        return
    with pytest.raises(ValueError) as caught:
        repair(tags, scheme, "error")
    assert str(caught.value) == f"tag {broken.position}: {broken.reason}"


@pytest.mark.parametrize(
    ("policy", "tags", "message"),
    [
        ("promote", "I-A NN", "tag 1: 'NN' is no IOB2 tag (expected O, B-..., I-...)"),
        ("strict-drop", "O E-A", "tag 1: 'E-A' is no IOB2 tag (expected O, B-..., I-...)"),
        ("conlleval", "I-A E-A NN", "tag 2: 'NN' is no tag of a span in any scheme"),
    ],
)
def test_what_is_no_tag_is_raised_under_every_policy(policy, tags, message):
    with pytest.raises(ValueError) as caught:
        repair(tags.split(), SCHEMES["iob2"], policy)
    assert str(caught.value) == message


@pytest.mark.parametrize("tag", ["", "-", "B", "B-", "-A", "X-A", "BI-A", "b-A", "o", "O-A", "ES-A"])
def test_what_has_no_known_prefix_and_a_label_is_unreadable(tag):
    assert unreadable(["O", "B-A", tag]) == (2, f"'{tag}' is no tag of a span in any scheme")


def test_every_tag_of_every_scheme_is_readable():
    assert unreadable([tag for scheme in SCHEMES.values() for tag in scheme.tags(["A", "a-b"])]) is None
