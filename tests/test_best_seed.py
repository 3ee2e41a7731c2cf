"""Which folders are those of several seeds."""

from pathlib import Path

import pytest

from tagger.best_seed import best_seed


@pytest.mark.parametrize("text", ["{}", '{"scores": {"f1": 0.9}}', '{"kind": "sweep"}', "[1, 2]", "null"])
def test_a_folder_with_a_summary_of_something_else_is_not_one(text: str, tmp_path: Path):
    (tmp_path / "summary.json").write_text(text, "utf-8")
    assert best_seed(tmp_path) is None
