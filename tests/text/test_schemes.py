"""The eight schemes: row by row against their definitions, and against all span sets of short sentences."""

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.text.schemes import IOB2, SCHEMES, LabelledRange, scheme_named, split_tag

# Rows: the tag on the left (start: none); columns: the tag on the right (end: none). + may follow, - may not.
TRUTH_TABLES = {
    "iob1": """
               O I-A B-A I-B B-B end
        start  + +   -   +   -   +
        O      + +   -   +   -   +
        I-A    + +   +   +   -   +
        B-A    + +   +   +   -   +
    """,
    "iob2": """
               O B-A I-A B-B I-B end
        start  + +   -   +   -   +
        O      + +   -   +   -   +
        B-A    + +   +   +   -   +
        I-A    + +   +   +   -   +
    """,
    "ioe1": """
               O I-A E-A I-B E-B end
        start  + +   +   +   +   +
        O      + +   +   +   +   +
        I-A    + +   +   +   +   +
        E-A    - +   +   -   -   -
    """,
    "ioe2": """
               O I-A E-A I-B E-B end
        start  + +   +   +   +   +
        O      + +   +   +   +   +
        I-A    - +   +   -   -   -
        E-A    + +   +   +   +   +
    """,
    "iobes": """
               O B-A I-A E-A S-A B-B I-B E-B S-B end
        start  + +   -   -   +   +   -   -   +   +
        O      + +   -   -   +   +   -   -   +   +
        B-A    - -   +   +   -   -   -   -   -   -
        I-A    - -   +   +   -   -   -   -   -   -
        E-A    + +   -   -   +   +   -   -   +   +
        S-A    + +   -   -   +   +   -   -   +   +
    """,
    "bmes": """
               O B-A M-A E-A S-A B-B M-B E-B S-B end
        start  + +   -   -   +   +   -   -   +   +
        O      + +   -   -   +   +   -   -   +   +
        B-A    - -   +   +   -   -   -   -   -   -
        M-A    - -   +   +   -   -   -   -   -   -
        E-A    + +   -   -   +   +   -   -   +   +
        S-A    + +   -   -   +   +   -   -   +   +
    """,
    "bmeow": """
               O B-A M-A E-A W-A B-B M-B E-B W-B end
        start  + +   -   -   +   +   -   -   +   +
        O      + +   -   -   +   +   -   -   +   +
        B-A    - -   +   +   -   -   -   -   -   -
        M-A    - -   +   +   -   -   -   -   -   -
        E-A    + +   -   -   +   +   -   -   +   +
        W-A    + +   -   -   +   +   -   -   +   +
    """,
    "bilou": """
               O B-A I-A L-A U-A B-B I-B L-B U-B end
        start  + +   -   -   +   +   -   -   +   +
        O      + +   -   -   +   +   -   -   +   +
        B-A    - -   +   +   -   -   -   -   -   -
        I-A    - -   +   +   -   -   -   -   -   -
        L-A    + +   -   -   +   +   -   -   +   +
        U-A    + +   -   -   +   +   -   -   +   +
    """,
}


def truth_rows() -> Iterator[tuple[str, str | None, str | None, bool]]:
    for name, table in TRUTH_TABLES.items():
        (*rights,), *rows = (line.split() for line in table.strip().splitlines())
        for left, *cells in rows:
            for right, cell in zip(rights, cells, strict=True):
                yield name, None if left == "start" else left, None if right == "end" else right, cell == "+"


@pytest.mark.parametrize(("name", "left", "right", "allowed"), list(truth_rows()))
def test_a_tag_may_follow_another_as_the_definition_says(name, left, right, allowed):
    assert SCHEMES[name].allows(left, right) is allowed


def test_every_scheme_has_a_truth_table_with_all_its_tags():
    assert set(TRUTH_TABLES) == set(SCHEMES)
    for name, scheme in SCHEMES.items():
        header = TRUTH_TABLES[name].strip().splitlines()[0].split()
        assert set(header) == {*scheme.tags("AB"), "end"}


