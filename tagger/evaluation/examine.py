"""Predictions -> what the report tells of them."""

from collections.abc import Mapping

from tagger.evaluation import errors as kinds
from tagger.evaluation.examples import doubts, worst
from tagger.evaluation.groups import breakdowns
from tagger.evaluation.judged import judge
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
        judged = judge(predictions, task)
        if judged is None:
            continue
        of_train = (known or {}).get(task)
        errors = kinds.errors_of(judged)
        found[task] = TaskReport(
            kind=judged.kind,
            scores=score(judged, of_train, (calibrations or {}).get(task)),
            errors=kinds.counted(judged, errors),
            confusion=kinds.confusion(judged, errors),
            tag_confusion=kinds.tag_confusion(judged),
            breakdowns=breakdowns(judged, of_train),
            strings=kinds.frequent(judged, errors),
            examples=worst(judged, errors),
            doubts=doubts(judged, errors),
            reliability=reliability(judged),
            thresholds=thresholds(judged),
        )
    return found
