"""What every corpus format gives: sentences with the lines they stand on; and lines of text that are certainly UTF-8."""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from tagger.errors import CorpusError
from tagger.text.sentence import Sentence

Lines = Iterable[tuple[int, str]]
"""Lines with their numbers, counted from 1, without their ends."""

FaultHandler = Callable[[CorpusError], None]
"""Told what is wrong with a source. A reader that goes on after it leaves out what it could not read."""


NoteTaker = Callable[[str], None]
"""Told of what is no fault but should be known; the same note may come more than once."""


def refuse(error: CorpusError) -> NoReturn:
    """The handler of whoever wants all of a source or nothing: the first fault ends the reading."""
    raise error


@contextmanager
def no_cycles() -> Iterator[None]:
    """Within it Python does not look for cycles of dead objects.

    Reading makes millions of lists and strings and no cycles, and the collector looked at them again and again: a quarter of the
    time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@dataclass(frozen=True, slots=True)
class SourceSentence:
    """A sentence as its file has it.

    Attributes:
        words: The tokens.
        columns: For each further column that was asked for, one string for each token; None where it is not known.
        place: The file, or the name of the data set.
        lines: The line of each token, counted from 1; for a data set without lines the row.
        document: The number of the document that it stands in, counted from 0.
        document_id: What the source calls that document; empty where it does not say.
        spaces_after: Whether a space follows each token; None where the format does not say.
        source: Every line from the end of the sentence before to its own end, comments and blank lines among them: what a
            writer needs to give the source back.
        original: The text that the tokens were cut from; None where the source holds tokens only.
        weights: For each column that has them how much its tags are to be trusted, from 0 to 1, one for each token.
        labels: For each task that says something of the sentence as a whole its label; None where it is not known.
        locate: Gives, for a line and the name of one of the columns, the character at which that column begins, counted from 1.
    """

    words: Sequence[str]
    columns: Mapping[str, Sequence[str | None]]
    place: str
    lines: Sequence[int]
    document: int = 0
    document_id: str = ""
    spaces_after: Sequence[bool] | None = None
    source: Sequence[tuple[int, str]] = ()
    original: Sentence | None = None
    weights: Mapping[str, Sequence[float]] = field(default_factory=dict)
    locate: Callable[[str, str], int] | None = None
    labels: Mapping[str, str | None] = field(default_factory=dict)

    def where(self, token: int, column: str) -> str:
        """Where a token's column stands: `file:line:character`, without the character where the format has none."""
        number = self.lines[token]
        place = f"{self.place}:{number}"
        if self.locate is None or not self.source:
            return place
        # The lines of a sentence follow each other without a gap.
        return f"{place}:{self.locate(self.source[number - self.source[0][0]][1], column)}"


def text_lines(path: Path, *, fault: FaultHandler = refuse) -> Iterator[tuple[int, str]]:
    """The lines of a file with their numbers, without line ends; a byte order mark at the start is no part of the first line.

    Raises:
        CorpusError: The file is missing or, by `fault`, not UTF-8; the message tells line and column.
    """
    if not path.is_file():
        raise CorpusError("no such file", where=str(path), fix="Name an existing file.")
    with path.open("rb") as lines:
        yield from decode_lines(lines, str(path), fault=fault)


def decode_lines(lines: Iterable[bytes], place: str, *, fault: FaultHandler = refuse) -> Iterator[tuple[int, str]]:
    """Lines of bytes as `text_lines` gives them; `place` is what they are called in messages."""
    coding = "utf-8-sig"
    for number, line in enumerate(lines, 1):
        try:
            text = line.decode(coding)
        except UnicodeDecodeError as error:
            # Counted in what was decoded, which lacks a byte order mark.
            before = error.object[: error.start].decode("utf-8")
            fault(
                CorpusError(
                    f"not UTF-8: byte 0x{error.object[error.start]:02x} after '{before[-40:]}'",
                    where=f"{place}:{number}:{len(before) + 1}",
                    fix="Convert it, for example with `iconv -f latin1 -t utf-8`.",
                    kind="not UTF-8",
                )
            )
            text = line.decode(coding, errors="replace")
        coding = "utf-8"
        yield number, text.rstrip("\r\n")


def nothing_found(place: str) -> CorpusError:
    """The error for a file without a single sentence."""
    return CorpusError(
        "the file holds no sentence",
        where=place,
        fix="Give a file with at least one sentence, or leave it away.",
        kind="empty file",
    )
