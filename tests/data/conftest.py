"""What the tests of the data commands share."""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """Writes text to a file, called as said."""

    def write(text: str, name: str = "train.txt") -> Path:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return write
