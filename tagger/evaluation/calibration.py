"""Whether probabilities are true: the temperature that makes them so, and by how much they are wrong."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tagger.corpora.corpus import Corpus
from tagger.decoding.answers import TagTable
from tagger.decoding.chain import ChainScores
from tagger.decoding.labels import label_shares
from tagger.decoding.search import Found, Wanted
from tagger.decoding.temperature import GoldBatch, fit_temperature
from tagger.evaluation.measures import Calibration
from tagger.evaluation.truth import expected_calibration_error
from tagger.features.encode import encode_dataset
from tagger.features.sentences import IGNORED, EncodedSentences
from tagger.tagger import Tagger
from tagger.text.partial import UNKNOWN
from tagger.text.schemes import OUTSIDE

if TYPE_CHECKING:
    from datasets import Dataset

# One number needs no more, and its emissions are held in memory.
_MOST_WORDS = 100_000
_SHARES = Wanted(probabilities=True)


def fit_temperatures(tagger: Tagger, corpus: Corpus, split: str) -> dict[str, float]:
    """For each task the temperature that fits a split, which should not be that of training.

    Of a large split, evenly spaced sentences are taken, each read with what is round it. Those with a tag or label that the
    model does not have, or of which nothing is known, teach nothing.
    """
    dataset = corpus[split]
    step = max(1, -(-sum(map(len, dataset["tokens"])) // _MOST_WORDS))
    encoded = _encoded(tagger, corpus, dataset)
    chains = {**tagger.engine.chains, **{task: _free(len(names)) for task, names in tagger.labels.items()}}
    batches: dict[str, list[GoldBatch]] = {task: [] for task in tagger.tags}
    for rows, mask, emissions in tagger.predictor.emissions(encoded, step=step):
        places, _ = encoded.places(rows)
        for task, table in tagger.tables.items():
            names = table.names
            gold = np.zeros(mask.shape, dtype=np.int64)
            gold[mask] = encoded.gold[task][places]
            usable = ~(gold == IGNORED).any(1) & ((gold != len(names)) & mask).any(1)
            if not usable.any():
                continue
            allowed = gold[usable]
            if task in encoded.choices:
                allowed = np.concatenate((np.eye(len(names), dtype=bool), encoded.choices[task]))[allowed]
            batches[task].append(GoldBatch(chains[task].counted(emissions[task])[usable], mask[usable], allowed))
        for task in tagger.labels:
            # A label is a sequence of one.
            gold = encoded.labels[task][rows, None]
            usable = gold[:, 0] != IGNORED
            if usable.any():
                batches[task].append(GoldBatch(emissions[task][usable, None], np.ones_like(gold[usable], dtype=bool), gold[usable]))
    return {task: round(fit_temperature(chains[task], found), 4) for task, found in batches.items()}


def _free(num: int) -> ChainScores:
    """Every sequence is legal and none is preferred."""
    return ChainScores(np.zeros((num, num)), np.zeros(num), np.zeros(num), normalised=False)


def _encoded(tagger: Tagger, corpus: Corpus, dataset: "Dataset") -> EncodedSentences:
    return encode_dataset(dataset, {}, tagger.tags, corpus.schemes, tagger.columns_read)


def calibration(tagger: Tagger, corpus: Corpus, split: str) -> dict[str, Calibration]:
    """For each task of which some tag or label is known, how far the tagger's probabilities are from the truth on a split.

    As with scores, in a task that finds spans those sentences count of which all tags are known.
    """
    encoded = _encoded(tagger, corpus, corpus[split])
    chains, temperatures = tagger.engine.chains, tagger.temperatures
    judged: dict[str, dict[float, list[_Judged]]] = {
        task: {value: [] for value in dict.fromkeys((temperature, 1.0))} for task, temperature in temperatures.items()
    }
    known = {task: np.asarray(corpus[split][task]) != UNKNOWN for task in tagger.labels}
    for rows, mask, emissions in tagger.predictor.emissions(encoded):
        places, _ = encoded.places(rows)
        offsets = np.concatenate(([0], np.cumsum(mask.sum(1))))
        for task in tagger.labels:
            for temperature, found in judged[task].items():
                found.append(
                    _judge_labels(label_shares(emissions[task], temperature), encoded.labels[task][rows], known[task][rows])
                )
        for task, table in tagger.tables.items():
            gold = encoded.gold[task][places]
            for temperature, found in judged[task].items():
                one = table.best(chains[task], emissions[task], mask, _SHARES, temperature=temperature)
                found.append(_judge(table, one, gold, offsets))
    results = {}
    for task, temperature in temperatures.items():
        errors = {value: _errors(found) for value, found in judged[task].items()}
        tags, spans = errors[temperature]
        if tags is not None:
            before = errors[1.0] if temperature != 1 else (None, None)
            results[task] = Calibration(
                temperature=temperature, tags=tags, spans=spans, tags_before=before[0], spans_before=before[1]
            )
    return results


class _Judged(NamedTuple):
    """Probabilities, and whether what they are of is right: of tags (or labels of sentences), then of spans."""

    tags: NDArray[np.floating]
    right_tags: NDArray[np.bool_]
    spans: NDArray[np.floating]
    right_spans: NDArray[np.bool_]


_NO_SPANS = np.zeros(0), np.zeros(0, dtype=bool)


def _judge_labels(shares: NDArray[np.floating], gold: NDArray[np.int64], known: NDArray[np.bool_]) -> _Judged:
    return _Judged(shares.max(1)[known], (shares.argmax(1) == gold)[known], *_NO_SPANS)


def _judge(table: TagTable, found: Found, gold: NDArray[np.int64], offsets: NDArray[np.int64]) -> _Judged:
    assert found.along is not None
    known = gold < len(table.names)
    same = found.path == gold
    if table.twins is not None:
        same |= table.twins[found.path] == gold
    shares, right = found.along.tag_shares[known], same[known]
    if table.scheme is None:
        return _Judged(shares, right, *_NO_SPANS)
    starts, ends, labels = table.spans(found.path, offsets)
    # What the model has no tag for is, to it, outside of all spans.
    golden = table.spans(np.where(known & (gold != IGNORED), gold, table.names.index(OUTSIDE)), offsets)
    golds = set(zip(golden[0].tolist(), golden[1].tolist(), golden[2], strict=True))
    spans = list(zip(starts.tolist(), ends.tolist(), labels, strict=True))
    right_spans = np.fromiter((span in golds for span in spans), dtype=bool, count=len(spans))
    num_unknown = np.concatenate(([0], np.cumsum(~known)))[offsets]
    counted = (np.diff(num_unknown) == 0)[np.searchsorted(offsets, starts, side="right") - 1]
    return _Judged(shares, right, table.span_shares(found.along, starts, ends)[counted], right_spans[counted])


def _errors(judged: Sequence[_Judged]) -> tuple[float | None, float | None]:
    """The errors of tags and of spans; None where there are none."""
    if not judged:
        return None, None
    tags, right_tags, spans, right_spans = (np.concatenate(parts) for parts in zip(*judged, strict=True))
    return expected_calibration_error(tags, right_tags), expected_calibration_error(spans, right_spans)
