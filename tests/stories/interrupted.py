"""A run that Ctrl-C breaks off and --resume takes up, beside one that is not broken."""

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import Result
from run_outcome import outcome

from tagger.training.loop import Step
from tagger.training.progress import TrainingProgress


def assert_goes_on_as_if_unbroken(
    train: Callable[..., Path], command: Callable[..., Result], recipe: str, folder: Path, changes: Sequence[str]
) -> None:
    """Both runs leave the same, to the bit; one of them is interrupted after its fourth step."""
    whole, original = train(folder / "whole", *changes), TrainingProgress.step
    again = ("train", recipe, "--output", folder / "run", *(part for change in changes for part in ("--set", change)))

    def step(self: TrainingProgress, done: Step) -> None:
        original(self, done)
        if done.step == 4:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrainingProgress, "step", step)
        assert "interrupted" in command(*again).stderr
    done = command(*again, "--resume")
    assert done.exit_code == 0, done.stderr
    assert outcome(folder / "run") == outcome(whole)
