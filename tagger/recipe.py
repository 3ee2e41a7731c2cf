"""Recipes: what to train on what, as frozen typed settings; pure data, no torch.

A recipe is a YAML file. `load_recipe` checks all of it before any work and reports all mistakes together, each with its line,
the path of its key and, for a misspelt one, what was probably meant.
"""

import difflib
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from tagger.corpus_settings import (
    CorpusSettings,
    HubCorpus,
    JsonlCorpus,
    MixedCorpus,
    OneCorpus,
    Settings,
    confidence_columns,
    has_column,
    is_sentence_column,
    is_taken,
    same_column,
)
from tagger.embedding_settings import (
    ColumnEmbeddingSettings,
    DocumentContextSettings,
    EmbeddingSettings,
    TransformerEmbeddingSettings,
    WordEmbeddingSettings,
)
from tagger.encoder_settings import EncoderSettings
from tagger.text.tokenizer import KINDS
from tagger.training_settings import Share, TrainingSettings

LearnedScheme = Literal["iob2", "iobes", "bilou"]
TaskName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


# What may have a learning rate of its own beside the embeddings.
_OTHER_PARTS = ("encoder", "decoders")
# BERT was tuned at 0.00002 to 0.00005 (Devlin et al. 2019); at ten times as much AdamW seldom gets anywhere.
_HIGHEST_TRANSFORMER_RATE = 0.0005


class TaskSettings(Settings):
    """One kind of tag, or of sentences' labels, to learn; the task's name is the corpus column that it is read from."""

    scheme: LearnedScheme | None = Field(None, description="The scheme in which spans are learned; leave it away for plain tags.")
    decoder: Literal["crf", "softmax", "sentence"] = Field(
        "crf", description="`crf` learns which tag follows which; `softmax` is faster; `sentence` gives each sentence one label."
    )
    pool: Literal["last", "mean", "max", "attention"] | None = Field(
        None,
        description="How `sentence` makes one vector of the words': the `last` state of each direction (so if not set), their "
        "`mean` or `max`, or a mean that `attention` weighs.",
    )
    weight: Annotated[float, Field(gt=0)] = Field(
        1.0, description="The weight of the task's loss beside those of other tasks; a sentence's label counts as one tag does."
    )
    label_smoothing: Share = Field(
        0.0, description="The share of each gold tag that is spread over all tags; `softmax` and `sentence` only."
    )
    class_weights: Literal["balanced"] | dict[str, Annotated[float, Field(ge=0)]] | None = Field(
        None,
        description="How much the loss of each label counts, 1 where it is not named; `balanced`: all labels of train together the "
        "same. `softmax` and `sentence` only.",
    )

    @model_validator(mode="after")
    def _fitting(self) -> "TaskSettings":
        if self.decoder == "sentence" and self.scheme:
            raise ValueError("a sentence's label is no span: leave scheme away, or choose the decoder crf")
        if self.decoder != "sentence" and self.pool:
            raise ValueError(f"pool goes with the decoder sentence, and this is {self.decoder}")
        for name in ("label_smoothing", "class_weights"):
            if self.decoder == "crf" and getattr(self, name):
                raise ValueError(
                    f"{name} goes with the decoders softmax and sentence: a crf learns whole sequences, and no tag by itself"
                )
        return self

    @property
    def is_sentence(self) -> bool:
        """Whether a sentence has one label, and not each of its tokens a tag."""
        return self.decoder == "sentence"


class DropoutSettings(Settings):
    """What training hides."""

    words: Share = Field(0.05, description="The share of words whose whole vector is hidden.")
    input: Share = Field(0.33, description="The share of the entries of the encoder's input.")
    input_kind: Literal["plain", "locked"] = Field(
        "plain", description="`locked` hides the same dimensions of the input for a whole sentence."
    )
    output: Share = Field(0.5, description="The share of the encoder's output.")
    output_kind: Literal["plain", "locked"] = Field(
        "locked", description="`locked` hides the same dimensions of the output for a whole sentence."
    )


