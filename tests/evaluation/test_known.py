"""What train holds, counted from small corpora."""

import pytest
from datasets import ClassLabel, Dataset, Features, List, Value

from tagger.corpora.corpus import Corpus
from tagger.evaluation.known import known_of
from tagger.text.partial import UNKNOWN
from tagger.text.schemes import IOB2, SCHEMES

WORDS = [["Ann", "Lee", "sees", "Ann"], ["Lee"], []]
UPOS = [["PROPN", "PROPN", "VERB", "PROPN"], ["NOUN"], []]
NER = {
    IOB2: [["B-PER", "I-PER", "O", "B-PER"], ["B-LOC"], []],
    SCHEMES["iobes"]: [["B-PER", "E-PER", "O", "S-PER"], ["S-LOC"], []],
}


def corpus_of(scheme=IOB2, ner=None, upos=UPOS, intent=("a", None, "a"), split="train", words=WORDS):
    ner = ner or NER[scheme]
    names = {task: sorted({tag for tags in rows for tag in tags if tag}) for task, rows in (("ner", ner), ("upos", upos))}
    names["intent"] = sorted({label for label in intent if label})

    def number(task, tag):
        return UNKNOWN if tag is None else names[task].index(tag)

    ids = {task: [[number(task, tag) for tag in tags] for tags in rows] for task, rows in (("ner", ner), ("upos", upos))}
    features = {task: List(ClassLabel(names=names[task])) for task in ("ner", "upos")}
    columns = {"tokens": words, **ids, "intent": [number("intent", label) for label in intent]}
    features = Features({"tokens": List(Value("string")), **features, "intent": ClassLabel(names=names["intent"])})
    return Corpus({split: Dataset.from_dict(columns, features=features)}, {"ner": scheme, "upos": None, "intent": None}, "x")


TASKS = ("ner", "upos", "intent")


def test_words_are_counted_once_for_all_tasks():
    for known in known_of(corpus_of(), TASKS).values():
        assert dict(known.frequencies) == {"Ann": 2, "Lee": 2, "sees": 1}
        assert set(known.words) == {"Ann", "Lee", "sees"}


@pytest.mark.parametrize("scheme", NER, ids=lambda scheme: scheme.name)
def test_spans_are_kept_with_their_labels_in_every_scheme(scheme):
    known = known_of(corpus_of(scheme), TASKS)["ner"]
    assert known.spans == {"Ann Lee": {"PER"}, "Ann": {"PER"}, "Lee": {"LOC"}}
    assert known.labels == {"PER": 2, "LOC": 1}
    assert not known.ambiguous


def test_words_with_several_tags_are_ambiguous():
    known = known_of(corpus_of(), TASKS)["upos"]
    assert known.ambiguous == {"Lee"}
    assert known.labels == {"PROPN": 3, "VERB": 1, "NOUN": 1}
    assert known.spans is None


def test_labels_of_sentences_are_counted():
    known = known_of(corpus_of(), TASKS)["intent"]
    assert (known.labels, known.spans) == ({"a": 2}, None)


def test_what_is_not_known_is_not_counted():
    made = corpus_of(ner=[["B-PER", None, "O", "B-PER"], ["B-LOC"], []], upos=[["PROPN", None, "VERB", "PROPN"], ["NOUN"], []])
    known = known_of(made, TASKS)
    assert (known["ner"].spans, known["ner"].labels) == ({"Lee": {"LOC"}}, {"LOC": 1})
    assert (known["upos"].labels["PROPN"], known["upos"].ambiguous) == (2, set())


def test_without_train_nothing_is_known():
    assert known_of(corpus_of(split="dev"), TASKS) == {}


def test_no_more_than_three_examples_of_a_label_are_kept():
    words = [["oak", "elm", "ash", "fir"], ["fir"], []]
    known = known_of(corpus_of(upos=[["NOUN"] * 4, ["NOUN"], []], words=words), TASKS)["upos"]
    assert known.examples == {"NOUN": ["fir", "oak", "elm"]}
