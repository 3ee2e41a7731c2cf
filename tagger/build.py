"""Recipe and corpus -> featurizers, model, optimizer: the only file that maps a `kind` of layer to a class."""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, assert_never

import pyarrow.compute as pc
import torch
from torch import nn

from tagger.corpora.cache import cache_folder
from tagger.corpora.corpus import Corpus
from tagger.errors import CorpusError
from tagger.features.characters import CharacterFeaturizer
from tagger.features.encode import column
from tagger.features.featurizers import AnyFeaturizer
from tagger.features.pretrained import find_pretrained, read_config, read_featurizer, require_transformers
from tagger.features.transformer import TransformerFeaturizer
from tagger.features.vectors import WordVectors
from tagger.features.vectors.reading import fetch_vectors, read_vectors
from tagger.features.words import WordFeaturizer, normalise
from tagger.modules.decoders import CRFDecoder, Decoder, SoftmaxDecoder
from tagger.modules.embeddings import ContextEmbedding, Embedding
from tagger.modules.embeddings.characters import CharacterCNN
from tagger.modules.embeddings.stack import StackedEmbedding
from tagger.modules.embeddings.transformer import TransformerEmbedding, most_positions
from tagger.modules.embeddings.words import WordEmbedding, word_tables
from tagger.modules.encoders import LSTMEncoder
from tagger.modules.model import TaggerModel
from tagger.modules.sentence_decoder import SentenceDecoder
from tagger.recipe import (
    CharacterEmbeddingSettings,
    EmbeddingSettings,
    Recipe,
    TaskSettings,
    TransformerEmbeddingSettings,
    WordEmbeddingSettings,
)
from tagger.text.schemes import OUTSIDE, SCHEMES, TagScheme, split_tag
from tagger.training_settings import AdamWSettings, SGDSettings

if TYPE_CHECKING:
    from rich.console import Console

_RANDOM_WIDTH = 100
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


def fetch_all_vectors(recipe: Recipe, console: "Console | None" = None) -> None:
    """Downloads the vectors that the recipe names by their addresses, and transformers of the Hub, unless that was done before.

    Raises:
        CorpusError: They can't be had, or a vectors file is missing.
        ModelError: A transformer can't be had.
        TaggerError: The package that runs transformers is missing.
    """
    for name, transformer in recipe.transformers.items():
        require_transformers(f"embedding {name}")
        find_pretrained(transformer.model, transformer.revision)
    for settings in recipe.embeddings:
        if isinstance(settings, WordEmbeddingSettings) and settings.vectors:
            fetch_vectors(settings.vectors, cache=cache_folder(), sha256=settings.sha256, console=console)


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


def build_featurizers(recipe: Recipe, corpus: Corpus) -> tuple[Recipe, dict[str, AnyFeaturizer], dict[str, WordVectors]]:
    """The featurizers by the name of their embedding, and the vectors that were read.

    Returns:
        The recipe with the width of the vectors written in, the featurizers, the vectors.
    """
    counts = word_counts(corpus)
    featurizers: dict[str, AnyFeaturizer] = {}
    vectors: dict[str, WordVectors] = {}
    embeddings: list[EmbeddingSettings] = []
    for settings in recipe.embeddings:
        match settings:
            case WordEmbeddingSettings():
                read = _read_vectors(settings, corpus) if settings.vectors else None
                if read:
                    vectors[settings.called] = read
                featurizers[settings.called] = WordFeaturizer.from_counts(
                    # A table that is not trained can't learn words of its own.
                    counts if settings.trainable else {},
                    vectors=read.words if read else (),
                    min_count=settings.min_count,
                    lowercase=settings.lowercase,
                    digits=settings.digits,
                )
                width = read.width if read else settings.width or _RANDOM_WIDTH
                settings = settings.model_copy(update={"width": width})
            case CharacterEmbeddingSettings():
                featurizers[settings.called] = CharacterFeaturizer.from_counts(counts, max_length=settings.max_length)
            case TransformerEmbeddingSettings():
                settings, featurizers[settings.called] = _transformer(settings)
            case _:
                assert_never(settings)
        embeddings.append(settings)
    return recipe.model_copy(update={"embeddings": tuple(embeddings)}), featurizers, vectors


