"""Sentences as ids -> emissions, by an engine -> tags, labels and probabilities."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tagger.decoding.answers import Prediction, TagTable
from tagger.decoding.labels import label_predictions
from tagger.decoding.search import Found, Wanted, joined
from tagger.engines import Engine, PlainBatch
from tagger.engines.word_cache import WordCache
from tagger.features.contexts import context_sources
from tagger.features.featurizers import AnyFeaturizer
from tagger.features.sampler import batches_by_length
from tagger.features.sentences import EncodedSentences

if TYPE_CHECKING:
    from rich.console import Console

    from tagger.engines.context_cache import ContextCache


class EmissionsOfRows(NamedTuple):
    """The emissions of a batch.

    Attributes:
        rows: Which of the sentences it holds.
        mask: True for real words.
        emissions: For each task.
    """

    rows: NDArray[np.int64]
    mask: NDArray[np.bool_]
    emissions: Mapping[str, NDArray[np.floating]]


class Predictor:
    """Predicts what encoded sentences hold, batch by batch.

    Args:
        engine: Ids -> emissions.
        featurizers: Words -> ids, by the name of the embedding that reads them.
        tables: For each task of tags these, as decoding knows them.
        labels: For each task of sentences' labels these, in the order of their ids.
        kept: The embeddings that are frozen transformers, and whose vectors may be kept on the disk.
    """

    def __init__(
        self,
        engine: Engine,
        featurizers: Mapping[str, AnyFeaturizer],
        tables: Mapping[str, TagTable],
        labels: Mapping[str, Sequence[str]],
        kept: Collection[str],
    ) -> None:
        self.engine = engine
        self.featurizers = featurizers
        self.tables = tables
        self.labels = labels
        self.kept = kept
        self._contexts: ContextCache | None = None

    def word_cache(self) -> WordCache:
        """A new one, of what the engine gives single words."""
        return WordCache(self.engine, self.featurizers)

    def keep_contexts(self) -> None:
        """From now on, what frozen transformers give the words of sentences is kept on the disk, and found there again.

        Training and scoring read the same splits many times; a stream of texts is better read without it.
        """
        if self.kept:
            from tagger.engines.context_cache import context_cache

            self._contexts = context_cache(self.engine, {name: self.featurizers[name] for name in self.kept})

    def with_contexts(self, encoded: EncodedSentences, console: "Console | None" = None) -> EncodedSentences:
        """The sentences with what embeddings of whole sentences read of them.

        Args:
            encoded: The sentences.
            console: Where progress is shown, if it is to be kept and is not yet; nowhere if None.

        Raises:
            ModelError: It is to be kept on the disk, and can't be written.
        """
        sentences = (encoded.types, encoded.words, encoded.offsets)
        if sources := context_sources(self.featurizers, *sentences, besides=encoded.contexts):
            encoded = replace(encoded, contexts={**encoded.contexts, **sources})
        return encoded if self._contexts is None else self._contexts.kept(encoded, console)

    def predict(
        self, encoded: EncodedSentences, wanted: Wanted, temperatures: Mapping[str, float], cache: WordCache | None = None
    ) -> dict[str, list[Prediction]]:
        """For each task the prediction of each sentence, in their order.

        Args:
            encoded: The sentences.
            wanted: What beside the best tags.
            temperatures: For each task what its scores are divided by before they become probabilities.
            cache: Of words' vectors; one of its own if None.
        """
        lengths, chains = encoded.lengths, self.engine.chains
        parts: dict[str, list[Found]] = {task: [] for task in self.tables}
        scored = {task: [np.zeros((0, len(names)), dtype=np.float32)] for task, names in self.labels.items()}
        taken = [np.flatnonzero(lengths == 0)]
        for rows, mask, emissions in self.emissions(encoded, cache):
            taken.append(rows)
            for task, table in self.tables.items():
                parts[task].append(table.best(chains[task], emissions[task], mask, wanted, temperature=temperatures[task]))
            for task, several in scored.items():
                several.append(emissions[task])
        order = np.concatenate(taken).astype(np.int64)
        offsets = np.concatenate(([0], np.cumsum(lengths[order])))
        found: dict[str, list[Prediction]] = {}
        for task, table in self.tables.items():
            answers = table.predictions(joined(parts[task], wanted), offsets, wanted)
            # Back into the order in which the sentences came.
            found[task] = [answers[index] for index in np.argsort(order, kind="stable").tolist()]
        for task, several in scored.items():
            found[task] = label_predictions(
                self.labels[task],
                np.concatenate(several),
                order,
                probabilities=wanted.probabilities,
                temperature=temperatures[task],
            )
        return found

    def emissions(self, encoded: EncodedSentences, cache: WordCache | None = None, *, step: int = 1) -> Iterator[EmissionsOfRows]:
        """The emissions of sentences, batch by batch; those without words are in none.

        Args:
            encoded: The sentences.
            cache: Of words' vectors; one of its own if None.
            step: Every how manyth sentence has emissions; the others are still what is round it.
        """
        cache = cache or self.word_cache()
        encoded = self.with_contexts(encoded)
        lengths = encoded.lengths
        batches = [rows * step for rows in batches_by_length(lengths[::step], self.engine.batch_words)]
        masks = []

        def plain() -> Iterator[PlainBatch]:
            for rows in batches:
                places, mask = encoded.places(rows)
                positions = np.zeros(mask.shape, dtype=np.int64)
                positions[mask] = encoded.words[places]
                masks.append(mask)
                yield PlainBatch(positions, lengths[rows], encoded.contexts_of(places, lengths[rows]))

        if batches:
            found = self.engine.emissions(cache.vectors(encoded.types, encoded.columns), plain())
            for rows, emissions in zip(batches, found, strict=True):
                yield EmissionsOfRows(rows, masks.pop(), emissions)
