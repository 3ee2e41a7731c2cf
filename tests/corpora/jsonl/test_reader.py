"""JSON Lines and JSON arrays of annotated texts as sentences, and every way in which they can be wrong."""

import json
import re
from itertools import count, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.corpora.jsonl.reader import read_jsonl
from tagger.corpora.jsonl.record import FORMS
from tagger.corpora.streams import Item, write_jsonl
from tagger.errors import CorpusError
from tagger.text.schemes import IOB2, IOBES
from tagger.text.sentence import Sentence, Token, sentence_of_words

POLICIES = (
    "Say what becomes of such spans: corpus.misaligned: snap in the recipe, --misaligned snap of `tagger data convert`\n"
    "(snap: widened to whole tokens; split: the tokens are split; drop: left out)."
)


def name_it(task, key):
    return f"Name the key: corpus.columns: {{{task}: {key}}} in the recipe, --columns {task}={key} of `tagger data`."


def words(text):
    """A text with its words and signs as tokens."""
    return Sentence(text, tuple(Token(match.group(), *match.span()) for match in re.finditer(r"\w+|[^\w\s]", text)))


def full_stops(text):
    """Sentences that end behind each full stop."""
    return [match.span() for match in re.finditer(r"\S[^.]*\.?", text)]


def read(*records, tasks=None, notes=None, **settings):
    """The sentences of records, given as JSON values or as lines."""
    lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
    settings = {"tokenize": words, "note": (notes if notes is not None else []).append, **settings}
    return list(read_jsonl(enumerate(lines, 1), "in.jsonl", tasks or {"ner": None}, **settings))


def refused(*records, **settings):
    with pytest.raises(CorpusError) as caught:
        read(*records, **settings)
    return caught.value


def spans(text, *found, **keys):
    return {"text": text, "spans": [dict(zip(("start", "end", "label"), span, strict=True)) for span in found], **keys}


MERKEL = "Angela Merkel rests."


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


@pytest.mark.parametrize(
    ("record", "task", "key", "tags"),
    [
        ({"tokens": ["a"], "tags": ["1"], "ner": ["2"]}, "ner", None, "2"),
        ({"tokens": ["a"], "tags": {"ner": ["1"], "pos": ["2"]}}, "pos", None, "2"),
        ({"tokens": ["a"], "tags": {"ner": ["1"], "pos": ["2"]}}, "x", "tags.ner", "1"),
        ({"tokens": ["a"], "tags": ["1"], "pos": ["2"]}, "x", "pos", "2"),
        ({"tokens": ["a"], "tags": ["1"], "pos": ["2"]}, "x", None, "1"),
        ({"text": "a", "spans": [], "entities": [[0, 1, "X"]]}, "x", "entities", "B-X"),
        ({"text": "a", "labels": [[0, 1, "X"]]}, "ner", None, "B-X"),
        ({"text": "a", "tokens": [{"start": 0, "end": 1, "pos": "D", "tag": "DT"}]}, "xpos", "tag", "DT"),
    ],
)
def test_a_task_is_read_from_the_named_key_or_the_one_that_is_certain(record, task, key, tags):
    (sentence,) = read(record, tasks={task: key})
    assert list(sentence.columns[task]) == [tags]


def test_tags_and_spans_can_be_two_tasks():
    tokens = [{"start": 0, "end": 4, "pos": "PROPN"}, {"start": 5, "end": 10, "pos": "VERB"}]
    record = {"text": "Anna rests", "ents": [{"start": 0, "end": 4, "label": "PER"}], "tokens": tokens}
    (sentence,) = read(record, tasks={"ner": None, "upos": "pos"})
    assert {task: list(tags) for task, tags in sentence.columns.items()} == {"ner": ["B-PER", "O"], "upos": ["PROPN", "VERB"]}


