"""`tagger tag` on many files: whatever happens on the way, what comes out is the same."""

import bz2
import gzip
import json
import lzma
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result

from tagger.deployment import output, pieces, workers

SENTENCES = ["Ann Lee sees Oslo .", "Bo sleeps in New York .", "", "rain falls", "Ann sleeps ."]
JOURNAL = ".tagger-bulk.jsonl"
MANY = 250


class Killed(BaseException):
    """Stands for `kill -9` within this process: nobody catches it."""


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of a few sentences, each noted at once."""
    monkeypatch.setattr(pieces, "PIECE_WORDS", 12)
    monkeypatch.setattr(output, "_SECONDS_BETWEEN_NOTES", 0)


@pytest.fixture
def inputs(elsewhere: Path, small_pieces: None) -> Path:
    """A folder with a file of each form."""
    folder = elsewhere / "in"
    folder.mkdir()
    lines = SENTENCES * 3
    (folder / "a.txt.gz").write_bytes(gzip.compress("".join(line + "\n" for line in lines).encode()))
    blocks = ["".join(word + " x\n" for word in line.split()) + "\n" for line in lines if line]
    (folder / "b.conll").write_text("-DOCSTART- x\n\n" + "".join(blocks), "utf-8")
    conllu = "".join(
        "".join(f"{index}\t{word}" + "\t_" * 8 + "\n" for index, word in enumerate(line.split(), 1)) + "\n"
        for line in lines
        if line
    )
    (folder / "c.conllu.xz").write_bytes(lzma.compress(conllu.encode()))
    records = [json.dumps({"text": line, "document": number // 4, "id": number}) for number, line in enumerate(lines)]
    (folder / "d.jsonl.bz2").write_bytes(bz2.compress("\n".join(records).encode()))
    pq.write_table(pa.table({"id": range(len(lines)), "text": lines}), folder / "e.parquet")
    (folder / "f.txt").touch()
    return folder


@pytest.fixture
def bulk(command: Callable[..., Result], trained: Path) -> Callable[..., Result]:
    """Tags in this process, by one thread."""
    return lambda *arguments: command("tag", trained, *arguments, "--workers", "1")


def tree(folder: str | Path) -> dict[str, bytes]:
    """The outputs of a folder, those in the making among them."""
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir()) if path.name != JOURNAL}


def test_each_input_becomes_the_file_that_it_becomes_by_itself(bulk, inputs: Path):
    result = bulk("in", "--output", "out/", "--probabilities")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("tagged 6 files: 69 sentences, ")
    whole = tree("out")
    assert sorted(whole) == ["a.txt.gz", "b.conll", "c.conllu.xz", "d.jsonl.bz2", "e.parquet", "f.txt"]
    for name, content in whole.items():
        assert bulk(f"in/{name}", "--output", f"alone-{name}", "--probabilities").exit_code == 0
        assert Path(f"alone-{name}").read_bytes() == content
    assert gzip.decompress(whole["a.txt.gz"]).decode().startswith("[PER ")
    assert pq.read_table("out/e.parquet")["id"].to_pylist() == list(range(15))
    assert [json.loads(line)["id"] for line in bz2.decompress(whole["d.jsonl.bz2"]).splitlines()] == list(range(15))


def test_a_kill_at_any_moment_of_writing_changes_nothing_but_time(bulk, inputs: Path, monkeypatch: pytest.MonkeyPatch):
    """Every touch of the disk is once the last: before it is done, and after."""
    for path in inputs.glob("[bcdf]*"):
        path.unlink()
    (inputs / "a.txt.gz").write_bytes(gzip.compress(b"Ann sleeps\n\nBo sleeps in New York .\nrain falls\n"))
    monkeypatch.setattr(workers, "PieceTagger", cache(workers.PieceTagger))
    assert bulk("in", "--output", "whole/").exit_code == 0
    whole, moments = tree("whole"), 0
    while True:
        shutil.rmtree("out", ignore_errors=True)
        with monkeypatch.context() as patch:
            die_at(moments, patch)
            try:
                bulk("in", "--output", "out/")
                break
            except Killed:
                moments += 1
        left = tree("out")
        assert all(left[name] == content for name, content in whole.items() if name in left)
        assert bulk("in", "--output", "out/", "--resume").exit_code == 0
        assert tree("out") == whole
    assert moments > 30
    assert tree("out") == whole


def die_at(moment: int, patch: pytest.MonkeyPatch) -> None:
    """Lets this process die at a touch of the disk within `out`: there are two moments to each."""
    left = moment

    def dying(act: Callable[..., Any]) -> Callable[..., Any]:
        def touch(target: int | Path, *arguments: Any, **named: Any) -> Any:
            nonlocal left
            if isinstance(target, Path) and "out" not in target.parts:
                return act(target, *arguments, **named)
            left -= 2
            if left == -2:
                raise Killed
            result = act(target, *arguments, **named)
            if left == -1:
                raise Killed
            return result

        return touch

    for place, name in ((os, "fsync"), (Path, "replace"), (Path, "unlink")):
        patch.setattr(place, name, dying(getattr(place, name)))


def test_a_killed_process_is_taken_up_and_two_workers_write_what_one_writes(bulk, command, trained: Path, inputs: Path):
    (inputs / "a.txt.gz").write_bytes(gzip.compress("".join(line + "\n" for line in SENTENCES * MANY).encode()))
    arguments = ["in", "--output", "out/", "--probabilities"]
    killed = start(trained, *arguments, "--workers", "2")
    wait_for_notes("out", 10)
    killed.kill()
    killed.communicate()
    before = tree("out")
    assert "a.txt.gz.partial" in before
    assert not set(before) & {"a.txt.gz", "b.conll"}
    result = command("tag", trained, *arguments, "--resume", "--workers", "2")
    assert result.exit_code == 0, result.stderr
    assert bulk("in", "--output", "whole/", "--probabilities").exit_code == 0
    whole = tree("whole")
    assert tree("out") == whole
    noted = max(json.loads(line)["num_bytes"] for line in journal("out") if '"num_bytes"' in line and '"a.txt.gz"' in line)
    assert noted == len(whole["a.txt.gz"])


def start(trained: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    """A process that tags in small pieces and notes each."""
    program = (
        "import sys\nfrom tagger.deployment import output, pieces\n"
        "if __name__ == '__main__':\n"
        "    from tagger.cli.main import cli\n"
        "    pieces.PIECE_WORDS, output._SECONDS_BETWEEN_NOTES = 12, 0\n"
        "    cli(sys.argv[1:])\n"
    )
    Path("program.py").write_text(program, "utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "program.py", "tag", str(trained), *arguments], stderr=subprocess.PIPE, env=environment
    )


def journal(folder: str) -> list[str]:
    path = Path(folder, JOURNAL)
    return [line for line in path.read_text("utf-8").splitlines() if line.endswith("}")] if path.exists() else []


def wait_for_notes(folder: str, count: int) -> None:
    begun = len(list(Path("in").iterdir()))
    deadline = time.monotonic() + 120
    while len(journal(folder)) < begun + count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def heeds_ctrl_c() -> Iterator[None]:
    """A shell that starts the tests in the background lets them ignore SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_ctrl_c")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_how_to_go_on(bulk, inputs: Path, monkeypatch: pytest.MonkeyPatch, number: int):
    original = output.PartialOutput.write
    count = [0]

    def write(self, *arguments):
        original(self, *arguments)
        count[0] += 1
        if count[0] == 8:
            os.kill(os.getpid(), number)

    before = signal.getsignal(signal.SIGTERM)
    with monkeypatch.context() as patch:
        patch.setattr(output.PartialOutput, "write", write)
        result = bulk("in", "--output", "out/")
    assert (result.exit_code, result.stderr) == (
        1,
        "out: interrupted\n  What was tagged is kept: the same command with --resume goes on.\n",
    )
    assert signal.getsignal(signal.SIGTERM) is before
    assert bulk("in", "--output", "out/", "--resume").exit_code == 0
    assert bulk("in", "--output", "whole/").exit_code == 0
    assert tree("out") == tree("whole")


