"""A tagger on a split: predictions and scores."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tagger.corpora.corpus import Corpus
from tagger.evaluation.report import Predictions
from tagger.evaluation.scores import (
    Calibration,
    Tags,
    TaskScores,
    score_labels,
    score_spans,
    score_tags,
    span_f1,
    tag_accuracy,
)
from tagger.features.encode import encode_dataset
from tagger.features.given import refuse_strange
from tagger.features.sentences import EncodedSentences
from tagger.processes import ALONE, Processes
from tagger.tagger import Tagger
from tagger.text.partial import UNKNOWN, rewritten
from tagger.text.schemes import IOB2, TagScheme

if TYPE_CHECKING:
    from rich.console import Console


def predict_split(tagger: Tagger, corpus: Corpus, split: str, processes: Processes = ALONE) -> Predictions:
    """Gold and predicted tags of every sentence of a split, spans in IOB2; None where a gold tag is not known.

    Of a task with one label for a sentence that is the only one of its tags.

    Args:
        tagger: What predicts.
        corpus: What it predicts the tags of.
        split: Which part of it.
        processes: Who shares the work: each predicts a stretch of the sentences, and all get all predictions.

    Raises:
        CorpusError: The split has nothing in a column that the tagger reads beside the words.
    """
    check_columns(tagger, corpus, split)
    found = tagger.predict(share_of_split(tagger, corpus, split, processes))
    gold: dict[str, list[Sequence[str | None]]] = {}
    for task in tagger.tags:
        inside = corpus.schemes[task]
        # UNKNOWN, -1, points at the last.
        names = [*corpus.tag_names(task), None]
        rows = [[names[index] for index in ids] for ids in _rows(corpus, split, task)]
        gold[task] = [_in_iob2(row, inside) if inside not in (None, IOB2) else row for row in rows]
    shares = processes.gather({task: [prediction.tags for prediction in predictions] for task, predictions in found.items()})
    predicted = {task: [tags for share in shares for tags in share[task]] for task in found}
    labelled = tuple(task for task in tagger.tags if corpus.is_label(task))
    return Predictions(list(corpus[split]["tokens"]), gold, predicted, labelled)


def check_columns(tagger: Tagger, corpus: Corpus, split: str) -> None:
    """Refuses a split which the tagger could not be scored on.

    Raises:
        CorpusError: The split has nothing in a column that the tagger reads beside the words.
    """
    refuse_strange({column: corpus.tag_counts(column, split) for column in tagger.columns_read}, tagger.featurizers, split)


def share_of_split(tagger: Tagger, corpus: Corpus, split: str, processes: Processes = ALONE) -> EncodedSentences:
    """The stretch of a split's sentences that this process predicts, without gold tags and features."""
    dataset = corpus[split]
    first, last = (len(dataset) * number // processes.count for number in (processes.rank, processes.rank + 1))
    share = dataset if processes.count == 1 else dataset.select(range(first, last))
    return encode_dataset(share, {}, {}, {}, tagger.columns_read)


def read_once(tagger: Tagger, corpus: Corpus, splits: Iterable[str], console: "Console", processes: Processes = ALONE) -> None:
    """Lets frozen transformers read what is to be predicted, before there is another display; it is then found on the disk.

    Raises:
        ModelError: It can't be kept there.
    """
    if tagger.recipe.kept_transformers:
        tagger.keep_contexts()
        for split in splits:
            tagger.with_contexts(share_of_split(tagger, corpus, split, processes), console)


def _rows(corpus: Corpus, split: str, task: str) -> Iterable[Sequence[int]]:
    """The ids of each sentence's tags, or of its label alone."""
    values = corpus[split][task]
    return ([index] for index in values) if corpus.is_label(task) else values


def unscored(corpus: Corpus, split: str) -> dict[str, str]:
    """For each task of which nothing in a split can be scored, since too little is known of its tags, why."""
    missing: dict[str, str] = {}
    for task, scheme in corpus.schemes.items():
        known = all if scheme else any
        if not any(known(index != UNKNOWN for index in row) for row in _rows(corpus, split, task)):
            what = "there is no sentence whose tags are all known" if scheme else "no tag is known"
            what = "no label is known" if corpus.is_label(task) else what
            missing[task] = what
    return missing


def score_predictions(
    tagger: Tagger, predictions: Predictions, calibrations: Mapping[str, Calibration] | None = None
) -> dict[str, TaskScores]:
    """The scores of each task of which anything can be scored; `calibrations` are added where there are any."""
    scores = {}
    for task, (scheme, _) in tagger.tags.items():
        gold, predicted, words = _known(predictions, task, spans=scheme is not None)
        if not gold:
            continue
        if task in predictions.labelled:
            num_words = sum(map(len, words))
            result = score_labels([tags[0] for tags in gold], [next(iter(tags), None) for tags in predicted], num_words)
            scores[task] = replace(result, num_unscored=len(predictions.words) - result.num_sentences or None)
            continue
        num_all = sum(map(len, predictions.words))
        result = score_spans(gold, predicted) if scheme else score_tags(gold, predicted, words, tagger.known_words)
        measured = (calibrations or {}).get(task)
        scores[task] = replace(result, num_unscored=num_all - result.num_words or None, calibration=measured)
    return scores


def quick_scores(tagger: Tagger, predictions: Predictions) -> dict[str, float]:
    """The figure that decides for each task: what `score_predictions` calls score, without the rest.

    A task of which no tag is known has none.
    """
    scores = {}
    for task, (scheme, _) in tagger.tags.items():
        gold, predicted, _ = _known(predictions, task, spans=scheme is not None)
        if gold and task in predictions.labelled:
            scores[task] = sum(list(left) == list(other) for left, other in zip(gold, predicted, strict=True)) / len(gold)
        elif gold:
            scores[task] = (span_f1 if scheme else tag_accuracy)(gold, predicted)
    return scores


def _known(predictions: Predictions, task: str, *, spans: bool) -> tuple[list[Tags], list[Tags], list[Tags]]:
    """Gold, predicted and words of what can be scored: tags and labels that are known, and spans of sentences known as a whole."""
    golds: list[Tags] = []
    predicteds: list[Tags] = []
    words: list[Tags] = []
    for gold, predicted, tokens in zip(predictions.gold[task], predictions.predicted[task], predictions.words, strict=True):
        known = [tag for tag in gold if tag is not None]
        if len(known) < len(gold):
            if spans or not known:
                continue
            places = [index for index, tag in enumerate(gold) if tag is not None]
            predicted, tokens = [predicted[index] for index in places], [tokens[index] for index in places]
        golds.append(known)
        predicteds.append(predicted)
        words.append(tokens)
    return golds, predicteds, words


def _in_iob2(tags: Sequence[str | None], inside: TagScheme) -> Sequence[str | None]:
    known = [tag for tag in tags if tag is not None]
    if len(known) < len(tags):
        return [None if tag is None else rewritten(tag, inside, IOB2) for tag in tags]
    return IOB2.write(inside.spans(known), len(known))
