"""One record of an annotation tool, in each of the shapes in which the tools write it."""

import pytest

from tagger.corpora.jsonl.record import FORMS, RecordError
from tagger.corpora.jsonl.shapes import parse_record
from tagger.text.alignment import CharSpan

TEXT = "\U0001f600 Anna rests in Oslo."
ANNA, OSLO = CharSpan(2, 6, "PER"), CharSpan(16, 20, "LOC")
# The same spans as JavaScript counts them: the emoji has two code units.
JS = [(3, 7, "PER"), (17, 21, "LOC")]


def prodigy(**keys):
    words = [(0, 1), (2, 6), (7, 12), (13, 15), (16, 20), (20, 21)]
    tokens = [
        {"text": TEXT[start:end], "start": start, "end": end, "id": index, "ws": index != 4}
        for index, (start, end) in enumerate(words)
    ]
    spans = [
        {"start": 2, "end": 6, "token_start": 1, "token_end": 1, "label": "PER"},
        {"start": 16, "end": 20, "token_start": 4, "token_end": 4, "label": "LOC"},
    ]
    record = {"text": TEXT, "_input_hash": 1, "_task_hash": -2, "tokens": tokens, "spans": spans}
    return {**record, "_view_id": "ner_manual", "_is_binary": False, "_session_id": None, "answer": "accept", **keys}


def region(start, end, text, label, **keys):
    value = {"start": start, "end": end, "text": text, "labels": [label]}
    return {"id": "x1", "from_name": "label", "to_name": "text", "type": "labels", "origin": "manual", "value": value, **keys}


def label_studio(*annotations, **keys):
    return {"id": 7, "data": {"text": TEXT}, "annotations": list(annotations), "predictions": [], **keys}


def annotation(*regions, **keys):
    return {"id": 1, "completed_by": 1, "result": list(regions), "was_cancelled": False, "ground_truth": False, **keys}


BOTH = annotation(region(2, 6, "Anna", "PER"), region(16, 20, "Oslo", "LOC"))

SHAPES = {
    "spans": ("spans", {"text": TEXT, "spans": [{"start": 2, "end": 6, "label": "PER"}, {"start": 16, "end": 20, "label": "LOC"}]}),
    "spaCy's Doc": (
        "ents",
        {"text": TEXT, "ents": [{"start": 2, "end": 6, "label": "PER"}, {"start": 16, "end": 20, "label": "LOC"}]},
    ),
    "spaCy's tuple": ("entities", [TEXT, {"entities": [[2, 6, "PER"], [16, 20, "LOC"]], "cats": {}}]),
    "spaCy's tuple as an object": ("entities", {"text": TEXT, "entities": [[2, 6, "PER"], [16, 20, "LOC"]]}),
    "spaCy's span groups": ("spans.sc", {"text": TEXT, "spans": {"sc": [{"start": 2, "end": 6, "label": "PER"}, OSLO._asdict()]}}),
    "Prodigy": ("spans", prodigy()),
    "Prodigy with texts": ("spans", prodigy(spans=[{**ANNA._asdict(), "text": "Anna"}, {**OSLO._asdict(), "text": "Oslo"}])),
    "Doccano's label": ("label", {"id": 1, "text": TEXT, "label": [list(span) for span in JS], "Comments": []}),
    "Doccano's labels in code points": ("labels", {"id": 1, "text": TEXT, "labels": [list(ANNA), list(OSLO)]}),
    "Doccano's entities": (
        "entities",
        {
            "id": 1,
            "text": TEXT,
            "entities": [{"id": 5, "label": label, "start_offset": start, "end_offset": end} for start, end, label in JS],
            "relations": [{"id": 1, "from_id": 5, "to_id": 5, "type": "x"}],
            "Comments": [],
        },
    ),
    "Label Studio": ("label", label_studio(BOTH)),
    "Label Studio in UTF-16": ("label", label_studio(annotation(region(3, 7, "Anna", "PER"), region(17, 21, "Oslo", "LOC")))),
    "Label Studio without texts": ("label", label_studio(annotation(*(region(*span[:2], None, span[2]) for span in JS)))),
    "Label Studio's completions": ("label", {"data": {"text": TEXT}, "completions": [BOTH]}),
    "JSON_MIN": (
        "label",
        {"id": 1, "text": TEXT, "label": [region(2, 6, "Anna", "PER")["value"], region(16, 20, "Oslo", "LOC")["value"]]},
    ),
    "JSON_MIN under another name": (
        "entity_names",
        {
            "text": TEXT,
            "annotation_id": 2,
            "entity_names": [{**ANNA._asdict(), "labels": ["PER"]}, {**OSLO._asdict(), "labels": ["LOC"]}],
        },
    ),
}


