import pytest
import torch

from tagger.modules.embeddings.words import WordEmbedding


def test_random_vectors_have_a_variance_of_one_by_width():
    table = WordEmbedding(2000, 25, trainable=True)
    bound = (3 / 25) ** 0.5
    assert table.vectors.weight.abs().max() <= bound
    assert table.vectors.weight.var().item() == pytest.approx(1 / 25, rel=0.05)


def test_padding_is_zero_and_learns_nothing():
    table = WordEmbedding(5, 3, trainable=True)
    table(torch.tensor([0, 2])).sum().backward()
    assert not table.vectors.weight[0].any()
    assert not table.vectors.weight.grad[0].any()
    assert table.vectors.weight.grad[2].all()


def test_vectors_of_a_file_go_to_their_ids_and_unknown_is_their_mean():
    table = WordEmbedding(5, 2, trainable=True)
    own = table.vectors.weight[4].clone()
    table.load_vectors(torch.tensor([[1.0, 2.0], [3.0, 6.0]]))
    assert table(torch.tensor([1, 2, 3])).tolist() == [[2, 4], [1, 2], [3, 6]]
    assert torch.equal(table.vectors.weight[4], own), "a word that the file lacks keeps its random vector"
    assert not table.vectors.weight[0].any()


def test_a_frozen_table_is_not_trained_and_hides_no_words():
    table = WordEmbedding(5, 3, trainable=False, singletons=[2, 3, 4], singleton_dropout=0.9).train()
    assert not table.vectors.weight.requires_grad
    for _ in range(10):
        assert torch.equal(table(torch.arange(5)), table.vectors.weight)


def test_training_shows_only_words_seen_once_as_unknown():
    torch.manual_seed(0)
    table = WordEmbedding(4, 3, trainable=True, singletons=[3], singleton_dropout=0.5).train()
    shown = torch.stack([table(torch.tensor([2, 3])) for _ in range(400)])
    hidden = (shown[:, 1] == table.vectors.weight[1]).all(1)
    assert hidden.float().mean().item() == pytest.approx(0.5, abs=0.1)
    assert (shown[~hidden, 1] == table.vectors.weight[3]).all()
    assert (shown[:, 0] == table.vectors.weight[2]).all()


def test_in_use_words_seen_once_keep_their_vector():
    table = WordEmbedding(4, 3, trainable=True, singletons=[3], singleton_dropout=0.99).eval()
    assert torch.equal(table(torch.tensor([3])), table.vectors.weight[3:4])
