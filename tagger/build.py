"""Recipe and corpus -> featurizers, model, optimizer: the only file that maps a `kind` of layer to a class."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, assert_never

import pyarrow.compute as pc
import torch
from torch import nn

from tagger.corpora.corpus import Corpus
from tagger.errors import CorpusError
from tagger.features.characters import CharacterFeaturizer
from tagger.features.encode import column
from tagger.features.featurizers import AnyFeaturizer
from tagger.features.vectors import WordVectors, read_vectors
from tagger.features.words import WordFeaturizer
from tagger.modules.decoders import CRFDecoder, Decoder, SoftmaxDecoder
from tagger.modules.embeddings import Embedding
from tagger.modules.embeddings.characters import CharacterCNN
from tagger.modules.embeddings.stack import StackedEmbedding
from tagger.modules.embeddings.words import WordEmbedding
from tagger.modules.encoders import Encoder, IdentityEncoder, LSTMEncoder
from tagger.modules.layered_encoder import LayeredEncoder
from tagger.modules.model import TaggerModel
from tagger.recipe import (
    AdamWSettings,
    CharacterEmbeddingSettings,
    EncoderSettings,
    Recipe,
    SGDSettings,
    TaskSettings,
    WordEmbeddingSettings,
)
from tagger.text.schemes import SCHEMES, TagScheme

_RANDOM_WIDTH = 100


def task_tags(recipe: Recipe, corpus: Corpus) -> dict[str, tuple[TagScheme | None, tuple[str, ...]]]:
    """For each task the scheme that it is learned in, and all tags of the labels that train holds."""
    tags: dict[str, tuple[TagScheme | None, tuple[str, ...]]] = {}
    for name, settings in recipe.tasks.items():
        labels = corpus.labels(name)
        scheme = SCHEMES[settings.scheme] if settings.scheme else None
        tags[name] = (scheme, scheme.tags(labels) if scheme else tuple(labels))
        if not labels:
            raise CorpusError(f"train holds no {name} label", where="corpus", fix="Is corpus.columns right?")
    return tags


def build_featurizers(recipe: Recipe, corpus: Corpus) -> tuple[Recipe, dict[str, AnyFeaturizer], dict[str, WordVectors]]:
    """The featurizers by the kind of their embedding, and the vectors that were read.

    Returns:
        The recipe with the width of the vectors written in, the featurizers, the vectors.
    """
    counts = word_counts(corpus)
    featurizers: dict[str, AnyFeaturizer] = {}
    vectors: dict[str, WordVectors] = {}
    embeddings: list[WordEmbeddingSettings | CharacterEmbeddingSettings] = []
    for settings in recipe.embeddings:
        match settings:
            case WordEmbeddingSettings():
                options: dict[str, Any] = {"lowercase": settings.lowercase, "digits": settings.digits}
                if settings.vectors:
                    vectors["words"] = read_vectors(Path(settings.vectors).expanduser())
                    # A table that is not trained can't learn words of its own.
                    trained = counts if settings.trainable else {}
                    featurizers["words"] = WordFeaturizer.from_counts(
                        trained, vectors=vectors["words"].words, min_count=settings.min_count, **options
                    )
                    if settings.width not in (None, vectors["words"].width):
                        raise CorpusError(
                            f"the vectors have {vectors['words'].width} dimensions, but the recipe's width is {settings.width}",
                            where=settings.vectors,
                            fix="Leave width away: with a vectors file it is that of the file.",
                        )
                    settings = settings.model_copy(update={"width": vectors["words"].width})
                else:
                    featurizers["words"] = WordFeaturizer.from_counts(counts, min_count=settings.min_count, **options)
                    settings = settings.model_copy(update={"width": settings.width or _RANDOM_WIDTH})
            case CharacterEmbeddingSettings():
                featurizers["characters"] = CharacterFeaturizer.from_counts(counts, max_length=settings.max_length)
            case _:
                assert_never(settings)
        embeddings.append(settings)
    return recipe.model_copy(update={"embeddings": tuple(embeddings)}), featurizers, vectors


def word_counts(corpus: Corpus) -> Counter[str]:
    """How often each word stands in train."""
    counted = pc.value_counts(pc.list_flatten(column(corpus["train"], "tokens")))
    return Counter({pair["values"]: pair["counts"] for pair in counted.to_pylist()})


def new_model(
    recipe: Recipe,
    featurizers: Mapping[str, AnyFeaturizer],
    tags: Mapping[str, tuple[TagScheme | None, Sequence[str]]],
    vectors: Mapping[str, WordVectors],
) -> TaggerModel:
    """A model whose weights are drawn from the recipe's seed, out of training."""
    torch.manual_seed(recipe.training.seed)
    return build_model(recipe, featurizers, tags, vectors).eval()