@pytest.mark.parametrize(("key", "data"), SHAPES.values(), ids=SHAPES)
def test_every_export_gives_the_spans_of_its_text_behind_an_emoji(key, data):
    record = parse_record(data)
    assert record.text == TEXT
    assert record.spans == {key: (ANNA, OSLO)}
    assert record.skipped is None


@pytest.mark.parametrize("name", ["Doccano's label", "Doccano's entities", "Label Studio in UTF-16"])
def test_converted_offsets_are_remarked(name):
    assert parse_record(SHAPES[name][1]).remarks == ("offsets counted in UTF-16 code units were converted",)
    assert parse_record(SHAPES["Label Studio"][1]).remarks == ()


def test_tokens_and_tags_are_read_with_every_list_of_strings():
    record = parse_record({"tokens": ["a", "b"], "tags": ["O", "B-X"], "pos": ["D", "N"], "id": 3, "numbers": [1, 2]})
    assert (record.tokens, record.text) == (("a", "b"), None)
    assert record.tags == {"tags": ("O", "B-X"), "pos": ("D", "N")}
    assert record.spans == {}


def test_tags_of_several_tasks_are_dotted():
    record = parse_record({"tokens": ["a"], "tags": {"ner": ["O"], "upos": ["X"]}})
    assert record.tags == {"tags.ner": ("O",), "tags.upos": ("X",)}


def test_the_output_of_tagger_tag_has_offsets_tags_and_the_spans_of_each_task():
    span = {"start": 1, "end": 2, "label": "PER", "text": "Anna", "start_char": 2, "end_char": 6, "task": "ner"}
    data = {
        "text": "\U0001f600 Anna",
        "tokens": ["\U0001f600", "Anna"],
        "offsets": [[0, 1], [2, 6]],
        "tags": {"ner": ["O", "B-PER"]},
    }
    record = parse_record({**data, "spans": [span]})
    assert record.offsets == ((0, 1), (2, 6))
    assert record.spans == {"spans.ner": (ANNA,)}


def test_spacys_tokens_are_columns_and_white_space_is_no_token():
    text = "Hi \n\nOslo"
    places = [(0, 2), (3, 5), (5, 9)]
    tokens = [
        {"id": index, "start": start, "end": end, "tag": f"T{index}", "pos": f"P{index}", "head": 0}
        for index, (start, end) in enumerate(places)
    ]
    record = parse_record({"text": text, "ents": [], "sents": [{"start": 0, "end": 5}, {"start": 5, "end": 9}], "tokens": tokens})
    assert (record.tokens, record.offsets) == (("Hi", "Oslo"), ((0, 2), (5, 9)))
    assert record.tags == {"tag": ("T0", "T2"), "pos": ("P0", "P2")}
    assert record.sentences == ((0, 5), (5, 9))
    assert record.spans == {"ents": ()}


def test_prodigys_tokens_are_the_tokens():
    record = parse_record(prodigy())
    assert record.tokens == ("\U0001f600", "Anna", "rests", "in", "Oslo", ".")
    assert record.offsets[4] == (16, 20)


def test_a_record_that_prodigy_accepted_without_spans_has_none():
    data = prodigy()
    del data["spans"]
    assert parse_record(data).spans == {"spans": ()}


@pytest.mark.parametrize("answer", ["reject", "ignore"])
def test_what_was_not_accepted_in_prodigy_is_skipped(answer):
    assert parse_record(prodigy(answer=answer)).skipped == f"answer '{answer}'"


def test_binary_answers_of_prodigy_are_remarked():
    assert parse_record(prodigy(_is_binary=True)).remarks == ("the answer is about one span only, and others may be unmarked",)


def test_tokens_find_their_places_in_a_text_that_holds_nothing_else():
    assert parse_record({"text": "a  b.", "tokens": ["a", "b", "."], "tags": ["O"] * 3}).offsets == ((0, 1), (3, 4), (4, 5))
    assert parse_record({"text": "a (b", "tokens": ["a", "-LRB-", "b"], "tags": ["O"] * 3}).offsets is None


def test_label_studio_records_that_nobody_annotated_or_all_cancelled_are_skipped():
    assert parse_record(label_studio()).skipped == "not annotated"
    assert parse_record(label_studio(annotation(was_cancelled=True))).skipped == "the annotation was cancelled"


def test_a_cancelled_annotation_beside_another_does_not_count():
    cancelled = annotation(region(0, 1, "\U0001f600", "X"), was_cancelled=True)
    assert parse_record(label_studio(cancelled, BOTH)).spans == {"label": (ANNA, OSLO)}


def test_equal_annotations_of_label_studio_are_one():
    turned = annotation(*BOTH["result"][::-1])
    assert set(parse_record(label_studio(BOTH, turned)).spans["label"]) == {ANNA, OSLO}


