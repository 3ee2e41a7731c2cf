"""How a model learns: the part of a recipe that names no layer."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from tagger.corpus_settings import Settings

Share = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[int, Field(gt=0)]


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
    calibration: bool = Field(
        True,
        description="Whether a temperature is fitted on dev after training, which makes probabilities truer, and no other tags.",
    )
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
        (),
        description="What is told of loss, learning rate and dev scores; `tensorboard` writes to `trackers/` in the run folder.",
    )
    precision: Literal["float32", "bf16", "fp16"] = Field("float32", description="Mixed precision; fp16 needs a GPU.")
