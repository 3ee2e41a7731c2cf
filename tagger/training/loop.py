"""The loop: it learns and tells, step by step; whoever iterates decides about scores, files and stopping."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState, PartialState
from numpy.typing import NDArray

from tagger.build import build_optimizer
from tagger.errors import TaggerError
from tagger.features.sampler import shuffled_batches
from tagger.features.sentences import EncodedSentences
from tagger.modules.batch import make_batch
from tagger.recipe import Recipe, TrainingSettings
from tagger.tagger import Tagger
from tagger.training.checkpoint import TrainingState
from tagger.training.optim import WeightAverage, rate_factor


@dataclass(frozen=True)
class Step:
    """What one optimizer step did.

    `loss` is in nats, a mean over the words of the batch; `seconds` is what the step took; `ends_epoch` is True for an
    epoch's last.
    """

    step: int
    epoch: int
    loss: float
    words: int
    learning_rate: float
    seconds: float
    ends_epoch: bool


class Learner:
    """A tagger in training: its model, optimizer and weight average, on the device that the recipe asks for."""

    def __init__(self, tagger: Tagger, recipe: Recipe) -> None:
        self.tagger = tagger
        self.settings = recipe.training
        self.accelerator = accelerator(self.settings)
        if self.accelerator.num_processes > 1:
            raise TaggerError("this version trains in one process", fix="Run `tagger train` without a launcher.")
        self.model = self.accelerator.prepare_model(tagger.model)
        self.optimizer = self.accelerator.prepare_optimizer(build_optimizer(recipe, tagger.model))
        self.average = WeightAverage(tagger.model, self.settings.average) if self.settings.average else None

    def num_batches(self, sentences: EncodedSentences) -> list[int]:
        """The number of batches of each epoch; they differ a little, as sentences are shuffled before they are cut."""
        return [len(self._batches(sentences, epoch)) for epoch in range(self.settings.epochs)]

    def _batches(self, sentences: EncodedSentences, epoch: int) -> list[NDArray[np.int64]]:
        return shuffled_batches(sentences.lengths, self.settings.batch_words, seed=self.settings.seed, epoch=epoch)

    def steps(self, sentences: EncodedSentences, state: TrainingState) -> Iterator[Step]:
        """Learns until the last epoch is over, from where `state` stands, which it keeps up to date."""
        total = sum(self.num_batches(sentences))
        weights = [weight for weight in self.tagger.model.parameters() if weight.requires_grad]
        settings = self.settings
        for epoch in range(state.epoch, settings.epochs):
            batches = self._batches(sentences, epoch)
            if state.batch == 0:
                state.loss, state.words = 0.0, 0
            for index in range(state.batch, len(batches)):
                start = time.perf_counter()
                self.model.train()
                batch = make_batch(sentences, batches[index]).to(self.accelerator.device)
                rate = settings.optimizer.learning_rate * rate_factor(
                    settings.schedule.kind, settings.schedule.warmup, state.step / total
                )
                for group in self.optimizer.param_groups:
                    group["lr"] = rate
                with self.accelerator.autocast():
                    # A mean over words, not over sentences: batch size does not change the learning rate.
                    loss = self.model(batch) / batch.num_words
                self.optimizer.zero_grad()
                self.accelerator.backward(loss)
                if settings.clip is not None:
                    self.accelerator.clip_grad_norm_(weights, settings.clip)
                self.optimizer.step()
                if self.average is not None:
                    self.average.update()
                value, seconds = loss.item(), time.perf_counter() - start
                state.step, state.batch = state.step + 1, index + 1
                state.loss, state.words = state.loss + value * batch.num_words, state.words + batch.num_words
                state.seconds += seconds
                ends_epoch = index + 1 == len(batches)
                if ends_epoch:
                    state.epoch, state.batch = epoch + 1, 0
                yield Step(state.step, epoch + 1, value, batch.num_words, rate, seconds, ends_epoch)


def accelerator(settings: TrainingSettings) -> Accelerator:
    """Hugging Face accelerate for the recipe's device and precision.

    Raises:
        TaggerError: The device is not there.
    """
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not available.get(settings.device, True):
        there = ", ".join(["cpu", *(name for name, yes in available.items() if yes)])
        raise TaggerError(
            f"device '{settings.device}' is not available (there are: {there})",
            where="training.device",
            fix="Set training.device=auto.",
        )
    # accelerate keeps its settings for the whole process; a second run in one process may have others.
    for state in (AcceleratorState, GradientState, PartialState):
        state._reset_state()
    precision = {"float32": "no", "bf16": "bf16", "fp16": "fp16"}[settings.precision]
    return Accelerator(cpu=settings.device == "cpu", mixed_precision=precision)