def test_a_worker_that_is_killed_ends_the_run_with_a_word(bulk, command, trained: Path, inputs: Path):
    (inputs / "a.txt.gz").write_bytes(gzip.compress("".join(line + "\n" for line in SENTENCES * MANY).encode()))

    def kill_one() -> None:
        wait_for_notes("out", 3)
        multiprocessing.active_children()[0].kill()

    killer = threading.Thread(target=kill_one)
    killer.start()
    result = command("tag", trained, "in", "--output", "out/", "--workers", "2")
    killer.join()
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-3:] == [
        "--workers 2: a worker process was ended from outside, most often by the system for want of memory",
        "  Use fewer --workers.",
        "  What was tagged is kept: the same command with --resume goes on.",
    ]
    assert multiprocessing.active_children() == []
    assert bulk("in", "--output", "out/", "--resume").exit_code == 0
    assert bulk("in", "--output", "whole/").exit_code == 0
    assert tree("out") == tree("whole")


def test_a_bad_record_keeps_what_stands_before_it_and_the_mended_file_goes_on(bulk, inputs: Path):
    records = [json.dumps({"text": line}) for line in SENTENCES * 4]
    path = inputs / "a.jsonl"
    (inputs / "a.txt.gz").unlink()
    path.write_text("\n".join([*records[:15], "no json", *records[15:]]), "utf-8")
    result = bulk("in", "--output", "out/")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[0].startswith("in/a.jsonl:16:1: no JSON: ")
    assert result.stderr.endswith("  What was tagged is kept: the same command with --resume goes on.\n")
    assert 5 <= tree("out")["a.jsonl.partial"].count(b"\n") <= 15
    path.write_text("\n".join(records), "utf-8")
    assert bulk("in", "--output", "out/", "--resume").exit_code == 0
    assert bulk("in", "--output", "whole/").exit_code == 0
    assert tree("out") == tree("whole")


