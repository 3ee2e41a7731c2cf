"""Lines or one array as records, each with its line; what is no JSON is told with its place."""

import json
from itertools import count, islice

import pytest
from jsonl_reading import read, refused, spans, words

from tagger.corpora.jsonl.reader import read_jsonl
from tagger.corpora.jsonl.record import FORMS

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
