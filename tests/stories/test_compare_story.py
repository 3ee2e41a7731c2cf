"""`tagger compare`, as a user runs it."""

import json
from pathlib import Path

import pytest

GOOD = "Paris B-LOC B-LOC\nis O O\nbig O O\n\nAnn B-PER B-PER\nSmith I-PER I-PER\n\n"
BAD = GOOD.replace("B-LOC B-LOC", "B-LOC B-ORG")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "good.conll", tmp_path / "bad.conll"
    for path, text in zip(paths, (GOOD, BAD), strict=True):
        path.write_text(text * 20, "utf-8")
    return paths


def test_the_verdict_is_shown_and_written(files: tuple[Path, Path], command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "80")
    result = command("compare", *files, "--output", tmp_path / "out", "--examples", 1)
    assert result.exit_code == 0, result.stderr
    assert "A is better than B by 50.00 F1 (95 % interval" in result.stdout
    assert "What A gets right and B wrong" in result.stdout
    assert "✗ Paris/ORG" in result.stdout
    assert max(map(len, result.stdout.replace(str(tmp_path), "").splitlines())) <= 80
    written = json.loads((tmp_path / "out" / "comparison.json").read_text("utf-8"))
    assert (written["kind"], written["version"], written["tasks"]["spans"]["pairs"][0]["better"]) == ("comparison", 1, "A")
    assert "**A is better than B by 50.00 F1" in (tmp_path / "out" / "comparison.md").read_text("utf-8")


def test_what_can_not_be_compared_is_refused_with_exit_code_1(files: tuple[Path, Path], command):
    good, bad = files
    bad.write_text(bad.read_text("utf-8").replace("Paris", "London", 1), "utf-8")
    result = command("compare", good, bad)
    assert result.exit_code == 1
    assert f"{bad}:1: the words are others: 'London', but 'Paris' at {good}:1" in result.stderr


def test_one_alone_and_a_scheme_that_is_none_are_mistakes(files: tuple[Path, Path], command):
    assert "at least two" in command("compare", files[0]).stderr
    assert "there is no scheme 'iob9'" in command("compare", *files, "--scheme", "iob9").stderr
