"""How a run learned, from its `steps.jsonl`."""

import json
from pathlib import Path

import numpy as np

from tagger.evaluation.report import EpochScore, LearningCurve

# So many points are told from each other on a page.
_MOST_POINTS = 200


def learning_curve(path: Path) -> LearningCurve | None:
    """The curve of a run; None where it took no step."""
    steps: list[tuple[int, float, float, int]] = []
    epochs: list[EpochScore] = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            if "loss" in entry:
                steps.append((entry["step"], entry["loss"], entry["learning_rate"], entry["words"]))
            elif "dev" in entry:
                epochs.append(EpochScore(epoch=entry["epoch"], step=entry["step"], dev=entry["dev"]))
    if not steps:
        return None
    stretches = np.array_split(np.array(steps), min(len(steps), _MOST_POINTS))
    return LearningCurve(
        steps=[int(stretch[-1, 0]) for stretch in stretches],
        loss=[float(np.average(stretch[:, 1], weights=stretch[:, 3])) for stretch in stretches],
        learning_rate=[float(stretch[-1, 2]) for stretch in stretches],
        epochs=epochs,
    )
