"""The real corpora hold what their README says; IOB1 and IOB2 of the same news agree."""

from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from tagger.corpora.columns import read_columns
from tagger.corpora.conllu import read_conllu
from tagger.corpora.corpus import read_corpus
from tagger.corpora.files import find_splits
from tagger.corpora.source import text_lines
from tagger.text.schemes import IOB2, SCHEMES

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not CORPORA.is_dir(), reason=f"the real corpora are not there: {CORPORA}"),
]


def sizes(sentences):
    lengths = [len(sentence.words) for sentence in sentences]
    return len(lengths), sum(lengths)


@pytest.mark.parametrize(("split", "size"), [("train", (14_041, 203_621)), ("dev", (3_250, 51_362)), ("test", (3_453, 46_435))])
def test_conll_2003_has_its_sentences_and_tokens_and_no_docstart(split, size):
    path = find_splits(CORPORA / "conll2003", kind="columns")[split]
    assert sizes(read_columns(text_lines(path), str(path), ("word", "pos", "chunk", "ner"), wanted=("ner",))) == size


@pytest.mark.parametrize(("split", "size"), [("train", (8_936, 211_727)), ("test", (2_012, 47_377))])
def test_conll_2000_has_its_sentences_and_tokens(split, size):
    path = find_splits(CORPORA / "conll2000", kind="columns")[split]
    assert sizes(read_columns(text_lines(path), str(path), ("word", "pos", "chunk"), wanted=("chunk",))) == size


@pytest.mark.parametrize(("split", "size"), [("dev", (2_001, 25_147)), ("test", (2_077, 25_094))])
def test_english_ewt_has_its_sentences_and_words(split, size):
    path = find_splits(CORPORA / "ud_english_ewt", kind="conllu")[split]
    assert sizes(read_conllu(text_lines(path), str(path), {"word": "form", "upos": "upos"})) == size


def test_conll_2003_has_its_entities_once_read_as_iob1(cache):
    path = find_splits(CORPORA / "conll2003", kind="columns")["test"]
    source = partial(read_columns, path, ("word", "pos", "chunk", "ner"), wanted=("ner",))
    corpus = read_corpus({"test": source}, {"ner": SCHEMES["iob1"]}, key=["test"], cache=cache)
    names = corpus.tag_names("ner")
    spans = Counter(span.label for tags in corpus["test"]["ner"] for span in IOB2.spans([names[tag] for tag in tags]))
    assert spans == {"LOC": 1668, "ORG": 1661, "PER": 1617, "MISC": 702}
    assert corpus["test"][-1]["document"] + 1 == 231
