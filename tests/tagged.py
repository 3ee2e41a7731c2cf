"""Gold and predicted tags for the tests of evaluation: random ones of any scheme, legal or not, and what is judged of them."""

import random

from hypothesis import strategies as st

from tagger.evaluation.judged import judge
from tagger.evaluation.predictions import Certainty, Predictions
from tagger.text.schemes import IOB2, SCHEMES

LABELS = ("PER", "LOC", "A-B")
WORDS = ("rain", "Rain", "Oslo", "NATO", "7", "b2", ".", "of")


@st.composite
def gold_and_predicted(draw, *schemes, labels=LABELS, longest=7):
    """Two sides of random tags of these schemes' prefixes, of which most are the same where the schemes are."""
    names = [f"{prefix}-{label}" for label in labels for scheme in schemes for prefix in SCHEMES[scheme].prefixes]
    tags = st.sampled_from(["O", "O", *dict.fromkeys(names)])
    lengths = draw(st.lists(st.integers(0, longest), min_size=1, max_size=5))
    gold = [draw(st.lists(tags, min_size=length, max_size=length)) for length in lengths]
    changes = st.integers(0, 2)
    predicted = [[draw(tags) if draw(changes) == 0 else tag for tag in row] for row in gold]
    return gold, predicted


@st.composite
def examined_spans(draw, **options):
    """What is judged of random spans in IOB2 over random words, and how sure the model is of nothing."""
    gold, predicted = draw(gold_and_predicted("iob2", **options))
    words = [draw(st.lists(st.sampled_from(WORDS), min_size=len(row), max_size=len(row))) for row in gold]
    return judged_spans(gold, predicted, words=words)


def words_for(rows):
    return [[f"w{place}" for place in range(len(row))] for row in rows]


def spans_predictions(gold, predicted, scheme=IOB2, *, words=None, other=None, certain=None):
    known = {"ner": certain} if certain else {}
    schemes = {"ner": (scheme, other or scheme)}
    return Predictions(words or words_for(gold), {"ner": gold}, {"ner": predicted}, schemes=schemes, certain=known)


def judged_spans(gold, predicted, scheme=IOB2, **options):
    return judge(spans_predictions(gold, predicted, scheme, **options), "ner")


def tags_predictions(gold, predicted, words=None, *, certain=None):
    known = {"upos": certain} if certain else {}
    return Predictions(words or words_for(gold), {"upos": gold}, {"upos": predicted}, certain=known)


def judged_tags(gold, predicted, words=None, **options):
    return judge(tags_predictions(gold, predicted, words, **options), "upos")


def labels_predictions(gold, predicted, words, *, certain=None):
    """Labels one for each sentence; None predicted where it has no words."""
    known = {"intent": certain} if certain else {}
    found = [[] if label is None else [label] for label in predicted]
    return Predictions(words, {"intent": [[label] for label in gold]}, {"intent": found}, ("intent",), certain=known)


def judged_labels(gold, predicted, words, **options):
    return judge(labels_predictions(gold, predicted, words, **options), "intent")


def sure(tags, spans=(), sentences=()):
    return Certainty(tags, spans, sentences)


def perturbed(rows, share, seed):
    """A copy of rows of tags in which each tag is another of the rows' with a probability."""
    chance = random.Random(seed)
    names = sorted({tag for row in rows for tag in row})
    return [[chance.choice(names) if chance.random() < share else tag for tag in row] for row in rows]
