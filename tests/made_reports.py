"""Reports for tests of what shows them: small, with every part filled."""

from functools import cache

from tagger.evaluation.measures import Calibration, LabelScore, LabelScores, Scores
from tagger.evaluation.page import page
from tagger.evaluation.report import (
    Bin,
    Breakdown,
    Confusion,
    Doubt,
    EpochScore,
    ErrorString,
    Example,
    Group,
    LearningCurve,
    Mark,
    Report,
    TaskReport,
    Threshold,
)


def label_scores(names, *, right=8):
    each = LabelScore.of(10, 12, right).model_copy(update={"interval": (0.5, 0.9)})
    return LabelScores(labels=dict.fromkeys(names, each), micro=each, macro=each.model_copy(update={"f1": 0.7191}))


def scores(names, **others):
    known = {
        "score": 0.7273,
        "measure": "f1",
        "accuracy": 0.9134,
        "sentence_accuracy": 0.8123,
        "num_sentences": 2043,
        "num_words": 40321,
    }
    return Scores(**known | {"strict": label_scores(names), "interval": (0.6111, 0.8222)} | others)


def spans_report(names=("PER", "LOC"), words=("Angela", "Merkel", "visited", "Paris"), **others):
    one, two = names[:2]
    parts = {
        "kind": "spans",
        "scores": scores(
            names,
            lenient=label_scores(names, right=9),
            num_unscored=17,
            illegal_gold=3,
            illegal_predicted=19,
            calibration=Calibration(temperature=1.37, tags=0.0123, spans=0.0456, tags_before=0.0234, spans_before=0.0567),
        ),
        "errors": {"boundary": 3, "label": 5, "boundary and label": 0, "missed": 1, "spurious": 1},
        "confusion": Confusion(names=[*names, "O"], counts=_counts(len(names) + 1)),
        "tag_confusion": Confusion(names=["O", f"B-{one}", f"I-{one}"], counts=_counts(3)),
        "breakdowns": [
            Breakdown(by="sentence length", groups=[_group("1 to 10", 7), _group("over 10", 3)]),
            Breakdown(by="span length", groups=[_group("one word", 6)]),
        ],
        "strings": [
            ErrorString(kind="boundary", text=words[0], gold=one, predicted=one, predicted_text=" ".join(words[:2]), count=4)
        ]
        + [ErrorString(kind="missed", text=f"word{number}", gold=one, predicted=None, count=1) for number in range(14)],
        "examples": [
            Example(
                sentence=41 + number,
                words=list(words),
                gold=[Mark(start=0, end=2, label=one, right=False), Mark(start=3, end=4, label=two, right=True)],
                predicted=[
                    Mark(start=0, end=1, label=two, right=False, probability=0.6789),
                    Mark(start=3, end=4, label=two, right=True, probability=0.98),
                ],
                errors=2,
                probability=0.0321,
            )
            for number in range(12)
        ],
        "doubts": [Doubt(sentence=90, words=list(words), start=3, end=4, gold=None, predicted=two, probability=0.9871)],
        "reliability": {"tags": _bins(), "spans": _bins()},
        "thresholds": [Threshold(probability=step / 10, precision=0.7 + step / 40, recall=0.9 - step / 20) for step in range(11)],
    }
    return TaskReport(**parts | others)


def tags_report(names=("NOUN", "VERB"), **others):
    known = {
        "measure": "accuracy",
        "known": 0.9471,
        "unknown": 0.8352,
        "ambiguous": 0.8993,
        "num_unknown": 1234,
        "num_ambiguous": 2345,
    }
    wrong = [Mark(start=1, end=2, label=names[0], right=False)]
    parts = {
        "kind": "tags",
        "scores": scores(names, **known),
        "errors": {"known word": 5, "unknown word": 6},
        "confusion": Confusion(names=list(names), counts=_counts(len(names))),
        "tag_confusion": None,
        "examples": [
            Example(
                sentence=0,
                words=["Time", "flies"],
                gold=wrong,
                predicted=[wrong[0].model_copy(update={"label": names[1]})],
                errors=1,
            )
        ],
    }
    return spans_report(names, **parts | others)


