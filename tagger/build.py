"""Recipe, corpus and featurizers -> model, optimizer: the only file that maps a `kind` of layer to a class."""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, assert_never

import torch
from torch import nn

from tagger.build_featurizers import RANDOM_WIDTH
from tagger.corpora.corpus import Corpus
from tagger.embedding_settings import (
    CaseEmbeddingSettings,
    CharacterEmbeddingSettings,
    CharacterLSTMSettings,
    ColumnEmbeddingSettings,
    DocumentContextSettings,
    EmbeddingSettings,
    ShapeEmbeddingSettings,
    SubwordEmbeddingSettings,
    TransformerEmbeddingSettings,
    WordEmbeddingSettings,
)
from tagger.encoder_settings import EncoderSettings
from tagger.errors import CorpusError
from tagger.features.characters import CharacterFeaturizer
from tagger.features.columns import ColumnFeaturizer
from tagger.features.featurizers import AnyFeaturizer
from tagger.features.pretrained import find_pretrained, require_transformers
from tagger.features.subwords import SubwordFeaturizer
from tagger.features.transformer import TransformerFeaturizer
from tagger.features.vectors import WordVectors
from tagger.features.word_forms import CaseFeaturizer, ShapeFeaturizer
from tagger.features.words import WordFeaturizer
from tagger.modules.decoders import CRFDecoder, Decoder, SoftmaxDecoder
from tagger.modules.embeddings import ContextEmbedding, Embedding
from tagger.modules.embeddings.characters import CharacterCNN, CharacterLSTM
from tagger.modules.embeddings.document_context import DocumentContextEmbedding
from tagger.modules.embeddings.stack import StackedEmbedding
from tagger.modules.embeddings.subwords import SubwordEmbedding
from tagger.modules.embeddings.table import TableEmbedding, row_tables
from tagger.modules.embeddings.transformer import TransformerEmbedding
from tagger.modules.embeddings.words import WordEmbedding
from tagger.modules.encoders import Encoder, IdentityEncoder, LSTMEncoder
from tagger.modules.layered_encoder import LayeredEncoder
from tagger.modules.model import TaggerModel
from tagger.modules.sentence_decoder import SentenceDecoder
from tagger.recipe import DropoutSettings, Recipe, TaskSettings
from tagger.text.schemes import OUTSIDE, SCHEMES, TagScheme, split_tag
from tagger.training_settings import AdamWSettings, SGDSettings

_SECOND_MOMENT = 0.999


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


def class_weights(
    recipe: Recipe, corpus: Corpus, tags: Mapping[str, tuple[TagScheme | None, Sequence[str]]]
) -> dict[str, list[float]]:
    """For each task with class weights that of each tag: its label's, for spans `O` being that of what is in none.

    `balanced` makes the weight of a label the number of all tags over that of its own and that of labels: the mean over train is 1.

    Raises:
        CorpusError: A weight is named for a label that train does not hold.
    """
    weights: dict[str, list[float]] = {}
    for task, settings in recipe.tasks.items():
        if settings.class_weights is None:
            continue
        scheme, names = tags[task]
        labels = {name: (split_tag(name)[1] or OUTSIDE) if scheme else name for name in names}
        if settings.class_weights == "balanced":
            counts: Counter[str] = Counter()
            for name, count in corpus.tag_counts(task).items():
                counts[(split_tag(name)[1] or OUTSIDE) if scheme else name] += count
            each = {label: counts.total() / (len(counts) * count) for label, count in counts.items()}
        else:
            each = settings.class_weights
            if unknown := sorted(set(each) - set(labels.values())):
                having = ", ".join(dict.fromkeys(labels.values()))
                where, fix = f"tasks.{task}.class_weights", f"There are {having}."
                raise CorpusError(f"train holds no {task} label {', '.join(unknown)}", where=where, fix=fix)
        weights[task] = [each.get(labels[name], 1.0) for name in names]
    return weights


