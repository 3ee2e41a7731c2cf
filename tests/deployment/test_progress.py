"""What a person sees while files are tagged."""

import pytest

from tagger.deployment import progress
from tagger.deployment.progress import BulkProgress, as_time


@pytest.fixture
def clock(monkeypatch):
    """The seconds that have passed, which the test sets."""
    seconds = [0.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: seconds[0])
    return seconds


def test_a_log_gets_a_line_every_half_minute_with_speed_and_time_left(clock, capsys):
    with BulkProgress(1000) as shown:
        shown.skip(500)
        for _ in range(8):
            clock[0] += 10
            shown.step("in/a.txt", 25, 10, 300)
    assert capsys.readouterr().err.splitlines() == [
        "57.5 %  900 words  30 words/s  2:50 left  in/a.txt",
        "65.0 %  1,800 words  30 words/s  2:20 left  in/a.txt",
    ]
    assert shown.summary == "80 sentences, 2,400 words in 1:20 (30 words/s)"


def test_what_is_read_from_a_pipe_has_no_share(clock, capsys):
    with BulkProgress(0) as shown:
        clock[0] += 40
        shown.step("standard input", 0, 10, 300)
    assert capsys.readouterr().err == "300 words  8 words/s  standard input\n"


def test_without_lines_a_log_stays_empty(clock, capsys):
    with BulkProgress(10, lines=False) as shown:
        clock[0] += 40
        shown.step("in.txt", 10, 10, 300)
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_bar(clock, capsys, monkeypatch):
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True)
    with BulkProgress(1000) as shown:
        shown.step("in/a.txt", 250, 10, 300)
        shown.say("a note")
    err = capsys.readouterr().err
    assert "in/a.txt" in err
    assert "a note" in err


def test_many_clipped_words_are_counted_and_the_first_told(capsys):
    with BulkProgress(10) as shown:
        shown.clipped([f"word {number}" for number in range(15)], 15)
        shown.clipped([f"word {number}" for number in range(15, 30)], 40)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [*(f"word {number}" for number in range(20)), "35 more words were not read to their last character"]


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (61.6, "1:02"), (3723, "1:02:03")])
def test_times_are_written_as_clocks_do(seconds, text):
    assert as_time(seconds) == text
