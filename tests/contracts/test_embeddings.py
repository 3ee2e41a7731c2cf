"""What every embedding keeps; a new one is a row here."""

from dataclasses import replace

import pytest
import torch
from tiny_transformer import bert_featurizer

from tagger.features.characters import CharacterFeaturizer
from tagger.features.columns import ColumnFeaturizer
from tagger.features.contexts import context_sources
from tagger.features.document_context import DocumentContextFeaturizer
from tagger.features.featurizers import columns_read, features_of
from tagger.features.sentences import encode_sentences
from tagger.features.subwords import SubwordFeaturizer
from tagger.features.vocab import Vocab
from tagger.features.word_forms import CaseFeaturizer, ShapeFeaturizer
from tagger.features.words import WordFeaturizer
from tagger.modules.batch import make_batch
from tagger.modules.embeddings.characters import CharacterCNN, CharacterLSTM
from tagger.modules.embeddings.document_context import DocumentContextEmbedding
from tagger.modules.embeddings.stack import StackedEmbedding
from tagger.modules.embeddings.subwords import SubwordEmbedding
from tagger.modules.embeddings.table import TableEmbedding
from tagger.modules.embeddings.transformer import TransformerEmbedding
from tagger.modules.embeddings.words import WordEmbedding

SENTENCES = [["the", "cat", "sat"], ["a", "dog"], ["incomprehensibilities", "the", "cat", "x"]]
ODD = [["", "x" * 1000, "👩‍👩‍👧", "\u0301", "\x00", "قطة", "the"]]


def words(*, trainable=True):
    featurizer = WordFeaturizer(Vocab(["the", "cat", "sat", "dog"]), lowercase=True, digits="keep")
    return featurizer, WordEmbedding(6, 5, trainable=trainable)


def characters(*kernels):
    featurizer = CharacterFeaturizer(Vocab("abcdefghijklmnopqrstuvw"), max_length=12)
    return featurizer, CharacterCNN(len(featurizer.vocab), character_width=4, filters=3, kernels=kernels, dropout=0.0)


def character_states():
    featurizer = CharacterFeaturizer(Vocab("abcdefghijklmnopqrstuvw"), max_length=12)
    return featurizer, CharacterLSTM(len(featurizer.vocab), character_width=4, hidden=3, dropout=0.0)


def subwords(model="bpe", pool="mean"):
    counts = {"the": 5, "cat": 3, "cats": 2, "sat": 2, "dog": 2, "incomprehensible": 2, "sensibilities": 2, "x": 1}
    featurizer = SubwordFeaturizer.from_counts(counts, model=model, size=40, max_length=12)
    return featurizer, SubwordEmbedding(featurizer.num_ids, 5, pool=pool)


def case():
    featurizer = CaseFeaturizer()
    return featurizer, TableEmbedding(len(featurizer.vocab), 3)


def shape():
    featurizer = ShapeFeaturizer.from_counts({"the": 3, "cat": 1, "12": 1})
    return featurizer, TableEmbedding(len(featurizer.vocab), 3, singletons=featurizer.singletons, singleton_dropout=0.5)


def column(name):
    featurizer = ColumnFeaturizer.from_counts(name, {"0": 2, "1": 1})
    return featurizer, TableEmbedding(featurizer.missing_id + 1, 4, neutral=[1, featurizer.missing_id])


def table_and_context():
    featurizer, table = words(trainable=False)
    context = DocumentContextEmbedding(table.vectors, 4, dropout=0.0, hidden=0.0)
    return {"words": (featurizer, table), "context": (DocumentContextFeaturizer("words", reach=4), context)}


def transformer(*, layers=(1, 3), pool="mean", trainable=False):
    pytest.importorskip("transformers")
    featurizer = bert_featurizer(window=10, overlap=3)
    return featurizer, TransformerEmbedding(featurizer.config, layers=layers, pool=pool, trainable=trainable)


