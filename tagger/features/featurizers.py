"""The featurizers of a model folder."""

from collections.abc import Callable, Mapping
from typing import Any

from tagger.features.characters import CharacterFeaturizer
from tagger.features.words import WordFeaturizer

AnyFeaturizer = WordFeaturizer | CharacterFeaturizer


def read_featurizers(data: Mapping[str, Any]) -> dict[str, AnyFeaturizer]:
    """The featurizers, by the kind of their embedding, that a model folder's vocabulary describes."""
    kinds: dict[str, Callable[[Mapping[str, Any]], AnyFeaturizer]] = {
        "words": WordFeaturizer.from_json,
        "characters": CharacterFeaturizer.from_json,
    }
    return {name: kinds[name](value) for name, value in data.items()}
