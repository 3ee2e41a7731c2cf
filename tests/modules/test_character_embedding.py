import pytest
import torch

from tagger.modules.embeddings.characters import CharacterCNN


def network(kernels=(3,), dropout=0.0, filters=4):
    torch.manual_seed(0)
    cnn = CharacterCNN(10, character_width=5, filters=filters, kernels=kernels, dropout=dropout).eval()
    with torch.no_grad():
        for convolution in cnn.convolutions:
            convolution.bias.normal_()
    return cnn


@pytest.mark.parametrize("kernels", [(1,), (3,), (3, 5), (7,)])
def test_the_vector_is_the_maximum_over_the_convolutions_written_out(kernels):
    cnn = network(kernels)
    word = [3, 7, 2, 4]
    expected = []
    for convolution, size in zip(cnn.convolutions, kernels, strict=True):
        vectors = torch.nn.functional.pad(cnn.characters.weight[word], (0, 0, size // 2, size // 2))
        windows = torch.stack([vectors[place : place + size].T for place in range(len(word))])
        expected.append((torch.einsum("pwk,fwk->pf", windows, convolution.weight) + convolution.bias).amax(0))
    torch.testing.assert_close(cnn(torch.tensor([word]))[0], torch.cat(expected))


@pytest.mark.parametrize("kernels", [(1,), (3,), (3, 5)])
def test_padding_changes_nothing(kernels):
    cnn = network(kernels)
    narrow, wide = torch.tensor([[3, 7], [5, 0]]), torch.tensor([[3, 7, 0, 0, 0, 0], [5, 0, 0, 0, 0, 0]])
    torch.testing.assert_close(cnn(narrow), cnn(wide))


def test_a_word_of_one_character_has_a_vector():
    assert network((5,))(torch.tensor([[3]])).isfinite().all()


def test_the_order_of_the_characters_counts():
    cnn = network()
    assert not torch.allclose(cnn(torch.tensor([[3, 7, 2]])), cnn(torch.tensor([[2, 7, 3]])))


def test_dropout_acts_in_training_only():
    cnn, word = network(dropout=0.5), torch.tensor([[3, 7, 2]])
    assert torch.equal(cnn(word), cnn(word))
    cnn.train()
    assert not torch.equal(cnn(word), cnn(word))


def test_the_width_counts_every_kernel():
    cnn = network((1, 3, 5), filters=7)
    assert cnn.width == 21
    assert cnn(torch.tensor([[3, 7]])).shape == (1, 21)
