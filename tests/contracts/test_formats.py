"""One contract, every format a row: those that `tagger tag` reads and writes, and those that corpora are read from."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path

import pytest
from datasets import Dataset

from tagger.corpora.columns import read_columns
from tagger.corpora.conllu import read_conllu
from tagger.corpora.hub import load_saved, read_dataset
from tagger.corpora.source import SourceSentence, decode_lines, text_lines
from tagger.corpora.streams import FORMS, READERS, SUFFIXES, WRITERS, Item
from tagger.text.sentence import Sentence, sentence_of_words
from tagger.text.tokenizer import Tokenizer


def conllu_row(identity: int | str, form: str, tag: str = "_") -> str:
    return "\t".join([str(identity), form, "_", tag, *["_"] * 6]) + "\n"


# Three sentences in each form that can be read: Anna rests . / # 1 / Zoë
STREAMS = {
    "text": "Anna rests.\n# 1\nZoë\n",
    "conll": "Anna NNP\nrests VBZ\n. .\n\n# NN\n1 CD\n\nZoë NNP\n",
    "conllu": "# text = Anna rests .\n"
    + conllu_row("1-2", "Annarests")
    + conllu_row(1, "Anna")
    + conllu_row(2, "rests")
    + conllu_row(3, ".")
    + "\n"
    + conllu_row(1, "#")
    + conllu_row("1.1", "empty")
    + conllu_row(2, "1")
    + "\n"
    + conllu_row(1, "Zoë")
    + "\n",
    "jsonl": '{"text": "Anna rests."}\n{"tokens": ["#", "1"]}\n\n{"text": "Zoë"}\n',
}
WORDS = [["Anna", "rests", "."], ["#", "1"], ["Zoë"]]


def read(form: str, content: str) -> list[tuple[Sentence, Item]]:
    """The sentences of a stream, raw text split into words, and the items that they came as."""
    items = list(READERS[form](decode_lines(content.encode().splitlines(keepends=True), "in"), "in"))
    return [(Tokenizer.named("ptb").sentence(item.text) if isinstance(item.text, str) else item.text, item) for item in items]


def tagged(sentence: Sentence) -> Sentence:
    """The sentence as a tagger gives it: its first word is a person, every word a noun."""
    length = len(sentence.tokens)
    tags = {"ner": tuple(["B-PER", *["O"] * length][:length]), "upos": ("NOUN",) * length}
    spans = (sentence.span(0, 1, "PER", task="ner", probability=0.75),) if length else ()
    return replace(sentence, tags=tags, spans=spans, probabilities=dict.fromkeys(tags, (0.75,) * length))


def test_every_format_that_is_read_is_written_and_has_a_row():
    assert set(READERS) == set(WRITERS) == set(STREAMS)
    assert set(FORMS) == {*READERS, "parquet"}
    assert set(SUFFIXES.values()) <= set(FORMS)


@pytest.mark.parametrize("form", list(READERS))
def test_every_sentence_comes_in(form):
    assert [list(sentence.words) for sentence, _ in read(form, STREAMS[form])] == WORDS


@pytest.mark.parametrize("form", list(READERS))
def test_crlf_and_a_byte_order_mark_change_nothing(form):
    assert read(form, "\ufeff" + STREAMS[form].replace("\n", "\r\n")) == read(form, STREAMS[form])


@pytest.mark.parametrize("form", list(READERS))
def test_a_stream_without_lines_has_no_sentences(form):
    assert read(form, "") == []


@pytest.mark.parametrize("form", list(READERS))
def test_a_stream_is_read_only_as_far_as_it_is_asked_for(form):
    content = STREAMS[form].encode().splitlines(keepends=True) * 1000
    lines = decode_lines(iter(content), "in")
    next(READERS[form](lines, "in"))
    assert sum(1 for _ in lines) >= len(content) - 10


@pytest.mark.parametrize("probabilities", [False, True])
@pytest.mark.parametrize(("source", "target"), list(product(READERS, WRITERS)))
def test_what_any_format_gives_any_format_takes(source, target, probabilities):
    written = [
        WRITERS[target](tagged(sentence), item, probabilities=probabilities) for sentence, item in read(source, STREAMS[source])
    ]
    assert len(written) == len(WORDS)
    for text, words in zip(written, WORDS, strict=True):
        assert text.endswith("\n")
        assert text.count("PER") == (2 if target == "jsonl" else 1)
        assert text.count("NOUN") == len(words)
        assert text.count("0.75") == (0 if not probabilities else 1 if target == "text" else 2 * len(words) + (target == "jsonl"))


@pytest.mark.parametrize(("source", "target"), list(product(READERS, [form for form in WRITERS if form != "text"])))
def test_what_was_written_is_read_again_as_the_same_words(source, target):
    written = "".join(
        WRITERS[target](tagged(sentence), item, probabilities=False) for sentence, item in read(source, STREAMS[source])
    )
    assert [list(sentence.words) for sentence, _ in read(target, written)] == WORDS


@pytest.mark.parametrize("form", list(WRITERS))
def test_ten_columns_of_something_else_are_not_taken_for_conllu(form):
    ((sentence, item),) = read("conll", "Anna b c d e f g h i j\n")
    assert "Anna" in WRITERS[form](tagged(sentence), item, probabilities=False)


ODD_WORDS = [
    "",
    " ",
    "\u00a0",
    "New York",
    "a\tb",
    "a\nb",
    "a\r\nb",
    "\u2028",
    "\x1c",
    "\x00",
    "#",
    "-DOCSTART-",
    "[",
    "/",
    '"',
    "_",
    "👍🏽",
]


@pytest.mark.parametrize("word", ODD_WORDS, ids=repr)
@pytest.mark.parametrize("form", [form for form in WRITERS if form != "text"])
def test_no_word_breaks_a_format(form, word):
    sentence = tagged(sentence_of_words(["Anna", word, "b"]))
    written = WRITERS[form](sentence, Item(sentence), probabilities=False)
    ((again, _),) = read(form, written)
    assert len(again.words) == 3
    assert (again.words[0], again.words[2]) == ("Anna", "b")


@pytest.mark.parametrize("text", ["Anna\nrests", "Anna\r\nrests", "Anna\u2028rests"], ids=repr)
def test_text_with_a_line_feed_stays_one_line(text):
    sentence = tagged(Tokenizer.named("ptb").sentence(text))
    written = WRITERS["text"](sentence, Item(text), probabilities=False)
    assert written.count("\n") == 1


@pytest.mark.parametrize("form", list(WRITERS))
def test_a_sentence_without_words_is_written(form):
    sentence = tagged(Sentence("", ()))
    written = WRITERS[form](sentence, Item(""), probabilities=True)
    assert written.endswith("\n")
    assert "PER" not in written


# The two sentences of CORPUS, in each form that corpora are read from.
CORPUS = [[("Anna", "B-PER"), ("#", "O")], [("Zoë", "B-PER"), ("10\u00a0000", "O")]]
CorpusFormat = Callable[[Path], Iterator[SourceSentence]]


def columns_corpus(folder: Path) -> Iterator[SourceSentence]:
    path = folder / "train.txt"
    path.write_bytes("\n".join("".join(f"{word} {tag}\n" for word, tag in rows) for rows in CORPUS).encode())
    return read_columns(text_lines(path), str(path), ("word", "ner"), wanted=("ner",))


def conllu_corpus(folder: Path) -> Iterator[SourceSentence]:
    path = folder / "train.conllu"
    blocks = ("".join(conllu_row(index, word, tag) for index, (word, tag) in enumerate(rows, 1)) for rows in CORPUS)
    path.write_bytes("\n".join(blocks).encode())
    return read_conllu(text_lines(path), str(path), {"word": "form", "ner": "upos"})


def data_set_corpus(folder: Path, *, way: str) -> Iterator[SourceSentence]:
    data = [{"tokens": [word for word, _ in rows], "tags": [tag for _, tag in rows]} for rows in CORPUS]
    match way:
        case "jsonl":
            (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in data))
        case "parquet":
            Dataset.from_list(data).to_parquet(folder / "train.parquet")
        case "saved":
            Dataset.from_list(data).save_to_disk(folder)
    return read_dataset(load_saved(folder, folder / "cache")["train"], {"word": "tokens", "ner": "tags"}, "train")


CORPUS_FORMATS: dict[str, CorpusFormat] = {
    "columns": columns_corpus,
    "conllu": conllu_corpus,
    "jsonl": partial(data_set_corpus, way="jsonl"),
    "parquet": partial(data_set_corpus, way="parquet"),
    "saved": partial(data_set_corpus, way="saved"),
}


@pytest.mark.parametrize("form", list(CORPUS_FORMATS))
def test_every_corpus_format_gives_words_tags_and_lines(form, tmp_path):
    sentences = list(CORPUS_FORMATS[form](tmp_path))
    assert [list(zip(sentence.words, sentence.columns["ner"], strict=True)) for sentence in sentences] == CORPUS
    assert all(set(sentence.columns) == {"ner"} for sentence in sentences)
    assert all(len(sentence.lines) == len(sentence.words) and sentence.place for sentence in sentences)
    assert sentences[0].lines[-1] < sentences[1].lines[0]