@pytest.fixture
def interrupted(bulk, inputs: Path) -> Path:
    """An output folder in which the first file is whole and the second is not."""
    path = inputs / "b.conll"
    good = path.read_text("utf-8")
    path.write_text(good + "\n\tx\n", "utf-8")
    assert bulk("in", "--output", "out/").exit_code == 1
    path.write_text(good, "utf-8")
    assert {"a.txt.gz", "b.conll.partial"} <= set(tree("out"))
    return inputs


def refusal(result: Result) -> str:
    assert result.exit_code == 1
    return result.stderr


def test_going_on_is_refused_where_the_input_was_changed(bulk, interrupted: Path):
    path = interrupted / "b.conll"
    path.write_text("Bo x\n\n" + path.read_text("utf-8"), "utf-8")
    assert refusal(bulk("in", "--output", "out/", "--resume")) == (
        "in/b.conll: has changed where it was tagged before\n  Tag it anew with --overwrite, or into another folder.\n"
    )


def test_going_on_is_refused_where_the_input_has_become_shorter(bulk, interrupted: Path):
    (interrupted / "b.conll").write_text("Bo x\n", "utf-8")
    assert "in/b.conll: has changed where it was tagged before" in refusal(bulk("in", "--output", "out/", "--resume"))


def test_going_on_is_refused_where_the_input_of_a_whole_output_was_changed(bulk, interrupted: Path):
    (interrupted / "a.txt.gz").write_bytes(gzip.compress(b"Bo sleeps\n"))
    assert "in/a.txt.gz: has changed since it was tagged" in refusal(bulk("in", "--output", "out/", "--resume"))


def test_a_copied_input_is_the_same_input(bulk, interrupted: Path):
    os.utime(interrupted / "a.txt.gz", (1, 1))
    result = bulk("in", "--output", "out/", "--resume")
    assert result.exit_code == 0
    assert "; 1 were whole before" in result.stderr


def test_going_on_is_refused_where_an_output_was_changed(bulk, interrupted: Path):
    Path("out/a.txt.gz").write_bytes(b"")
    assert "out/a.txt.gz: is no longer what was written" in refusal(bulk("in", "--output", "out/", "--resume"))


def test_going_on_is_refused_with_other_settings(bulk, interrupted: Path, trained: Path, command):
    assert refusal(bulk("in", "--output", "out/", "--resume", "--probabilities")) == (
        "out/a.txt.gz: was begun with probabilities False (now True)\n  Give the same settings, or --overwrite.\n"
    )
    shutil.copytree(trained, "other")
    with Path("other/model/vocabulary.json").open("a") as file:
        file.write("\n")
    again = command("tag", "other", "in", "--output", "out/", "--resume", "--workers", "1")
    assert "out/a.txt.gz: was begun with another model\n" in refusal(again)


