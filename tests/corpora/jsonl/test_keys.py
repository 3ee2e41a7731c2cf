"""Under which key of a record a task stands: the one that was named, or the one that is certain; else it is refused."""

import pytest
from jsonl_reading import name_it, read, refused

from tagger.errors import CorpusError


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


@pytest.mark.parametrize("labels", [{"labels": []}, {"spans": []}, {"entities": []}])
def test_an_empty_list_of_spans_beside_tags_under_another_key_does_not_say_that_there_are_none(labels):
    record = {"tokens": ["Bob", "Anna"], "ner_tags": ["O", "B-PER"], **labels}
    with pytest.raises(CorpusError, match="not certain where the task 'ner' stands"):
        read(record)
    (sentence,) = read(record, tasks={"ner": "ner_tags"})
    assert list(sentence.columns["ner"]) == ["O", "B-PER"]
