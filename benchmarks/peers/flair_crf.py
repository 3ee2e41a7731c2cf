"""Flair's SequenceTagger: the same word vectors, its character LSTM (25 each way; it has no CNN), BiLSTM 2x256, CRF.

Its training loop is that of `ModelTrainer` without logs, plugins and files, with the same defaults (SGD, clipping at 5); sentences
are made once, as it does, and keep their word vectors from one pass to the next.
"""

import random
from collections.abc import Iterator, Sequence

import flair
import torch
from flair.data import Dictionary, Sentence
from flair.embeddings import CharacterEmbeddings, StackedEmbeddings, WordEmbeddings
from flair.models import SequenceTagger
from flair.training_utils import identify_dynamic_embeddings, store_embeddings

from benchmarks.contestant import PEER_BATCH, Data, Stopwatch, Tagged, Words, read_vectors, training_rows

_TASK = "ner"


class FlairCrf:
    """Trains and tags with batches of 32 sentences."""

    def __init__(self, data: Data) -> None:
        random.seed(1)
        torch.manual_seed(1)
        flair.device = torch.device("cpu")
        self._split = data.splits["train"]
        words = {word.lower() for split in data.splits.values() for words in split.words for word in words}
        places, vectors = read_vectors(data.vectors, words)
        embedding = WordEmbeddings(None, vocab=places, embedding_length=vectors.shape[1], name="vectors")
        table = torch.cat([torch.from_numpy(vectors), torch.zeros(1, vectors.shape[1])])
        embedding.embedding = torch.nn.Embedding(table.shape[0], table.shape[1], _weight=table, _freeze=True)
        characters = Dictionary()
        for character in sorted({character for words in self._split.words for word in words for character in word}):
            characters.add_item(character)
        labels = Dictionary(add_unk=False)
        for label in sorted({tag[2:] for tags in self._split.iob2 for tag in tags} - {""}):
            labels.add_item(label)
        labels.span_labels = True
        self._model = SequenceTagger(
            StackedEmbeddings([embedding, CharacterEmbeddings(characters)]),
            labels,
            _TASK,
            hidden_size=256,
            reproject_embeddings=False,
        )
        self._optimizer = torch.optim.SGD(self._model.parameters(), lr=0.1)
        self._batches: Iterator[list[Sentence]] | None = None

    def ready(self, batch_words: int, num_words: int) -> None:
        """Makes the sentences at the first use."""
        if self._batches is None:
            made: dict[int, Sentence] = {}
            rows = training_rows(self._split, num_words)
            self._batches = (
                [made.setdefault(row, self._sentence(row)) if row not in made else made[row] for row in part] for part in rows
            )

    def _sentence(self, row: int) -> Sentence:
        sentence = Sentence(self._split.words[row])
        start = 0
        for place, tag in enumerate(self._split.iobes[row]):
            if tag[0] in "BS":
                start = place
            if tag[0] in "ES":
                sentence[start : place + 1].add_label(_TASK, tag[2:])
        return sentence

    def train(self, batch_words: int, num_words: int) -> int:
        """Steps of the optimizer."""
        assert self._batches is not None
        words = 0
        self._model.train()
        while words < num_words:
            batch = next(self._batches)
            self._optimizer.zero_grad()
            loss, _ = self._model.forward_loss(batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self._model.parameters(), 5.0)
            self._optimizer.step()
            store_embeddings(batch, "cpu", identify_dynamic_embeddings(batch))
            words += sum(map(len, batch))
        return words

    def tag(self, sentences: Sequence[Words]) -> Tagged:
        """`predict`, from word lists to tags."""
        self._model.eval()
        watch = Stopwatch()
        made = [Sentence(list(words)) for words in sentences]
        self._model.predict(made, mini_batch_size=PEER_BATCH)
        tags = [["O"] * len(words) for words in sentences]
        for row, sentence in zip(tags, made, strict=True):
            for span in sentence.get_spans(_TASK):
                first, last = span.tokens[0].idx - 1, span.tokens[-1].idx
                row[first:last] = [f"B-{span.tag}", *[f"I-{span.tag}"] * (last - first - 1)]
        return Tagged(watch.read(), tags)
