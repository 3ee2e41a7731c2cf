"""An output in the making."""

import errno
import io

import pytest

from tagger.deployment import output
from tagger.deployment.journal import Progress, open_journal, read_journal
from tagger.deployment.output import PartialOutput, can_go_on, partial_path
from tagger.errors import TaggerError


@pytest.fixture
def journal(tmp_path, monkeypatch):
    """A journal in which the output `out` is begun; each piece is noted at once."""
    monkeypatch.setattr(output, "_SECONDS_BETWEEN_NOTES", 0)
    with open_journal(tmp_path / "journal", {}) as opened:
        opened.begin("out", Progress({}, 0, 0))
        yield opened


class Full(io.BytesIO):
    """A file on a disk that is full after three bytes."""

    def __init__(self, file):
        super().__init__()
        self.file = file

    def write(self, data):
        self.file.write(data[:3])
        raise OSError(errno.ENOSPC, "No space left on device")

    def flush(self):
        self.file.flush()

    def fileno(self):
        return self.file.fileno()

    def tell(self):
        return self.file.tell()


def test_what_is_whole_gets_its_name(tmp_path, journal):
    made = PartialOutput(tmp_path / "out", "text", journal)
    made.write(b"one\n", "x")
    assert not (tmp_path / "out").exists()
    assert partial_path(tmp_path / "out").read_bytes() == b"one\n"
    made.finish()
    assert (tmp_path / "out").read_bytes() == b"one\n"
    assert not partial_path(tmp_path / "out").exists()
    assert journal.of("out") == Progress({}, 0, 0, 1, "x", 4, done=True)


def test_what_stands_behind_the_last_note_is_cut_off(tmp_path, journal):
    made = PartialOutput(tmp_path / "out", "text", journal)
    made.write(b"one\n", "x")
    made.close()
    with partial_path(tmp_path / "out").open("ab") as file:
        file.write(b"something longer than what comes")
    again = PartialOutput(tmp_path / "out", "text", journal)
    again.write(b"two\n", "y")
    again.finish()
    assert (tmp_path / "out").read_bytes() == b"one\ntwo\n"


def test_a_piece_that_was_written_in_part_is_not_noted(tmp_path, journal):
    made = PartialOutput(tmp_path / "out", "text", journal)
    made.write(b"one\n", "x")
    file, made._file = made._file, Full(made._file)
    with pytest.raises(TaggerError, match="can't be written") as caught:
        made.write(b"two\n", "y")
    assert caught.value.fix == "Free some space, and go on with --resume."
    made.note()
    file.close()
    assert partial_path(tmp_path / "out").read_bytes() == b"one\ntwo"
    assert (journal.of("out").pieces, journal.of("out").num_bytes) == (1, 4)


def test_what_was_lost_or_cut_can_not_go_on(tmp_path, journal):
    made = PartialOutput(tmp_path / "out", "text", journal)
    made.write(b"one\n", "x")
    made.close()
    known = read_journal(tmp_path / "journal")["out"]
    assert can_go_on(tmp_path / "out", "text", known)
    partial_path(tmp_path / "out").write_bytes(b"one")
    assert not can_go_on(tmp_path / "out", "text", known)
    partial_path(tmp_path / "out").unlink()
    assert not can_go_on(tmp_path / "out", "text", known)
