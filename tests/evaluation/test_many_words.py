"""A file of many words: its figures, and that they do not take long."""

import random
import time

from tagged import perturbed
from test_scores import by_seqeval, in_seqevals_form

from tagger.corpora.columns import write_columns
from tagger.evaluation.examine import examine
from tagger.evaluation.predictions_file import read_predictions
from tagger.text.schemes import IOB2, LabelledRange

WORDS = 100_000


def test_a_hundred_thousand_words_are_scored_as_seqeval_does_and_in_seconds(tmp_path):
    draw = random.Random(7)
    gold = []
    while sum(map(len, gold)) < WORDS:
        starts = range(0, draw.randint(1, 40), 5)
        spans = [
            LabelledRange(at, at + draw.randint(1, 4), draw.choice(["LOC", "ORG", "PER"])) for at in starts if draw.random() < 0.5
        ]
        gold.append(IOB2.write(spans, starts.stop + 5))
    predicted = perturbed(gold, 0.02, seed=1)
    rows = (
        [(f"w{place % 900}", *pair) for place, pair in enumerate(zip(*tags, strict=True))]
        for tags in zip(gold, predicted, strict=True)
    )
    write_columns(tmp_path / "many.conll", rows)
    start = time.process_time()
    (task,) = examine(read_predictions(tmp_path / "many.conll", scheme=IOB2).predictions).values()
    # Half a second on an ordinary computer. What is watched for takes minutes: a step that grows faster than the words do.
    assert time.process_time() - start < 10
    assert task.scores.num_words == sum(map(len, gold))
    assert 0.5 < task.scores.score < 0.99
    assert in_seqevals_form(task.scores.strict) == by_seqeval(gold, predicted, "iob2")
