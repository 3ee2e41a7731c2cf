"""Recipes: what to train on what, as frozen typed settings; pure data, no torch.

A recipe is a YAML file. `load_recipe` checks all of it before any work and reports all mistakes together, each with its line,
the path of its key and, for a misspelt one, what was probably meant.
"""

import difflib
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from tagger.corpus_settings import CorpusSettings, HubCorpus, JsonlCorpus, MixedCorpus, OneCorpus, Settings, has_column
from tagger.text.tokenizer import KINDS

LearnedScheme = Literal["iob2", "iobes", "bilou"]
TaskName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
Share = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[int, Field(gt=0)]


class TaskSettings(Settings):
    """One kind of tag to learn; the task's name is the corpus column that it is read from."""

    scheme: LearnedScheme | None = Field(None, description="The scheme in which spans are learned; leave it away for plain tags.")
    decoder: Literal["crf", "softmax"] = Field("crf", description="`crf` learns which tag follows which; `softmax` is faster.")
    weight: Annotated[float, Field(gt=0)] = Field(1.0, description="The weight of the task's loss beside those of other tasks.")


class WordEmbeddingSettings(Settings):
    """A vector for each word."""

    kind: Literal["words"]
    vectors: str | None = Field(
        None, description="A GloVe text file, .gz too; --vectors replaces it. Without one, vectors start random."
    )
    width: Positive | None = Field(None, description="The dimensions; 100 if not set, with a vectors file those of the file.")
    trainable: bool = Field(True, description="Whether training changes the vectors.")
    lowercase: bool = Field(True, description="Whether words are lower-cased before they are looked up.")
    digits: Literal["keep", "zero"] = Field("keep", description="`zero` looks every digit up as 0.")
    min_count: Positive = Field(1, description="How often train must hold a word to give it a vector of its own.")
    singleton_dropout: Share = Field(0.5, description="The share of words seen once that a trainable table shows as unknown.")


class CharacterEmbeddingSettings(Settings):
    """A vector for each word from its characters: convolutions and their maximum."""

    kind: Literal["characters"]
    width: Positive = Field(30, description="The dimensions of a character's vector.")
    filters: Positive = Field(50, description="The filters of each kernel; the word's vector has filters x kernels dimensions.")
    kernels: tuple[Positive, ...] = Field((3,), min_length=1, description="How many characters a filter sees; odd numbers.")
    dropout: Share = Field(0.0, description="The share of the character vectors' entries that training drops.")
    max_length: Annotated[int, Field(ge=2)] = Field(
        64, description="Of a longer word the first and last halves of that many characters are read."
    )

    @model_validator(mode="after")
    def _odd(self) -> "CharacterEmbeddingSettings":
        if even := [size for size in self.kernels if size % 2 == 0]:
            raise ValueError(f"kernels must be odd, so that a filter has a middle, but {even[0]} is even")
        return self


EmbeddingSettings = Annotated[WordEmbeddingSettings | CharacterEmbeddingSettings, Field(discriminator="kind")]


class EncoderSettings(Settings):
    """What reads the words in their order: (bi)LSTMs, (bi)GRUs, or nothing."""

    kind: Literal["lstm", "gru", "none"] = Field(
        "lstm", description="`gru` has a quarter fewer weights; `none` leaves the words' vectors as they are."
    )
    hidden: Positive = Field(256, description="The size of the state in each direction.")
    layers: Positive = Field(1, description="The number of layers.")
    bidirectional: bool = Field(True, description="Whether each layer reads each sentence backwards, too.")
    connection: Literal["none", "residual", "highway"] = Field(
        "none", description="What goes round each layer but the first: nothing, its input, or a gated share of its input."
    )
    layer_dropout: Share = Field(0.0, description="The share dropped between layers; needs at least two.")
    layer_dropout_kind: Literal["plain", "locked"] = Field(
        "plain", description="`locked` drops the same dimensions between layers for a whole sentence."
    )
    initial_state: Literal["zeros", "random", "learned"] = Field("zeros", description="What a layer starts a sentence from.")

    @model_validator(mode="after")
    def _layers(self) -> "EncoderSettings":
        if self.kind == "none":
            defaults = {name: field.default for name, field in EncoderSettings.model_fields.items()}
            if odd := [name for name in defaults if name != "kind" and getattr(self, name) != defaults[name]]:
                raise ValueError(f"kind: none has no layers, and so no {odd[0]}: leave it away")
        if self.layer_dropout and self.layers == 1:
            raise ValueError("layer_dropout acts between layers, but there is one layer: set layers to 2 or more, or leave it away")
        if self.connection != "none" and self.layers == 1:
            raise ValueError(
                "a connection goes round the second layer and those above, but there is one layer: set layers to 2 or more"
            )
        if self.layer_dropout_kind == "locked" and not self.layer_dropout:
            raise ValueError("nothing is dropped that layer_dropout_kind could lock: set layer_dropout, or leave it away")
        return self


