"""Tags that are known only in part, against all legal sequences that agree with them."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.text.partial import MARKS_ENDS, READABLE_ALONE, agreeing, impossible, parts, rewritten
from tagger.text.schemes import IOB2, IOBES, SCHEMES, LabelledRange

READABLE = pytest.mark.parametrize("scheme", [SCHEMES[name] for name in READABLE_ALONE], ids=READABLE_ALONE)
LEARNED = pytest.mark.parametrize("learned", [IOB2, IOBES, SCHEMES["bilou"]], ids=lambda scheme: scheme.name)


@pytest.mark.parametrize(
    ("scheme", "table"),
    [
        ("iob2", {"B": "single begin", "I": "inside end", "E": "", "S": ""}),
        ("iobes", {"S": "single", "B": "begin", "I": "inside", "E": "end", "L": ""}),
        ("bmes", {"S": "single", "B": "begin", "M": "inside", "E": "end"}),
        ("bmeow", {"W": "single", "B": "begin", "M": "inside", "E": "end"}),
        ("bilou", {"U": "single", "B": "begin", "I": "inside", "L": "end"}),
    ],
)
def test_a_prefix_stands_for_these_parts_of_a_span(scheme, table):
    assert {prefix: parts(SCHEMES[scheme], prefix) for prefix in table} == {
        prefix: set(text.split()) for prefix, text in table.items()
    }


def defined_parts(scheme, tag):
    """What a tag says, out of all sequences: for each span that is written with it, which of the span's tokens it may be."""
    found = set()
    for length in (1, 2, 3):
        for place, written in enumerate(scheme.write([LabelledRange(0, length, "A")], length)):
            if written == tag:
                found.add("single" if length == 1 else "begin" if place == 0 else "end" if place == length - 1 else "inside")
    return found


@READABLE
def test_the_parts_are_those_of_the_spans_that_are_written_with_the_prefix(scheme):
    for prefix in scheme.prefixes:
        assert parts(scheme, prefix) == defined_parts(scheme, f"{prefix}-A")


@pytest.mark.parametrize(
    ("source", "target", "tags", "expected"),
    [
        ("iobes", "iob2", "O B-A I-A E-A S-A", "O B-A I-A I-A B-A"),
        ("bilou", "iobes", "O B-A I-A L-A U-A", "O B-A I-A E-A S-A"),
        ("bmeow", "iobes", "O B-A M-A E-A W-A", "O B-A I-A E-A S-A"),
        ("iob2", "iob2", "O B-a-b I-a-b", "O B-a-b I-a-b"),
    ],
)
def test_a_tag_is_rewritten_by_itself(source, target, tags, expected):
    assert [rewritten(tag, SCHEMES[source], SCHEMES[target]) for tag in tags.split()] == expected.split()


@READABLE
@pytest.mark.parametrize("target", [IOB2, IOBES], ids=lambda scheme: scheme.name)
@given(data=st.data())
def test_a_tag_rewritten_by_itself_is_the_tag_of_the_same_spans(scheme, target, data):
    if target is IOBES and scheme.name not in MARKS_ENDS:
        return
    spans, position = [], 0
    for gap, size, label in data.draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.sampled_from(["A", "a-b"])))):
        spans.append(LabelledRange(position + gap, position + gap + size, label))
        position += gap + size
    tags = scheme.write(spans, position)
    assert [rewritten(tag, scheme, target) for tag in tags] == target.write(spans, position)


