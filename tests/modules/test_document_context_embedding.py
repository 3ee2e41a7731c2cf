from copy import deepcopy

import numpy as np
import torch
from torch import nn

from tagger.features.contexts import context_sources
from tagger.features.document_context import DocumentContextFeaturizer
from tagger.features.sentences import encode_sentences
from tagger.features.vocab import Vocab
from tagger.features.words import WordFeaturizer
from tagger.modules.batch import context_tensors
from tagger.modules.embeddings.document_context import DocumentContextEmbedding

SENTENCES = [["Essex", "beat", "Kent"], ["Kent", "lost"], [], ["the", "scores", ":", "ESSEX", "2", ",", "Kent", "0"]]
WORDS = WordFeaturizer(Vocab(["essex", "kent", "beat", "lost", "the"]), lowercase=True, digits="keep")


def table():
    torch.manual_seed(1)
    return nn.Embedding(len(WORDS.vocab), 4, padding_idx=0).requires_grad_(False)


def made(vectors, **options):
    torch.manual_seed(2)
    return DocumentContextEmbedding(vectors, 3, **{"dropout": 0.0, "hidden": 0.0, **options})


def read(sentences, reach=200, rows=None):
    encoded = encode_sentences(sentences)
    featurizers = {"words": WORDS, "context": DocumentContextFeaturizer("words", reach=reach)}
    source = context_sources(featurizers, encoded.types, encoded.words, encoded.offsets)["context"]
    rows = np.flatnonzero(encoded.lengths) if rows is None else np.array(rows)
    places, _ = encoded.places(rows)
    return context_tensors({"context": source.of(places, encoded.words[places], encoded.lengths[rows])})["context"]


def test_a_word_is_told_by_the_means_of_what_is_near_it():
    vectors, words = table(), [word for sentence in SENTENCES for word in sentence]
    module = made(vectors).eval()
    each = vectors(torch.from_numpy(WORDS.encode(words)))
    found = module(read(SENTENCES))
    # Essex, of which the other place stands between a colon and a number, all of them unknown words.
    expected = torch.cat([each.mean(0), each[7], each[9], torch.tensor([2.0]).log(), torch.tensor([0.0, 1.0])])
    torch.testing.assert_close(found[0], torch.tanh(module.projection(expected)))
    # Kent at the first sentence's end, of which the others are a sentence's start and stand between `,` and `0`.
    expected = torch.cat([each.mean(0), each[10] / 2, (each[4] + each[12]) / 2, torch.tensor([3.0]).log(), torch.zeros(2)])
    torch.testing.assert_close(found[2], torch.tanh(module.projection(expected)))
    # There is one `beat`.
    expected = torch.cat([each.mean(0), torch.zeros(8 + 3)])
    torch.testing.assert_close(found[1], torch.tanh(module.projection(expected)))


def test_what_lies_beyond_its_reach_changes_nothing():
    module, far = made(table()).eval(), [*SENTENCES[:2], ["x"] * 30]
    found = [
        module(read(sentences, reach=10, rows=[0])) for sentences in (far, [*far, ["Essex", "Kent"]], [*SENTENCES[:2], ["Essex"]])
    ]
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])


def test_a_sentence_by_itself_has_zeros():
    module = made(table()).eval()
    assert not module(read(SENTENCES[:1])).any()
    assert module(read(SENTENCES[:2])).all()


def test_training_shows_some_sentences_as_if_they_stood_alone():
    sentences = [["the", "Essex", "Kent"]] * 600
    module = made(table(), hidden=0.25)
    zeros = ~module(read(sentences)).any(1).view(600, 3)
    assert torch.equal(zeros.all(1), zeros.any(1))
    assert 0.15 < zeros[:, 0].float().mean() < 0.35
    assert module.eval()(read(sentences)).all()


def test_the_table_is_its_owners():
    vectors = table()
    module = made(vectors)
    assert [name for name, _ in module.named_parameters()] == ["projection.weight", "projection.bias"]
    module(read(SENTENCES)).sum().backward()
    assert vectors.weight.grad is None
    both = nn.ModuleDict({"words": vectors, "context": module}).eval()
    before = module(read(SENTENCES))
    copied = deepcopy(both)
    with torch.no_grad():
        vectors.weight.zero_()
    torch.testing.assert_close(copied["context"](read(SENTENCES)), before)
    assert not torch.allclose(module(read(SENTENCES)), before)


def test_it_runs_in_reduced_precision():
    module = made(table()).eval()
    with torch.autocast("cpu", torch.bfloat16), torch.inference_mode():
        found = module(read(SENTENCES))
    torch.testing.assert_close(found.float(), module(read(SENTENCES)), atol=0.02, rtol=0.02)