def all_span_sets(length: int, start: int = 0) -> Iterator[tuple[LabelledRange, ...]]:
    """Every way to lay spans of the labels A and B on `length` tokens."""
    if start == length:
        yield ()
        return
    yield from all_span_sets(length, start + 1)
    for end in range(start + 1, length + 1):
        for label in "AB":
            for others in all_span_sets(length, end):
                yield (LabelledRange(start, end, label), *others)


def defined_prefix(name: str, position: int, span: LabelledRange, spans: tuple[LabelledRange, ...]) -> str:
    """The prefix of one token, word for word as the papers define it."""
    first, last, alone = position == span.start, position == span.end - 1, span.end - span.start == 1
    same_before = any(other.end == span.start and other.label == span.label for other in spans)
    same_after = any(other.start == span.end and other.label == span.label for other in spans)
    match name:
        case "iob1":
            return "B" if first and same_before else "I"
        case "iob2":
            return "B" if first else "I"
        case "ioe1":
            return "E" if last and same_after else "I"
        case "ioe2":
            return "E" if last else "I"
        case _:
            single, begin, inside, end = {"iobes": "SBIE", "bmes": "SBME", "bmeow": "WBME", "bilou": "UBIL"}[name]
            return single if alone else begin if first else end if last else inside


def defined_tags(name: str, spans: tuple[LabelledRange, ...], length: int) -> tuple[str, ...]:
    tags = ["O"] * length
    for span in spans:
        for position in range(span.start, span.end):
            tags[position] = f"{defined_prefix(name, position, span, spans)}-{span.label}"
    return tuple(tags)


@pytest.mark.parametrize("length", range(5))
@pytest.mark.parametrize("name", list(SCHEMES))
def test_exactly_the_sequences_that_write_a_span_set_are_legal(name, length):
    scheme = SCHEMES[name]
    written = {defined_tags(name, spans, length): list(spans) for spans in all_span_sets(length)}
    for tags in product(scheme.tags("AB"), repeat=length):
        if tags in written:
            assert scheme.illegal(tags) is None
            assert scheme.spans(tags) == written[tags]
            assert tuple(scheme.write(written[tags], length)) == tags
        else:
            assert scheme.illegal(tags) is not None
            with pytest.raises(ValueError, match="tag "):
                scheme.spans(tags)


# Labels as people write them: hyphens, dots, any script, lower case, and those that look like something else.
LABELS = st.sampled_from(["PER", "LOC", "per", "A-B", "B-A", "-", "a.b", "O", "B", "Ö", "人名", "شخص", "🦊"])


@st.composite
def span_sets(draw: st.DrawFn) -> tuple[list[LabelledRange], int]:
    """Spans in order, and the number of tokens they lie on; labels may hold hyphens."""
    spans, position = [], 0
    for gap, size, label in draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), LABELS))):
        spans.append(LabelledRange(position + gap, position + gap + size, label))
        position += gap + size
    return spans, position + draw(st.integers(0, 2))


@pytest.mark.parametrize("second", list(SCHEMES.values()), ids=lambda scheme: scheme.name)
@pytest.mark.parametrize("first", list(SCHEMES.values()), ids=lambda scheme: scheme.name)
@settings(max_examples=20, deadline=None)
@given(laid=span_sets())
def test_spans_survive_the_way_through_two_schemes(first, second, laid):
    spans, length = laid
    there = first.spans(first.write(spans, length))
    tags = second.write(there, length)
    assert second.illegal(tags) is None
    assert second.spans(tags) == spans


@pytest.mark.parametrize("scheme", list(SCHEMES.values()), ids=lambda scheme: scheme.name)
def test_order_of_the_given_spans_does_not_matter(scheme):
    spans = [LabelledRange(3, 5, "A"), LabelledRange(0, 1, "A"), LabelledRange(1, 3, "A")]
    assert scheme.spans(scheme.write(spans, 6)) == sorted(spans)


