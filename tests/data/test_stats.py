"""`tagger data stats`: every number is that of a plain count."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.data.stats import count
from tagger.data.survey import Layout, survey
from tagger.text.tokenizer import Tokenizer


def stats(*paths, vectors=None, **layout):
    surveyed = survey(list(paths), Layout(**layout), Tokenizer.named("ptb"))
    return count([surveyed.part], vectors)


WORDS = st.sampled_from(("the", "The", "Oslo", "1996", "東京", "a-b"))
CHUNK = st.tuples(st.lists(WORDS, min_size=1, max_size=3), st.sampled_from(("PER", "LOC", "O", None)))
SENTENCES = st.lists(st.lists(CHUNK, min_size=1, max_size=4), min_size=1, max_size=5)


def rows_of(sentence):
    """The rows of a sentence that is given as words with the label of their span, or None."""
    for words, label in sentence:
        for index, word in enumerate(words):
            yield word, "O" if label is None else f"{'I' if index else 'B'}-{label}"


@given(train=SENTENCES, dev=SENTENCES)
def test_all_numbers_are_those_of_a_plain_count(tmp_path_factory, train, dev):
    folder = tmp_path_factory.mktemp("corpus")
    for name, sentences in (("train", train), ("dev", dev)):
        text = "".join("".join(f"{word} {tag}\n" for word, tag in rows_of(sentence)) + "\n" for sentence in sentences)
        (folder / f"{name}.txt").write_text(text, "utf-8")
    found = stats(folder, schemes={"column2": "iob2"}, vectors=["the", "oslo", "0000"]).to_json()["splits"]
    words = {name: [word for one in part for word, _ in rows_of(one)] for name, part in (("train", train), ("dev", dev))}
    for name, sentences in (("train", train), ("dev", dev)):
        spans = [(label, len(chunk)) for sentence in sentences for chunk, label in sentence if label]
        lengths = sorted(sum(len(chunk) for chunk, _ in sentence) for sentence in sentences)
        middle = (lengths[(len(lengths) - 1) // 2] + lengths[len(lengths) // 2]) / 2
        split = found[name]
        assert (split["sentences"], split["tokens"], split["documents"]) == (len(sentences), len(words[name]), 1)
        assert split["words"] == len(set(words[name]))
        assert split["lengths"] == Counter(lengths)
        assert split["median_length"] == middle
        assert split["labels"]["column2"] == Counter(label for label, _ in spans)
        assert split["span_lengths"]["column2"] == Counter(length for _, length in spans)
        for way, known in {
            "as they stand": {"the"},
            "lower-cased": {"the", "The", "Oslo"},
            "lower-cased, digits as 0": {"the", "The", "Oslo", "1996"},
        }.items():
            tokens, distinct = split["covered"][way]
            assert tokens == sum(word in known for word in words[name]) / len(words[name])
            assert distinct == len(set(words[name]) & known) / len(set(words[name]))
        lacking = Counter(word for word in words[name] if word not in ("the", "The", "Oslo"))
        assert Counter(dict(split["missing"])) == lacking
        assert [number for _, number in split["missing"]] == sorted(lacking.values(), reverse=True)
    new = [word for word in words["dev"] if word not in words["train"]]
    assert found["dev"]["not_in_train"] == (len(new) / len(words["dev"]), len(set(new)) / len(set(words["dev"])))
    assert "not_in_train" not in found["train"]


def test_plain_tags_are_counted_as_tokens(file):
    split = stats(file("Ann NNP\nLee NNP\n\nrests VBZ\n")).to_json()["splits"]["train"]
    assert (split["labels"], split["span_lengths"]) == ({"column2": {"NNP": 2, "VBZ": 1}}, {})


def test_unknown_tags_are_counted_apart_and_spans_by_their_first_tag_where_some_are(file):
    path = file("Ann B-PER NN\nLee I-PER _\n\nBo B-PER NN\nrests _ _\n")
    found = stats(path, reading={"unknown": "_"})
    split = found.splits["train"]
    assert split.labels == {"column2": {"PER": 2, "(unknown)": 1}, "column3": {"NN": 2, "(unknown)": 2}}
    assert split.span_lengths == {"column2": {2: 1}}
    assert list(found.notes) == [
        f"{path}: the scheme of column2 is detected as IOB2: all 2 spans begin with B-",
        f"{path}: 1 of 4 column2 tags are unknown",
        f"{path}: 2 of 4 column3 tags are unknown",
    ]


@pytest.mark.parametrize("scheme", ["iob1", "iobes", "bmeow"])
def test_spans_are_the_same_in_every_scheme(file, scheme):
    tags = {
        "iob1": "I-X I-X B-X O I-Y",
        "iobes": "B-X E-X S-X O S-Y",
        "bmeow": "B-X E-X W-X O W-Y",
    }[scheme]
    split = stats(file("".join(f"w {tag}\n" for tag in tags.split())), schemes={"column2": scheme}).splits["train"]
    assert (split.labels["column2"], split.span_lengths["column2"]) == ({"X": 2, "Y": 1}, {1: 2, 2: 1})


def test_documents_are_counted(file):
    path = file("a O\n\n-DOCSTART- O\n\nb B-X\n\nc O\n\n-DOCSTART- O\n\nd O\n")
    assert stats(path).splits["train"].documents == 3
    assert (
        stats(file("1\ta" + "\t_" * 8 + "\n\n# newdoc\n1\tb" + "\t_" * 8 + "\n\n", "a.conllu")).to_json()["splits"][
            str(path.parent / "a.conllu")
        ]["documents"]
        == 2
    )


def test_the_ten_most_frequent_words_without_a_vector_are_named(file):
    text = "".join(f"w{number} NN\n" * (number + 1) for number in range(12))
    split = stats(file(text), vectors=["w11"]).splits["train"]
    assert split.missing == [(f"w{number}", number + 1) for number in range(10, 0, -1)]


def test_what_is_counted_is_plain_json(file):
    data = stats(file("Ann B-X\nrests O\n"), file("Bo B-X\nsleeps O\n", "dev.txt"), vectors=["ann"]).to_json()
    again = json.loads(json.dumps(data))
    assert again["version"] == 1
    assert again["splits"]["dev"] == {
        "sentences": 1,
        "tokens": 2,
        "documents": 1,
        "words": 2,
        "lengths": {"2": 1},
        "labels": {"column2": {"X": 1}},
        "span_lengths": {"column2": {"1": 1}},
        "covered": {"as they stand": [0, 0], "lower-cased": [0, 0], "lower-cased, digits as 0": [0, 0]},
        "missing": [["Bo", 1], ["sleeps", 1]],
        "median_length": 2,
        "not_in_train": [1, 1],
    }
