import torch
from enumeration import log_sum, path_scores

from benchmarks.peers.ncrf_model import StepwiseCrf
from tagger.modules.crf import Chain


def test_the_peers_crf_agrees_with_trying_every_path():
    torch.manual_seed(1)
    crf, lengths = StepwiseCrf(3), torch.tensor([4, 3, 3, 2, 2, 2, 1, 1])
    with torch.no_grad():
        crf._transitions += torch.randn(5, 5)
    emissions = torch.randn(len(lengths), 4, 5)
    mask = torch.arange(4) < lengths[:, None]
    tags = torch.randint(0, 3, mask.shape) * mask
    weights = crf._transitions.detach()
    chain = Chain(emissions[:, :, :3], mask, weights[:3, :3], weights[3, :3], weights[:3, 4])
    scores = [path_scores(chain, row) for row in range(len(lengths))]

    gold = [tuple(row[:length]) for row, length in zip(tags.tolist(), lengths, strict=True)]
    expected = sum(log_sum(paths) - paths[path] for paths, path in zip(scores, gold, strict=True))
    torch.testing.assert_close(crf.loss(emissions, mask, tags).item(), expected, rtol=1e-5, atol=1e-4)
    best = [max(paths, key=paths.__getitem__) for paths in scores]
    assert crf.best(emissions, mask).tolist() == [[*path, *[0] * (4 - len(path))] for path in best]