class Recipe(Settings):
    """What to do, from the corpus to the weights."""

    name: str | None = Field(None, pattern=r"^[A-Za-z0-9][\w.-]*$", description="Names the run folder; the file's name if not set.")
    corpus: CorpusSettings = Field(description="What to learn from.")
    tasks: dict[TaskName, TaskSettings] = Field(min_length=1, description="What to learn: one entry for each kind of tag.")
    tokenizer: str = Field(
        "ptb",
        description="How raw text becomes words: `ptb` (as in the Penn Treebank), `unicode` (words and punctuation of any script), "
        "`whitespace`, or a tokenizer.json of the `tokenizers` library. It is kept in the model.",
    )
    embeddings: tuple[EmbeddingSettings, ...] = Field(min_length=1, description="What a word's vector is put together from.")
    encoder: EncoderSettings = Field(default_factory=EncoderSettings, description="What reads the words in their order.")
    dropout: DropoutSettings = Field(default_factory=DropoutSettings, description="What training hides.")
    training: TrainingSettings = Field(default_factory=TrainingSettings, description="How to learn.")

    @property
    def sentence_tasks(self) -> tuple[str, ...]:
        """The tasks with one label for a sentence."""
        return tuple(task for task, settings in self.tasks.items() if settings.is_sentence)

    @property
    def columns_read(self) -> tuple[str, ...]:
        """The columns that embeddings read beside the words."""
        return tuple(dict.fromkeys(one.column for one in self.embeddings if isinstance(one, ColumnEmbeddingSettings)))

    @property
    def transformers(self) -> dict[str, TransformerEmbeddingSettings]:
        """The embeddings that are transformers, by their names."""
        return {part.called: part for part in self.embeddings if isinstance(part, TransformerEmbeddingSettings)}

    @property
    def kept_transformers(self) -> tuple[str, ...]:
        """The names of those of which the vectors are kept."""
        return tuple(name for name, part in self.transformers.items() if part.cache and not part.trainable)

    def _sources(self) -> Iterator[dict[tuple[str | int, ...], OneCorpus]]:
        """What is read together, each with its path; a Hub corpus and its local form are read one or the other."""
        match self.corpus:
            case MixedCorpus():
                yield {("corpus", "parts", index): part for index, part in enumerate(self.corpus.parts)}
            case _:
                yield {("corpus",): self.corpus}
        if isinstance(self.corpus, HubCorpus) and self.corpus.local:
            yield {("corpus", "local"): self.corpus.local}

    def _torn_texts(self, embedding: DocumentContextSettings) -> Iterator[tuple[tuple[str | int, ...], str]]:
        for path, source in ((path, source) for group in self._sources() for path, source in group.items()):
            if source.dev_share is not None and getattr(source, "dev", None) is None:
                problem = f"takes sentences out of their texts, which '{embedding.called}' reads: leave one of them away"
                yield (*path, "dev_share"), problem

    def _embedding_conflicts(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        # Files are called after them, and some file systems don't tell a from A.
        names = [embedding.called.lower() for embedding in self.embeddings]
        for index, embedding in enumerate(self.embeddings):
            if names[index] in names[:index]:
                yield (
                    ("embeddings", index),
                    f"a second embedding called '{embedding.called}': give it a name, as in `name: {embedding.kind}{index + 1}`",
                )
            if embedding.called in _OTHER_PARTS:
                yield ("embeddings", index, "name"), f"'{embedding.called}' is another part of the model: take another name"
            if isinstance(embedding, DocumentContextSettings):
                tables = [one for one in self.embeddings[:index] if isinstance(one, WordEmbeddingSettings) and not one.trainable]
                if embedding.of not in [table.called for table in tables]:
                    having = f" (there are {', '.join(table.called for table in tables)})" if tables else ""
                    problem = f"'{embedding.of}' is no embedding of the kind words that is not trainable and stands before{having}"
                    yield ("embeddings", index, "of"), problem
                yield from self._torn_texts(embedding)
            for key, problem in embedding.conflicts():
                yield ("embeddings", index, *key), problem

    def _column_conflicts(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Columns beside the words that there are not, that can't be read so, or that would tell the model what it is to find."""
        for index, embedding in enumerate(self.embeddings):
            if not isinstance(embedding, ColumnEmbeddingSettings):
                continue
            column, key = embedding.column, ("embeddings", index, "column")
            if column == "word":
                yield key, "'word' are the tokens: an embedding of the kind words reads them"
                continue
            if is_taken(column):
                yield key, f"a corpus keeps something else as '{column}': call the column otherwise in corpus.columns, and here"
            for group in self._sources():
                if not any(has_column(source, column) for source in group.values()):
                    columns = ", ".join(dict.fromkeys(name for source in group.values() for name in source.columns))
                    where = " or ".join(f"{'.'.join(map(str, path))}.columns" for path in group)
                    yield key, f"no column of {where} is called '{column}' (there are {columns})"
                for path, source in group.items():
                    if told := next((task for task in self.tasks if same_column(source, column, task)), None):
                        what = f"'{column}'" if told == column else f"'{column}' of {'.'.join(map(str, path))}"
                        yield (
                            key,
                            f"{what} holds the gold tags of the task '{told}', which the model would read instead of finding "
                            "them: leave the task or this embedding away",
                        )
                        break
                    if is_sentence_column(source, column):
                        yield key, f"'{column}' of {'.'.join(map(str, path))} is a sentence's label, and no column of tokens"
                    if source.schemes.get(column) == "detect":
                        yield (
                            (*path, "schemes"),
                            f"'{column}' is read beside the words, also where a single sentence is tagged, in which no scheme "
                            "can be detected: name it",
                        )

    def _misplaced(self, task: str, settings: TaskSettings) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Where a source has tags of tokens in place of the sentences' labels that a task wants, or the other way round."""
        for path, source in ((path, source) for group in self._sources() for path, source in group.items()):
            place = ".".join(map(str, path))
            match is_sentence_column(source, task):
                case False if settings.is_sentence:
                    fix = f"name it in {place}.labels" if source.kind == "columns" else "read it from `comment.KEY`"
                    yield ("tasks", task), f"{place}.columns has a tag of '{task}' for each token; for a sentence's label {fix}"
                case True if not settings.is_sentence:
                    yield ("tasks", task), f"{place} has one label of '{task}' for a sentence: set tasks.{task}.decoder to sentence"
                case _:
                    pass
            if settings.is_sentence and task in confidence_columns(source):
                yield (*path, "confidence"), f"'{task}' is a sentence's label, and only tags have confidences"
            if settings.is_sentence and isinstance(source, JsonlCorpus) and source.split_sentences:
                yield (*path, "split_sentences"), f"'{task}' is the label of a record's whole text, which can't be split"

    def conflicts(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """What can't be combined: the path of a key, and why."""
        for task, settings in self.tasks.items():
            yield from self._misplaced(task, settings)
            for group in self._sources():
                having = {path: source for path, source in group.items() if has_column(source, task)}
                if not having:
                    columns = ", ".join(dict.fromkeys(name for source in group.values() for name in source.columns))
                    where = " or ".join(f"{'.'.join(map(str, path))}.columns" for path in group)
                    yield ("tasks", task), f"no column of {where} is called '{task}' (there are {columns})"
                for path, source in having.items():
                    if task in source.schemes and not settings.scheme:
                        yield (
                            ("tasks", task),
                            f"{'.'.join(map(str, path))}.schemes says that '{task}' writes spans: set tasks.{task}.scheme, usually "
                            "to iobes",
                        )
        for group in self._sources():
            for path, source in group.items():
                if (
                    isinstance(source, JsonlCorpus)
                    and not source.columns
                    and (odd := sorted(set(source.schemes) - set(self.tasks) - set(self.columns_read)))
                ):
                    yield (*path, "schemes"), f"{', '.join(odd)} is no task (there are {', '.join(self.tasks)})"
        if self.training.score is not None and self.training.score not in self.tasks:
            yield ("training", "score"), f"'{self.training.score}' is no task (there are {', '.join(self.tasks)})"
        for task in self.sentence_tasks:
            if self.encoder.kind == "none" and self.tasks[task].pool in (None, "last"):
                yield (
                    ("tasks", task, "pool"),
                    "`last` is what the encoder has read at a sentence's end, and there is none: set mean, max or attention",
                )
        yield from self._training_conflicts()
        yield from self._embedding_conflicts()
        yield from self._column_conflicts()
        tokenizer = self.tokenizer
        if tokenizer not in KINDS and not tokenizer.endswith(".json"):
            yield ("tokenizer",), f"'{tokenizer}' is none of {', '.join(KINDS)}, and no tokenizer.json"
        if self.training.precision == "fp16" and self.training.device == "cpu":
            yield ("training", "precision"), "fp16 needs a GPU: use bf16 or float32 on the CPU"

    def learned_parts(self) -> dict[str, bool]:
        """The parts of the model that may have a learning rate of their own, and whether training changes them."""
        embeddings = {part.called: part.learns for part in self.embeddings}
        return {**embeddings, **dict.fromkeys(_OTHER_PARTS, True), "encoder": self.encoder.kind != "none"}

    def _training_conflicts(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        parts = self.learned_parts()
        for part in self.training.rate_factors:
            path = ("training", "rate_factors", part)
            if part not in parts:
                close = difflib.get_close_matches(part, parts, n=1)
                meant = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(parts)}"
                yield path, f"'{part}' is no part of the model ({meant})"
            elif not parts[part]:
                yield path, f"nothing in '{part}' is trained, so that it has no learning rate: leave it away"
        optimizer = self.training.optimizer
        for name, transformer in self.transformers.items():
            rate = optimizer.learning_rate * self.training.rate_factors.get(name, 1.0)
            if transformer.trainable and optimizer.kind == "adamw" and rate > _HIGHEST_TRANSFORMER_RATE:
                yield (
                    ("training", "rate_factors"),
                    f"the transformer '{name}' would learn at a rate of {rate:g}, and lose what it knows: give it a factor that "
                    f"makes it about 0.00003, as in `{name}: {0.00003 / optimizer.learning_rate:.2g}`",
                )
        schedule, patience = self.training.schedule, self.training.patience
        if schedule.kind == "plateau" and patience is not None and patience <= schedule.patience:
            yield (
                ("training", "schedule", "patience"),
                f"training.patience stops after {patience} epochs without a better score, before the rate falls: set it higher",
            )
