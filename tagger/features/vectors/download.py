"""Vectors from an address: fetched once, to a temporary file first; what broke off goes on where it was, if the server can."""

import hashlib
import http.client
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from filelock import FileLock

from tagger.errors import CorpusError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

_ATTEMPTS = 5
_PAUSE = 1.0  # Seconds before the second attempt; each further one waits twice as long.
_TIMEOUT = 60.0
_BYTES_AT_ONCE = 1 << 18


def download(address: str, folder: Path, *, sha256: str | None = None, console: "Console | None" = None) -> Path:
    """The file of an address, from the cache where it was fetched before; of several processes one fetches, and the others wait.

    Args:
        address: http or https.
        folder: Of the cache.
        sha256: The checksum that a download must have.
        console: Where progress is shown; on the error stream if None.

    Raises:
        CorpusError: The server refuses it or can't be reached, or what came is not the whole file.
    """
    name = re.sub(r"[^\w.-]", "_", unquote(urlsplit(address).path).rpartition("/")[2]) or "vectors"
    path = folder / hashlib.blake2b(address.encode(), digest_size=16).hexdigest() / name
    if path.is_file():
        return path
    with _cache_writable(folder):
        path.parent.mkdir(parents=True, exist_ok=True)
        # A file that is locked is not removed: another process may wait for it.
        with FileLock(path.with_name(f".{name}.lock")):
            if not path.is_file():
                _fetch(_Part(address, path.with_name(f".{name}.part"), sha256), console).replace(path)
    return path


@contextmanager
def _cache_writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CorpusError(
            f"the cache can't be written ({error.strerror})",
            where=str(folder),
            fix="Free some space, or set the environment variable TAGGER_CACHE to a folder that can be written.",
        ) from error


class _Part:
    """A download in the making: the bytes so far, and beside them by what the server knows that they are still the same file's."""

    def __init__(self, address: str, path: Path, sha256: str | None) -> None:
        self.address = address
        self.path = path
        self.sha256 = sha256
        self._note = path.with_suffix(".json")

    @property
    def size(self) -> int:
        """How many bytes are there."""
        return self.path.stat().st_size if self.path.is_file() else 0

    @property
    def validator(self) -> str | None:
        """The file's mark at the server; None where it gave none, so that nothing can go on."""
        try:
            found = json.loads(self._note.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, str) else None

    def begin(self, validator: str | None) -> None:
        """Starts from nothing."""
        self.path.write_bytes(b"")
        self._note.write_text(json.dumps(validator), "utf-8")

    def whole(self) -> Path:
        """Its path, now that nothing is missing."""
        self._note.unlink(missing_ok=True)
        return self.path

    def clear(self) -> None:
        """Removes all that there is."""
        for path in (self.path, self._note):
            path.unlink(missing_ok=True)


class _BrokenOffError(Exception):
    """A download broke off."""


class _Answer(NamedTuple):
    """What a server says before the content: how many bytes the whole file has, if it tells, and whether it sends all of it."""

    total: int | None
    whole: bool


def _fetch(part: _Part, console: "Console | None") -> Path:
    """Fetches the file, in several attempts if need be, and gives the path of the part that is now whole."""
    pause = _PAUSE
    with _progress(console, part.path.name) as (progress, bar):
        for attempt in range(1, _ATTEMPTS + 1):
            before = part.size
            try:
                _attempt(part, progress, bar)
                break
            except _BrokenOffError as broken:
                if attempt == _ATTEMPTS:
                    raise CorpusError(
                        f"the download broke off {attempt} times, the last time so: {broken}",
                        where=part.address,
                        fix="Run the command again: what came is kept where the server can go on. Or fetch the file by other "
                        "means and give its path.",
                    ) from broken
                # Whoever gets on waits no longer than at first.
                pause = _PAUSE if part.size > before else 2 * pause
                time.sleep(pause)
    if part.sha256:
        with part.path.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
        if found != part.sha256.lower():
            part.clear()
            raise CorpusError(
                f"the download's sha256 is {found}, but {part.sha256.lower()} was expected",
                where=part.address,
                fix="Another file stands there now, or it was changed on the way. Nothing of it was kept.",
            )
    return part.whole()


