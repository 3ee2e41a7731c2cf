import json
from pathlib import Path

import pytest

from tagger.errors import ModelError
from tagger.training.step_log import StepLog

LINES = ['{"step": 1}\n', '{"step": 2}\n', '{"epoch": 1, "step": 2, "dev": {}}\n', '{"step": 3}\n']


def cut(path: Path, content: bytes, step: int) -> bytes:
    path.write_bytes(content)
    with StepLog(path, step):
        return path.read_bytes()


@pytest.mark.parametrize(("step", "kept"), [(0, 0), (1, 1), (2, 3), (3, 4), (9, 4)])
def test_lines_of_steps_that_are_done_again_are_cut_off(tmp_path: Path, step: int, kept: int):
    assert cut(tmp_path / "log", "".join(LINES).encode(), step) == "".join(LINES[:kept]).encode()


@pytest.mark.parametrize("tail", [b'{"step": 3', b'{"step": 3}', b"\0" * 100, b"\0" * 100 + b"\n", b"\xff\n", b"[]\n", b"{}\n"])
def test_what_a_crash_left_at_the_end_is_cut_off(tmp_path: Path, tail: bytes):
    assert cut(tmp_path / "log", LINES[0].encode() + tail, 9) == LINES[0].encode()


def test_a_line_is_in_the_file_as_soon_as_it_is_written(tmp_path: Path):
    with StepLog(tmp_path / "log", 0) as log:
        log.write({"step": 1})
        assert json.loads((tmp_path / "log").read_text("utf-8")) == {"step": 1}


def test_a_full_disk_is_told_by_check_and_sync_and_not_by_write(monkeypatch: pytest.MonkeyPatch):
    """/dev/full is a disk without space, and without an end to what is read from it."""
    monkeypatch.setattr("tagger.training.step_log._length_until", lambda path, step: 0)
    with StepLog(Path("/dev/full"), 0) as log:
        log.write({"step": 1})
        log.write({"step": 2})
        for tell in (log.check, log.sync):
            with pytest.raises(ModelError) as caught:
                tell()
            fix = "Free some space, then go on with the same command and --resume."
            assert str(caught.value) == f"/dev/full: can't be written (No space left on device)\n  {fix}"


def test_a_log_that_can_t_be_opened_is_told(tmp_path: Path):
    with pytest.raises(ModelError, match=r"log: can't be written \(Is a directory\)"):
        (tmp_path / "log").mkdir()
        StepLog(tmp_path / "log", 0)