@pytest.mark.parametrize(
    ("records", "tasks", "problem", "line", "fix"),
    [
        (
            [{"tokens": ["a"], "ner_tags": ["O"]}],
            {"ner": None},
            "not certain where the task 'ner' stands; keys of tags and spans here: 'ner_tags'",
            1,
            name_it("ner", "ner_tags"),
        ),
        (
            [{"tokens": ["a"], "tags": ["O"]}],
            {"ner": "tag"},
            "no key 'tag' for the task 'ner'; keys of tags and spans here: 'tags'",
            1,
            name_it("ner", "tags"),
        ),
        (
            [{"text": "a", "spans": []}],
            {"ner": "ents"},
            "no key 'ents' for the task 'ner'; keys of tags and spans here: 'spans'",
            1,
            name_it("ner", "spans"),
        ),
        (
            [{"text": "a", "label": [], "entities": []}],
            {"ner": None},
            "not certain where the task 'ner' stands; keys of tags and spans here: 'label', 'entities'",
            1,
            name_it("ner", "label"),
        ),
        (
            [{"tokens": ["a"], "tags": ["O"]}],
            {"ner": None, "pos": None},
            "the tasks 'ner' and 'pos' would both be read from 'tags'",
            1,
            name_it("ner", "tags"),
        ),
        (
            [{"text": "a", "label": [[0, 1, "X"]]}, {"text": "b", "entities": [[0, 1, "X"]]}],
            {"ner": None},
            "the task 'ner' stands under 'entities' here, and under 'label' in line 1",
            2,
            name_it("ner", "label"),
        ),
        (
            [{"text": "a b", "tokens": ["a", "b"], "tags": ["O", "O"], "spans": [{"start": 0, "end": 1, "label": "X"}]}],
            {"ner": None},
            "'tags' and 'spans' differ, and the task 'ner' could be read from either",
            1,
            name_it("ner", "tags"),
        ),
        (
            [{"tokens": ["a", "b"], "tags": ["O"]}],
            {"ner": None},
            "tags has 1 strings for 2 tokens",
            1,
            "Give one tag for each token.",
        ),
        (
            [{"tokens": ["a"], "tags": [""]}],
            {"ner": None},
            "tags[0] is empty",
            1,
            "Give one tag for each token; O where it is in no span.",
        ),
    ],
)
def test_a_task_that_could_be_read_wrongly_is_refused(records, tasks, problem, line, fix):
    error = refused(*records, tasks=tasks)
    assert (error.problem, error.where, error.fix) == (problem, f"in.jsonl:{line}", fix)


def task(text, *regions, **keys):
    """A task of Label Studio; a region is (start, end, text, label, name of the labels)."""
    result = [
        {
            "type": "labels",
            "from_name": name,
            "to_name": "text",
            "value": {"start": start, "end": end, "text": own, "labels": [label]},
        }
        for start, end, own, label, name in regions
    ]
    return {"data": {"text": text}, "annotations": [{"result": result, "was_cancelled": False}], **keys}


def test_a_text_that_label_studio_has_no_regions_for_has_no_spans():
    made = read(task("Anna", (0, 4, "Anna", "PER", "names")), task("rain"))
    assert [list(sentence.columns["ner"]) for sentence in made] == [["B-PER"], ["O"]]


def test_other_labels_of_label_studio_are_not_taken_for_those_of_before():
    error = refused(task("Anna", (0, 4, "Anna", "PER", "names")), task("Oslo", (0, 4, "Oslo", "X", "topics")))
    assert error.problem == "the task 'ner' stands under 'topics' here, and under 'names' in line 1"


def test_several_sets_of_labels_of_label_studio_need_a_name():
    record = task("Anna Bo", (0, 4, "Anna", "PER", "names"), (5, 7, "Bo", "X", "topics"))
    error = refused(record)
    assert error.problem == "not certain where the task 'ner' stands; keys of tags and spans here: 'names', 'topics'"
    assert list(read(record, tasks={"ner": "topics"})[0].columns["ner"]) == ["O", "B-X"]


def test_an_empty_list_of_spans_is_that_of_every_task():
    (sentence,) = read({"text": "Anna", "spans": []}, tasks={"ner": "spans.ner"})
    assert list(sentence.columns["ner"]) == ["O"]


def test_a_key_that_no_record_has_spans_under_is_refused_at_the_end():
    error = refused(task("Anna", (0, 4, "Anna", "PER", "names")), tasks={"ner": "name"})
    assert str(error) == (
        "in.jsonl: no record has spans under 'name' for the task 'ner'\n"
        "  The file has spans under 'names' (line 1). " + name_it("ner", "names")
    )


def test_spans_that_are_said_to_be_of_another_task_are_not_taken():
    record = {"text": "Anna", "spans": [{"start": 0, "end": 4, "label": "NP", "task": "chunk"}]}
    assert refused(record).problem == "no record has spans for the task 'ner'"
    (sentence,) = read(record, tasks={"chunk": None})
    assert list(sentence.columns["chunk"]) == ["B-NP"]


def test_the_text_of_label_studio_can_be_named():
    record = task("x", (0, 4, "Anna", "PER", "names"))
    record["data"] = {"text": "x", "body": "Anna"}
    assert read(record, tasks={"ner": "data.body"})[0].words == ("Anna",)


def test_two_texts_of_one_record_are_not_read_as_one():
    error = refused(task("x"), tasks={"ner": "data.body", "pos": "data.title"})
    assert error.problem == "several texts are named: body, title"
    assert error.fix == "Read the tasks of each text from a file of its own."


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


def test_fifty_misaligned_spans_are_shown_and_the_others_counted():
    error = refused(*[spans("Anna", (0, 2, "X"))] * 53)
    lines = error.fix.splitlines()
    assert error.problem == "53 spans do not fall on token boundaries"
    assert lines[49] == "in.jsonl:50: span 'An' (0-2, X) is within token 'Anna' (0-4)"
    assert "\n".join(lines[50:]) == f"and 3 more\n{POLICIES}"


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


ARRAY = '[\n  {"text": "Anna",\n   "entities": [[0, 4, "PER"]]},\n  ["Bo", {"entities": []}]\n]\n'