def _attempt(part: _Part, progress: "Progress", bar: "TaskID") -> None:
    """Fetches what is missing.

    Raises:
        _BrokenOffError: It broke off.
        CorpusError: It is no use to try again.
        OSError: The cache can't be written.
    """
    start, validator = part.size, part.validator
    going_on = {"Range": f"bytes={start}-", "If-Range": validator} if start and validator else {}
    # What is compressed on the way would have another length.
    request = urllib.request.Request(part.address, headers={"Accept-Encoding": "identity", **going_on})  # noqa: S310 (http and https alone)
    with _asked(request, part) as response:
        answer = _answer(response, part)
        if answer.whole:
            part.begin(_validator(response))
        progress.update(bar, total=answer.total, completed=part.size)
        with part.path.open("ab") as file:
            for piece in _pieces(response):
                file.write(piece)
                progress.advance(bar, len(piece))
    if answer.total is not None and part.size != answer.total:
        if part.size > answer.total:
            part.clear()
        raise _BrokenOffError(f"{part.size:,} of {answer.total:,} bytes came")


def _asked(request: urllib.request.Request, part: _Part) -> http.client.HTTPResponse:
    """The server's response.

    Raises:
        _BrokenOffError: It may give another if it is asked again.
        CorpusError: It is no use to ask again.
    """
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=_TIMEOUT)  # noqa: S310 (http and https alone)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:
            part.clear()
        if error.code in (408, 416, 429) or error.code >= 500:
            raise _BrokenOffError(f"the server answers {error.code} {error.reason}") from error
        raise CorpusError(
            f"the server answers {error.code} {error.reason}",
            where=part.address,
            fix="Is the address right? Or fetch the file by other means and give its path.",
        ) from error
    except urllib.error.URLError as error:
        if part.size:
            raise _BrokenOffError(_said(error)) from error
        raise CorpusError(
            f"the server can't be reached ({_said(error)})",
            where=part.address,
            fix="Is the address right, and is there a connection? Or fetch the file by other means and give its path.",
        ) from error
    except http.client.InvalidURL as error:
        raise CorpusError(
            f"no address that can be asked ({error})", where=part.address, fix="Write spaces as %20, and a port as a number."
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise _BrokenOffError(_said(error)) from error
    return response


def _answer(response: http.client.HTTPResponse, part: _Part) -> _Answer:
    """What the response holds.

    Raises:
        _BrokenOffError: It is not what was asked for.
        CorpusError: It is a web page.
    """
    length = response.headers.get("Content-Length")
    if response.headers.get_content_type() == "text/html":
        raise CorpusError(
            "the server sends a web page in place of a file",
            where=response.url,
            fix="Give the address of the file itself, not of the page that tells of it.",
        )
    if response.status != 206:
        return _Answer(int(length) if length and length.isdigit() else None, whole=True)
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", ""))
    if not found or int(found[1]) != part.size:
        # Asked the same again, it would say the same again.
        part.clear()
        raise _BrokenOffError("the server goes on at another place than it was asked to")
    return _Answer(int(found[2]), whole=False)


def _validator(response: http.client.HTTPResponse) -> str | None:
    """What tells this file from a later one at the same address (RFC 9110, If-Range: weak marks don't)."""
    tag = response.headers.get("ETag")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified")


def _pieces(response: http.client.HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            piece = response.read(_BYTES_AT_ONCE)
        except (OSError, http.client.HTTPException) as error:
            raise _BrokenOffError(_said(error)) from error
        if not piece:
            return
        yield piece


def _said(error: Exception) -> str:
    """What went wrong with the network, in a few words."""
    reason = getattr(error, "reason", None) or error
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__


@contextmanager
def _progress(console: "Console | None", name: str) -> Iterator[tuple["Progress", "TaskID"]]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console or Console(stderr=True)) as progress:
        yield progress, progress.add_task(f"fetching {name.removeprefix('.').removesuffix('.part')}", total=None)
