"""The tagger: featurizers and a model in use; what is saved, loaded and used."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagger.corpora.source import no_cycles
from tagger.decoding.answers import Prediction, TagTable
from tagger.decoding.search import Wanted
from tagger.decoding.sentences import with_answers
from tagger.engines import Engine
from tagger.engines.opening import EngineName, Precision
from tagger.engines.word_cache import WordCache
from tagger.errors import TaggerError
from tagger.features.featurizers import AnyFeaturizer, columns_read
from tagger.features.given import columns_given, refuse_without_columns
from tagger.features.sentences import EncodedSentences, encode_sentences
from tagger.model_folder import ModelParts, read_model, write_model
from tagger.predictor import Predictor
from tagger.recipe import Recipe
from tagger.text.schemes import TagScheme
from tagger.text.sentence import Sentence, Token, sentence_of_words
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
        featurizers: Words -> ids, by the name of the embedding that reads them.
        engine: Ids -> emissions.
        tokenizer: Raw text -> words.
        known_words: The words of the training set.
        facts: What else is known of it: scores, versions, the fingerprint of its training data, that of its vectors and
            transformers, `temperatures`.
        tables: For each task of tags these, as decoding knows them.
        labels: For each task of sentences' labels these, in the order of their ids.
        columns_read: The columns that it reads beside the words: whatever it tags must have them.
        predictor: Sentences as ids -> predictions, by the engine.
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
        self.labels = {task: names for task, (_, names) in self.tags.items() if task in recipe.sentence_tasks}
        self.tables = {task: TagTable(names, scheme) for task, (scheme, names) in self.tags.items() if task not in self.labels}
        self.columns_read = columns_read(self.featurizers)
        self.predictor = Predictor(engine, self.featurizers, self.tables, self.labels, recipe.kept_transformers)
        self._cache = self.predictor.word_cache()

    @classmethod
    def from_recipe(cls, recipe: Recipe, corpus: "Corpus") -> "Tagger":
        """An untrained tagger for the recipe's tasks on this corpus; weights are drawn from the recipe's seed.

        Raises:
            CorpusError: The vectors file can't be read, or train holds no label of a task.
        """
        from tagger.build import class_weights, new_model, pretrained_digest, task_tags
        from tagger.build_featurizers import build_featurizers, word_counts
        from tagger.engines.torch_engine import TorchEngine

        tags = task_tags(recipe, corpus)
        recipe, featurizers, vectors = build_featurizers(recipe, corpus)
        model = new_model(recipe, featurizers, tags, vectors, class_weights(recipe, corpus, tags))
        facts = {"corpus": corpus.fingerprint, "pretrained": pretrained_digest(model, vectors)}
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
            name: A run folder, a model folder, what `tagger export` wrote, or the id of a model on the Hugging Face Hub. The folder
                of several seeds stands for the seed with the best dev score; `recipe.training.seed` tells which.
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

    def tag(self, text: Text, *, probabilities: bool = True, n_best: int = 1) -> Sentence:
        """Tags one sentence: raw text, which is split into words, or a sequence of words.

        Args:
            text: The sentence. A model that reads columns beside the words needs a `Sentence` with them among its `tags`.
            probabilities: Whether to work out the probability of each tag, of each span and of the sequence.
            n_best: How many of the most probable tag sequences to give as `alternatives`; 1 for none beside the best. (The best is
                then searched for in float64: of two that float32 can't tell apart it may be the other.)

        Raises:
            TaggerError: `n_best` is less than 1, or a column is missing that the model reads.
        """
        return self._tag_window([self._sentence(text)], self._cache, _wanted(probabilities, n_best))[0]

    def tag_all(self, texts: Iterable[Text], *, probabilities: bool = True, n_best: int = 1) -> Iterator[Sentence]:
        """Tags a stream of sentences: lazily, in order, in constant memory. The options are those of `tag`.

        A model with an embedding of the kind `document_context` reads them as one text, in windows of some 20,000 words.

        As many sentences come out as go in, with one tag for each token, whatever their length.

        Raises:
            TaggerError: `n_best` is less than 1, or a column is missing that the model reads.
        """
        wanted = _wanted(probabilities, n_best)
        # With a cache of its own: what comes out depends, to the last bit, on this stream alone.
        cache = self.predictor.word_cache()
        window: list[Sentence] = []
        num_words = 0
        for text in texts:
            window.append(self._sentence(text))
            num_words += len(window[-1].tokens) + 1
            if num_words >= _WINDOW_WORDS:
                yield from self._tag_window(window, cache, wanted)
                window, num_words = [], 0
        yield from self._tag_window(window, cache, wanted)

    def tag_document(self, text: str, *, probabilities: bool = True, n_best: int = 1) -> list[Sentence]:
        """Splits a text into sentences by rules and tags each. The options are those of `tag`.

        Each sentence's `text` is the whole text, so that every offset counts in what was given; its tokens are its own.

        Raises:
            TaggerError: The model reads columns beside the words, which raw text does not have.
        """
        if self.columns_read:
            refuse_without_columns("raw text has none", self.columns_read)
        sentences = []
        for start, end in split_sentences(text):
            tokens = self.tokenizer.sentence(text[start:end]).tokens
            shifted = (Token(token.text, token.start_char + start, token.end_char + start) for token in tokens)
            sentences.append(Sentence(text, tuple(shifted)))
        return list(self.tag_all(sentences, probabilities=probabilities, n_best=n_best))

    def _sentence(self, text: Text) -> Sentence:
        if isinstance(text, Sentence):
            return text
        if self.columns_read:
            refuse_without_columns("raw text has none" if isinstance(text, str) else "words alone have none", self.columns_read)
        return self.tokenizer.sentence(text) if isinstance(text, str) else sentence_of_words(text)

    def _tag_window(self, window: Sequence[Sentence], cache: WordCache, wanted: Wanted) -> list[Sentence]:
        with no_cycles():
            columns = columns_given(window, self.columns_read)
            encoded = encode_sentences((sentence.words for sentence in window), columns)
            found = self.predictor.predict(encoded, wanted, self.temperatures, cache)
            return [
                with_answers(sentence, dict(zip(found, results, strict=True)), self.labels)
                for sentence, *results in zip(window, *found.values(), strict=True)
            ]

    def encode(self, corpus: "Corpus", split: str) -> EncodedSentences:
        """A split as ids, with its gold tags."""
        from tagger.features.encode import encode_dataset

        return encode_dataset(corpus[split], self.featurizers, self.tags, corpus.schemes, self.columns_read)

    @property
    def temperatures(self) -> dict[str, float]:
        """For each task what its scores are divided by before they become probabilities; see `evaluation.calibration`."""
        fitted = self.facts.get("temperatures", {})
        return {task: float(fitted.get(task, 1.0)) for task in self.tags}

    def predict(self, encoded: EncodedSentences, *, probabilities: bool = False, n_best: int = 1) -> dict[str, list[Prediction]]:
        """For each task the prediction of each sentence, in their order."""
        return self.predictor.predict(encoded, _wanted(probabilities, n_best), self.temperatures)


def _wanted(probabilities: bool, n_best: int) -> Wanted:
    if n_best < 1:
        raise TaggerError(f"there is no best of {n_best}", where="n_best", fix="Give 1 or more.")
    return Wanted(probabilities, n_best)
