"""The loop: it learns and tells, step by step; whoever iterates decides about scores, files and stopping."""

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray

from tagger.build import build_optimizer
from tagger.features.sampler import share_of_batch, shuffled_batches
from tagger.features.sentences import EncodedSentences
from tagger.modules.batch import make_batch
from tagger.modules.embeddings.table import row_tables
from tagger.recipe import Recipe
from tagger.tagger import Tagger
from tagger.training.checkpoint import (
    Parts,
    TrainingState,
    load_checkpoint,
    not_finite,
    random_states,
    save_checkpoint,
)
from tagger.training.launch import build_accelerator, processes_of
from tagger.training.optim import WeightAverage, rate_factor
from tagger.training.used_rows import UsedRows


@dataclass(frozen=True)
class Step:
    """What one optimizer step did, in all processes together.

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
    """A tagger in training: its model, optimizer and weight average, on the device that the recipe asks for.

    Several processes hold the same weights. Each learns from its share of every batch, and the gradients are added up: so that the
    batches, and what is learned from them, are those of one process.

    Args:
        accelerator: What it computes on; made by the recipe if None.
    """

    def __init__(self, tagger: Tagger, recipe: Recipe, accelerator: Accelerator | None = None) -> None:
        self.tagger = tagger
        self.settings = recipe.training
        self.accelerator = accelerator or build_accelerator(self.settings)
        self.processes = processes_of(self.accelerator)
        # In "evaluation mode" accelerate adds mixed precision, but no second way of adding gradients up.
        self.model = self.accelerator.prepare_model(tagger.model, evaluation_mode=True)
        self.optimizer = self.accelerator.prepare_optimizer(build_optimizer(recipe, tagger.model))
        self.processes.copy_from_main(tagger.model)
        tables = row_tables(tagger.model)
        self.average = WeightAverage(tagger.model, self.settings.average, tables) if self.settings.average else None
        self.rows = UsedRows(tagger.model, self.optimizer, self.average, self.processes)
        self.parts = Parts(tagger.model, self.optimizer, self.average, self.accelerator.scaler)
        self._weights = [weight for weight in tagger.model.parameters() if weight.requires_grad]
        if not self.processes.is_main:
            # The weights are the same everywhere; what dropout hides is not.
            torch.manual_seed(self.settings.seed + self.processes.rank)

    def num_steps(self, sentences: EncodedSentences) -> list[int]:
        """The number of steps of each epoch; they differ a little, as sentences are shuffled before they are cut into batches."""
        counts = (len(self._batches(sentences, epoch)) for epoch in range(self.settings.epochs))
        return [math.ceil(count / self.settings.accumulate) for count in counts]

    def _batches(self, sentences: EncodedSentences, epoch: int) -> list[NDArray[np.int64]]:
        return shuffled_batches(sentences.lengths, self.settings.batch_words, seed=self.settings.seed, epoch=epoch)

    def steps(self, sentences: EncodedSentences, state: TrainingState) -> Iterator[Step]:
        """Learns until the last epoch is over, from where `state` stands, which it keeps up to date.

        Raises:
            TaggerError: The loss is no finite number any more.
        """
        total = sum(self.num_steps(sentences))
        settings, lengths = self.settings, sentences.lengths
        for epoch in range(state.epoch, settings.epochs):
            batches = self._batches(sentences, epoch)
            if state.batch == 0:
                state.loss, state.words = 0.0, 0
            for index in range(state.batch, len(batches), settings.accumulate):
                start = time.perf_counter()
                rate = settings.optimizer.learning_rate * rate_factor(settings.schedule, state.step / total, state.cuts)
                for group in self.optimizer.param_groups:
                    group["lr"] = rate * group["rate_factor"]
                together = batches[index : index + settings.accumulate]
                words = sum(int(lengths[rows].sum()) for rows in together)
                value = self._learn(sentences, together, words)
                if not math.isfinite(value):
                    raise not_finite(f"the loss of step {state.step + 1:,} (epoch {epoch + 1}) is {value}")
                seconds = time.perf_counter() - start
                state.step, state.batch = state.step + 1, index + len(together)
                state.loss, state.words = state.loss + value * words, state.words + words
                state.seconds += seconds
                ends_epoch = state.batch == len(batches)
                if ends_epoch:
                    state.epoch, state.batch = epoch + 1, 0
                yield Step(state.step, epoch + 1, value, words, rate, seconds, ends_epoch)

    def _learn(self, sentences: EncodedSentences, batches: Sequence[NDArray[np.int64]], words: int) -> float:
        """One optimizer step on some batches of all processes; its loss."""
        self.model.train()
        self.optimizer.zero_grad()
        loss = torch.zeros((), device=self.accelerator.device)
        for rows in batches:
            share = share_of_batch(rows, sentences.lengths, self.processes.rank, self.processes.count)
            if len(share):
                batch = make_batch(sentences, share).to(self.accelerator.device)
                with self.accelerator.autocast():
                    # A mean over the words of all batches and processes: neither their size nor their number changes the rate.
                    part = self.model(batch) / words
                self.accelerator.backward(part)
                loss = loss + part.detach()
            elif self.parts.scaler is not None:
                # It counts a process in only after it has seen a loss of it.
                self.parts.scaler.scale(loss)
        with self.rows.alone():
            loss = self.processes.add_up(self._weights, loss)
            if self.settings.clip is not None:
                self.accelerator.clip_grad_norm_(self._weights, self.settings.clip)
            self.optimizer.step()
            if self.average is not None:
                self.average.update()
        return loss.item()

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Within it the model has the weights that are scored and saved: their average, where the recipe asks for one."""
        with self.average.applied() if self.average else nullcontext():
            yield

    def save(self, folder: Path, state: TrainingState) -> None:
        """Replaces the checkpoint; all processes take part, and the main one writes.

        Raises:
            TaggerError: A weight is no finite number any more, or the file can't be written.
        """
        states = dict(enumerate(self.processes.gather(random_states())))
        self.processes.on_main(lambda: save_checkpoint(folder, state, self.parts, states))

    def load(self, folder: Path) -> TrainingState:
        """Puts everything back as it was when the checkpoint was written, and gives its state.

        Raises:
            ModelError: There is no whole checkpoint, or it is another model's.
        """
        return self.processes.together(lambda: load_checkpoint(folder, self.parts, self.processes.rank))
