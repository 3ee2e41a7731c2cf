"""Predictions -> what the report tells of them."""

from collections.abc import Mapping

from tagger.corpora.source import no_cycles
from tagger.evaluation import errors as kinds
from tagger.evaluation.examples import doubts, worst
from tagger.evaluation.groups import breakdowns
from tagger.evaluation.judged import Judged, judge
from tagger.evaluation.known import Known
from tagger.evaluation.measures import Calibration
from tagger.evaluation.predictions import Predictions
from tagger.evaluation.report import TaskReport
from tagger.evaluation.scores import score
from tagger.evaluation.truth import reliability, thresholds


def examine(
    predictions: Predictions, known: Mapping[str, Known] | None = None, calibrations: Mapping[str, Calibration] | None = None
) -> dict[str, TaskReport]:
    """The scores and errors of each task of which anything can be scored.

    Args:
        predictions: Gold and predicted tags.
        known: For each task what train holds, where that is known.
        calibrations: For each task how true its probabilities are, where that was measured.

    Raises:
        ValueError: Gold and predicted tags differ in their numbers, or something is no tag of a span.
    """
    found = {}
    for task in predictions.gold:
        # A span is a tuple: of a million words there are hundreds of thousands.
        with no_cycles():
            judged = judge(predictions, task)
            if judged is not None:
                found[task] = _examined(judged, (known or {}).get(task), (calibrations or {}).get(task))
    return found


def _examined(judged: Judged, known: Known | None, calibration: Calibration | None) -> TaskReport:
    errors = kinds.errors_of(judged)
    return TaskReport(
        kind=judged.kind,
        scores=score(judged, known, calibration),
        errors=kinds.counted(judged, errors),
        confusion=kinds.confusion(judged, errors),
        tag_confusion=kinds.tag_confusion(judged),
        breakdowns=breakdowns(judged, known),
        strings=kinds.frequent(judged, errors),
        examples=worst(judged, errors),
        doubts=doubts(judged, errors),
        reliability=reliability(judged),
        thresholds=thresholds(judged),
    )
