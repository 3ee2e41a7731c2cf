"""What names a model: all of its files that tags depend on."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def digest_model(name: str, facts: Mapping[str, Any]) -> str:
    """The digest of a model's files, its card left out; of a model of the Hub, that of its name and facts."""
    path = Path(name).expanduser()
    digest = hashlib.blake2b(digest_size=16)
    if not path.is_dir():
        digest.update(json.dumps([name, facts], sort_keys=True, default=str).encode())
        return digest.hexdigest()
    folder = path / "model" if (path / "model").is_dir() else path
    for file in sorted(folder.iterdir()):
        if file.is_file() and file.suffix != ".md":
            with file.open("rb") as content:
                digest.update(f"{file.name}:{hashlib.file_digest(content, 'blake2b').hexdigest()}\n".encode())
    return digest.hexdigest()