def test_without_a_word_nothing_that_was_begun_is_touched(bulk, interrupted: Path):
    before = tree("out")
    assert "out/a.txt.gz: exists already\n" in refusal(bulk("in", "--output", "out/"))
    assert "out/b.conll: was begun before\n" in refusal(bulk("in/b.conll", "in/f.txt", "--output", "out/"))
    assert tree("out") == before


def test_overwriting_begins_anew_with_any_settings(bulk, interrupted: Path):
    assert bulk("in", "--output", "out/", "--overwrite", "--probabilities").exit_code == 0
    assert bulk("in", "--output", "whole/", "--probabilities").exit_code == 0
    assert tree("out") == tree("whole")


def test_a_finished_run_has_nothing_left_to_do(bulk, inputs: Path):
    assert bulk("in", "--output", "out/").exit_code == 0
    Path("out/d.jsonl.bz2").unlink()
    before = tree("out")
    result = bulk("in", "--output", "out/", "--resume")
    assert result.stderr.startswith("tagged 1 file: 15 sentences, ")
    assert result.stderr.endswith("; 5 were whole before\n")
    assert before.items() < tree("out").items()


def test_one_file_can_be_taken_up_too(bulk, inputs: Path):
    path = inputs / "b.conll"
    good = path.read_text("utf-8")
    path.write_text(good + "\n\tx\n", "utf-8")
    assert bulk(path, "--output", "out.conll").exit_code == 1
    path.write_text(good, "utf-8")
    assert not Path("out.conll").exists()
    assert bulk(path, "--output", "out.conll", "--resume").exit_code == 0
    assert bulk(path, "--output", "out.conll", "--resume").exit_code == 0
    assert Path("out.conll").read_text("utf-8").startswith("-DOCSTART- x O O\n\nAnn x PROPN B-PER\n")
    assert sorted(path.name for path in Path().iterdir()) == [".out.conll.tagger-bulk.jsonl", "in", "out.conll"]


def test_outputs_are_compressed_as_asked_or_by_their_names(bulk, command, trained: Path, inputs: Path):
    assert bulk("in/a.txt.gz", "in/f.txt", "--output", "out/", "--compress", "xz", "--to", "jsonl").exit_code == 0
    assert sorted(tree("out")) == ["a.jsonl.xz", "f.jsonl.xz"]
    assert lzma.decompress(tree("out")["a.jsonl.xz"]).count(b"\n") == 15
    assert command("tag", trained, "in/a.txt.gz", "--output", "a.conll.bz2").exit_code == 0
    assert bz2.decompress(Path("a.conll.bz2").read_bytes()).startswith(b"Ann PROPN B-PER\n")


@pytest.mark.parametrize("to", ["text", "conll", "conllu", "jsonl", "parquet"])
def test_a_word_that_was_clipped_is_noted(command, trained: Path, elsewhere: Path, to: str):
    long = "x" * 1_000_000
    Path("in.conll").write_text(f"Bo\nsleeps\n\nAnn\n{long}\n", "utf-8")
    result = command("tag", trained, "in.conll", "--to", to, "--output", "out")
    assert result.exit_code == 0
    word = f"word 2 of the sentence, '{long[:20]}...'"
    told = f"in.conll:4: {word}, has 1,000,000 characters; its first 32 and last 32 were read\n"
    assert result.stderr == (told if to in ("text", "conll") else "")
    match to:
        case "conllu":
            _, block, _ = Path("out").read_text("utf-8").split("\n\n")
            assert block.splitlines()[1] == "# clipped = 2"
        case "jsonl":
            first, second = map(json.loads, Path("out").read_text("utf-8").splitlines())
            assert ("clipped" in first, second["clipped"], second["tokens"][1]) == (False, [1], long)
        case "parquet":
            assert pq.read_table("out")["clipped"].to_pylist() == [[], [1]]
        case _:
            assert long in Path("out").read_text("utf-8")


def test_a_sentence_of_very_many_words_passes(command, trained: Path, elsewhere: Path):
    Path("in.jsonl").write_text(json.dumps({"tokens": ["Ann", "sleeps"] * 10_000}) + '\n{"text": "Bo"}\n', "utf-8")
    assert command("tag", trained, "in.jsonl", "--output", "out.jsonl").exit_code == 0
    long, short = map(json.loads, Path("out.jsonl").read_text("utf-8").splitlines())
    assert (len(long["tags"]["ner"]), short["text"]) == (20_000, "Bo")