def new_model(
    recipe: Recipe,
    featurizers: Mapping[str, AnyFeaturizer],
    tags: Mapping[str, tuple[TagScheme | None, Sequence[str]]],
    vectors: Mapping[str, WordVectors],
    weights: Mapping[str, Sequence[float]],
) -> TaggerModel:
    """A model whose weights are drawn from the recipe's seed, or pretrained, out of training."""
    torch.manual_seed(recipe.training.seed)
    model = build_model(recipe, featurizers, tags, vectors, weights).eval()
    for name, settings in recipe.transformers.items():
        part = model.embedding.parts[name]
        assert isinstance(part, TransformerEmbedding)
        part.load_pretrained(find_pretrained(settings.model, settings.revision), settings.model)
    return model


def pretrained_digest(model: TaggerModel, vectors: Mapping[str, WordVectors]) -> str:
    """What vectors and transformers a new model was made of: the name of each embedding, and a short one of its numbers."""
    digests = {name: read.digest() for name, read in vectors.items()}
    parts = model.embedding.parts.items()
    digests |= {name: part.digest_of_weights() for name, part in parts if isinstance(part, TransformerEmbedding)}
    return ", ".join(f"{name} {digest[:16]}" for name, digest in digests.items())


def build_model(
    recipe: Recipe,
    featurizers: Mapping[str, AnyFeaturizer],
    tags: Mapping[str, tuple[TagScheme | None, Sequence[str]]],
    vectors: Mapping[str, WordVectors] | None = None,
    weights: Mapping[str, Sequence[float]] = MappingProxyType({}),
) -> TaggerModel:
    """The model, with fresh weights from torch's random state.

    Args:
        recipe: What it is made by.
        featurizers: By the name of their embedding.
        tags: For each task its scheme and its tags, or labels.
        vectors: What the embeddings begin with.
        weights: What `class_weights` gives; only training needs them.
    """
    embeddings: dict[str, Embedding | ContextEmbedding] = {}
    for settings in recipe.embeddings:
        embeddings[settings.called] = _embedding(settings, featurizers[settings.called], embeddings)
    for name, read in (vectors or {}).items():
        table = embeddings[name]
        assert isinstance(table, WordEmbedding)
        table.load_vectors(torch.from_numpy(read.matrix))
    stack = StackedEmbedding(
        embeddings, word_dropout=recipe.dropout.words, dropout=recipe.dropout.input, dropout_kind=recipe.dropout.input_kind
    )
    encoder = _encoder(recipe.encoder, stack.width, recipe.dropout)
    decoders = {task: _decoder(settings, encoder, *tags[task], weights.get(task)) for task, settings in recipe.tasks.items()}
    return TaggerModel(stack, encoder, decoders, {task: settings.weight for task, settings in recipe.tasks.items()})


def _embedding(
    settings: EmbeddingSettings, featurizer: AnyFeaturizer, before: Mapping[str, Embedding | ContextEmbedding]
) -> Embedding | ContextEmbedding:
    match settings:
        case WordEmbeddingSettings():
            assert isinstance(featurizer, WordFeaturizer)
            return WordEmbedding(
                len(featurizer.vocab),
                settings.width or RANDOM_WIDTH,
                trainable=settings.trainable,
                singletons=featurizer.singletons,
                singleton_dropout=settings.singleton_dropout,
            )
        case CharacterEmbeddingSettings():
            assert isinstance(featurizer, CharacterFeaturizer)
            return CharacterCNN(
                len(featurizer.vocab),
                character_width=settings.width,
                filters=settings.filters,
                kernels=settings.kernels,
                dropout=settings.dropout,
            )
        case CharacterLSTMSettings():
            assert isinstance(featurizer, CharacterFeaturizer)
            return CharacterLSTM(
                len(featurizer.vocab), character_width=settings.width, hidden=settings.hidden, dropout=settings.dropout
            )
        case SubwordEmbeddingSettings():
            assert isinstance(featurizer, SubwordFeaturizer)
            return SubwordEmbedding(featurizer.num_ids, settings.width, pool=settings.pool)
        case CaseEmbeddingSettings():
            assert isinstance(featurizer, CaseFeaturizer)
            return TableEmbedding(len(featurizer.vocab), settings.width)
        case ShapeEmbeddingSettings() | ColumnEmbeddingSettings():
            assert isinstance(featurizer, ShapeFeaturizer | ColumnFeaturizer)
            missing = [featurizer.missing_id] if isinstance(featurizer, ColumnFeaturizer) else []
            return TableEmbedding(
                len(featurizer.vocab) + len(missing),
                settings.width,
                singletons=featurizer.singletons,
                singleton_dropout=settings.singleton_dropout,
                neutral=[featurizer.vocab.unknown_id, *missing],
            )
        case TransformerEmbeddingSettings():
            assert isinstance(featurizer, TransformerFeaturizer) and isinstance(settings.layers, tuple)
            require_transformers(f"embedding {settings.called}")
            return TransformerEmbedding(featurizer.config, layers=settings.layers, pool=settings.pool, trainable=settings.trainable)
        case DocumentContextSettings():
            table = before[settings.of]
            assert isinstance(table, WordEmbedding)
            return DocumentContextEmbedding(table.vectors, settings.width, dropout=settings.dropout, hidden=settings.hidden)
        case _:
            assert_never(settings)


