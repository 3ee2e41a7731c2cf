"""CoNLL-U, the form of Universal Dependencies, through the `conllu` package.

The syntactic words are the tokens: multiword ranges (`1-2`) and empty nodes (`8.1`) are no tokens; the spacing of a range is
that of its last word.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from conllu import parse
from conllu.exceptions import ParseException

from tagger.corpora.source import SourceSentence, nothing_found, text_lines
from tagger.errors import CorpusError

FIELDS = ("form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")


def _as_written(line: Sequence[str], index: int) -> str:
    return line[index]


# Features and the like stay the strings that the file holds: they are tags here, and not taken apart.
_PARSERS: dict[str, Any] = dict.fromkeys(("form", "upos", "xpos", "feats", "head", "deps", "misc"), _as_written)


def read_conllu(path: Path, fields: Mapping[str, str]) -> Iterator[SourceSentence]:
    """The sentences of a CoNLL-U file, one at a time.

    Args:
        path: The file.
        fields: For each column to give, the CoNLL-U field that it is read from, one of `FIELDS`; `word` among them.

    Raises:
        CorpusError: The file is missing, not UTF-8, holds no sentence, or a line is no CoNLL-U.
    """
    document, found = -1, False
    lines: list[tuple[int, str]] = []
    for number, line in text_lines(path):
        if line.strip():
            lines.append((number, line))
            continue
        if lines:
            document += any(text.startswith("# newdoc") for _, text in lines)
            if sentence := _sentence(path, lines, fields, max(document, 0)):
                yield sentence
                found = True
            lines = []
    if lines and (sentence := _sentence(path, lines, fields, max(document, 0))):
        yield sentence
        found = True
    if not found:
        raise nothing_found(path)


def _sentence(path: Path, lines: Sequence[tuple[int, str]], fields: Mapping[str, str], document: int) -> SourceSentence | None:
    rows = [(number, line) for number, line in lines if not line.startswith("#")]
    for number, line in rows:
        if len(line.split("\t")) != 10:
            raise CorpusError(
                f"{len(line.split(chr(9)))} columns where CoNLL-U has 10: '{line[:80]}'",
                where=f"{path}:{number}",
                fix="Columns are separated by single tabs; https://universaldependencies.org/format.html tells what they hold.",
            )
    if not rows:
        return None
    try:
        (tokens,) = parse("\n".join(line for _, line in rows) + "\n\n", field_parsers=_PARSERS)
    except (ParseException, ValueError) as error:
        raise CorpusError(
            f"no CoNLL-U: {error}", where=f"{path}:{rows[0][0]}", fix="See https://universaldependencies.org/format.html."
        ) from error
    kept, spaces, numbers = [], [], []
    range_end, range_space = 0, True
    for (number, _), token in zip(rows, tokens, strict=True):
        identity, space = token["id"], "SpaceAfter=No" not in token["misc"].split("|")
        if isinstance(identity, tuple):
            if identity[1] == "-":
                range_end, range_space = identity[2], space
            continue
        # Within a range no space is written between the words, and after its last the range's own decides.
        if identity <= range_end:
            space = range_space if identity == range_end else False
        kept.append(token)
        spaces.append(space)
        numbers.append(number)
    columns = {name: [token[field] for token in kept] for name, field in fields.items()}
    words = columns.pop("word")
    return SourceSentence(words, columns, str(path), numbers, document, spaces)