def test_regions_that_are_no_labels_are_left_aside():
    choice = {"type": "choices", "from_name": "topic", "to_name": "text", "value": {"choices": ["x"]}}
    relation = {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right"}
    record = parse_record(label_studio(annotation(choice, relation, region(2, 6, "Anna", "PER"))))
    assert record.spans == {"label": (ANNA,)}


def test_each_set_of_labels_of_label_studio_is_a_key():
    record = parse_record(label_studio(annotation(region(2, 6, "Anna", "PER"), region(16, 20, "Oslo", "X", from_name="other"))))
    assert record.spans == {"label": (ANNA,), "other": (CharSpan(16, 20, "X"),)}
    assert record.open_keys


@pytest.mark.parametrize(
    ("texts", "key"),
    [
        ({"body": TEXT}, None),
        ({"body": TEXT, "number": 3}, None),
        ({"text": TEXT, "title": "x"}, None),
        ({"body": TEXT, "text": "x"}, "body"),
    ],
)
def test_the_text_of_label_studio_is_the_named_the_only_or_that_of_the_labels_target(texts, key):
    assert parse_record({**label_studio(BOTH), "data": texts}, text_key=key).text == TEXT


SPAN = {"start": 0, "end": 1, "label": "X"}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("text", "no record but the string 'text'"),
        ([1, 2, 3], "no record but a list of 3"),
        (["text", {"cats": {}}], "no record but a list of 2"),
        (None, "no record but null or missing"),
        ({"words": ["a"], "x": 1}, "neither text nor tokens; the record has the keys 'words', 'x'"),
        ({}, "neither text nor tokens; the record has the keys none"),
        ({"text": "a", "meta": {}}, "no tags and no spans; the record has the keys 'text', 'meta'"),
        ({"text": "a", "spans": "[{'start': 0}]"}, "spans is the string '[{'start': 0}]' and should be a list"),
        (prodigy(spans="[]"), "spans is the string '[]' and should be a list"),
        (
            prodigy(spans=None),
            "no tags and no spans; the record has the keys 'text', '_input_hash', '_task_hash', 'tokens', "
            "'spans', '_view_id', '_is_binary', '_session_id', 'answer'",
        ),
        ({"text": "a", "label": "positive"}, "no tags and no spans; the record has the keys 'text', 'label'"),
        ({"text": "a", "label": ["positive"]}, "label[0] is the string 'positive' and should be a span"),
        ({"text": 3, "spans": []}, "text is the number 3 and should be a string"),
        ({"text": "a", "spans": [{**SPAN, "start": "0"}]}, "spans[0]: start is the string '0' and should be a whole number"),
        ({"text": "a", "spans": [{**SPAN, "end": True}]}, "spans[0]: end is true and should be a whole number"),
        ({"text": "a", "spans": [{**SPAN, "end": 1.0}]}, "spans[0]: end is the number 1.0 and should be a whole number"),
        ({"text": "a", "spans": [{"start": 0, "label": "X"}]}, "spans[0]: end is null or missing and should be a whole number"),
        ({"text": "a", "spans": [{**SPAN, "label": None}]}, "spans[0]: label is null or missing and should be a string"),
        ({"text": "a", "spans": [{**SPAN, "label": " "}]}, "spans[0]: label is empty"),
        ({"text": "a", "spans": [{**SPAN, "text": "b"}]}, "span (0-1, X) should be 'b' and is 'a'"),
        ({"text": "a", "spans": [{**SPAN, "text": 1}]}, "spans[0]: text is the number 1 and should be a string"),
        ({"text": "a", "entities": [[0, 1]]}, "entities[0] should be [start, end, label] and has 2 parts"),
        ({"tokens": ["a"], "spans": [SPAN]}, "spans[0] is a span, but the record has no text"),
        ({"text": "b", "tokens": ["a"], "spans": [SPAN]}, "spans over a text whose tokens are others than the record's"),
        ({"tokens": "a b", "tags": []}, "tokens is the string 'a b' and should be a list"),
        ({"tokens": ["a", 2], "tags": []}, "tokens[1] is the number 2 and should be a string"),
        ({"tokens": ["a", " "], "tags": []}, "tokens[1] is empty or white space"),
        ({"tokens": ["a"], "tags": [0]}, "tags[0] is the number 0 and should be a string"),
        ({"tokens": ["a"], "tags": {"ner": [None]}}, "tags.ner[0] is null or missing and should be a string"),
        ({"tokens": ["a"], "tags": {"ner": "O"}}, "tags.ner is the string 'O' and should be a list"),
        (
            {"tokens": ["a"], "tags": "O"},
            "tags is the string 'O' and should be a list of strings, or such a list for each task",
        ),
        ({"text": "ab", "tokens": ["b"], "offsets": [[0, 1]], "tags": ["O"]}, "tokens[0] (0-1) is 'b', but the text has 'a' there"),
        ({"text": "ab", "tokens": ["b"], "offsets": [], "tags": ["O"]}, "0 offsets for 1 tokens"),
        (
            {"text": "ab", "tokens": [{"start": 1, "end": 2}, {"start": 0, "end": 1}], "ents": []},
            "tokens[1] (0-1) is empty, overlaps the one before or is beyond the text",
        ),
        ({"tokens": [{"start": 0, "end": 1}], "ents": []}, "tokens with offsets, but no text"),
        (
            {"text": "ab", "tokens": [{"start": 0, "end": 2}], "sents": [{"start": 0, "end": 3}], "ents": []},
            "sents[0] (0-3) is empty, out of order or beyond the text",
        ),
        (
            prodigy(spans=[{"start": 2, "end": 6, "token_start": 2, "token_end": 2, "label": "X"}]),
            "spans[0] is 2-6 in characters, but its tokens 2 to 2 are elsewhere",
        ),
        (
            {"text": "\U0001f600 Anna", "label": [[4, 5, "X"]]},
            "it can't be told how the offsets count: span (4-5, X) is 'n' in characters and 'n' in UTF-16 code units",
        ),
        (label_studio("x"), "annotations[0] is the string 'x' and should be an object"),
        (
            label_studio(annotation(region(2, 6, "Anna", "X", type="hypertextlabels"))),
            "annotations[0].result[0] labels HTML or a dialogue, not a text",
        ),
        (label_studio(BOTH, annotation()), "2 annotations that differ"),
        (
            label_studio(annotation(region(2, 6, "Anna", "X"), region(2, 6, "Anna", "X", to_name="title"))),
            "labels for several texts: text, title",
        ),
        (
            {**label_studio(BOTH), "data": {"body": TEXT, "title": "x"}},
            "it is not certain which of data is the text; strings there are 'body', 'title'",
        ),
        (label_studio(annotation(region(2, 6, "Bo", "PER"))), "span (2-6, PER) should be 'Bo' and is 'Anna'"),
    ],
)
def test_a_record_that_is_none_of_the_forms_is_refused_with_what_is_wrong(data, problem):
    with pytest.raises(RecordError) as caught:
        parse_record(data)
    assert str(caught.value) == problem
    assert caught.value.fix