def _read_vectors(settings: WordEmbeddingSettings, corpus: Corpus) -> WordVectors:
    """The vectors of a table: of all words, or of those under which the corpus's words are looked up."""
    assert settings.vectors is not None
    only = None
    if settings.keep == "corpus":
        words = {word for split in corpus.splits for word in word_counts(corpus, split)}
        only = {normalise(word, lowercase=settings.lowercase, digits=settings.digits) for word in words}
    read = read_vectors(settings.vectors, cache=cache_folder(), sha256=settings.sha256, only=only)
    if settings.width not in (None, read.width):
        raise CorpusError(
            f"the vectors have {read.width} dimensions, but the recipe's width is {settings.width}",
            where=settings.vectors,
            fix="Leave width away: with a vectors file it is that of the file.",
        )
    if not read.words:
        raise CorpusError(
            "no word of the corpus has a vector", where=settings.vectors, fix="Are they of its language? See lowercase and digits."
        )
    return read


def _transformer(settings: TransformerEmbeddingSettings) -> tuple[TransformerEmbeddingSettings, TransformerFeaturizer]:
    """The settings with what they leave open written in, and the featurizer."""
    require_transformers(f"embedding {settings.called}")
    folder, model = find_pretrained(settings.model, settings.revision), settings.model
    config, layers = read_config(folder, model, settings.layers, trainable=settings.trainable)
    made = read_featurizer(folder, model, config, most_positions(config), window=settings.window, overlap=settings.overlap)
    update = {"layers": tuple(layers), "window": made.window, "overlap": made.overlap}
    return settings.model_copy(update=update), made


def word_counts(corpus: Corpus, split: str = "train") -> Counter[str]:
    """How often each word stands in a split."""
    counted = pc.value_counts(pc.list_flatten(column(corpus[split], "tokens")))
    return Counter({pair["values"]: pair["counts"] for pair in counted.to_pylist()})


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
    embeddings: dict[str, Embedding | ContextEmbedding] = {
        settings.called: _embedding(settings, featurizers[settings.called]) for settings in recipe.embeddings
    }
    for name, read in (vectors or {}).items():
        table = embeddings[name]
        assert isinstance(table, WordEmbedding)
        table.load_vectors(torch.from_numpy(read.matrix))
    stack = StackedEmbedding(embeddings, word_dropout=recipe.dropout.words, dropout=recipe.dropout.input)
    encoder = LSTMEncoder(
        stack.width,
        hidden=recipe.encoder.hidden,
        layers=recipe.encoder.layers,
        bidirectional=recipe.encoder.bidirectional,
        layer_dropout=recipe.encoder.layer_dropout,
        dropout=recipe.dropout.output,
        initial_state=recipe.encoder.initial_state,
    )
    backwards = encoder.width // 2 if recipe.encoder.bidirectional else 0
    decoders = {
        task: _decoder(settings, encoder.width, backwards, *tags[task], weights.get(task))
        for task, settings in recipe.tasks.items()
    }
    return TaggerModel(stack, encoder, decoders, {task: settings.weight for task, settings in recipe.tasks.items()})


def _embedding(settings: EmbeddingSettings, featurizer: AnyFeaturizer) -> Embedding | ContextEmbedding:
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
            assert isinstance(featurizer, CharacterFeaturizer)
            return CharacterCNN(
                len(featurizer.vocab),
                character_width=settings.width,
                filters=settings.filters,
                kernels=settings.kernels,
                dropout=settings.dropout,
            )
        case TransformerEmbeddingSettings():
            assert isinstance(featurizer, TransformerFeaturizer) and isinstance(settings.layers, tuple)
            require_transformers(f"embedding {settings.called}")
            return TransformerEmbedding(featurizer.config, layers=settings.layers, pool=settings.pool, trainable=settings.trainable)
        case _:
            assert_never(settings)


def _decoder(
    settings: TaskSettings,
    width: int,
    backwards: int,
    scheme: TagScheme | None,
    tags: Sequence[str],
    weights: Sequence[float] | None,
) -> Decoder | SentenceDecoder:
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
                backwards=backwards,
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
    tables = {id(table.weight) for table in word_tables(model).values()}
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
