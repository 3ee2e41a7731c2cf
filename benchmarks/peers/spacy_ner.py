"""spaCy's small NER, that of its `sm` pipelines: hashed embeddings, four convolutions of width 96, transitions; from blank."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import spacy
from spacy.tokens import Doc
from spacy.training import Example
from thinc.api import NumpyOps

from benchmarks.contestant import Data, Stopwatch, Tagged, Words, training_rows


class SpacyNer:
    """Trains with batches of 32 sentences, tags by `pipe` with its default of 1,000."""

    def __init__(self, data: Data, *, numpy_products: bool) -> None:
        if numpy_products:
            # Its own library `blis` has no kernels for some processors, and then takes slow general ones.
            NumpyOps.gemm = _gemm
        spacy.util.fix_random_seed(1)
        self._split = data.splits["train"]
        self._pipeline = spacy.blank("en")
        self._pipeline.add_pipe("ner")
        self._optimizer = self._pipeline.initialize(lambda: [self._example(row) for row in range(500)])
        self._batches: Iterator[list[Example]] | None = None

    def _example(self, row: int) -> Example:
        words, tags = self._split.words[row], self._split.iob2[row]
        return Example(Doc(self._pipeline.vocab, words), Doc(self._pipeline.vocab, words, ents=tags))

    def ready(self, batch_words: int, num_words: int) -> None:
        """Makes the sentences at the first use."""
        if self._batches is None:
            made: dict[int, Example] = {}
            rows = training_rows(self._split, num_words)
            self._batches = (
                [made[row] if row in made else made.setdefault(row, self._example(row)) for row in part] for part in rows
            )

    def train(self, batch_words: int, num_words: int) -> int:
        """Steps of its optimizer (Adam), with its default dropout."""
        assert self._batches is not None
        words = 0
        while words < num_words:
            batch = next(self._batches)
            self._pipeline.update(batch, sgd=self._optimizer, drop=0.1)
            words += sum(len(example.reference) for example in batch)
        return words

    def tag(self, sentences: Sequence[Words]) -> Tagged:
        """`pipe`, or the pipeline itself for one sentence."""
        watch = Stopwatch()
        docs = (Doc(self._pipeline.vocab, list(words)) for words in sentences)
        found = [self._pipeline(next(docs))] if len(sentences) == 1 else self._pipeline.pipe(docs, batch_size=1_000)
        tags = [[f"{token.ent_iob_}-{token.ent_type_}" if token.ent_type else "O" for token in doc] for doc in found]
        return Tagged(watch.read(), tags)


def _gemm(self: Any, x: Any, y: Any, out: Any = None, trans1: bool = False, trans2: bool = False) -> Any:
    return np.matmul(x.T if trans1 else x, y.T if trans2 else y, out=out)
