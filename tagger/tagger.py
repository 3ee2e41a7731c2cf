"""The tagger: featurizers and model together; what is saved, loaded and used."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from tagger.build import AnyFeaturizer, build_featurizers, build_model, task_tags, word_counts
from tagger.corpora.corpus import Corpus
from tagger.errors import TaggerError
from tagger.features.batch import Batch, EncodedSentences, encode_sentences
from tagger.features.encode import encode_dataset
from tagger.features.sampler import batches_by_length
from tagger.model_folder import read_model, write_model
from tagger.modules.crf import Chain, Marginals
from tagger.modules.model import TaggerModel
from tagger.recipe import Recipe
from tagger.text.schemes import IOB2, LabelledRange, TagScheme
from tagger.text.sentence import Sentence, Span, Token, sentence_of_words
from tagger.text.sentences import split_sentences
from tagger.text.tokenizer import Tokenizer

Text = str | Sequence[str] | Sentence

_BATCH_WORDS = 2_000
_WINDOW_WORDS = 20_000


class Prediction(NamedTuple):
    """What was found in one sentence for one task.

    `tags` are written in IOB2 where the task finds spans. The probabilities of the tags and of the spans are those of the model's
    own scheme, given the sentence and that its tags are legal; None where they were not asked for.
    """

    tags: tuple[str, ...]
    spans: tuple[LabelledRange, ...]
    tag_probabilities: tuple[float, ...] | None
    span_probabilities: tuple[float, ...] | None


class Tagger:
    """Finds tags and spans in sentences.

    Make one with `load` (from a run folder, a model folder or the Hub) or, untrained, with `from_recipe`.

    Attributes:
        recipe: What it was made by.
        tags: For each task its scheme (None for plain tags) and the model's tags, whose order is that of their ids.
        featurizers: Words -> ids, by the kind of the embedding that reads them.
        model: Ids -> emissions.
        tokenizer: Raw text -> words.
        known_words: The words of the training set.
        facts: What else is known of it: scores, versions, the fingerprint of its training data.
    """

    def __init__(
        self,
        recipe: Recipe,
        tags: Mapping[str, tuple[TagScheme | None, tuple[str, ...]]],
        featurizers: Mapping[str, AnyFeaturizer],
        model: TaggerModel,
        tokenizer: Tokenizer,
        known_words: frozenset[str],
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        self.recipe = recipe
        self.tags = dict(tags)
        self.featurizers = dict(featurizers)
        self.model = model
        self.tokenizer = tokenizer
        self.known_words = known_words
        self.facts = dict(facts or {})

    @classmethod
    def from_recipe(cls, recipe: Recipe, corpus: Corpus) -> "Tagger":
        """An untrained tagger for the recipe's tasks on this corpus; weights are drawn from the recipe's seed.

        Raises:
            CorpusError: The vectors file can't be read, or train holds no label of a task.
        """
        tags = task_tags(recipe, corpus)
        recipe, featurizers, vectors = build_featurizers(recipe, corpus)
        torch.manual_seed(recipe.training.seed)
        model = build_model(recipe, featurizers, tags, vectors).eval()
        facts = {"corpus": corpus.fingerprint}
        return cls(recipe, tags, featurizers, model, Tokenizer.named(recipe.tokenizer), frozenset(word_counts(corpus)), facts)

    @classmethod
    def load(cls, name: str | Path, *, device: str = "cpu") -> "Tagger":
        """Opens a trained tagger.

        Args:
            name: A run folder, a model folder, or the id of a model on the Hugging Face Hub.
            device: Where it is to run, as torch names it.

        Raises:
            ModelError: There is no whole model.
            TaggerError: The device can't be used.
        """
        tagger = cls(*read_model(name))
        try:
            tagger.model.eval().to(device)
        except (RuntimeError, AssertionError) as error:
            raise TaggerError(f"device '{device}' can't be used ({str(error).splitlines()[0]})", fix="Use cpu.") from error
        return tagger

    def save(self, folder: Path) -> None:
        """Writes the model folder, whole or not at all; an older model there is replaced.

        Raises:
            ModelError: The folder can't be written.
        """
        write_model(folder, self.recipe, self.tags, self.featurizers, self.model, self.tokenizer, self.known_words, self.facts)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.model.parameters()).device

    def tag(self, text: Text, *, probabilities: bool = True) -> Sentence:
        """Tags one sentence: raw text, which is split into words, or a sequence of words.

        Args:
            text: The sentence.
            probabilities: Whether to work out the probability of each tag and span.
        """
        return next(self.tag_all([text], probabilities=probabilities))

    def tag_all(self, texts: Iterable[Text], *, probabilities: bool = True) -> Iterator[Sentence]:
        """Tags a stream of sentences: lazily, in order, in constant memory.

        As many sentences come out as go in, with one tag for each token, whatever their length.
        """
        window: list[Sentence] = []
        num_words = 0
        for text in texts:
            window.append(self._sentence(text))
            num_words += len(window[-1].tokens) + 1
            if num_words >= _WINDOW_WORDS:
                yield from self._tag_window(window, probabilities)
                window, num_words = [], 0
        yield from self._tag_window(window, probabilities)

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

    def _tag_window(self, window: Sequence[Sentence], probabilities: bool) -> Iterator[Sentence]:
        encoded = encode_sentences([sentence.words for sentence in window], self.featurizers)
        found = self.predict(encoded, probabilities=probabilities)
        for index, sentence in enumerate(window):
            results = {task: predictions[index] for task, predictions in found.items()}
            spans = [span for task, result in results.items() for span in _spans(sentence, task, result)]
            shares = {task: result.tag_probabilities for task, result in results.items() if result.tag_probabilities is not None}
            tags = {task: result.tags for task, result in results.items()}
            yield Sentence(sentence.text, sentence.tokens, tags, tuple(spans), shares)

    def encode(self, corpus: Corpus, split: str) -> EncodedSentences:
        """A split as ids, with its gold tags."""
        return encode_dataset(corpus[split], self.featurizers, self.tags, corpus.schemes)

    @torch.inference_mode()
    def predict(self, encoded: EncodedSentences, *, probabilities: bool = False) -> dict[str, list[Prediction]]:
        """For each task the prediction of each sentence, in their order."""
        was_training = self.model.training
        self.model.eval()
        empty = Prediction((), (), () if probabilities else None, () if probabilities else None)
        found = {task: [empty] * len(encoded.lengths) for task in self.tags}
        for rows in batches_by_length(encoded.lengths, _BATCH_WORDS):
            batch = encoded.batch(rows).to(self.device)
            for task, emissions in self.model.emissions(batch).items():
                for row, prediction in zip(rows, self._decode(task, emissions, batch, probabilities), strict=True):
                    found[task][row] = prediction
        self.model.train(was_training)
        return found

    def _decode(self, task: str, emissions: Tensor, batch: Batch, probabilities: bool) -> Iterator[Prediction]:
        decoder, (scheme, names) = self.model.decoders[task], self.tags[task]
        best = decoder.best(emissions, batch.mask)
        along = None
        if probabilities:
            along = _AlongPath(decoder.chain(emissions, batch.mask), decoder.marginals(emissions, batch.mask), best, scheme, names)
        for row, (ids, length) in enumerate(zip(best.tolist(), batch.lengths.tolist(), strict=True)):
            tags = [names[index] for index in ids[:length]]
            spans = scheme.spans(tags) if scheme else []
            if scheme and scheme is not IOB2:
                tags = IOB2.write(spans, length)
            shares = (along.tags[row][:length], along.spans(row, spans)) if along else (None, None)
            yield Prediction(tuple(tags), tuple(spans), *(share if share is None else tuple(share) for share in shares))


def _spans(sentence: Sentence, task: str, result: Prediction) -> Iterator[Span]:
    shares = result.span_probabilities or [None] * len(result.spans)
    for (start, end, label), probability in zip(result.spans, shares, strict=True):
        yield sentence.span(start, end, label, task=task, probability=probability)


class _AlongPath:
    """Probabilities along the best paths of a batch, from the forward-backward sums.

    A span's is that of its tags at its places, whatever stands around it; in IOB2, where the next tag decides whether the span
    ends, less that of the same span going on.
    """

    def __init__(self, chain: Chain, sums: Marginals, path: Tensor, scheme: TagScheme | None, names: Sequence[str]) -> None:
        places = path.unsqueeze(2)
        ahead = sums.forward_sums.gather(2, places).squeeze(2)
        behind = sums.backward_sums.gather(2, places).squeeze(2)
        self.tags: list[list[float]] = (ahead + behind - sums.log_partition[:, None]).exp().clamp(max=1).tolist()
        steps = chain.emissions.gather(2, places).squeeze(2)[:, 1:] + chain.transitions[path[:, :-1], path[:, 1:]]
        # In float64: a long sentence's sum grows large, and a span needs a small difference of two.
        self._path = torch.nn.functional.pad(steps.double().cumsum(1), (1, 0)).tolist()
        self._ahead = (ahead - sums.log_partition[:, None]).tolist()
        self._behind = behind.tolist()
        self._onwards = None
        if scheme is IOB2:
            inside = torch.tensor([names.index("I" + name[1:]) if name != "O" else 0 for name in names], device=path.device)[path]
            onwards = chain.transitions[path[:, :-1], inside[:, :-1]]
            for part in (chain.emissions, sums.backward_sums):
                onwards = onwards + part[:, 1:].gather(2, inside[:, :-1].unsqueeze(2)).squeeze(2)
            self._onwards = onwards.tolist()
            self._lengths = chain.mask.sum(1).tolist()

    def spans(self, row: int, spans: Iterable[LabelledRange]) -> list[float]:
        """The probability of each span of a sentence."""
        shares = []
        for start, end, _ in spans:
            within = self._ahead[row][start] + self._path[row][end - 1] - self._path[row][start]
            share = _exp(within + self._behind[row][end - 1])
            if self._onwards is not None and end < self._lengths[row]:
                share -= _exp(within + self._onwards[row][end - 1])
            shares.append(min(1.0, max(0.0, share)))
        return shares


def _exp(value: float) -> float:
    return math.exp(min(value, 0.0))
