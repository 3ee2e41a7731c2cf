"""A tagger on a split: predictions and scores."""

from datasets import Dataset

from tagger.evaluation.report import Predictions
from tagger.evaluation.scores import TaskScores, score_spans, score_tags, span_f1, tag_accuracy
from tagger.features.encode import encode_dataset
from tagger.tagger import Tagger


def predict_split(tagger: Tagger, dataset: Dataset) -> Predictions:
    """Gold and predicted tags of every sentence of a split, spans in IOB2."""
    found = tagger.predict(encode_dataset(dataset, tagger.featurizers, {}))
    gold = {}
    for task in tagger.tags:
        names = dataset.features[task].feature.names
        gold[task] = [[names[index] for index in ids] for ids in dataset[task]]
    predicted = {task: [prediction.tags for prediction in predictions] for task, predictions in found.items()}
    return Predictions(list(dataset["tokens"]), gold, predicted)


def score_predictions(tagger: Tagger, predictions: Predictions) -> dict[str, TaskScores]:
    """The scores of each task."""
    scores = {}
    for task, (scheme, _) in tagger.tags.items():
        gold, predicted = predictions.gold[task], predictions.predicted[task]
        if scheme is None:
            scores[task] = score_tags(gold, predicted, predictions.words, tagger.known_words)
        else:
            scores[task] = score_spans(gold, predicted)
    return scores


def quick_scores(tagger: Tagger, predictions: Predictions) -> dict[str, float]:
    """The figure that decides for each task: what `score_predictions` calls score, without the rest."""
    return {
        task: (span_f1 if scheme else tag_accuracy)(predictions.gold[task], predictions.predicted[task])
        for task, (scheme, _) in tagger.tags.items()
    }
