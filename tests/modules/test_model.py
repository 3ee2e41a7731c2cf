import pytest
import torch

from tagger.modules.batch import Batch
from tagger.modules.decoders import CRFDecoder, SoftmaxDecoder
from tagger.modules.embeddings.stack import StackedEmbedding
from tagger.modules.embeddings.words import WordEmbedding
from tagger.modules.encoders import LSTMEncoder
from tagger.modules.model import TaggerModel


def model_with(weights=None):
    torch.manual_seed(0)
    stack = StackedEmbedding({"words": WordEmbedding(6, 3, trainable=True)}, word_dropout=0.0, dropout=0.0)
    encoder = LSTMEncoder(3, hidden=4)
    return TaggerModel(stack, encoder, {"ner": CRFDecoder(8, 5, None), "upos": SoftmaxDecoder(8, 3, None)}, weights)


@pytest.fixture
def batch():
    positions = torch.tensor([[0, 1, 2], [1, 0, 0]])
    lengths = torch.tensor([3, 1])
    gold = {"ner": torch.tensor([[0, 1, 4], [2, -1, -1]]), "upos": torch.tensor([[2, 1, 0], [2, -1, -1]])}
    return Batch({"words": torch.tensor([2, 3, 4])}, positions, lengths, torch.arange(3) < lengths[:, None], gold)


def test_the_loss_adds_the_tasks_with_their_weights(batch):
    model = model_with({"ner": 0.5})
    emissions = model.emissions(batch)
    losses = {task: decoder.loss(emissions[task], batch.gold[task], batch.mask) for task, decoder in model.decoders.items()}
    torch.testing.assert_close(model(batch), 0.5 * losses["ner"] + losses["upos"])


def test_each_task_has_emissions_of_its_own_width(batch):
    assert {task: tuple(found.shape) for task, found in model_with().emissions(batch).items()} == {
        "ner": (2, 3, 5),
        "upos": (2, 3, 3),
    }


def test_both_tasks_teach_the_shared_layers(batch):
    model = model_with()
    weight = model.embedding.embeddings["words"].vectors.weight
    shares = []
    for task, decoder in model.decoders.items():
        loss = decoder.loss(model.emissions(batch)[task], batch.gold[task], batch.mask)
        shares.append(torch.autograd.grad(loss, weight)[0])
    model(batch).backward()
    torch.testing.assert_close(weight.grad, sum(shares))
    assert all(share.any() for share in shares)
