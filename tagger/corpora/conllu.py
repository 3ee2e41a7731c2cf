"""CoNLL-U, the form of Universal Dependencies.

The syntactic words are the tokens: multiword ranges (`1-2`) and empty nodes (`8.1`) are no tokens; the spacing of a range is
that of its last word. Read here and not through a package, so that each fault is told with its own line.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from tagger.corpora.source import SourceSentence, nothing_found, text_lines
from tagger.errors import CorpusError

# The columns behind the first, which is the id.
FIELDS = ("form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")

_ID = re.compile(r"([0-9]+)(?:([-.])([0-9]+))?")
_FORM = "https://universaldependencies.org/format.html tells what the columns hold."


class Word(NamedTuple):
    """A syntactic word: its line, its ten columns, and whether a space follows it."""

    line: int
    fields: Sequence[str]
    space_after: bool


def sentence_words(lines: Sequence[tuple[int, str]], place: str) -> list[Word]:
    """The syntactic words of a sentence's lines, comments among them.

    Raises:
        CorpusError: A line is no CoNLL-U.
    """
    words: list[Word] = []
    range_end, range_space = 0, True
    for number, line in lines:
        if line.startswith("#"):
            continue
        fields = line.split("\t")
        where = f"{place}:{number}"
        if len(fields) != 1 + len(FIELDS):
            shown = line if len(line) <= 80 else line[:77] + "..."
            problem = f"{len(fields)} {'column' if len(fields) == 1 else 'columns'} where CoNLL-U has 10: '{shown}'"
            raise CorpusError(problem, where=where, fix=f"Columns are separated by single tabs; {_FORM}")
        identity = _ID.fullmatch(fields[0])
        if identity is None:
            raise CorpusError(f"'{fields[0]}' is no id", where=where, fix=f"Write 1, 1-2 or 1.1 as the first column; {_FORM}")
        first, kind, second = identity.groups()
        space = "SpaceAfter=No" not in fields[9].split("|")
        if kind == "-":
            range_end, range_space = int(second), space
        elif kind is None:
            if not fields[1]:
                raise CorpusError("the word is empty", where=where, fix=f"Give it a form as the second column; {_FORM}")
            # Within a range no space is written between the words, and after its last the range's own decides.
            if int(first) <= range_end:
                space = range_space if int(first) == range_end else False
            words.append(Word(number, fields, space))
    return words


def read_conllu(path: Path, fields: Mapping[str, str]) -> Iterator[SourceSentence]:
    """The sentences of a CoNLL-U file, one at a time.

    Args:
        path: The file.
        fields: For each column to give, the CoNLL-U field that it is read from, one of `FIELDS`; `word` among them.

    Raises:
        CorpusError: The file is missing, not UTF-8, holds no sentence, or a line is no CoNLL-U.
    """
    places = {name: 1 + FIELDS.index(field) for name, field in fields.items()}
    document, found = 0, False
    lines: list[tuple[int, str]] = []
    for number, line in chain(text_lines(path), ((0, ""),)):
        if line.strip():
            lines.append((number, line))
            continue
        document += found and any(text.startswith("# newdoc") for _, text in lines)
        if words := sentence_words(lines, str(path)):
            columns = {name: [word.fields[place] for word in words] for name, place in places.items()}
            numbers, spaces = [word.line for word in words], [word.space_after for word in words]
            yield SourceSentence(columns.pop("word"), columns, str(path), numbers, document, spaces)
            found = True
        lines = []
    if not found:
        raise nothing_found(path)
