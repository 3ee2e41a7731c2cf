"""Sentences to tag, and tagged sentences, as streams: plain text, columns, CoNLL-U and JSON Lines by lines; parquet by rows."""

from collections.abc import Callable, Iterator

from tagger.corpora.streams.conll import read_conll, write_conll
from tagger.corpora.streams.conllu import read_conllu, write_conllu
from tagger.corpora.streams.item import Item
from tagger.corpora.streams.jsonl import read_jsonl, write_jsonl
from tagger.corpora.streams.text import read_text, sentences_of, write_text

__all__ = [
    "FORMS",
    "READERS",
    "SUFFIXES",
    "WRITERS",
    "Item",
    "read_conll",
    "read_conllu",
    "read_jsonl",
    "read_text",
    "sentences_of",
    "write_conll",
    "write_conllu",
    "write_jsonl",
    "write_text",
]

READERS: dict[str, Callable[..., Iterator[Item]]] = {
    "text": read_text,
    "conll": read_conll,
    "conllu": read_conllu,
    "jsonl": read_jsonl,
}
WRITERS: dict[str, Callable[..., str]] = {"text": write_text, "conll": write_conll, "conllu": write_conllu, "jsonl": write_jsonl}
# Parquet has no lines: `parquet.py` reads and writes it by rows.
FORMS = (*READERS, "parquet")
SUFFIXES = {
    ".json": "jsonl",
    ".conll": "conll",
    ".conllu": "conllu",
    ".jsonl": "jsonl",
    ".iob": "conll",
    ".bio": "conll",
    ".parquet": "parquet",
}