def labels_report(names=("book", "play"), **others):
    parts = {
        "kind": "labels",
        "scores": scores(names, measure="accuracy"),
        "errors": {"wrong label": 4},
        "tag_confusion": None,
        "examples": [
            Example(
                sentence=0,
                words=["a", "song"],
                gold=[Mark(start=0, end=2, label=names[1], right=False)],
                predicted=[Mark(start=0, end=2, label=names[0], right=False, probability=0.77)],
                errors=1,
            )
        ],
    }
    return spans_report(names, **parts | others)


def bare(report):
    """The same without what a file of predictions can't tell and without a single error."""
    plain = report.scores.model_copy(update={"lenient": None, "calibration": None, "interval": None})
    empty = {
        "strings": [],
        "examples": [],
        "doubts": [],
        "reliability": {},
        "thresholds": [],
        "breakdowns": [],
        "tag_confusion": None,
    }
    nothing = Confusion(names=[], counts=[])
    return report.model_copy(update={"scores": plain, "errors": {"missed": 0}, "confusion": nothing, **empty})


def learning(tasks=("ner",)):
    epochs = [EpochScore(epoch=number, step=50 * number, dev=dict.fromkeys(tasks, number / 10)) for number in (1, 2, 3)]
    return LearningCurve(steps=[50, 100, 150], loss=[2.34, 1.2, 0.56], learning_rate=[0.01, 0.01, 0.005], epochs=epochs)


def whole_report():
    """All three kinds."""
    tasks = {"ner": spans_report(), "upos": tags_report(), "intent": labels_report()}
    facts = {"best epoch": "3 of 7", "tagging words per second": 25498, "corpus notes": ["a note & more"]}
    return Report(name="tiny", facts=facts, splits={"dev": {"ner": spans_report()}, "test": tasks}, learning=learning(tuple(tasks)))


STRANGE = [
    "<script>alert(1)</script>",
    "</style></svg></title>\"'&amp;",
    "{{ 7*7 }}$x^2$",
    "W" * 300,
    "שלום עולם",
    "مرحبا",
    "👩‍👩‍👧 tab\there",
    "\x00\x1b\ud800",
    "@0000nnn",
]


def strange_report():
    """What strangers may write, wherever they may."""
    task = spans_report(tuple(STRANGE), tuple(STRANGE))
    groups = [_group(name, 3) for name in STRANGE]
    breakdowns = [Breakdown(by="sentence length" if not place else name, groups=groups) for place, name in enumerate(STRANGE)]
    task = task.model_copy(update={"breakdowns": breakdowns, "errors": dict.fromkeys(STRANGE, 2)})
    facts = {name: name for name in STRANGE} | {"notes": STRANGE}
    splits = {STRANGE[0]: {STRANGE[3]: task, STRANGE[1]: tags_report(tuple(STRANGE)), STRANGE[2]: labels_report(tuple(STRANGE))}}
    return Report(name=" ".join(STRANGE), facts=facts, splits=splits, learning=learning(tuple(STRANGE)))


@cache
def whole_page():
    """The page of `whole_report`: several files of tests look at it."""
    return page(whole_report())


@cache
def strange_page():
    """The page of `strange_report`."""
    return page(strange_report())


def many_tags_report(number=45):
    names = tuple(f"TAG{place}" for place in range(number))
    return Report(name="many", splits={"test": {"xpos": tags_report(names)}})


def _counts(size):
    return [[90 if row == column else (row + 2 * column) % 5 for column in range(size)] for row in range(size)]


def _group(name, right):
    return Group(name=name, gold=10, predicted=12, right=right, score=right / 11)


def _bins():
    return [Bin(count=10 + 50 * step, probability=step / 5 + 0.1, right=step / 6 + 0.1) for step in range(5)]
