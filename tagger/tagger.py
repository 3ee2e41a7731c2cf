"""The tagger: featurizers and a model in use; what is saved, loaded and used."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tagger.corpora.source import no_cycles
from tagger.decoding.answers import Prediction, TagTable, joined
from tagger.decoding.labels import label_predictions
from tagger.engines import Engine, PlainBatch
from tagger.engines.opening import EngineName, Precision
from tagger.engines.word_cache import WordCache
from tagger.errors import TaggerError
from tagger.features.featurizers import AnyFeaturizer
from tagger.features.sampler import batches_by_length
from tagger.features.sentences import EncodedSentences, encode_sentences
from tagger.model_folder import ModelParts, read_model, write_model
from tagger.recipe import Recipe
from tagger.text.schemes import TagScheme
from tagger.text.sentence import Sentence, Span, Token, sentence_of_words
from tagger.text.sentences import split_sentences
from tagger.text.tokenizer import Tokenizer

if TYPE_CHECKING:
    from tagger.corpora.corpus import Corpus
    from tagger.modules.model import TaggerModel

Text = str | Sequence[str] | Sentence

_WINDOW_WORDS = 20_000


class Tagger:
    """Finds tags, spans and labels in sentences.

    Make one with `load` (from a run folder, a model folder or the Hub) or, untrained, with `from_recipe`.

    Attributes:
        recipe: What it was made by.
        tags: For each task its scheme (None for plain tags) and the model's tags, or its labels of sentences, in the order of
            their ids.
        featurizers: Words -> ids, by the kind of the embedding that reads them.
        engine: Ids -> emissions.
        tokenizer: Raw text -> words.
        known_words: The words of the training set.
        facts: What else is known of it: scores, versions, the fingerprint of its training data.
    """

    def __init__(
        self,
        recipe: Recipe,
        tags: Mapping[str, tuple[TagScheme | None, tuple[str, ...]]],
        featurizers: Mapping[str, AnyFeaturizer],
        engine: Engine,
        tokenizer: Tokenizer,
        known_words: frozenset[str],
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        self.recipe = recipe
        self.tags = dict(tags)
        self.featurizers = dict(featurizers)
        self.engine = engine
        self.tokenizer = tokenizer
        self.known_words = known_words
        self.facts = dict(facts or {})
        self._labels = {task: names for task, (_, names) in self.tags.items() if task in recipe.sentence_tasks}
        self._tables = {task: TagTable(names, scheme) for task, (scheme, names) in self.tags.items() if task not in self._labels}
        self._cache = WordCache(engine, self.featurizers)

    @classmethod
    def from_recipe(cls, recipe: Recipe, corpus: "Corpus") -> "Tagger":
        """An untrained tagger for the recipe's tasks on this corpus; weights are drawn from the recipe's seed.

        Raises:
            CorpusError: The vectors file can't be read, or train holds no label of a task.
        """
        from tagger.build import build_featurizers, class_weights, new_model, task_tags, word_counts
        from tagger.engines.torch_engine import TorchEngine

        tags = task_tags(recipe, corpus)
        recipe, featurizers, vectors = build_featurizers(recipe, corpus)
        model = new_model(recipe, featurizers, tags, vectors, class_weights(recipe, corpus, tags))
        facts = {"corpus": corpus.fingerprint}
        tokenizer, known_words = Tokenizer.named(recipe.tokenizer), frozenset(word_counts(corpus))
        return cls(recipe, tags, featurizers, TorchEngine(model), tokenizer, known_words, facts)

    @classmethod
    def load(
        cls,
        name: str | Path,
        *,
        engine: EngineName | None = None,
        dtype: Precision | None = None,
        device: str = "cpu",
        threads: int | None = None,
    ) -> "Tagger":
        """Opens a trained tagger.

        Args:
            name: A run folder, a model folder, what `tagger export` wrote, or the id of a model on the Hugging Face Hub.
            engine: `torch`, or `onnx` for onnxruntime, which imports no torch where the model was exported; what fits the folder
                and the dtype if None.
            dtype: `float32`; `int8`, which is faster, with slightly other scores (onnxruntime); or `bf16`, where the processor or
                GPU has it. If None, that of the folder: float32 but for what was exported otherwise.
            device: Where it is to run, as torch names it.
            threads: How many threads work on one batch. With torch this holds for the whole process, and None leaves it as it is.

        Raises:
            ModelError: There is no whole model.
            TaggerError: It can't run as it is asked to.
        """
        return cls(*read_model(name, engine=engine, dtype=dtype, device=device, threads=threads))

    def save(self, folder: Path) -> None:
        """Writes the model folder, whole or not at all; an older model there is replaced.

        Raises:
            ModelError: The folder can't be written.
        """
        write_model(folder, self.parts, self.model)

    @property
    def parts(self) -> ModelParts:
        """What it is made of, for whoever writes it."""
        return ModelParts(self.recipe, self.tags, self.featurizers, self.engine, self.tokenizer, self.known_words, self.facts)

    @property
    def model(self) -> "TaggerModel":
        """The model that learns.

        Raises:
            TaggerError: The tagger runs without torch.
        """
        from tagger.engines.torch_engine import TorchEngine

        if not isinstance(self.engine, TorchEngine):
            raise TaggerError("a tagger that runs without torch has no weights to train or to save", fix="Load the model folder.")
        return self.engine.model

    def tag(self, text: Text, *, probabilities: bool = True) -> Sentence:
        """Tags one sentence: raw text, which is split into words, or a sequence of words.

        Args:
            text: The sentence.
            probabilities: Whether to work out the probability of each tag and span.
        """
        return self._tag_window([self._sentence(text)], self._cache, probabilities)[0]

    def tag_all(self, texts: Iterable[Text], *, probabilities: bool = True) -> Iterator[Sentence]:
        """Tags a stream of sentences: lazily, in order, in constant memory.

        As many sentences come out as go in, with one tag for each token, whatever their length.
        """
        # With a cache of its own: what comes out depends, to the last bit, on this stream alone.
        cache = WordCache(self.engine, self.featurizers)
        window: list[Sentence] = []
        num_words = 0
        for text in texts:
            window.append(self._sentence(text))
            num_words += len(window[-1].tokens) + 1
            if num_words >= _WINDOW_WORDS:
                yield from self._tag_window(window, cache, probabilities)
                window, num_words = [], 0
        yield from self._tag_window(window, cache, probabilities)

    def tag_document(self, text: str, *, probabilities: bool = True) -> list[Sentence]:
        """Splits a text into sentences by rules and tags each.

        Each sentence's `text` is the whole text, so that every offset counts in what was given; its tokens are its own.
        """
        sentences = []
        for start, end in split_sentences(text):
            tokens = self.tokenizer.sentence(text[start:end]).tokens
            shifted = (Token(token.text, token.start_char + start, token.end_char + start) for token in tokens)
            sentences.append(Sentence(text, tuple(shifted)))
        return list(self.tag_all(sentences, probabilities=probabilities))

    def _sentence(self, text: Text) -> Sentence:
        if isinstance(text, str):
            return self.tokenizer.sentence(text)
        return text if isinstance(text, Sentence) else sentence_of_words(text)

    def _tag_window(self, window: Sequence[Sentence], cache: WordCache, probabilities: bool) -> list[Sentence]:
        with no_cycles():
            found = self._predict(encode_sentences(sentence.words for sentence in window), cache, probabilities)
            return [
                _with_answers(sentence, dict(zip(found, results, strict=True)), self._labels)
                for sentence, *results in zip(window, *found.values(), strict=True)
            ]

    def encode(self, corpus: "Corpus", split: str) -> EncodedSentences:
        """A split as ids, with its gold tags."""
        from tagger.features.encode import encode_dataset

        return encode_dataset(corpus[split], self.featurizers, self.tags, corpus.schemes)

    def predict(self, encoded: EncodedSentences, *, probabilities: bool = False) -> dict[str, list[Prediction]]:
        """For each task the prediction of each sentence, in their order."""
        return self._predict(encoded, WordCache(self.engine, self.featurizers), probabilities)

    def _predict(self, encoded: EncodedSentences, cache: WordCache, probabilities: bool) -> dict[str, list[Prediction]]:
        lengths, chains = encoded.lengths, self.engine.chains
        batches = batches_by_length(lengths, self.engine.batch_words)
        paths: dict[str, list[Any]] = {task: [] for task in self._tables}
        scored = {task: [np.zeros((0, len(names)), dtype=np.float32)] for task, names in self._labels.items()}
        masks = []

        def plain() -> Iterator[PlainBatch]:
            for rows in batches:
                places, mask = encoded.places(rows)
                positions = np.zeros(mask.shape, dtype=np.int64)
                positions[mask] = encoded.words[places]
                masks.append(mask)
                yield positions, lengths[rows]

        if batches:
            for emissions in self.engine.emissions(cache.vectors(encoded.types), plain()):
                mask = masks.pop()
                for task, table in self._tables.items():
                    paths[task].append(table.best(chains[task], emissions[task], mask, probabilities=probabilities))
                for task, parts in scored.items():
                    parts.append(emissions[task])
        order = np.concatenate([np.flatnonzero(lengths == 0), *batches]).astype(np.int64)
        offsets = np.concatenate(([0], np.cumsum(lengths[order])))
        found: dict[str, list[Prediction]] = {}
        for task, table in self._tables.items():
            path = np.concatenate([np.zeros(0, dtype=np.int64), *(ids for ids, _ in paths[task])])
            along = joined([part for _, part in paths[task]]) if probabilities else None
            answers = table.predictions(path, offsets, along)
            # Back into the order in which the sentences came.
            found[task] = [answers[index] for index in np.argsort(order, kind="stable").tolist()]
        for task, parts in scored.items():
            found[task] = label_predictions(self._labels[task], np.concatenate(parts), order, probabilities=probabilities)
        return found


def _with_answers(sentence: Sentence, results: Mapping[str, Prediction], labelled: Collection[str]) -> Sentence:
    whole = {task: results[task] for task in labelled}
    results = {task: result for task, result in results.items() if task not in whole}
    spans = [span for task, result in results.items() if result.spans for span in _spans(sentence, task, result)]
    shares = {task: result.tag_probabilities for task, result in results.items() if result.tag_probabilities is not None}
    tags = {task: result.tags for task, result in results.items()}
    if not whole:
        return Sentence(sentence.text, sentence.tokens, tags, tuple(spans), shares)
    labels = {task: result.tags[0] if result.tags else None for task, result in whole.items()}
    certain = {task: share for task, result in whole.items() for share in result.tag_probabilities or ()}
    return Sentence(sentence.text, sentence.tokens, tags, tuple(spans), shares, labels, certain)


def _spans(sentence: Sentence, task: str, result: Prediction) -> Iterator[Span]:
    shares = result.span_probabilities or [None] * len(result.spans)
    for (start, end, label), probability in zip(result.spans, shares, strict=True):
        yield sentence.span(start, end, label, task=task, probability=probability)