@pytest.mark.parametrize(("labels", "said"), [(["A", "B"], "2 labels: A, B"), ([], "no label"), ("A", "the string 'A' as labels")])
def test_a_region_must_have_one_label(labels, said):
    data = region(2, 6, "Anna", "X")
    data["value"]["labels"] = labels
    with pytest.raises(RecordError) as caught:
        parse_record(label_studio(annotation(data)))
    assert str(caught.value) == f"annotations[0].result[0].value has {said}"
    assert caught.value.fix == "A span can have one label: leave one of them, or the whole span away."


def test_an_unknown_text_of_label_studio_is_told_with_how_to_name_it():
    with pytest.raises(RecordError) as caught:
        parse_record(label_studio(BOTH), text_key="body")
    assert str(caught.value) == "no text 'body' in data; strings there are 'text'"
    assert caught.value.fix == (
        "Name the text with data. before it: corpus.columns: {ner: data.text} in the recipe, "
        "--columns ner=data.text of `tagger data`."
    )


def test_spans_without_a_text_are_told_with_how_to_name_the_text():
    with pytest.raises(RecordError) as caught:
        parse_record({"tokens": ["a"], "spans": [SPAN]})
    assert caught.value.fix == (
        "Call the key of the text `text`, or name it with data. before it: corpus.columns: {ner: data.body} in the recipe,\n"
        "--columns ner=data.body of `tagger data`."
    )


def test_a_label_may_hold_spaces_but_no_tab_and_no_line_end():
    assert parse_record({"text": "a", "spans": [{**SPAN, "label": "art work"}]}).spans["spans"] == (CharSpan(0, 1, "art work"),)
    for label in ("a\tb", "a\n", "a\rb"):
        for span in ({**SPAN, "label": label}, [0, 1, label]):
            with pytest.raises(RecordError) as caught:
                parse_record({"text": "a", "spans": [span]})
            assert str(caught.value) == f"spans[0]: label {label!r} holds a tab or a line end"
            assert (caught.value.fix, caught.value.kind) == ("Write it without them; spaces are allowed.", "unreadable record")


def test_an_unknown_form_is_told_with_the_forms_that_are_read():
    with pytest.raises(RecordError) as caught:
        parse_record({"words": []})
    assert caught.value.fix == FORMS
