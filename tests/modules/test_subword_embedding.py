import pytest
import torch

from tagger.modules.embeddings.subwords import SubwordEmbedding
from tagger.modules.embeddings.table import row_tables

WORDS = [[3, 7, 2, 4], [5], [2, 2, 8], [1, 6]]
CHOSEN = {"first": lambda rows: rows[0], "last": lambda rows: rows[-1], "mean": lambda rows: sum(rows) / len(rows)}
pytestmark = pytest.mark.parametrize("pool", CHOSEN)


def table(pool):
    torch.manual_seed(0)
    return SubwordEmbedding(9, 5, pool=pool)


def padded(words, more=0):
    width = max(map(len, words)) + more
    return torch.tensor([word + [0] * (width - len(word)) for word in words])


def expected(embedding, words):
    pooled = CHOSEN[embedding.pool]
    return torch.stack([pooled([embedding.vectors.weight[index] for index in word]) for word in words])


def test_a_words_vector_is_made_of_those_of_its_subwords(pool):
    embedding = table(pool)
    torch.testing.assert_close(embedding(padded(WORDS)), expected(embedding, WORDS))
    assert embedding(padded(WORDS)).shape == (4, embedding.width)


def test_padding_is_never_looked_up(pool):
    embedding = table(pool)
    before = expected(embedding, WORDS)
    with torch.no_grad():
        embedding.vectors.weight[0] = torch.nan
    torch.testing.assert_close(embedding(padded(WORDS, more=3)), before)


@pytest.mark.parametrize("sparse", [False, True], ids=["whole table", "by rows"])
def test_gradients_are_those_of_the_definition(pool, sparse):
    embedding = table(pool)
    weights = torch.arange(1.0, 21).view(4, 5)
    (expected(embedding, WORDS) * weights).sum().backward()
    wanted = embedding.vectors.weight.grad
    embedding.zero_grad()
    embedding.vectors.sparse = sparse
    (embedding(padded(WORDS, more=2)) * weights).sum().backward()
    found = embedding.vectors.weight.grad
    assert found.is_sparse == sparse
    torch.testing.assert_close(found.to_dense() if sparse else found, wanted)
    if sparse:
        used = {"first": {3, 5, 2, 1}, "last": {4, 5, 8, 6}, "mean": {1, 2, 3, 4, 5, 6, 7, 8}}[pool]
        assert set(found.coalesce().indices()[0].tolist()) == used


def test_the_table_is_trained_by_rows(pool):
    embedding = table(pool)
    model = torch.nn.ModuleDict({"subwords": embedding})
    assert row_tables(model) == {"subwords.vectors.weight": embedding.vectors}


def test_random_vectors_have_a_variance_of_one_by_width_and_padding_is_zero(pool):
    weight = SubwordEmbedding(2000, 25, pool=pool).vectors.weight
    assert not weight[0].any()
    assert weight.abs().max() <= (3 / 25) ** 0.5
    assert weight.var().item() == pytest.approx(1 / 25, rel=0.05)
