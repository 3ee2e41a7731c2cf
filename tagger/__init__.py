"""Sequence tagging: part-of-speech tags, named entities, chunks; trained by recipes, used in one line.

from tagger import Tagger

tagger = Tagger.load("runs/conll")
tagger.tag("Angela Merkel visited Paris.").spans
"""

from typing import TYPE_CHECKING, Any

from tagger.errors import CorpusError, ModelError, RecipeError, TaggerError
from tagger.text.sentence import Alternative, Sentence, Span, Token

if TYPE_CHECKING:
    from tagger.tagger import Tagger

__all__ = ["Alternative", "CorpusError", "ModelError", "RecipeError", "Sentence", "Span", "Tagger", "TaggerError", "Token"]


def __getattr__(name: str) -> Any:
    # The command line must answer `--help` and recipe errors at once: torch is imported with the first use of Tagger.
    if name == "Tagger":
        from tagger.tagger import Tagger

        return Tagger
    raise AttributeError(f"module 'tagger' has no attribute '{name}'")
