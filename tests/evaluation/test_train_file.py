"""What train holds, read from the columns that another tool was trained by."""

import pytest
from test_known import NER, UPOS, WORDS, corpus_of

from tagger.corpora.columns import write_columns
from tagger.errors import CorpusError
from tagger.evaluation.known import known_of
from tagger.evaluation.predictions import Predictions
from tagger.evaluation.train_file import read_train
from tagger.text.schemes import IOB2

ROWS = [place for place, words in enumerate(WORDS) if words]


def predictions_of(gold, schemes=None):
    return Predictions([["w"] * len(gold)], {"x": [gold]}, {"x": [gold]}, schemes={"x": schemes} if schemes else {})


@pytest.fixture
def train(tmp_path):
    """Writes words and tags as columns, with another between."""

    def train(tags, words=WORDS, places=ROWS):
        rows = [[*zip(words[place], ["-"] * len(words[place]), tags[place], strict=True)] for place in places]
        write_columns(tmp_path / "train.txt", rows)
        return tmp_path / "train.txt"

    return train


def told_of(known):
    """All of it, in forms that can be held against each other."""
    return set(known.words), dict(known.frequencies), known.ambiguous, known.spans, dict(known.labels), known.examples


@pytest.mark.parametrize("scheme", NER, ids=lambda scheme: scheme.name)
def test_it_is_what_a_corpus_of_the_same_sentences_holds(scheme, train):
    expected = known_of(corpus_of(), ("ner", "upos"))
    found = read_train(train(NER[scheme]), predictions_of(["B-PER", "I-PER"], (IOB2, IOB2)))
    assert told_of(found.known["x"]) == told_of(expected["ner"])
    assert found.facts == {"train": "train.txt", "train tags": scheme.name.upper()}
    assert found.told == f"tags are read as {scheme.name.upper()}"
    plain = read_train(train(UPOS), predictions_of(["VERB"]))
    assert told_of(plain.known["x"]) == told_of(expected["upos"])
    assert (plain.facts["train tags"], plain.told) == ("plain", "tags are read as plain tags")


def test_what_is_not_known_is_not_counted(train):
    tags = [["PROPN", "_", "VERB", "PROPN"], ["NOUN"], []]
    known = read_train(train(tags), predictions_of(["VERB"])).known["x"]
    assert (known.labels, known.ambiguous) == ({"PROPN": 2, "VERB": 1, "NOUN": 1}, set())
    spans = [["B-PER", "_", "O", "B-PER"], ["B-LOC"], []]
    known = read_train(train(spans), predictions_of(["B-PER", "B-LOC"], (IOB2, IOB2))).known["x"]
    assert (known.spans, known.frequencies["Ann"]) == ({"Lee": {"LOC"}}, 2)


def test_spans_that_break_the_scheme_are_left_out_and_told(train):
    tags = [["B-PER", "I-LOC", "O", "B-PER"], ["I-LOC"], []]
    found = read_train(train(tags), predictions_of(["B-PER"], (IOB2, IOB2)))
    assert found.known["x"].spans == {"Ann": {"PER"}}
    assert found.told == "tags are read as IOB2; 2 places break it, and spans with such a place are left out"


def test_the_scheme_is_the_one_that_explains_more_than_that_of_gold(train):
    """Faults among them; in IOB2 hardly a span of train would be left."""
    words = [["Ann", "Lee", "sees", "Oslo"]] * 400
    tags = [["I-PER", "I-PER", "O", "I-LOC"]] * 399 + [["B-PER", "I-PER", "O", "I-LOC"]]
    path = train(tags, words, places=range(400))
    found = read_train(path, predictions_of(["B-PER"], (IOB2, IOB2)))
    assert found.told == "tags are read as IOB1; 1 place breaks it, and spans with such a place are left out"
    assert found.known["x"].labels == {"PER": 399, "LOC": 400}


@pytest.mark.parametrize(
    ("tags", "gold", "schemes", "where", "problem"),
    [
        (UPOS, ["B-PER"], (IOB2, IOB2), ":1:7", "'PROPN' is no tag of a span in any scheme"),
        (UPOS, ["B-PER"], None, "", "it holds none of the tags that are gold in the predictions, such as 'B-PER'"),
        (NER[IOB2], ["B-X", "O"], (IOB2, IOB2), "", "it holds none of the labels that are gold in the predictions, such as 'X'"),
    ],
)
def test_train_of_another_task_is_refused(tags, gold, schemes, where, problem, train):
    path = train(tags)
    with pytest.raises(CorpusError) as caught:
        read_train(path, predictions_of(gold, schemes))
    assert (caught.value.where, caught.value.problem) == (f"{path}{where}", problem)


def test_train_without_tags_is_refused(tmp_path):
    (tmp_path / "train.txt").write_text("Ann\nLee\n", "utf-8")
    with pytest.raises(CorpusError, match="1 column where at least 2 were expected") as caught:
        read_train(tmp_path / "train.txt", predictions_of(["A"]))
    assert caught.value.fix == "Each line of train must hold the word first and the gold tag last."
