"""Recipe and corpus -> what makes numbers of words: vocabularies, vectors, tokenizers of transformers."""

from collections import Counter
from typing import TYPE_CHECKING, assert_never

import pyarrow.compute as pc

from tagger.corpora.cache import cache_folder
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
from tagger.errors import CorpusError
from tagger.features.characters import CharacterFeaturizer
from tagger.features.columns import ColumnFeaturizer
from tagger.features.document_context import DocumentContextFeaturizer
from tagger.features.encode import column
from tagger.features.featurizers import AnyFeaturizer
from tagger.features.pretrained import find_pretrained, opening, read_config, read_featurizer, require_transformers
from tagger.features.subwords import SubwordFeaturizer
from tagger.features.transformer import TransformerFeaturizer
from tagger.features.vectors import WordVectors
from tagger.features.vectors.reading import fetch_vectors, read_vectors
from tagger.features.word_forms import CaseFeaturizer, ShapeFeaturizer
from tagger.features.words import WordFeaturizer, normalise
from tagger.modules.embeddings.transformer import most_positions
from tagger.recipe import Recipe

if TYPE_CHECKING:
    from rich.console import Console


RANDOM_WIDTH = 100
"""The dimensions of word vectors that are read from no file, where the recipe does not tell."""


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
                width = read.width if read else settings.width or RANDOM_WIDTH
                settings = settings.model_copy(update={"width": width})
            case CharacterEmbeddingSettings() | CharacterLSTMSettings():
                featurizers[settings.called] = CharacterFeaturizer.from_counts(counts, max_length=settings.max_length)
            case SubwordEmbeddingSettings():
                featurizers[settings.called] = SubwordFeaturizer.from_counts(
                    counts, model=settings.model, size=settings.vocabulary, max_length=settings.max_length
                )
            case CaseEmbeddingSettings():
                featurizers[settings.called] = CaseFeaturizer()
            case ShapeEmbeddingSettings():
                featurizers[settings.called] = ShapeFeaturizer.from_counts(counts)
            case ColumnEmbeddingSettings():
                featurizers[settings.called] = _column_featurizer(settings, corpus)
            case TransformerEmbeddingSettings():
                settings, featurizers[settings.called] = transformer_featurizer(settings)
            case DocumentContextSettings():
                featurizers[settings.called] = DocumentContextFeaturizer(settings.of, reach=settings.reach)
            case _:
                assert_never(settings)
        embeddings.append(settings)
    return recipe.model_copy(update={"embeddings": tuple(embeddings)}), featurizers, vectors


def _column_featurizer(settings: ColumnEmbeddingSettings, corpus: Corpus) -> ColumnFeaturizer:
    counts = corpus.tag_counts(settings.column)
    if not counts:
        raise CorpusError(f"train holds no value in the column {settings.column}", where="corpus", fix="Is corpus.columns right?")
    return ColumnFeaturizer.from_counts(settings.column, counts)


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


def transformer_featurizer(settings: TransformerEmbeddingSettings) -> tuple[TransformerEmbeddingSettings, TransformerFeaturizer]:
    """The settings with what they leave open written in, and the featurizer."""
    require_transformers(f"embedding {settings.called}")
    folder, model = find_pretrained(settings.model, settings.revision), settings.model
    config, layers = read_config(folder, model, settings.layers, trainable=settings.trainable)
    with opening(model):
        most = most_positions(config)
    made = read_featurizer(folder, model, config, most, window=settings.window, overlap=settings.overlap)
    update = {"layers": tuple(layers), "window": made.window, "overlap": made.overlap}
    return settings.model_copy(update=update), made


def word_counts(corpus: Corpus, split: str = "train") -> Counter[str]:
    """How often each word stands in a split."""
    counted = pc.value_counts(pc.list_flatten(column(corpus[split], "tokens")))
    return Counter({pair["values"]: pair["counts"] for pair in counted.to_pylist()})
