"""The featurizers of a model folder."""

from collections.abc import Mapping
from typing import Any

from tagger.features.characters import CharacterFeaturizer
from tagger.features.transformer import TransformerFeaturizer
from tagger.features.words import WordFeaturizer

AnyFeaturizer = WordFeaturizer | CharacterFeaturizer | TransformerFeaturizer

_KINDS: Mapping[str, type[AnyFeaturizer]] = {
    "words": WordFeaturizer,
    "characters": CharacterFeaturizer,
    "transformer": TransformerFeaturizer,
}


def read_featurizers(data: Mapping[str, Any]) -> dict[str, AnyFeaturizer]:
    """The featurizers, by the name of their embedding, that a model folder's vocabulary describes."""
    # Folders of earlier versions don't tell the kind: there it is the name.
    return {name: _KINDS[value.get("kind", name)].from_json(value) for name, value in data.items()}


def featurizers_json(featurizers: Mapping[str, AnyFeaturizer]) -> dict[str, Any]:
    """What `read_featurizers` needs."""
    kinds = {class_: kind for kind, class_ in _KINDS.items()}
    return {name: {"kind": kinds[type(featurizer)], **featurizer.to_json()} for name, featurizer in featurizers.items()}