@pytest.mark.parametrize("scheme", list(SCHEMES.values()), ids=lambda scheme: scheme.name)
@pytest.mark.parametrize(
    "spans",
    [
        [LabelledRange(0, 2, "A"), LabelledRange(1, 3, "A")],
        [LabelledRange(0, 3, "A"), LabelledRange(1, 2, "B")],
        [LabelledRange(1, 1, "A")],
        [LabelledRange(2, 1, "A")],
        [LabelledRange(2, 4, "A")],
        [LabelledRange(-1, 1, "A")],
    ],
    ids=["overlapping", "nested", "empty", "backwards", "past the end", "before the start"],
)
def test_spans_that_cannot_be_written_are_refused(scheme, spans):
    with pytest.raises(ValueError, match="overlaps"):
        scheme.write(spans, 3)


@pytest.mark.parametrize("scheme", list(SCHEMES.values()), ids=lambda scheme: scheme.name)
def test_the_table_of_transitions_says_what_allows_says(scheme):
    tags = scheme.tags(["A", "B"])
    table = scheme.transitions(tags)
    assert table.first == [scheme.allows(None, tag) for tag in tags]
    assert table.last == [scheme.allows(tag, None) for tag in tags]
    assert table.pairs == [[scheme.allows(left, right) for right in tags] for left in tags]


@pytest.mark.parametrize(
    ("name", "prefixes"),
    [
        ("iob1", "BI"),
        ("iob2", "BI"),
        ("ioe1", "IE"),
        ("ioe2", "IE"),
        ("iobes", "BIES"),
        ("bmes", "BMES"),
        ("bmeow", "BMEW"),
        ("bilou", "BILU"),
    ],
)
def test_tags_of_a_label_are_outside_and_one_for_each_prefix(name, prefixes):
    assert SCHEMES[name].tags(["PER", "A-B"]) == ("O", *(f"{prefix}-{label}" for label in ("PER", "A-B") for prefix in prefixes))


@pytest.mark.parametrize("tag", ["", "B", "B-", "-PER", "X-PER", "o", "b-PER", "O-PER", "BPER", "B_PER"])
def test_a_string_that_is_no_tag_has_a_problem_and_may_stand_nowhere(tag):
    assert f"'{tag}' is no IOB2 tag (expected O, B-..., I-...)" == IOB2.problem(tag)
    assert not IOB2.allows(None, tag)
    assert not IOB2.allows("O", tag)
    assert not IOB2.allows(tag, "O")
    assert not IOB2.allows(tag, None)


@pytest.mark.parametrize(
    ("name", "tags", "position", "reason"),
    [
        ("iob2", ["O", "I-PER"], 1, "'I-PER' may not stand after 'O' in IOB2"),
        ("iob2", ["I-PER"], 0, "'I-PER' may not stand at the start of a sentence in IOB2"),
        ("iob2", ["B-PER", "I-LOC"], 1, "'I-LOC' may not stand after 'B-PER' in IOB2"),
        ("iob2", ["O", "NN", "X"], 1, "'NN' is no IOB2 tag (expected O, B-..., I-...)"),
        ("iobes", ["O", "B-PER"], 1, "'B-PER' may not end a sentence in IOBES"),
        ("bilou", ["B-PER", "O"], 1, "'O' may not stand after 'B-PER' in BILOU"),
        ("iob1", ["O", "B-PER"], 1, "'B-PER' may not stand after 'O' in IOB1"),
        ("ioe1", ["E-PER"], 0, "'E-PER' may not end a sentence in IOE1"),
    ],
)
def test_the_first_illegal_tag_is_told_with_its_reason(name, tags, position, reason):
    assert SCHEMES[name].illegal(tags) == (position, reason)


@pytest.mark.parametrize(
    ("name", "tags", "faults"),
    [
        ("iob2", "B-A I-A O", []),
        (
            "iob2",
            "I-A NN I-A I-B",
            [
                (0, "'I-A' may not stand at the start of a sentence in IOB2"),
                (1, "'NN' is no IOB2 tag (expected O, B-..., I-...)"),
                (3, "'I-B' may not stand after 'I-A' in IOB2"),
            ],
        ),
        (
            "bmes",
            "B-A O M-A",
            [
                (1, "'O' may not stand after 'B-A' in BMES"),
                (2, "'M-A' may not stand after 'O' in BMES"),
                (2, "'M-A' may not end a sentence in BMES"),
            ],
        ),
        ("bmeow", "S-A", [(0, "'S-A' is no BMEOW tag (expected O, B-..., M-..., E-..., W-...)")]),
    ],
)
def test_every_fault_is_told_and_what_is_no_tag_only_once(name, tags, faults):
    assert list(SCHEMES[name].faults(tags.split())) == faults


