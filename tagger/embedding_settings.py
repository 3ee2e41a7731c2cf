"""What a word's vector is put together from: the part of a recipe before the encoder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from tagger.corpus_settings import Settings
from tagger.training_settings import Positive, Share

# It becomes part of names of weights and of files.
EmbeddingName = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$")]
MaxLength = Annotated[int, Field(ge=2, description="Of a longer word the first and last halves of that many characters are read.")]


class NamedEmbedding(Settings):
    """What every embedding has."""

    kind: str
    name: EmbeddingName | None = Field(None, description="What it is called; its kind if not set. No two may have the same name.")

    @property
    def called(self) -> str:
        """Its name."""
        return self.name or self.kind

    @property
    def learns(self) -> bool:
        """Whether training changes anything in it."""
        return bool(getattr(self, "trainable", True))

    def conflicts(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """What can't be combined within it: the key, none where it is all of it, and why."""
        yield from ()


class WordEmbeddingSettings(NamedEmbedding):
    """A vector for each word: frozen (vectors, not trainable), tuned (vectors, trainable) or learned from random ones."""

    kind: Literal["words"]
    vectors: str | None = Field(
        None,
        description="A file of word vectors (GloVe, word2vec, fastText .vec; .gz, .xz or FILE.zip:MEMBER too), an http(s) address "
        "of one, or package:NAME; --vectors replaces it. Without one, vectors start random.",
    )
    sha256: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{64}$")] | None = Field(
        None, description="The checksum that the vectors file must have, downloaded or not."
    )
    keep: Literal["all", "corpus"] = Field(
        "all",
        description="Which of the file's words the model keeps: `all`, so that words which the corpus lacks have their vectors in "
        "use; or those of the `corpus` (train, dev and test) alone, for a smaller model.",
    )
    width: Positive | None = Field(None, description="The dimensions; 100 if not set, with a vectors file those of the file.")
    trainable: bool = Field(True, description="Whether training changes the vectors.")
    lowercase: bool = Field(True, description="Whether words are lower-cased before they are looked up.")
    digits: Literal["keep", "zero"] = Field("keep", description="`zero` looks every digit up as 0.")
    min_count: Positive = Field(1, description="How often train must hold a word to give it a vector of its own.")
    singleton_dropout: Share = Field(
        0.5, description="The share of words seen once, and without a vector of the file, that a trainable table shows as unknown."
    )

    def conflicts(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """See `NamedEmbedding`."""
        for name in ("min_count", "singleton_dropout"):
            if not self.trainable and getattr(self, name) != WordEmbeddingSettings.model_fields[name].default:
                yield (name,), "is of words that a table learns itself, and this one is not trainable: leave it away"
        if not self.trainable and not self.vectors:
            yield (), "random vectors that are not trained teach nothing: give a vectors file (--vectors FILE), or set trainable"
        if self.keep != "all" and not self.vectors:
            yield ("keep",), "chooses among the words of a vectors file: give vectors, or leave it away"
        if self.sha256 and (not self.vectors or self.vectors.startswith("package:")):
            yield ("sha256",), "is that of a vectors file or address: give one as vectors, or leave it away"


class CharacterEmbeddingSettings(NamedEmbedding):
    """A vector for each word from its characters: convolutions and their maximum."""

    kind: Literal["characters"]
    width: Positive = Field(30, description="The dimensions of a character's vector.")
    filters: Positive = Field(50, description="The filters of each kernel; the word's vector has filters x kernels dimensions.")
    kernels: tuple[Positive, ...] = Field((3,), min_length=1, description="How many characters a filter sees; odd numbers.")
    dropout: Share = Field(0.0, description="The share of the character vectors' entries that training drops.")
    max_length: MaxLength = 64

    @model_validator(mode="after")
    def _odd(self) -> "CharacterEmbeddingSettings":
        if even := [size for size in self.kernels if size % 2 == 0]:
            raise ValueError(f"kernels must be odd, so that a filter has a middle, but {even[0]} is even")
        return self


class CharacterLSTMSettings(NamedEmbedding):
    """A vector for each word from its characters: the last states of an LSTM that reads them forwards and backwards."""

    kind: Literal["character_lstm"]
    width: Positive = Field(25, description="The dimensions of a character's vector.")
    hidden: Positive = Field(25, description="The size of the state in each direction; the word's vector has twice that many.")
    dropout: Share = Field(0.0, description="The share of the character vectors' entries that training drops.")
    max_length: MaxLength = 64


class CaseEmbeddingSettings(NamedEmbedding):
    """A vector for each word from its case: all lower, all upper, first upper, mixed, a number, signs and so on."""

    kind: Literal["case"]
    width: Positive = Field(10, description="The dimensions.")


class ShapeEmbeddingSettings(NamedEmbedding):
    """A vector for each word from its shape: `Xxxx-dd` for Paris-96, longer runs of one sign cut to three."""

    kind: Literal["shape"]
    width: Positive = Field(20, description="The dimensions.")
    singleton_dropout: Share = Field(0.5, description="The share of shapes seen once that training shows as unknown.")


class ColumnEmbeddingSettings(NamedEmbedding):
    """A vector for each token from a column of the corpus that is no task, such as the parts of speech for entities."""

    kind: Literal["column"]
    column: EmbeddingName = Field(description="The column, as corpus.columns calls it; whatever is to be tagged must have it too.")
    width: Positive = Field(20, description="The dimensions.")
    singleton_dropout: Share = Field(0.5, description="The share of values seen once that training shows as unknown.")

    @property
    def called(self) -> str:
        """Its name, which is the column's if none is set."""
        return self.name or self.column


class SubwordEmbeddingSettings(NamedEmbedding):
    """A vector for each word from its subwords, of a vocabulary that is made of the training set's words."""

    kind: Literal["subwords"]
    model: Literal["bpe", "wordpiece", "unigram"] = Field(
        "bpe",
        description="How words are divided: `bpe` puts together what stands together most often, `wordpiece` takes the longest "
        "known piece from the left, `unigram` the most probable pieces.",
    )
    vocabulary: Annotated[int, Field(ge=100)] = Field(8000, description="How many subwords there are at most.")
    width: Positive = Field(50, description="The dimensions of a subword's vector, and of the word's.")
    pool: Literal["first", "mean", "last"] = Field(
        "mean", description="What the word's vector is: that of its `first` or `last` subword, or the `mean` of all."
    )
    max_length: MaxLength = 64


class TransformerEmbeddingSettings(NamedEmbedding):
    """A vector for each word in its sentence, from a pretrained transformer, frozen or trained further."""

    kind: Literal["transformer"]
    model: str = Field(
        description="A folder that holds it (config.json, model.safetensors, its tokenizer), the id of a model on the Hugging Face "
        "Hub, which is downloaded once, or package:NAME."
    )
    revision: str | None = Field(None, description="Of a model on the Hub the branch, tag or commit.")
    layers: Annotated[tuple[int, ...], Field(min_length=1)] | Literal["all"] | None = Field(
        None,
        description="The layers that are read, from 0, its input, or backwards from -1, its last; of several a weighted mean is "
        "learned. If not set the last four of a frozen transformer, and the last of one that is trained.",
    )
    pool: Literal["first", "mean", "last"] = Field(
        "mean", description="Which vector a word of several subwords has: that of its first or last one, or their mean."
    )
    trainable: bool = Field(
        False, description="Whether training changes it; then training.rate_factors should give it a low learning rate."
    )
    window: Annotated[int, Field(ge=8)] | None = Field(
        None, description="The most subwords that it reads at once; as many as it can, up to 512, if not set. Nothing is left out."
    )
    overlap: Annotated[int, Field(ge=0)] | None = Field(
        None, description="How many subwords two windows of a longer sentence share; a quarter of the window if not set."
    )
    cache: bool = Field(
        True, description="Whether what it gives for the corpus is kept on the disk while it is frozen, so that it reads it once."
    )

    @property
    def is_local(self) -> bool:
        """Whether it is here, and not on the Hub."""
        return self.model.startswith("package:") or Path(self.model).expanduser().is_dir()

    @property
    def learns(self) -> bool:
        """Whether training changes anything in it; the weights of a mean of layers are learned in any case."""
        return self.trainable or self.layers is None or len(self.layers) > 1

    def conflicts(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """See `NamedEmbedding`."""
        if self.revision and self.is_local:
            yield ("revision",), "is that of a model on the Hub, and this is none: leave it away"


class DocumentContextSettings(NamedEmbedding):
    """A vector for each word from its document: the words near its sentence, and those beside the word's other places near it."""

    kind: Literal["document_context"]
    of: EmbeddingName = Field(
        description="The embedding whose vectors are taken for the words: one of the kind words before this one, not trainable."
    )
    reach: Annotated[int, Field(ge=1, le=1000)] = Field(
        200, description="How many words before and behind the sentence, and the word, are near."
    )
    width: Positive = Field(64, description="The dimensions.")
    dropout: Share = Field(0.3, description="The share of the mean vectors' entries that training drops.")
    hidden: Share = Field(0.1, description="The share of sentences that training shows as if they stood alone.")


EmbeddingSettings = Annotated[
    WordEmbeddingSettings
    | CharacterEmbeddingSettings
    | CharacterLSTMSettings
    | SubwordEmbeddingSettings
    | CaseEmbeddingSettings
    | ShapeEmbeddingSettings
    | ColumnEmbeddingSettings
    | TransformerEmbeddingSettings
    | DocumentContextSettings,
    Field(discriminator="kind"),
]
