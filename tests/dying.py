"""A writer that dies at its n-th change of the disk, and changes nothing any more, as kill -9 and power cuts have it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

_CHANGES = ("fsync", "rename", "replace", "mkdir", "rmdir", "unlink", "remove", "chmod", "link")


class Death(BaseException):
    """The end of a process; what runs after it, as clean-up does, dies again at its first change."""


class Life:
    """How many changes have been made."""

    def __init__(self) -> None:
        self.changes = 0


@contextmanager
def dying(monkeypatch: pytest.MonkeyPatch, at: int | None) -> Iterator[Life]:
    """Within it the writer makes so many changes and dies at the next; it lives if None."""
    life = Life()

    def mortal(change: Any) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            if at is not None and life.changes >= at:
                raise Death
            life.changes += 1
            return change(*arguments, **options)

        return call

    with monkeypatch.context() as patched:
        for name in _CHANGES:
            patched.setattr(os, name, mortal(getattr(os, name)))
        yield life