ROWS = {
    "words": lambda: {"words": words()},
    "frozen words": lambda: {"words": words(trainable=False)},
    "characters": lambda: {"characters": characters(3)},
    "several kernels": lambda: {"characters": characters(1, 3, 5)},
    "an LSTM over characters": lambda: {"characters": character_states()},
    "subwords, mean": lambda: {"subwords": subwords()},
    "subwords, first": lambda: {"subwords": subwords("wordpiece", "first")},
    "subwords, last": lambda: {"subwords": subwords("unigram", "last")},
    "subwords and characters": lambda: {"subwords": subwords(), "characters": character_states()},
    "words and characters": lambda: {"words": words(), "characters": characters(3)},
    "case": lambda: {"case": case()},
    "shape": lambda: {"shape": shape()},
    "a column": lambda: {"pos": column("pos")},
    "words and two columns": lambda: {"words": words(), "pos": column("pos"), "chunk": column("chunk"), "case": case()},
    "two tables of words": lambda: {"glove": words(trainable=False), "type": words(), "characters": characters(3)},
    "a frozen transformer": lambda: {"transformer": transformer()},
    "a frozen transformer's one layer": lambda: {"transformer": transformer(layers=(2,), pool="first")},
    "a trained transformer": lambda: {"transformer": transformer(layers=(3,), pool="last", trainable=True)},
    "a trained transformer's layers": lambda: {"transformer": transformer(trainable=True)},
    "the document's context": table_and_context,
    "a transformer and others": lambda: {"bert": transformer(), "words": words(), "characters": characters(3)},
}
pytestmark = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)


def built(row, seed=0):
    torch.manual_seed(seed)
    parts = row()
    stack = StackedEmbedding({name: part[1] for name, part in parts.items()}, word_dropout=0.0, dropout=0.0).eval()
    return {name: part[0] for name, part in parts.items()}, stack


def vectors_of(featurizers, stack, sentences, rows=None):
    """The vectors of each sentence, or of some, batched together."""
    # By the place in the sentence: one word has several values, some of which are new or not known.
    values = [["0", "1", "new", None][index % 4] for index in range(max(map(len, sentences)))]
    columns = {name: [values[: len(sentence)] for sentence in sentences] for name in columns_read(featurizers)}
    encoded = encode_sentences(sentences, columns)
    features = features_of(featurizers, encoded.types, encoded.columns)
    encoded = replace(
        encoded, features=features, contexts=context_sources(featurizers, encoded.types, encoded.words, encoded.offsets)
    )
    batch = make_batch(encoded, range(len(sentences)) if rows is None else rows)
    return [vectors[:length] for vectors, length in zip(stack(batch), batch.lengths.tolist(), strict=True)]


def test_every_word_has_a_vector_of_the_stated_width(row):
    featurizers, stack = built(row)
    assert [tuple(found.shape) for found in vectors_of(featurizers, stack, SENTENCES)] == [
        (len(sentence), stack.width) for sentence in SENTENCES
    ]


def test_padding_and_batch_mates_change_nothing(row):
    featurizers, stack = built(row)
    for number, together in enumerate(vectors_of(featurizers, stack, SENTENCES)):
        torch.testing.assert_close(together, vectors_of(featurizers, stack, SENTENCES, [number])[0])


def test_other_sentences_change_what_reads_the_document_and_nothing_else(row):
    featurizers, stack = built(row)
    reads = any(isinstance(part, DocumentContextFeaturizer) for part in featurizers.values())
    together = torch.cat(vectors_of(featurizers, stack, SENTENCES))
    alone = torch.cat([vectors_of(featurizers, stack, [sentence])[0] for sentence in SENTENCES])
    assert torch.allclose(together, alone, atol=1e-5) is not reads


def test_a_gradient_reaches_every_parameter(row):
    featurizers, stack = built(row)
    trained = {name: weight for name, weight in stack.named_parameters() if weight.requires_grad}
    if trained:
        torch.cat(vectors_of(featurizers, stack, SENTENCES)).square().sum().backward()
    assert [name for name, weight in trained.items() if weight.grad is None or not weight.grad.any()] == []


def test_saved_and_loaded_it_answers_the_same(row):
    featurizers, stack = built(row)
    again = built(row, seed=1)[1]
    before = torch.cat(vectors_of(featurizers, stack, SENTENCES))
    assert not torch.equal(before, torch.cat(vectors_of(featurizers, again, SENTENCES)))
    again.load_state_dict(stack.state_dict())
    assert torch.equal(before, torch.cat(vectors_of(featurizers, again, SENTENCES)))


def test_odd_words_survive(row):
    featurizers, stack = built(row)
    (found,) = vectors_of(featurizers, stack, ODD)
    assert found.shape == (len(ODD[0]), stack.width)
    assert found.isfinite().all()


def test_what_a_featurizer_saves_encodes_the_same(row):
    featurizers, stack = built(row)
    again = {name: type(featurizer).from_json(featurizer.to_json()) for name, featurizer in featurizers.items()}
    for sentences in (SENTENCES, ODD):
        one, other = (torch.cat(vectors_of(some, stack, sentences)) for some in (featurizers, again))
        assert torch.equal(one, other)