def _encoder(settings: EncoderSettings, width: int, dropout: DropoutSettings) -> Encoder:
    options: dict[str, Any] = settings.model_dump(include={"hidden", "layers", "bidirectional", "layer_dropout", "initial_state"})
    output: dict[str, Any] = {"dropout": dropout.output, "dropout_kind": dropout.output_kind}
    locked = settings.layer_dropout_kind == "locked"
    match settings.kind:
        case "none":
            return IdentityEncoder(width, **output)
        case "lstm" if settings.connection == "none" and not locked:
            return LSTMEncoder(width, **output, **options)
        case "lstm" | "gru":
            connection = settings.connection
            return LayeredEncoder(width, kind=settings.kind, connection=connection, locked=locked, **output, **options)
        case _:
            assert_never(settings.kind)


def _decoder(
    settings: TaskSettings, encoder: Encoder, scheme: TagScheme | None, tags: Sequence[str], weights: Sequence[float] | None
) -> Decoder | SentenceDecoder:
    width = encoder.width
    legal = scheme.transitions(tags) if scheme else None
    smoothing = settings.label_smoothing
    match settings.decoder:
        case "crf":
            return CRFDecoder(width, len(tags), legal)
        case "softmax":
            return SoftmaxDecoder(width, len(tags), legal, label_smoothing=smoothing, class_weights=weights)
        case "sentence":
            return SentenceDecoder(
                width,
                len(tags),
                pool=settings.pool or "last",
                backwards=encoder.backwards,
                label_smoothing=smoothing,
                class_weights=weights,
            )
        case _:
            assert_never(settings.decoder)


def build_optimizer(recipe: Recipe, model: TaggerModel) -> torch.optim.Optimizer:
    """The optimizer of the weights that are trained: a group for each factor of the learning rate, which is its `rate_factor`.

    With AdamW, word tables have a group of their own without a first moment, since it would move rows that a batch does not use.
    """
    factors = recipe.training.rate_factors
    tables = {id(table.weight) for table in row_tables(model).values()}
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for part, module in model.parts().items():
        for weight in module.parameters():
            if weight.requires_grad:
                groups.setdefault((factors.get(part, 1.0), id(weight) in tables), []).append(weight)
    settings = recipe.training.optimizer
    rate = settings.learning_rate
    parameters: list[dict[str, Any]] = [
        {"params": weights, "lr": rate * factor, "rate_factor": factor} for (factor, _), weights in groups.items()
    ]
    match settings:
        case AdamWSettings():
            for (_, is_table), group in zip(groups, parameters, strict=True):
                if is_table:
                    group["betas"] = (0.0, _SECOND_MOMENT)
            return torch.optim.AdamW(parameters, lr=rate, weight_decay=settings.weight_decay, fused=True)
        case SGDSettings():
            return torch.optim.SGD(parameters, lr=rate, momentum=settings.momentum, weight_decay=settings.weight_decay, fused=True)
        case _:
            assert_never(settings)
