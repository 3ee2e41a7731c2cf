import torch

from tagger.features.vocab import Vocab
from tagger.modules.embeddings.table import TableEmbedding


def test_what_training_may_never_show_says_nothing_at_first():
    weight = TableEmbedding(6, 3, neutral=[Vocab.unknown_id, 5]).vectors.weight
    assert weight.any(1).tolist() == [False, False, True, True, True, False]


def test_values_seen_once_teach_the_vector_of_unknown_ones():
    torch.manual_seed(0)
    table = TableEmbedding(4, 3, singletons=[3], singleton_dropout=0.5, neutral=[Vocab.unknown_id]).train()
    found = table(torch.tensor([2, 3] * 50)).detach()
    assert torch.equal(found[::2], table.vectors.weight[2].expand(50, 3))
    hidden = (found[1::2] == 0).all(1)
    assert 10 < int(hidden.sum()) < 40
    assert torch.equal(table.eval()(torch.tensor([3]))[0], table.vectors.weight[3])
