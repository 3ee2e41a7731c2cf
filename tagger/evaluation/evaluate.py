"""A tagger on a split: predictions and scores."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tagger.corpora.corpus import Corpus
from tagger.decoding.answers import Prediction
from tagger.evaluation.judged import judge
from tagger.evaluation.predictions import SPANS, Certainty, Predictions
from tagger.evaluation.scores import deciding_score
from tagger.features.contexts import Stretch
from tagger.features.document_context import DocumentContextFeaturizer
from tagger.features.encode import encode_dataset
from tagger.features.given import refuse_strange
from tagger.features.sentences import EncodedSentences
from tagger.processes import ALONE, Processes
from tagger.tagger import Tagger
from tagger.text.partial import UNKNOWN, rewritten
from tagger.text.schemes import IOB2, TagScheme

if TYPE_CHECKING:
    from rich.console import Console


def predict_split(
    tagger: Tagger, corpus: Corpus, split: str, processes: Processes = ALONE, *, certain: bool = False
) -> Predictions:
    """Gold and predicted tags of every sentence of a split, spans in IOB2; None where a gold tag is not known.

    Of a task with one label for a sentence that is the only one of its tags.

    Args:
        tagger: What predicts.
        corpus: What it predicts the tags of.
        split: Which part of it.
        processes: Who shares the work: each predicts a stretch of the sentences, and all get all predictions.
        certain: Whether to tell how sure the tagger is, too.

    Raises:
        CorpusError: The split has nothing in a column that the tagger reads beside the words.
    """
    check_columns(tagger, corpus, split)
    options = {"probabilities": True} if certain else {}
    found = tagger.predict(share_of_split(tagger, corpus, split, processes), **options)
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
    schemes = {task: SPANS for task, (scheme, _) in tagger.tags.items() if scheme is not None}
    sure = _certainty(found, processes) if certain else {}
    return Predictions(list(corpus[split]["tokens"]), gold, predicted, labelled, schemes, sure)


def _certainty(found: Mapping[str, Sequence[Prediction]], processes: Processes) -> dict[str, Certainty]:
    """How sure the tagger is, as all processes together have it."""
    rows = {
        task: [(one.tag_probabilities or (), one.span_probabilities or (), one.probability) for one in predictions]
        for task, predictions in found.items()
    }
    shares = processes.gather(rows)
    certain = {}
    for task in rows:
        tags, spans, sentences = zip(*(row for share in shares for row in share[task]), strict=True)
        certain[task] = Certainty(tags, spans, () if None in sentences else sentences)
    return certain


def check_columns(tagger: Tagger, corpus: Corpus, split: str) -> None:
    """Refuses a split which the tagger could not be scored on.

    Raises:
        CorpusError: The split has nothing in a column that the tagger reads beside the words.
    """
    refuse_strange({column: corpus.tag_counts(column, split) for column in tagger.columns_read}, tagger.featurizers, split)


def share_of_split(tagger: Tagger, corpus: Corpus, split: str, processes: Processes = ALONE) -> EncodedSentences:
    """The stretch of a split's sentences that this process predicts, without gold tags and features."""
    dataset = corpus[split]
    if processes.count == 1:
        return encode_dataset(dataset, {}, {}, {}, tagger.columns_read)
    first, last = (len(dataset) * number // processes.count for number in (processes.rank, processes.rank + 1))
    share = encode_dataset(dataset.select(range(first, last)), {}, {}, {}, tagger.columns_read)
    documents = {name: part for name, part in tagger.featurizers.items() if isinstance(part, DocumentContextFeaturizer)}
    if not documents:
        return share
    # What is near does not end where another process goes on.
    whole = encode_dataset(dataset, {}, {}, {}, tagger.columns_read)
    sentences, start = (whole.types, whole.words, whole.offsets), int(whole.offsets[first])
    contexts = {name: Stretch(part.contexts(*sentences, tagger.featurizers), start) for name, part in documents.items()}
    return replace(share, contexts=contexts)


def read_once(tagger: Tagger, corpus: Corpus, splits: Iterable[str], console: "Console", processes: Processes = ALONE) -> None:
    """Lets frozen transformers read what is to be predicted, before there is another display; it is then found on the disk.

    Raises:
        ModelError: It can't be kept there.
    """
    if tagger.recipe.kept_transformers:
        tagger.predictor.keep_contexts()
        for split in splits:
            tagger.predictor.with_contexts(share_of_split(tagger, corpus, split, processes), console)


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


def quick_scores(predictions: Predictions) -> dict[str, float]:
    """The figure that decides for each task, as the report has it, without the rest; a task of which nothing is known has none."""
    judged = ((task, judge(predictions, task)) for task in predictions.gold)
    return {task: deciding_score(one) for task, one in judged if one is not None}


def _in_iob2(tags: Sequence[str | None], inside: TagScheme) -> Sequence[str | None]:
    known = [tag for tag in tags if tag is not None]
    if len(known) < len(tags):
        return [None if tag is None else rewritten(tag, inside, IOB2) for tag in tags]
    return IOB2.write(inside.spans(known), len(known))
