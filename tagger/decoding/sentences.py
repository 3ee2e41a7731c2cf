"""What was found in a sentence, put into it: predictions of all tasks -> a `Sentence` with tags, spans and labels."""

from collections.abc import Collection, Iterator, Mapping

from tagger.decoding.answers import Prediction
from tagger.text.sentence import Alternative, Sentence, Span


def with_answers(sentence: Sentence, results: Mapping[str, Prediction], labelled: Collection[str]) -> Sentence:
    """The sentence with what was found for each task.

    Args:
        sentence: Text and tokens.
        results: The prediction of each task.
        labelled: The tasks whose prediction is the sentence's label.
    """
    tagged = {task: result for task, result in results.items() if task not in labelled}
    others = {
        task: tuple(
            Alternative(share, names, tuple(sentence.span(*span, task=task) for span in ranges))
            for share, names, ranges in result.alternatives
        )
        for task, result in tagged.items()
        if result.alternatives
    }
    return Sentence(
        sentence.text,
        sentence.tokens,
        tags={task: result.tags for task, result in tagged.items()},
        spans=tuple(span for task, result in tagged.items() if result.spans for span in _spans(sentence, task, result)),
        probabilities={task: result.tag_probabilities for task, result in tagged.items() if result.tag_probabilities is not None},
        sequence_probability={task: result.probability for task, result in tagged.items() if result.probability is not None},
        alternatives=others,
        labels={task: results[task].tags[0] if results[task].tags else None for task in labelled},
        label_probabilities={task: share for task in labelled for share in results[task].tag_probabilities or ()},
    )


def _spans(sentence: Sentence, task: str, result: Prediction) -> Iterator[Span]:
    shares = result.span_probabilities or [None] * len(result.spans)
    for (start, end, label), probability in zip(result.spans, shares, strict=True):
        yield sentence.span(start, end, label, task=task, probability=probability)
