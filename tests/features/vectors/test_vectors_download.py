"""Vectors from an address, over loopback: fetched once, taken up where they broke off, and never half a file."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tagger.errors import CorpusError
from tagger.features.vectors import download as module
from tagger.features.vectors.reading import fetch_vectors, read_vectors

CONTENT = "".join(f"word{number} {number} 0.5 -1\n" for number in range(3000)).encode()


class Server(ThreadingHTTPServer):
    """Serves one content at every path, and does to each request what the next of its `habits` says.

    Attributes:
        habits: `cut` ends in the middle, `silent` without an answer; a number is
            answered as an error; `elsewhere` goes on at another place.
        asked: The range that each request wanted, empty for all.
        tag: The mark of the content, None for a server that gives none.
        length: Whether the length is told.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.habits: list[str | int] = []
        self.asked: list[str] = []
        self.tag: str | None = '"one"'
        self.length = True
        self.type = "text/plain"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/some/glove.txt"


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Server

    def do_GET(self) -> None:
        server, wanted = self.server, self.headers.get("Range", "")
        habit = server.habits.pop(0) if server.habits else ""
        server.asked.append(wanted)
        if habit == "silent":
            return
        if isinstance(habit, int):
            self.send_error(habit)
            return
        start = 0
        if wanted and self.headers["If-Range"] == server.tag:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(server.content):
                self.send_error(416)
                return
        self.send_response(206 if start else 200)
        if start:
            first = start + (habit == "elsewhere")
            self.send_header("Content-Range", f"bytes {first}-{len(server.content) - 1}/{len(server.content)}")
        self.send_header("Content-Type", server.type)
        if server.tag:
            self.send_header("ETag", server.tag)
        if server.length:
            self.send_header("Content-Length", str(len(server.content) - start))
        self.end_headers()
        rest = server.content[start:]
        self.wfile.write(rest[: len(rest) // 2] if habit == "cut" else rest)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(module, "_PAUSE", 0.0)
    # Not by way of a proxy that the computer may have.
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def quiet() -> Console:
    return Console(file=StringIO())


def fetch(address: str, cache: Path, **options: str) -> bytes:
    """What stands in the cache after a download."""
    fetch_vectors(address, cache=cache, console=quiet(), **options)
    (path,) = cache.rglob("glove.txt")
    assert [each.name for each in path.parent.iterdir() if each.name.endswith((".part", ".json"))] == []
    return path.read_bytes()


def refused(address: str, cache: Path, **options: str) -> str:
    with pytest.raises(CorpusError) as caught:
        fetch_vectors(address, cache=cache, console=quiet(), **options)
    assert list(cache.rglob("glove.txt")) == []
    return str(caught.value)


def test_a_file_is_fetched_once(server: Server, cache: Path):
    assert fetch(server.address, cache) == fetch(server.address, cache) == CONTENT
    assert server.asked == [""]
    read = read_vectors(server.address, cache=cache)
    assert (len(read.words), read.width) == (3000, 3)
    assert server.asked == [""]


def test_two_addresses_are_two_files(server: Server, cache: Path):
    fetch(server.address, cache)
    server.content = b"the 1 2\n"
    assert read_vectors(f"{server.address}?v=2", cache=cache, console=quiet()).words == ("the",)
    assert len(read_vectors(server.address, cache=cache).words) == 3000


def test_progress_is_shown(server: Server, cache: Path):
    console = Console(file=StringIO(), width=120)
    fetch_vectors(server.address, cache=cache, console=console)
    assert "fetching glove.txt" in console.file.getvalue()
    assert "100%" in console.file.getvalue() or f"{len(CONTENT) / 1000:.1f}" in console.file.getvalue()


@pytest.mark.parametrize("tag", ['"one"', "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_what_broke_off_goes_on_where_it_was(server: Server, cache: Path, tag: str):
    server.habits, server.tag = ["cut", "cut"], tag
    assert fetch(server.address, cache) == CONTENT
    half = len(CONTENT) // 2
    assert server.asked == ["", f"bytes={half}-", f"bytes={half + (len(CONTENT) - half) // 2}-"]


@pytest.mark.parametrize("tag", [None, 'W/"weak"'])
def test_without_a_mark_that_holds_it_begins_anew(server: Server, cache: Path, tag: str | None):
    server.habits, server.tag = ["cut"], tag
    assert fetch(server.address, cache) == CONTENT
    assert server.asked == ["", ""]


def test_a_file_that_has_changed_meanwhile_is_fetched_from_its_start(server: Server, cache: Path):
    server.habits = ["cut"] * module._ATTEMPTS
    assert "the download broke off 5 times, the last time so: " in refused(server.address, cache)
    server.content, server.tag = b"the 1 2\ncat 3 4\n", '"two"'
    assert fetch(server.address, cache) == server.content


def test_a_later_run_goes_on_where_an_earlier_one_broke_off(server: Server, cache: Path):
    server.habits = ["cut", 503, 503, 503, 503]
    assert refused(server.address, cache) == (
        f"{server.address}: the download broke off 5 times, the last time so: the server answers 503 Service Unavailable\n"
        "  Run the command again: what came is kept where the server can go on. Or fetch the file by other means and give its path."
    )
    assert fetch(server.address, cache) == CONTENT
    assert server.asked[-1] == f"bytes={len(CONTENT) // 2}-"


def test_a_server_that_gives_no_answer_or_goes_on_elsewhere_is_asked_again(server: Server, cache: Path):
    server.habits = ["silent", "cut", "elsewhere"]
    assert fetch(server.address, cache) == CONTENT


def test_a_server_that_always_goes_on_elsewhere_is_asked_for_the_whole_file(server: Server, cache: Path):
    server.habits = ["cut", "elsewhere"]
    assert fetch(server.address, cache) == CONTENT
    assert server.asked == ["", f"bytes={len(CONTENT) // 2}-", ""]


@pytest.mark.parametrize("address", ["http://127.0.0.1/a b.txt", "http://127.0.0.1:port/a.txt"])
def test_what_is_no_address_is_told_at_once(cache: Path, monkeypatch: pytest.MonkeyPatch, address: str):
    monkeypatch.setattr(module.time, "sleep", lambda seconds: pytest.fail("it was tried again"))
    assert refused(address, cache).startswith(f"{address}: no address that can be asked (")


def test_a_whole_file_that_never_got_its_name_is_fetched_anew(server: Server, cache: Path):
    server.habits = ["cut", 503, 503, 503, 503]
    refused(server.address, cache)
    (part,) = cache.rglob("*.part")
    part.write_bytes(CONTENT)
    assert fetch(server.address, cache) == CONTENT


def test_a_short_body_is_no_file(server: Server, cache: Path):
    server.habits, server.tag = ["cut"] * module._ATTEMPTS, None
    told = refused(server.address, cache)
    assert f"the last time so: {len(CONTENT) // 2:,} of {len(CONTENT):,} bytes came" in told


def test_a_server_that_tells_no_length_is_believed(server: Server, cache: Path):
    server.length = False
    assert fetch(server.address, cache) == CONTENT


@pytest.mark.parametrize(("code", "words"), [(404, "Not Found"), (403, "Forbidden")])
def test_what_the_server_refuses_is_told_at_once(server: Server, cache: Path, code: int, words: str):
    server.habits = [code]
    assert refused(server.address, cache) == (
        f"{server.address}: the server answers {code} {words}\n"
        "  Is the address right? Or fetch the file by other means and give its path."
    )
    assert len(server.asked) == 1


def test_a_web_page_is_no_file(server: Server, cache: Path):
    server.type = "text/html; charset=utf-8"
    assert "the server sends a web page in place of a file" in refused(server.address, cache)


def test_where_nobody_answers_it_is_told_at_once(server: Server, cache: Path):
    address = server.address
    server.shutdown()
    server.server_close()
    assert refused(address, cache) == (
        f"{address}: the server can't be reached (Connection refused)\n"
        "  Is the address right, and is there a connection? Or fetch the file by other means and give its path."
    )


def test_the_checksum_is_held_against_what_came(server: Server, cache: Path):
    right = hashlib.sha256(CONTENT).hexdigest()
    assert f"the download's sha256 is {right}, but {'0' * 64} was expected" in refused(server.address, cache, sha256="0" * 64)
    assert list(cache.rglob("*.part")) == []
    assert fetch(server.address, cache, sha256=right) == CONTENT
    with pytest.raises(CorpusError, match="the file's sha256 is"):
        read_vectors(server.address, cache=cache, sha256="0" * 64)


def test_a_cache_that_cant_be_written_is_told(server: Server, tmp_path: Path):
    (tmp_path / "file").write_text("", "utf-8")
    told = refused(server.address, tmp_path / "file")
    assert "the cache can't be written" in told
    assert "TAGGER_CACHE" in told
    assert server.asked == []


def test_two_that_want_the_same_file_fetch_it_once(server: Server, cache: Path):
    threads = [
        threading.Thread(target=fetch_vectors, args=(server.address,), kwargs={"cache": cache, "console": quiet()})
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.asked == [""]