@pytest.mark.parametrize(
    ("scheme", "tag", "learned", "expected"),
    [
        ("iob2", "O", "iobes", "O"),
        ("iob2", "B-A", "iobes", "B-A S-A"),
        ("iob2", "I-A", "iobes", "I-A E-A"),
        ("iob2", "B-B", "iobes", ""),
        ("iob2", "B-A", "iob2", "B-A"),
        ("iobes", "E-A", "iob2", "I-A"),
        ("iobes", "S-A", "iob2", "B-A"),
        ("iobes", "E-A", "bilou", "L-A"),
        ("iobes", "I-A", "iobes", "I-A"),
    ],
)
def test_tags_of_two_schemes_agree_as_the_row_says(scheme, tag, learned, expected):
    names = SCHEMES[learned].tags(["A", "C"])
    chosen = agreeing(tag, SCHEMES[scheme], names, SCHEMES[learned])
    assert [name for name, agrees in zip(names, chosen, strict=True) if agrees] == expected.split()


def sequences_by_spans(scheme, other, length):
    """Every way to write spans of A and B on so many tokens, in both schemes."""
    for tags in product(scheme.tags("AB"), repeat=length):
        if scheme.illegal(tags) is None:
            yield tags, other.write(scheme.spans(tags), length)


@READABLE
@LEARNED
def test_two_tags_agree_exactly_where_some_spans_are_written_with_both(scheme, learned):
    together = {pair for tags, others in sequences_by_spans(scheme, learned, 3) for pair in zip(tags, others, strict=True)}
    names = learned.tags("AB")
    for tag in scheme.tags("AB"):
        assert agreeing(tag, scheme, names, learned) == [(tag, name) in together for name in names]


@READABLE
@pytest.mark.parametrize("length", range(5))
def test_known_tags_are_impossible_exactly_where_no_legal_sequence_agrees(scheme, length):
    labels = "AB" if length < 4 else "A"
    anything = scheme.tags(labels)
    legal = [tags for tags in product(anything, repeat=length) if scheme.illegal(tags) is None]

    def agreeing_beginnings(tags):
        """How many tokens of the known tags some legal sequence agrees with from the start, whatever comes later."""
        return max((agreement(tags, whole) for whole in legal), default=0)

    def agreement(tags, whole):
        for place, (tag, other) in enumerate(zip(tags, whole, strict=True)):
            if tag not in (None, other):
                return place
        return len(tags)

    for tags in product((None, *anything), repeat=length):
        broken = impossible(tags, scheme)
        possible = any(all(tag in (None, other) for tag, other in zip(tags, whole, strict=True)) for whole in legal)
        assert (broken is None) == (possible or not length), tags
        if broken is not None:
            assert broken.position >= agreeing_beginnings(tags) or broken.position == length - 1, tags


@pytest.mark.parametrize(
    ("scheme", "tags", "expected"),
    [
        ("iob2", "? I-A", None),
        ("iob2", "O I-A ?", (1, "'I-A' can't stand here in IOB2, whatever the unknown tags before it are")),
        ("iob2", "B-B ? O I-A", (3, "'I-A' can't stand here in IOB2, whatever the unknown tags before it are")),
        ("iobes", "B-A ? O", None),
        ("iobes", "B-A ? ? B-B E-B", None),
        ("iobes", "B-A O ?", (1, "'O' can't stand here in IOBES, whatever the unknown tags before it are")),
        ("iobes", "B-A ? B-B", (2, "'B-B' may not end a sentence in IOBES")),
        ("iobes", "? I-A", (1, "'I-A' may not end a sentence in IOBES")),
        ("iobes", "I-A ?", (0, "'I-A' can't stand here in IOBES, whatever the unknown tags before it are")),
        ("iobes", "? X ?", (1, "'X' is no IOBES tag (expected O, B-..., I-..., E-..., S-...)")),
        ("iobes", "? ?", None),
        ("iobes", "", None),
    ],
)
def test_where_the_known_tags_become_impossible_is_told(scheme, tags, expected):
    known = [None if tag == "?" else tag for tag in tags.split()]
    assert impossible(known, SCHEMES[scheme]) == expected


@READABLE
def test_a_last_tag_that_is_not_known_is_never_at_fault(scheme):
    for tags in product(scheme.tags("A"), repeat=2):
        broken = impossible([*tags, None], scheme)
        assert broken is None or broken.position < 2
