"""`tagger` itself: the only file here that knows its inside."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.contestant import Data, MissingError, Split, Stopwatch, Tagged, Words
from tagger.build_corpus import build_corpus
from tagger.errors import TaggerError
from tagger.evaluation.judged import judge
from tagger.evaluation.predictions import SPANS, Predictions
from tagger.evaluation.scores import deciding_score
from tagger.recipe_file import load_recipe
from tagger.text.schemes import IOB2, IOBES

if TYPE_CHECKING:
    from tagger.recipe import Recipe
    from tagger.training.loop import Step

RECIPE, TASK = str(Path(__file__).with_name("bilstm_crf.yaml")), "ner"
COMMAND = (sys.executable, "-c", "from tagger.cli.main import cli; cli()")
ENGINES: dict[str, dict[str, str]] = {
    "tagger": {},
    "tagger bf16": {"dtype": "bf16"},
    "tagger onnx": {"engine": "onnx"},
    "tagger onnx int8": {"engine": "onnx"},
}
"""What `Tagger.load` is given for each."""
EXPORTS = {"tagger onnx": (), "tagger onnx int8": ("--int8",)}
"""The engines that run an exported folder, and what `tagger export` is given for it."""


class OurTagger:
    """The recipe in training, and a trained model in use on one of the engines."""

    def __init__(self, data: Data, engine: str, threads: int) -> None:
        self._data = data
        self._steps: dict[int, Iterator[Step]] = {}
        self._tagger = _load(data, engine, threads)

    def ready(self, batch_words: int, num_words: int) -> None:
        """Opens the run at its first use."""
        if batch_words not in self._steps:
            self._steps[batch_words] = _steps(self._data, batch_words)

    def train(self, batch_words: int, num_words: int) -> int:
        """The next steps of the run: batching, loss, backward, clipping, optimizer, average of the weights."""
        words = 0
        while words < num_words:
            words += next(self._steps[batch_words]).words
        return words

    def tag(self, sentences: Sequence[Words]) -> Tagged:
        """One sentence by `tag`, several by `tag_all`."""
        watch = Stopwatch()
        if len(sentences) == 1:
            found = [self._tagger.tag(sentences[0], probabilities=False)]
        else:
            found = list(self._tagger.tag_all(sentences, probabilities=False))
        tags = [list(sentence.tags[TASK]) for sentence in found]
        return Tagged(watch.read(), tags)


def _load(data: Data, engine: str, threads: int) -> Any:
    from tagger import Tagger

    if engine in EXPORTS and engine not in data.exports:
        raise MissingError("tagger export made no folder")
    settings: dict[str, Any] = ENGINES[engine] | {"threads": threads}
    try:
        return Tagger.load(data.exports.get(engine, data.model), **settings)
    except TaggerError as error:
        raise MissingError(str(error).splitlines()[0]) from error


def recipe_of(corpus: str, vectors: str, batch_words: int | None = None) -> "Recipe":
    """The recipe that is measured."""
    overrides = [] if batch_words is None else [f"training.batch_words={batch_words}"]
    return load_recipe(RECIPE, overrides=overrides, corpus=corpus, vectors=vectors)


def read_splits(recipe: "Recipe") -> dict[str, Split]:
    """The corpus as plain lists."""
    corpus = build_corpus(recipe)
    names = corpus.tag_names(TASK)
    splits = {}
    for name, dataset in corpus.splits.items():
        iob2 = [[names[index] for index in ids] for ids in dataset[TASK]]
        iobes = [IOBES.write(IOB2.spans(tags), len(tags)) for tags in iob2]
        splits[name] = Split([list(words) for words in dataset["tokens"]], iob2, iobes)
    return splits


def f1(split: Split, tags: list[list[str]]) -> float:
    """The strict F1 of spans."""
    judged = judge(Predictions(split.words, {TASK: split.iob2}, {TASK: tags}, schemes={TASK: SPANS}), TASK)
    assert judged is not None
    return 100 * deciding_score(judged)


def _steps(data: Data, batch_words: int) -> "Iterator[Step]":
    from tagger.tagger import Tagger
    from tagger.training.checkpoint import TrainingState
    from tagger.training.loop import Learner

    recipe = recipe_of(data.corpus, data.vectors, batch_words)
    corpus = build_corpus(recipe)
    tagger = Tagger.from_recipe(recipe, corpus)
    return Learner(tagger, tagger.recipe).steps(tagger.encode(corpus, "train"), TrainingState(corpus.fingerprint))


def training_lengths(data: Data, batch_words: int) -> Iterator[list[int]]:
    """The lengths of the sentences of each training batch, in the order of training."""
    import numpy as np

    from tagger.features.sampler import shuffled_batches

    lengths = np.array([len(words) for words in data.splits["train"].words], np.int64)
    settings = recipe_of(data.corpus, data.vectors, batch_words).training
    for epoch in range(settings.epochs):
        for rows in shuffled_batches(lengths, batch_words, seed=settings.seed, epoch=epoch):
            yield lengths[rows].tolist()


def tag_arguments(model: str, engine: str, *more: str) -> list[str]:
    """What the command line is given to tag on an engine."""
    return ["tag", model, *more, *(f"--{name}={value}" for name, value in ENGINES[engine].items())]
