"""The real corpora hold what their README says; IOB1 and IOB2 of the same news agree."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tagger.corpora.columns import read_columns
from tagger.corpora.conllu import read_conllu
from tagger.corpora.files import find_splits
from tagger.corpora.interpret import Reading, interpret
from tagger.corpora.source import text_lines
from tagger.text.detect import count_pairs, detect
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


def test_conll_2003_has_its_entities_once_read_as_iob1():
    path = find_splits(CORPORA / "conll2003", kind="columns")["test"]
    source = read_columns(text_lines(path), str(path), ("word", "pos", "chunk", "ner"), wanted=("ner",))
    sentences = list(interpret(source, {"ner": Reading(SCHEMES["iob1"], IOB2)}))
    spans = Counter(span.label for sentence in sentences for span in IOB2.spans(sentence.columns["ner"]))
    assert spans == {"LOC": 1668, "ORG": 1661, "PER": 1617, "MISC": 702}
    assert sentences[-1].document + 1 == 231


FILES = {
    **{f"conll2003/eng.{part}": ("word", "pos", "chunk", "ner") for part in ("train", "testa", "testb")},
    **{f"conll2000/{part}.txt": ("word", "pos", "chunk") for part in ("train", "test")},
    **{f"ud_english_ewt/{part}.conllu": None for part in ("train", "dev", "test")},
}


@pytest.mark.parametrize(("file", "names"), FILES.items(), ids=FILES)
def test_the_lines_of_all_sentences_together_are_the_file_again(file, names):
    path = CORPORA / file
    if names:
        sentences = read_columns(text_lines(path), str(path), names, wanted=names[1:])
    else:
        sentences = read_conllu(text_lines(path), str(path), {"word": "form"})
    text = "".join(f"{line}\n" for sentence in sentences for _, line in sentence.source)
    # Blank lines behind the last sentence belong to none.
    content = path.read_bytes()
    assert text.encode() == content[: len(content.rstrip(b"\n")) + 2]
    assert not content[len(text.encode()) :].strip()


@pytest.mark.parametrize(
    ("folder", "kind", "task", "scheme", "evidence"),
    [
        ("conll2003", "columns", "ner", "iob1", "IOB1: "),
        ("conll2003", "columns", "chunk", "iob1", "IOB1: "),
        ("conll2000", "columns", "chunk", "iob2", "IOB2: all "),
    ],
)
def test_the_schemes_of_the_real_corpora_are_detected(folder, kind, task, scheme, evidence):
    counts = Counter()
    for path in find_splits(CORPORA / folder, kind=kind).values():
        names = ("word", "pos", "chunk", "ner")[: 4 if folder == "conll2003" else 3]
        count_pairs((each.columns[task] for each in read_columns(text_lines(path), str(path), names, wanted=(task,))), counts)
    found = detect(counts)
    assert (found.scheme, found.num_faults) == (SCHEMES[scheme], 0)
    assert found.evidence.startswith(evidence)


MEASURE = """
import resource, sys
from pathlib import Path
from tagger.corpora.columns import read_columns
from tagger.corpora.arrow_cache import read_corpus
from tagger.corpora.interpret import Reading, interpret
from tagger.corpora.source import text_lines
from tagger.text.schemes import IOB2, SCHEMES
path, cache = sys.argv[1:]
def source():
    sentences = read_columns(text_lines(Path(path)), path, ("word", "pos", "chunk", "ner"), wanted=("ner",))
    return interpret(sentences, {"ner": Reading(SCHEMES["iob1"], IOB2)})
corpus = read_corpus({"train": source}, {"ner": IOB2}, key=[path], cache=Path(cache))
print(len(corpus["train"]), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_a_corpus_of_any_size_is_read_in_the_same_memory(tmp_path):
    blocks = (CORPORA / "conll2003" / "eng.train").read_text("utf-8").split("\n\n")
    sentences = [block for block in blocks if block.strip() and not block.startswith("-DOCSTART-")]
    peaks = []
    for number in (20_000, 100_000):
        path = tmp_path / f"{number}.txt"
        path.write_text("".join(f"{sentences[index % len(sentences)]}\n\n" for index in range(number)), "utf-8")
        command = [sys.executable, "-c", MEASURE, str(path), str(tmp_path / "cache")]
        found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        assert int(found[0]) == number
        peaks.append(int(found[1]) / 1024)
    # What four times as many sentences more would take as text alone: 15 MB a 20,000.
    assert peaks[1] - peaks[0] < 25, f"peaks of memory in MB: {peaks}"