def build_model(
    recipe: Recipe,
    featurizers: Mapping[str, AnyFeaturizer],
    tags: Mapping[str, tuple[TagScheme | None, Sequence[str]]],
    vectors: Mapping[str, WordVectors] | None = None,
) -> TaggerModel:
    """The model, with fresh weights from torch's random state."""
    embeddings: dict[str, Embedding] = {
        settings.kind: _embedding(settings, featurizers[settings.kind]) for settings in recipe.embeddings
    }
    for name, read in (vectors or {}).items():
        table = embeddings[name]
        assert isinstance(table, WordEmbedding)
        table.load_vectors(torch.from_numpy(read.matrix))
    stack = StackedEmbedding(embeddings, word_dropout=recipe.dropout.words, dropout=recipe.dropout.input)
    encoder = _encoder(recipe.encoder, stack.width, dropout=recipe.dropout.output)
    decoders = {task: _decoder(settings, encoder.width, *tags[task]) for task, settings in recipe.tasks.items()}
    return TaggerModel(stack, encoder, decoders, {task: settings.weight for task, settings in recipe.tasks.items()})


def _embedding(settings: WordEmbeddingSettings | CharacterEmbeddingSettings, featurizer: AnyFeaturizer) -> Embedding:
    match settings:
        case WordEmbeddingSettings():
            assert isinstance(featurizer, WordFeaturizer)
            return WordEmbedding(
                len(featurizer.vocab),
                settings.width or _RANDOM_WIDTH,
                trainable=settings.trainable,
                singletons=featurizer.singletons,
                singleton_dropout=settings.singleton_dropout,
            )
        case CharacterEmbeddingSettings():
            return CharacterCNN(
                len(featurizer.vocab),
                character_width=settings.width,
                filters=settings.filters,
                kernels=settings.kernels,
                dropout=settings.dropout,
            )
        case _:
            assert_never(settings)


def _encoder(settings: EncoderSettings, width: int, *, dropout: float) -> Encoder:
    options: dict[str, Any] = settings.model_dump(include={"hidden", "layers", "bidirectional", "layer_dropout", "initial_state"})
    locked = settings.layer_dropout_kind == "locked"
    match settings.kind:
        case "none":
            return IdentityEncoder(width, dropout=dropout)
        case "lstm" if settings.connection == "none" and not locked:
            return LSTMEncoder(width, dropout=dropout, **options)
        case "lstm" | "gru":
            connection = settings.connection
            return LayeredEncoder(width, kind=settings.kind, connection=connection, locked=locked, dropout=dropout, **options)
        case _:
            assert_never(settings.kind)


def _decoder(settings: TaskSettings, width: int, scheme: TagScheme | None, tags: Sequence[str]) -> Decoder:
    legal = scheme.transitions(tags) if scheme else None
    match settings.decoder:
        case "crf":
            return CRFDecoder(width, len(tags), legal)
        case "softmax":
            return SoftmaxDecoder(width, len(tags), legal)
        case _:
            assert_never(settings.decoder)


def build_optimizer(recipe: Recipe, model: TaggerModel) -> torch.optim.Optimizer:
    """The optimizer of the weights that are trained: a group for each factor of the learning rate, which is its `rate_factor`."""
    factors = recipe.training.rate_factors
    groups: dict[float, list[nn.Parameter]] = {}
    for part, module in model.parts().items():
        weights = [weight for weight in module.parameters() if weight.requires_grad]
        groups.setdefault(factors.get(part, 1.0), []).extend(weights)
    settings = recipe.training.optimizer
    rate = settings.learning_rate
    parameters = [{"params": weights, "lr": rate * factor, "rate_factor": factor} for factor, weights in groups.items() if weights]
    match settings:
        case AdamWSettings():
            return torch.optim.AdamW(parameters, lr=rate, weight_decay=settings.weight_decay, fused=True)
        case SGDSettings():
            return torch.optim.SGD(parameters, lr=rate, momentum=settings.momentum, weight_decay=settings.weight_decay, fused=True)
        case _:
            assert_never(settings)
