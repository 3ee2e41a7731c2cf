"""What a recipe's `vectors` names: a file, an address or a package; and a file within a zip."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tagger.errors import CorpusError
from tagger.features.vectors.download import download

if TYPE_CHECKING:
    from rich.console import Console

PACKAGE = "package:"

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")


class VectorsFile(NamedTuple):
    """A file on this computer.

    Attributes:
        path: The file.
        member: Which file of a zip is meant; None for the only one.
        shown: What it is called in messages.
    """

    path: Path
    member: str | None
    shown: str


def local_file(source: str, cache: Path, *, sha256: str | None = None, console: "Console | None" = None) -> VectorsFile:
    """The file that is meant; one with an address is downloaded once.

    Args:
        source: A path or an address; behind `.zip:` the name of a file within.
        cache: Where downloads are kept.
        sha256: What a download must have as its checksum.
        console: Where a download's progress is shown; on the error stream if None.

    Raises:
        CorpusError: There is no such file, or it can't be had.
    """
    outer, member = _split(source)
    scheme = _ADDRESS.match(outer)
    if scheme and scheme[1].lower() not in ("http", "https"):
        raise CorpusError(
            f"vectors can't be fetched by {scheme[1]}",
            where=source,
            fix="Give an http or https address, or fetch the file yourself.",
        )
    if scheme:
        return VectorsFile(download(outer, cache / "vectors", sha256=sha256, console=console), member, source)
    path = Path(outer).expanduser()
    if not path.is_file():
        raise CorpusError("no such vectors file", where=outer, fix="Name an existing file with --vectors FILE.")
    return VectorsFile(path, member, f"{path}:{member}" if member else str(path))


def _split(source: str) -> tuple[str, str | None]:
    """A path or address, and the file within a zip that is asked for."""
    outer, marker, member = source.partition(".zip:")
    return (f"{outer}.zip", member) if marker and member else (source, None)
