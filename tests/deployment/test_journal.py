"""How far outputs have come, whatever became of the process that noted it."""

import subprocess
import sys

import pytest

from tagger.deployment.journal import Progress, open_journal, read_journal
from tagger.errors import TaggerError

BEGUN = Progress({"to": "conll"}, size=10, changed=5)


def noted(path):
    with open_journal(path, read_journal(path)) as journal:
        journal.begin("a", BEGUN)
        journal.note("a", pieces=1, digest="x", num_bytes=100)
        journal.begin("b", BEGUN)
        journal.note("a", pieces=2, digest="y", num_bytes=200)
        journal.note("a", done=True, num_bytes=250)


def test_what_was_noted_is_known_again(tmp_path):
    noted(tmp_path / "journal")
    assert read_journal(tmp_path / "journal") == {"a": Progress({"to": "conll"}, 10, 5, 2, "y", 250, done=True), "b": BEGUN}


def test_a_journal_that_is_cut_anywhere_tells_what_its_whole_lines_tell(tmp_path):
    path = tmp_path / "journal"
    noted(path)
    content = path.read_bytes()
    seen = []
    for length in range(len(content) + 1):
        path.write_bytes(content[:length])
        known = read_journal(path)
        seen.append(known.get("a"))
        with open_journal(path, known) as journal:
            journal.begin("c", BEGUN)
        assert read_journal(path) == {**known, "c": BEGUN}
    stages = list(dict.fromkeys(str(progress) for progress in seen))
    assert len(stages) == 5


def test_an_output_that_is_begun_anew_starts_at_nothing(tmp_path):
    noted(tmp_path / "journal")
    with open_journal(tmp_path / "journal", read_journal(tmp_path / "journal")) as journal:
        journal.begin("a", BEGUN)
    assert read_journal(tmp_path / "journal")["a"] == BEGUN


def test_two_processes_never_write_into_one_folder(tmp_path):
    path = tmp_path / "out" / "journal"
    program = "import sys; from pathlib import Path; from tagger.deployment.journal import open_journal\n"
    program += "with open_journal(Path(sys.argv[1]), {}): print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(TaggerError, match="out: another process writes here"), open_journal(path, {}):
            pass
        other.kill()
        other.communicate()
    with open_journal(path, {}) as journal:
        journal.begin("a", BEGUN)


def test_what_another_process_noted_meanwhile_is_seen(tmp_path):
    path = tmp_path / "journal"
    before = read_journal(path)
    noted(path)
    with pytest.raises(TaggerError, match="another process writes here"), open_journal(path, before):
        pass
