"""The featurizers of a model folder, and what each of them reads."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagger.features.characters import CharacterFeaturizer
from tagger.features.columns import ColumnFeaturizer
from tagger.features.document_context import DocumentContextFeaturizer
from tagger.features.sentences import word_featurizers
from tagger.features.subwords import SubwordFeaturizer
from tagger.features.transformer import TransformerFeaturizer
from tagger.features.word_forms import CaseFeaturizer, ShapeFeaturizer
from tagger.features.words import WordFeaturizer

AnyFeaturizer = (
    WordFeaturizer
    | CharacterFeaturizer
    | SubwordFeaturizer
    | CaseFeaturizer
    | ShapeFeaturizer
    | ColumnFeaturizer
    | TransformerFeaturizer
    | DocumentContextFeaturizer
)

_KINDS: Mapping[str, type[AnyFeaturizer]] = {
    "words": WordFeaturizer,
    "characters": CharacterFeaturizer,
    "subwords": SubwordFeaturizer,
    "case": CaseFeaturizer,
    "shape": ShapeFeaturizer,
    "column": ColumnFeaturizer,
    "transformer": TransformerFeaturizer,
    "document_context": DocumentContextFeaturizer,
}


def read_featurizers(data: Mapping[str, Any]) -> dict[str, AnyFeaturizer]:
    """The featurizers, by the name of their embedding, that a model folder's vocabulary describes."""
    # Folders of earlier versions don't tell the kind: there it is the name.
    return {name: _KINDS[value.get("kind", name)].from_json(value) for name, value in data.items()}


def featurizers_json(featurizers: Mapping[str, AnyFeaturizer]) -> dict[str, Any]:
    """What `read_featurizers` needs."""
    kinds = {class_: kind for kind, class_ in _KINDS.items()}
    return {name: {"kind": kinds[type(featurizer)], **featurizer.to_json()} for name, featurizer in featurizers.items()}


def columns_read(featurizers: Mapping[str, object]) -> tuple[str, ...]:
    """The columns that are read beside the words."""
    columns = (featurizer.column for featurizer in featurizers.values() if isinstance(featurizer, ColumnFeaturizer))
    return tuple(dict.fromkeys(columns))


def features_of(
    featurizers: Mapping[str, object],
    words: Sequence[str],
    columns: Mapping[str, Sequence[str | None]],
) -> dict[str, NDArray[np.int64]]:
    """What each featurizer of words makes of them and of what stands beside them in the columns that are read."""
    return {
        name: featurizer.encode(columns[featurizer.column])
        if isinstance(featurizer, ColumnFeaturizer)
        else featurizer.encode(words)
        for name, featurizer in word_featurizers(featurizers).items()
    }