def test_an_array_is_read_with_the_lines_on_which_its_records_begin():
    first, second = read(*ARRAY.split("\n"))
    assert (first.words, list(first.lines), second.words, list(second.lines)) == (("Anna",), [2], ("Bo",), [4])
    assert first.source == ((2, '{"text": "Anna",\n   "entities": [[0, 4, "PER"]]}'),)


@pytest.mark.parametrize(
    ("lines", "texts"),
    [
        (['[{"text": "a", "spans": []}, {"text": "b", "spans": []}]'], ["a", "b"]),
        (['["a", {"entities": []}]'], ["a"]),
        (['["a", {"entities": []}]', "", '["b", {"entities": []}]'], ["a", "b"]),
        (['[["a", {"entities": []}], ["b", {"entities": []}]]', ""], ["a", "b"]),
        (['[["a", {"entities": []}],', '["b", {"entities": []}]]'], ["a", "b"]),
    ],
    ids=["array on one line", "one tuple", "lines of tuples", "array of tuples on one line", "array of tuples"],
)
def test_arrays_and_lines_of_tuples_are_told_apart(lines, texts):
    assert [sentence.original.text for sentence in read(*lines)] == texts


@pytest.mark.parametrize(
    ("lines", "where", "problem"),
    [
        (['{"text": "a", "spans": []}', '{"text": }'], "2:10", "no JSON: Expecting value"),
        (["{'text': 1}"], "1:2", "no JSON: Expecting property name enclosed in double quotes"),
        (["[", '{"text": "a", "spans": []},', " x]"], "3:2", "no JSON: Expecting value"),
        (["[", '{"text": "a", "spans": []}'], "2:26", "no JSON: Expecting ',' delimiter or the array's end"),
        (["[", '{"text": "a", "spans": []}', "] x"], "3:3", "no JSON: Extra data"),
        (["1" * 5000], "1", "no JSON that can be read: a number too long or lists nested too deeply"),
        (['{"a":' * 100_000], "1", "no JSON that can be read: a number too long or lists nested too deeply"),
    ],
)
def test_what_is_no_json_is_told_with_line_and_column(lines, where, problem):
    error = refused(*lines)
    assert (error.where, error.problem, error.fix) == (f"in.jsonl:{where}", problem, FORMS)


@pytest.mark.parametrize("opening", ["", "["])
def test_a_key_that_stands_twice_and_half_a_character_are_refused(opening):
    error = refused(opening + '{"text": "a", "text": "b", "spans": []}' + ("\n]" if opening else ""))
    assert str(error) == "in.jsonl:1: the key 'text' stands twice in one object\n  Leave one of them away."
    error = refused(opening + '{"text": "\\ud83d", "spans": []}' + ("\n]" if opening else ""))
    assert error.problem == "half a character (a lone surrogate)"
    assert error.fix == "Write the character whole: an emoji has two \\u escapes."


def test_escaped_emojis_and_backslashes_are_no_half_characters():
    assert read('{"text": "\\ud83d\\ude00 \\\\ud83d", "spans": []}')[0].words[0] == "\U0001f600"


def test_reading_goes_on_after_a_fault_where_the_handler_lets_it():
    errors = []
    made = read("x", {"tokens": 1}, spans("a"), fault=errors.append)
    assert [sentence.words for sentence in made] == [("a",)]
    assert [error.where for error in errors] == ["in.jsonl:1:1", "in.jsonl:2"]


def test_a_file_of_faults_is_not_told_to_be_empty_as_well():
    errors = []
    assert read("x", fault=errors.append) == []
    assert [error.where for error in errors] == ["in.jsonl:1:1"]


@pytest.mark.parametrize("lines", [[], [""], ["[]"], [{"text": "", "spans": []}], [{"text": "x", "answer": "reject"}]])
def test_a_file_without_a_sentence_is_refused(lines):
    assert refused(*lines).problem == "the file holds no sentence"
    errors = []
    assert read(*lines, fault=errors.append) == []
    assert [error.kind for error in errors] == ["empty file"]


def test_lines_are_read_one_at_a_time():
    lines = ((number, json.dumps(spans("Anna", (0, 4, "PER")))) for number in count(1))
    sentences = read_jsonl(lines, "in.jsonl", {"ner": None}, tokenize=words, note=pytest.fail)
    assert [list(sentence.lines) for sentence in islice(sentences, 3)] == [[1], [2], [3]]
    assert next(lines)[0] < 10


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


@pytest.mark.parametrize("labels", [{"labels": []}, {"spans": []}, {"entities": []}])
def test_an_empty_list_of_spans_beside_tags_under_another_key_does_not_say_that_there_are_none(labels):
    record = {"tokens": ["Bob", "Anna"], "ner_tags": ["O", "B-PER"], **labels}
    with pytest.raises(CorpusError, match="not certain where the task 'ner' stands"):
        read(record)
    (sentence,) = read(record, tasks={"ner": "ner_tags"})
    assert list(sentence.columns["ner"]) == ["O", "B-PER"]
