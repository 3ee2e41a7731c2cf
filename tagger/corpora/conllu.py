"""CoNLL-U, the form of Universal Dependencies.

The syntactic words are the tokens: multiword ranges (`1-2`) and empty nodes (`8.1`) are no tokens; the spacing of a range is
that of its last word. Read here and not through a package, so that each fault is told with its own line.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from tagger.corpora.comments import labels_said
from tagger.corpora.source import FaultHandler, Lines, SourceSentence, nothing_found, refuse
from tagger.errors import CorpusError

# The columns behind the first, which is the id.
FIELDS = ("form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")

ID = re.compile(r"([0-9]+)(?:([-.])([0-9]+))?")
_NEW_DOCUMENT = re.compile(r"#\s*newdoc(?:\s+id\s*=\s*(.*?))?\s*")
_FORM = "https://universaldependencies.org/format.html tells what the columns hold."


class Word(NamedTuple):
    """A syntactic word: its line, its ten columns, and whether a space follows it."""

    line: int
    fields: Sequence[str]
    space_after: bool


def sentence_words(lines: Sequence[tuple[int, str]], place: str, *, fault: FaultHandler = refuse) -> list[Word]:
    """The syntactic words of a sentence's lines, comments among them.

    Raises:
        CorpusError: By `fault`: a line is no CoNLL-U.
    """
    words: list[Word] = []
    range_end, range_space, expected = 0, True, 1
    for number, line in lines:
        if line.startswith("#") or not line.strip():
            continue
        fields = line.split("\t")
        identity = ID.fullmatch(fields[0])
        is_word = identity is not None and identity[2] is None
        due, expected = expected, int(fields[0]) + 1 if is_word else expected
        if len(fields) != 1 + len(FIELDS):
            shown = line if len(line) <= 80 else line[:77] + "..."
            problem = f"{len(fields)} {'column' if len(fields) == 1 else 'columns'} where CoNLL-U has 10: '{shown}'"
            column = len("\t".join(fields[:10])) + 1 + (len(fields) > 10)
            fault(
                CorpusError(
                    problem,
                    where=f"{place}:{number}:{column}",
                    fix=f"Columns are separated by single tabs; {_FORM}",
                    kind="ragged row",
                )
            )
            continue
        if identity is None:
            fix = f"Write 1, 1-2 or 1.1 as the first column; {_FORM}"
            fault(CorpusError(f"'{fields[0]}' is no id", where=f"{place}:{number}:1", fix=fix, kind="word id"))
            continue
        first, kind, second = identity.groups()
        space = "SpaceAfter=No" not in fields[9].split("|")
        if kind == "-":
            range_end, range_space = int(second), space
        elif kind is None:
            if not fields[1]:
                fix = f"Give it a form as the second column; {_FORM}"
                fault(CorpusError("the word is empty", where=f"{place}:{number}:{len(fields[0]) + 2}", fix=fix, kind="empty word"))
                continue
            # Within a range no space is written between the words, and after its last the range's own decides.
            if int(first) != due:
                fix = f"A word is missing, or the ids are not counted from 1; {_FORM}"
                fault(CorpusError(f"word {first} where {due} was expected", where=f"{place}:{number}:1", fix=fix, kind="word id"))
            if int(first) <= range_end:
                space = range_space if int(first) == range_end else False
            words.append(Word(number, fields, space))
    return words


def read_conllu(lines: Lines, place: str, fields: Mapping[str, str], *, fault: FaultHandler = refuse) -> Iterator[SourceSentence]:
    """The sentences of a CoNLL-U file, one at a time.

    Args:
        lines: The file's lines.
        place: What the file is called in messages.
        fields: For each column to give, the CoNLL-U field that it is read from, one of `FIELDS`, or `misc.KEY` and `feats.KEY` for
            what stands behind `KEY=` there, `_` where it does not; `word` among them. `comment.KEY` is a label of the sentence as a
            whole, from its comment `# KEY = ...`.
        fault: What is told of lines that can't be read.

    Raises:
        CorpusError: By `fault`: the file holds no sentence, or a line is no CoNLL-U.
    """
    keys = {name: field.removeprefix("comment.") for name, field in fields.items() if field.startswith("comment.")}
    fields = {name: field for name, field in fields.items() if name not in keys}
    places = {name: (1 + FIELDS.index(field.partition(".")[0]), field.partition(".")[2]) for name, field in fields.items()}
    document, identity, found, opens = 0, "", False, False

    def locate(line: str, name: str) -> int:
        return len("\t".join(line.split("\t")[: places[name][0]])) + 2

    # The lines since the last sentence, and how many of them were looked at: comments alone belong to the next sentence.
    block: list[tuple[int, str]] = []
    looked_at = 0
    for number, line in chain(lines, ((0, ""),)):
        if number:
            block.append((number, line))
        if line.startswith("#") and (name := new_document(line)) is not None:
            opens, identity = True, name
        if line.strip():
            continue
        if words := sentence_words(block[looked_at:], place, fault=fault):
            # What stands before the first mark is a document of its own.
            document, opens = document + (found and opens), False
            columns = {name: column_values(words, field, place, fault=fault) for name, field in fields.items()}
            numbers, spaces = [word.line for word in words], [word.space_after for word in words]
            yield SourceSentence(
                columns.pop("word"),
                columns,
                place,
                numbers,
                document,
                identity,
                spaces,
                source=tuple(block),
                locate=locate,
                labels=labels_said(block, "#", keys, place, fault) if keys else {},
            )
            found, block = True, []
        looked_at = len(block)
    if not found:
        fault(nothing_found(place))


def column_values(words: Sequence[Word], field: str, place: str, *, fault: FaultHandler = refuse) -> list[str]:
    """What a field of CoNLL-U holds for each word, `misc.KEY` and `feats.KEY` among them.

    Raises:
        CorpusError: By `fault`: a word has a key twice.
    """
    name, _, key = field.partition(".")
    at = 1 + FIELDS.index(name)
    return [_value(word, at, key, place, fault) if key else word.fields[at] for word in words]


def new_document(line: str) -> str | None:
    """What a document is called that begins with a line, empty where it has no name; None where none begins."""
    match = _NEW_DOCUMENT.fullmatch(line)
    return None if match is None else match[1] or ""


def with_value(field: str, key: str, value: str) -> str:
    """A field such as `a=1|b=2` with another value behind a key; `_` says that there is no such key."""
    pairs = [] if field in ("", "_") else field.split("|")
    at = next((index for index, pair in enumerate(pairs) if pair.partition("=")[0] == key), len(pairs))
    if at == len(pairs) and value == "_":
        return field
    pairs[at : at + 1] = [f"{key}={value}"]
    return "|".join(pairs)


def _value(word: Word, at: int, key: str, place: str, fault: FaultHandler) -> str:
    """What stands behind `key=` in a field of a word; `_` where nothing does."""
    pairs = [pair.partition("=") for pair in word.fields[at].split("|")]
    values = [value for name, _, value in pairs if name == key]
    if len(values) > 1:
        column = len("\t".join(word.fields[:at])) + 2
        problem = f"{FIELDS[at - 1]} holds '{key}=' {len(values)} times"
        fault(CorpusError(problem, where=f"{place}:{word.line}:{column}", fix="Leave one of them.", kind="key twice"))
    return values[0] if values else "_"