class DropoutSettings(Settings):
    """What training hides."""

    words: Share = Field(0.05, description="The share of words whose whole vector is hidden.")
    input: Share = Field(0.33, description="The share of the entries of the encoder's input.")
    output: Share = Field(0.5, description="The share of the encoder's output, the same dimensions for a whole sentence.")


class AdamWSettings(Settings):
    """AdamW (Loshchilov and Hutter 2019)."""

    kind: Literal["adamw"]
    learning_rate: Annotated[float, Field(gt=0)] = Field(0.0015, description="The highest learning rate.")
    weight_decay: Annotated[float, Field(ge=0)] = Field(
        0.01, description="The decay of weights, times the learning rate, at each step."
    )


class SGDSettings(Settings):
    """Stochastic gradient descent with momentum."""

    kind: Literal["sgd"]
    learning_rate: Annotated[float, Field(gt=0)] = Field(
        0.015, description="The highest learning rate; the loss is a mean over words."
    )
    momentum: Share = Field(0.9, description="The share of the last step that goes into the next.")
    weight_decay: Annotated[float, Field(ge=0)] = Field(0.0, description="The L2 penalty's factor.")


class ScheduleSettings(Settings):
    """How the learning rate moves."""

    kind: Literal["constant", "linear", "cosine", "one_cycle", "plateau"] = Field(
        "linear",
        description="How it goes on after the warm-up: not at all, down in a line or along half a cosine, in one cycle (up from a "
        "25th and down, both along half a cosine; Smith 2018), or down by `factor` whenever the dev score rests (`plateau`).",
    )
    warmup: Share = Field(0.0, description="The share of all steps in which it rises from 0; for `one_cycle` 0.3 if not set.")
    floor: Share = Field(
        0.0, description="The share of the highest rate below which it does not fall; for `one_cycle` 0.0001 if not set."
    )
    factor: Annotated[float, Field(gt=0, lt=1)] = Field(0.5, description="What `plateau` multiplies it by.")
    patience: Positive = Field(3, description="After how many epochs without a better dev score `plateau` does so.")

    @model_validator(mode="before")
    @classmethod
    def _one_cycle(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("kind") == "one_cycle":
            return {"warmup": 0.3, "floor": 0.0001, **data}
        return data

    @model_validator(mode="after")
    def _fits(self) -> "ScheduleSettings":
        if self.kind == "one_cycle" and self.warmup == 0:
            raise ValueError("one_cycle rises first: set warmup above 0, or choose cosine")
        if self.kind == "constant" and self.floor:
            raise ValueError("a constant rate has no floor: leave it away")
        default = ScheduleSettings.model_fields
        for name in ("factor", "patience"):
            if self.kind != "plateau" and getattr(self, name) != default[name].default:
                raise ValueError(f"{name} is for kind: plateau alone, and this is {self.kind}")
        return self


class TrainingSettings(Settings):
    """How the model learns."""

    seed: int = Field(1, ge=0, lt=2**63, description="Decides initial weights, dropout and the order of the data.")
    epochs: Positive = Field(20, description="How often the training set is read.")
    batch_words: Positive = Field(400, description="Places in a batch, padding counted; those of all processes together.")
    optimizer: Annotated[AdamWSettings | SGDSettings, Field(discriminator="kind")] = Field(
        default_factory=lambda: AdamWSettings(kind="adamw"), description="What turns gradients into steps."
    )
    schedule: ScheduleSettings = Field(default_factory=ScheduleSettings, description="How the learning rate moves.")
    accumulate: Positive = Field(
        1, description="How many batches make one step: as one batch of so many times the words, with the memory of one."
    )
    rate_factors: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict,
        description="What the learning rate is multiplied by for a part: an embedding by its name, `encoder` or `decoders`.",
    )
    clip: Annotated[float, Field(gt=0)] | None = Field(5.0, description="The largest norm of the gradient; null for no bound.")
    average: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None, description="The decay of a moving average of the weights, which is what is scored and saved; null for none."
    )
    patience: Positive | None = Field(
        None, description="Stop after so many epochs without a better dev score; null to use all epochs."
    )
    score: str | None = Field(None, description="The task whose dev score decides; the mean of all where there is none.")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        "auto", description="Where to train; `auto` takes a GPU where there is one."
    )
    threads: Positive | None = Field(
        None, description="The threads of each process; null for torch's own choice. Only equal numbers give bit-identical runs."
    )
    checkpoint_minutes: Annotated[float, Field(gt=0)] = Field(
        5.0, description="How often to save the state within an epoch; it is always saved at an epoch's end and at Ctrl-C."
    )
    trackers: tuple[Literal["tensorboard", "wandb", "mlflow"], ...] = Field(
        (), description="What else is told of loss, learning rate and dev scores; `tensorboard` writes to `trackers/` in the run folder."
    )
    precision: Literal["float32", "bf16", "fp16"] = Field("float32", description="Mixed precision; fp16 needs a GPU.")


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

    def _sources(self) -> Iterator[dict[tuple[str | int, ...], OneCorpus]]:
        """What is read together, each with its path; a Hub corpus and its local form are read one or the other."""
        match self.corpus:
            case MixedCorpus():
                yield {("corpus", "parts", index): part for index, part in enumerate(self.corpus.parts)}
            case _:
                yield {("corpus",): self.corpus}
        if isinstance(self.corpus, HubCorpus) and self.corpus.local:
            yield {("corpus", "local"): self.corpus.local}

    def conflicts(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """What can't be combined: the path of a key, and why."""
        for task, settings in self.tasks.items():
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
                    and (odd := sorted(set(source.schemes) - set(self.tasks)))
                ):
                    yield (*path, "schemes"), f"{', '.join(odd)} is no task (there are {', '.join(self.tasks)})"
        if self.training.score is not None and self.training.score not in self.tasks:
            yield ("training", "score"), f"'{self.training.score}' is no task (there are {', '.join(self.tasks)})"
        yield from self._training_conflicts()
        kinds = [embedding.kind for embedding in self.embeddings]
        for index, kind in enumerate(kinds):
            if kind in kinds[:index]:
                yield ("embeddings", index), f"a second embedding of kind '{kind}'"
        for index, embedding in enumerate(self.embeddings):
            if isinstance(embedding, WordEmbeddingSettings) and not embedding.trainable and not embedding.vectors:
                yield (
                    ("embeddings", index),
                    "random vectors that are not trained teach nothing: give a vectors file (--vectors FILE), or set trainable",
                )
        tokenizer = self.tokenizer
        if tokenizer not in KINDS and not tokenizer.endswith(".json"):
            yield ("tokenizer",), f"'{tokenizer}' is none of {', '.join(KINDS)}, and no tokenizer.json"
        if self.training.precision == "fp16" and self.training.device == "cpu":
            yield ("training", "precision"), "fp16 needs a GPU: use bf16 or float32 on the CPU"

    def learned_parts(self) -> dict[str, bool]:
        """The parts of the model that may have a learning rate of their own, and whether training changes them."""
        embeddings: dict[str, bool] = {part.kind: getattr(part, "trainable", True) for part in self.embeddings}
        return {**embeddings, "encoder": self.encoder.kind != "none", "decoders": True}

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
        schedule, patience = self.training.schedule, self.training.patience
        if schedule.kind == "plateau" and patience is not None and patience <= schedule.patience:
            yield (
                ("training", "schedule", "patience"),
                f"training.patience stops after {patience} epochs without a better score, before the rate falls: set it higher",
            )
