"""JSON Lines and JSON arrays of annotated texts as sentences, and every way in which they can be wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonl_reading import MERKEL, POLICIES, full_stops, read, refused, spans, words

from tagger.corpora.streams import Item, write_jsonl
from tagger.text.schemes import IOB2, IOBES
from tagger.text.sentence import Sentence, sentence_of_words


def test_tokens_and_tags_are_a_sentence():
    (sentence,) = read({"tokens": ["Anna", "rests"], "tags": ["B-PER", "O"]})
    assert (sentence.words, sentence.columns) == (("Anna", "rests"), {"ner": ("B-PER", "O")})
    assert (sentence.place, list(sentence.lines), sentence.document, sentence.document_id) == ("in.jsonl", [1, 1], 0, "")
    assert sentence.source == ((1, '{"tokens": ["Anna", "rests"], "tags": ["B-PER", "O"]}'),)
    assert sentence.spaces_after is sentence.original is None


def test_text_and_spans_are_a_sentence_in_iob2():
    (sentence,) = read("", spans("\U0001f600 Angela Merkel rests.", (2, 15, "PER"), id="a1", document="d1"))
    assert list(sentence.words) == ["\U0001f600", "Angela", "Merkel", "rests", "."]
    assert list(sentence.columns["ner"]) == ["O", "B-PER", "I-PER", "O", "O"]
    assert sentence.spaces_after == (True, True, True, False, False)
    assert (list(sentence.lines), sentence.document_id) == ([2] * 5, "d1")
    assert sentence.original == words("\U0001f600 Angela Merkel rests.")


def test_empty_records_give_no_sentence():
    made = read(spans("a"), spans(" \n"), {"tokens": [], "tags": []}, "  ", spans("b", id=5))
    assert [(sentence.words, sentence.document, sentence.document_id) for sentence in made] == [(("a",), 0, ""), (("b",), 0, "")]


def test_texts_that_are_split_are_documents_of_their_own():
    made = read(spans("A. B."), spans("C."), split=full_stops)
    assert [sentence.document for sentence in made] == [0, 0, 1]


MISALIGNED = [spans(MERKEL, (8, 12, "PER"), (14, 17, "X")), spans("ok", (0, 2, "A")), spans(MERKEL, (6, 13, "PER"))]


def test_all_spans_off_the_token_boundaries_of_a_file_are_refused_in_one_error():
    assert str(refused(*MISALIGNED)) == (
        "in.jsonl: 3 spans do not fall on token boundaries\n"
        "  in.jsonl:1: span 'erke' (8-12, PER) is within token 'Merkel' (7-13)\n"
        "  in.jsonl:1: span 'res' (14-17, X) is within token 'rests' (14-19)\n"
        "  in.jsonl:3: span ' Merkel' (6-13, PER) has white space at its edges; it touches token 'Merkel' (7-13)\n"
        "  Say what becomes of such spans: corpus.misaligned: snap in the recipe, --misaligned snap of `tagger data convert`\n"
        "  (snap: widened to whole tokens; split: the tokens are split; drop: left out)."
    )


def test_misaligned_spans_are_listed_however_many_there_are():
    error = refused(*[spans("Anna", (0, 2, "X"))] * 530)
    lines = error.fix.splitlines()
    assert error.problem == "530 spans do not fall on token boundaries"
    assert lines[529] == "in.jsonl:530: span 'An' (0-2, X) is within token 'Anna' (0-4)"
    assert "\n".join(lines[530:]) == POLICIES


def test_one_misaligned_span_is_told_in_the_singular():
    error = refused(spans("Anna", (0, 2, "X")), spans("Bo", (0, 2, "X")))
    assert (error.problem, error.kind) == ("1 span does not fall on token boundaries", "misaligned span")


def test_where_reading_goes_on_each_misaligned_span_is_told_by_itself_and_its_sentence_is_left_out():
    errors = []
    made = read(*MISALIGNED, fault=errors.append)
    assert [sentence.words for sentence in made] == [("ok",)]
    assert [(error.where, error.problem) for error in errors] == [
        ("in.jsonl:1", "span 'erke' (8-12, PER) is within token 'Merkel' (7-13)"),
        ("in.jsonl:1", "span 'res' (14-17, X) is within token 'rests' (14-19)"),
        ("in.jsonl:3", "span ' Merkel' (6-13, PER) has white space at its edges; it touches token 'Merkel' (7-13)"),
    ]
    assert {(error.fix, error.kind) for error in errors} == {(POLICIES, "misaligned span")}


def test_more_misaligned_spans_than_are_shown_in_one_error_are_each_told_where_reading_goes_on():
    errors = []
    assert read(*[spans("Anna", (0, 2, "X"))] * 53, fault=errors.append) == []
    assert [error.where for error in errors] == [f"in.jsonl:{number}" for number in range(1, 54)]


@pytest.mark.parametrize(
    ("policy", "tags", "done"),
    [
        ("snap", [["O", "B-PER", "B-X", "O"], ["B-A"], ["O", "B-PER", "O", "O"]], "snapped"),
        ("split", [["O", "O", "B-PER", "O", "B-X", "O", "O"], ["B-A"], ["O", "B-PER", "O", "O"]], "split"),
        ("drop", [["O", "O", "O", "O"], ["B-A"], ["O", "O", "O", "O"]], "dropped"),
    ],
)
def test_misaligned_spans_are_snapped_split_or_dropped_and_counted(policy, tags, done):
    notes = []
    made = read(*MISALIGNED, misaligned=policy, notes=notes)
    assert [list(sentence.columns["ner"]) for sentence in made] == tags
    first = "in.jsonl:1: span 'erke' (8-12, PER) is within token 'Merkel' (7-13)"
    assert notes == [f"in.jsonl: 3 spans off the token boundaries were {done}; the first: {first}"]


def test_a_span_that_can_not_be_snapped_is_counted_apart():
    notes = []
    read(spans("a b", (1, 2, "X")), misaligned="snap", notes=notes)
    assert notes == [
        "in.jsonl: 1 span off the token boundaries was dropped; the first: "
        "in.jsonl:1: span ' ' (1-2, X) touches no token; beside it: 'a' (0-1) and 'b' (2-3)"
    ]


def test_the_tokens_that_one_task_splits_are_those_of_all_tasks():
    record = {"text": "Merkel Bo", "a": [{"start": 7, "end": 9, "label": "X"}], "b": [{"start": 0, "end": 3, "label": "Y"}]}
    (sentence,) = read(record, tasks={"a": None, "b": None}, misaligned="split")
    assert list(sentence.words) == ["Mer", "kel", "Bo"]
    assert {task: list(tags) for task, tags in sentence.columns.items()} == {"a": ["O", "O", "B-X"], "b": ["B-Y", "O", "O"]}


def test_a_token_with_a_tag_of_its_own_is_not_split():
    tokens = [{"start": 0, "end": 6, "pos": "PROPN"}]
    record = {"text": "Merkel", "ents": [{"start": 0, "end": 3, "label": "X"}], "tokens": tokens}
    error = refused(record, tasks={"ner": None, "pos": None}, misaligned="split")
    assert str(error) == (
        "in.jsonl:1: a token must be split, but the task 'pos' has one tag for it\n"
        "  Choose snap or drop: corpus.misaligned: snap in the recipe, --misaligned snap of `tagger data convert`."
    )
    assert error.kind == "misaligned span"


def test_overlapping_spans_are_refused_with_both_named():
    assert str(refused(spans("a"), spans(MERKEL, (0, 13, "PER"), (7, 13, "LOC")))) == (
        "in.jsonl:2: spans overlap: 'Angela Merkel' (0-13, PER) and 'Merkel' (7-13, LOC)\n"
        "  Offsets count the characters of the text from 0, the end exclusive; the spans of one task may not overlap."
    )


@pytest.mark.parametrize(
    ("record", "settings", "kind"),
    [
        ("{", {}, "no JSON"),
        ("[", {}, "no JSON"),
        ("1" * 5000, {}, "no JSON"),
        ('{"a": 1, "a": 1}', {}, "unreadable record"),
        ({"tokens": 1}, {}, "unreadable record"),
        ({"tokens": ["a"], "x": ["O"]}, {}, "unreadable record"),
        ({"text": "a", "x": [{"start": 0, "end": 1, "label": "X"}], "spans": []}, {"tasks": {"ner": "spans"}}, "unreadable record"),
        (spans("a", (0, 2, "X")), {}, "unreadable record"),
        (spans("a", (0, 1, "X"), (0, 1, "Y")), {}, "overlapping spans"),
        (spans("ab", (0, 1, "X"), (1, 2, "Y")), {"misaligned": "snap"}, "overlapping spans"),
        (spans("ab", (0, 1, "X")), {}, "misaligned span"),
    ],
)
def test_faults_of_one_sort_have_one_kind(record, settings, kind):
    errors = []
    read(record, fault=errors.append, **settings)
    assert [error.kind for error in errors] == [kind]
    assert refused(record, **settings).kind == kind


def test_spans_are_written_in_the_scheme_of_their_task():
    record = spans("Angela Merkel rests", (0, 13, "PER"), names=[{"start": 14, "end": 19, "label": "X"}])
    (sentence,) = read(record, tasks={"ner": "spans", "x": "names", "y": "spans"}, schemes={"ner": IOBES, "x": IOBES})
    assert {task: list(tags) for task, tags in sentence.columns.items()} == {
        "ner": ["B-PER", "E-PER", "O"],
        "x": ["O", "O", "S-X"],
        "y": ["B-PER", "I-PER", "O"],
    }


def test_tags_and_spans_of_one_task_are_compared_in_its_scheme():
    record = spans("Anna rests", (0, 4, "PER"), tokens=["Anna", "rests"], tags=["S-PER", "O"])
    assert list(read(record, schemes={"ner": IOBES})[0].columns["ner"]) == ["S-PER", "O"]
    assert refused(record).problem == "'tags' and 'spans' differ, and the task 'ner' could be read from either"


def test_a_text_without_places_for_its_tokens_has_no_spans_in_any_scheme():
    record = {"text": "a (", "tokens": ["a", "-LRB-"], "tags": ["D", "S"], "spans": []}
    (sentence,) = read(record, tasks={"pos": "tags", "ner": "spans"}, schemes={"ner": IOBES})
    assert list(sentence.columns["ner"]) == ["O", "O"]


@pytest.mark.parametrize(
    ("records", "documents"),
    [
        ([{"document": "a"}, {"document": "a"}, {"document": "b"}, {"document": "a"}], [(0, "a"), (0, "a"), (1, "b"), (2, "a")]),
        ([{"document": 4}, {"document": 4}, {"document": 5}, {"document": "5"}], [(0, ""), (0, ""), (1, ""), (2, "5")]),
        ([{"document": 0, "id": 7}, {"document": 0, "id": 8}, {"id": 9}, {"id": 9}], [(0, ""), (0, ""), (1, ""), (1, "")]),
        ([{"id": 1}, {"document": 0}, {}, {"document": 0}], [(0, ""), (1, ""), (2, ""), (3, "")]),
        ([{"document": None}, {"document": True}, {"document": True}, {"document": [1]}], [(0, ""), (0, ""), (0, ""), (0, "")]),
    ],
    ids=["names", "numbers", "a change to none", "a change from none", "other values"],
)
def test_consecutive_records_of_one_document_are_one_document(records, documents):
    made = read(*[spans("a", **record) for record in records])
    assert [(sentence.document, sentence.document_id) for sentence in made] == documents


def test_all_sentences_of_a_text_are_in_its_document():
    made = read(spans("A. B.", document="x"), spans("C.", document="x"), spans("D.", document="y"), split=full_stops)
    assert [(sentence.document, sentence.document_id) for sentence in made] == [(0, "x"), (0, "x"), (0, "x"), (1, "y")]


def test_a_text_that_is_called_document_is_no_name_of_one():
    records = [{"document": "a", "spans": [], "id": 3}] * 2
    made = read(*records, tasks={"ner": "data.document"})
    assert [(sentence.document, sentence.document_id) for sentence in made] == [(0, ""), (0, "")]


@pytest.mark.parametrize("tag", ["B-X\tY", "B-X\n", "B-X\r"])
def test_a_tag_with_a_tab_or_a_line_end_is_refused(tag):
    error = refused({"tokens": ["a"], "tags": [tag]})
    assert error.problem == f"tags[0] {tag!r} holds a tab or a line end"
    assert list(read({"tokens": ["a"], "tags": ["B-art work"]})[0].columns["ner"]) == ["B-art work"]


def test_repeated_spans_are_counted():
    notes = []
    (sentence,) = read(spans("Anna", (0, 4, "X"), (0, 4, "X")), notes=notes)
    assert list(sentence.columns["ner"]) == ["B-X"]
    assert notes == ["in.jsonl: 1 span stands there twice and counts once; the first: in.jsonl:1: (0-4, X)"]


def test_skipped_and_converted_records_are_counted_with_their_lines():
    notes = []
    skipped = [{"text": "x", "answer": "reject"}] * 4 + [{"text": "x", "answer": "ignore"}]
    read(*skipped, {"text": "\U0001f600 Bo", "label": [[3, 5, "X"]]}, notes=notes)
    assert notes == [
        "in.jsonl: 1 record: offsets counted in UTF-16 code units were converted (line 6)",
        "in.jsonl: 5 records were skipped: answer 'reject' (lines 1, 2, 3 and 1 more), answer 'ignore' (line 5)",
    ]


def test_a_text_is_split_into_sentences_with_offsets_of_their_own():
    first, second = read(spans(" Anna rests. Bo runs.", (13, 15, "X")), split=full_stops)
    assert (first.original, second.original) == (words("Anna rests."), words("Bo runs."))
    assert list(second.columns["ner"]) == ["B-X", "O", "O"]
    assert (first.document, second.document) == (0, 0)
    assert (len(first.source), len(second.source)) == (1, 0)
    assert (first.spaces_after, second.spaces_after) == ((True, False, True), (True, False, False))


@pytest.mark.parametrize(
    ("span", "texts"),
    [
        ((0, 4), ["A. B.", "C.", "D."]),
        ((1, 7), ["A. B. C.", "D."]),
        ((3, 6), ["A.", "B.", "C.", "D."]),
        ((2, 7), ["A.", "B. C.", "D."]),
        ((0, 11), ["A. B. C. D."]),
    ],
)
def test_no_sentence_ends_within_a_span(span, texts):
    made = read(spans("A. B. C. D.", (*span, "X")), split=full_stops, misaligned="snap")
    assert [sentence.original.text for sentence in made] == texts


def test_the_own_sentences_of_a_text_are_used_where_texts_are_split():
    tokens = [{"start": start, "end": start + 1} for start in (0, 2, 4)]
    record = {"text": "a b c", "ents": [], "tokens": tokens, "sents": [{"start": 0, "end": 3}, {"start": 4, "end": 5}]}
    assert [sentence.words for sentence in read(record, split=full_stops)] == [("a", "b"), ("c",)]
    assert [sentence.words for sentence in read(record)] == [("a", "b", "c")]


def test_text_between_the_sentences_is_not_lost_in_silence():
    tokens = [{"start": start, "end": start + 1} for start in (0, 2)]
    record = {"text": "a b", "ents": [], "tokens": tokens, "sents": [{"start": 0, "end": 1}]}
    error = refused(record, split=full_stops)
    assert (error.problem, error.fix) == ("'b' is in none of the sentences", "Leave 'sents' away.")


@st.composite
def tagged(draw):
    """Words, tags of two tasks, and the sentence that they are."""
    tokens = draw(st.lists(st.text("ab\u00e9\U0001f600", min_size=1, max_size=4), min_size=1, max_size=8))
    marks = draw(st.lists(st.sampled_from(["O", "B-X", "I-X", "B-Y"]), min_size=len(tokens), max_size=len(tokens)))
    tags = ["B-X" if tag == "I-X" and (not at or marks[at - 1][2:] != "X") else tag for at, tag in enumerate(marks)]
    gaps = draw(st.lists(st.booleans(), min_size=len(tokens), max_size=len(tokens)))
    return tokens, tags, sentence_of_words(tokens, gaps)


@given(tagged())
def test_what_was_written_with_tags_or_spans_is_read_back(case):
    tokens, tags, sentence = case
    found = [sentence.span(*span, task="ner") for span in IOB2.spans(tags)]
    own = write_jsonl(
        Sentence(sentence.text, sentence.tokens, {"ner": tuple(tags), "pos": tuple(tokens)}, tuple(found)),
        Item(""),
        probabilities=False,
    )
    chars = [(span.start_char, span.end_char, span.label) for span in found]
    offsets = [{"text": token.text, "start": token.start_char, "end": token.end_char} for token in sentence.tokens]
    records = [{"tokens": tokens, "tags": tags}, spans(sentence.text, *chars, tokens=offsets), own]
    for record in records:
        (made,) = read(record)
        assert list(made.words) == tokens
        assert list(made.columns["ner"]) == tags
        assert made.original in (None, sentence)
    assert list(read(own, tasks={"pos": None})[0].columns["pos"]) == tokens
