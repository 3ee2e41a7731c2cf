"""A recipe as text, and what comes of reading it."""

from pathlib import Path
from typing import Any

import pytest

from tagger.errors import RecipeError
from tagger.recipe import Recipe
from tagger.recipe_file import load_recipe

RECIPE = """\
# A recipe without a mistake.
corpus:
  kind: columns
  path: data
  columns: [word, pos, ner]
  schemes: {ner: iob1}
tasks:
  ner:
    scheme: iobes
embeddings:
  - kind: characters
  - kind: words
    width: 50
encoder: {hidden: 8}
training:
  optimizer:
    kind: adamw
    learning_rate: 0.01
  epochs: 3
"""


def read(text: str = RECIPE, *overrides: str, **options: Any) -> Recipe:
    """Reads a text as the file r.yaml in this folder."""
    Path("r.yaml").write_text(text, "utf-8")
    return load_recipe("r.yaml", overrides=overrides, **options)


def message(text: str = RECIPE, *overrides: str, **options: Any) -> str:
    """What is said of a text that is refused."""
    with pytest.raises(RecipeError) as caught:
        read(text, *overrides, **options)
    return str(caught.value)
