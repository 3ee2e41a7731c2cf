"""The cache of what was read: where it is, what names its content, and small things that are kept as JSON."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def cache_folder() -> Path:
    """Where corpora are cached: `TAGGER_CACHE`, or `tagger` in the user's cache folder."""
    if folder := os.environ.get("TAGGER_CACHE"):
        return Path(folder)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tagger"


def digest_of(text: str) -> str:
    """A short name of a text's content."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def remembered(path: Path, make: Callable[[], Any]) -> Any:
    """What a JSON file of the cache holds; where there is none that can be read, what `make` gives, which is then kept there."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        value = make()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=path.name, dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(value, file)
        Path(temporary).replace(path)
    except OSError:
        # It is found again at the next time: nothing but time is lost.
        pass
    return value
