"""What every corpus format gives: sentences with the lines they stand on; and lines of text that are certainly UTF-8."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tagger.errors import CorpusError


@dataclass(frozen=True, slots=True)
class SourceSentence:
    """A sentence as its file has it.

    Attributes:
        words: The tokens.
        columns: For each further column that was asked for, one string for each token.
        place: The file, or the name of the data set.
        lines: The line of each token, counted from 1; for a data set without lines the row.
        document: The number of the document that it stands in, counted from 0.
        spaces_after: Whether a space follows each token; None where the format does not say.
    """

    words: Sequence[str]
    columns: Mapping[str, Sequence[str]]
    place: str
    lines: Sequence[int]
    document: int = 0
    spaces_after: Sequence[bool] | None = field(default=None)


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file with their numbers, without line ends; a byte order mark at the start is no part of the first line.

    Raises:
        CorpusError: The file is missing or not UTF-8; the message tells line and column.
    """
    if not path.is_file():
        raise CorpusError("no such file", where=str(path), fix="Name an existing file.")
    with path.open("rb") as lines:
        yield from decode_lines(lines, str(path))


def decode_lines(lines: Iterable[bytes], place: str) -> Iterator[tuple[int, str]]:
    """Lines of bytes as `text_lines` gives them; `place` is what they are called in messages."""
    for number, line in enumerate(lines, 1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            # Counted in what was decoded, which lacks a byte order mark.
            before = error.object[: error.start].decode("utf-8")
            raise CorpusError(
                f"not UTF-8: byte 0x{error.object[error.start]:02x} after '{before[-40:]}'",
                where=f"{place}:{number}:{len(before) + 1}",
                fix="Convert it, for example with `iconv -f latin1 -t utf-8`.",
            ) from error
        yield number, text.rstrip("\r\n")


def nothing_found(path: Path) -> CorpusError:
    """The error for a file without a single sentence."""
    return CorpusError(
        "the file holds no sentence", where=str(path), fix="Give a file with at least one sentence, or leave it away."
    )