@pytest.mark.parametrize("scheme", list(SCHEMES.values()), ids=lambda scheme: scheme.name)
def test_exactly_the_pairs_that_are_not_allowed_have_a_fault(scheme):
    tags = scheme.tags("AB")
    for left, right in product((None, *tags), (*tags, None)):
        assert (scheme.fault(left, right) is None) == scheme.allows(left, right)


@pytest.mark.parametrize(
    ("left", "right", "reason"),
    [
        ("O", "X", "'X' is no IOBES tag (expected O, B-..., I-..., E-..., S-...)"),
        ("X", "Y", "'Y' is no IOBES tag (expected O, B-..., I-..., E-..., S-...)"),
        ("X", "I-A", None),
        ("X", None, None),
        (None, "I-A", "'I-A' may not stand at the start of a sentence in IOBES"),
        ("S-A", "E-A", "'E-A' may not stand after 'S-A' in IOBES"),
        ("B-A", None, "'B-A' may not end a sentence in IOBES"),
        ("B-A", "E-A", None),
        (None, None, None),
    ],
)
def test_what_is_no_tag_is_the_fault_of_its_own_place_and_not_of_the_next(left, right, reason):
    assert SCHEMES["iobes"].fault(left, right) == reason


@pytest.mark.parametrize("scheme", list(SCHEMES.values()), ids=lambda scheme: scheme.name)
@given(tags=st.lists(st.sampled_from(["O", "B-A", "I-A", "E-A", "S-A", "I-B", "NN"]), max_size=6))
def test_a_sequence_has_faults_exactly_where_it_is_illegal_and_the_first_is_told(scheme, tags):
    faults = list(scheme.faults(tags))
    assert scheme.illegal(tags) == (faults[0] if faults else None)
    assert [fault.position for fault in faults] == sorted(fault.position for fault in faults)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("bio", "iob2"),
        ("bio2", "iob2"),
        ("bioes", "iobes"),
        ("biluo", "bilou"),
        ("bmewo", "bmeow"),
        *zip(SCHEMES, SCHEMES, strict=True),
    ],
)
def test_a_scheme_is_found_by_any_of_its_names(spelling, name):
    assert scheme_named(spelling) is SCHEMES[name]


@pytest.mark.parametrize("label", ["A-B", "per", "a.b", "人名", "شخص", "🦊", "O", "B", "-"])
def test_a_label_may_hold_whatever_a_column_may(label):
    tags = [f"B-{label}", f"I-{label}", f"B-{label}", "O"]
    assert IOB2.spans(tags) == [LabelledRange(0, 2, label), LabelledRange(2, 3, label)]
    assert IOB2.problem(tags[0]) is None


def test_labels_that_differ_in_case_or_behind_a_hyphen_are_different():
    assert IOB2.illegal(["B-PER", "I-per"]) == (1, "'I-per' may not stand after 'B-PER' in IOB2")
    assert IOB2.illegal(["B-A-B", "I-A"]) == (1, "'I-A' may not stand after 'B-A-B' in IOB2")


def test_a_sentence_without_tokens_is_legal_and_holds_no_span():
    for scheme in SCHEMES.values():
        assert scheme.illegal([]) is None
        assert scheme.spans([]) == scheme.write([], 0) == []


@pytest.mark.parametrize(
    ("tag", "parts"), [("O", ("", "")), ("B-PER", ("B", "PER")), ("I-A-B", ("I", "A-B")), ("NN", ("NN", "")), ("B-", ("B", ""))]
)
def test_a_tag_splits_at_its_first_hyphen(tag, parts):
    assert split_tag(tag) == parts
