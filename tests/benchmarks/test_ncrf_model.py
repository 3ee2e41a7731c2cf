import torch
from enumeration import log_sum, path_scores

from benchmarks.peers.ncrf_model import StepwiseCrf
from tagger.modules.crf import Chain


def test_the_peers_crf_agrees_with_trying_every_path():
    torch.manual_seed(1)
    crf = StepwiseCrf(3)
    with torch.no_grad():
        crf._transitions += torch.randn(5, 5)
    emissions = torch.randn(2, 4, 5)
    mask = torch.tensor([[True] * 4, [True, True, False, False]])
    tags = torch.tensor([[0, 2, 1, 1], [2, 0, 0, 0]])
    weights = crf._transitions.detach()
    chain = Chain(emissions[:, :, :3], mask, weights[:3, :3], weights[3, :3], weights[:3, 4])
    scores = [path_scores(chain, row) for row in range(2)]

    expected = log_sum(scores[0]) - scores[0][0, 2, 1, 1] + log_sum(scores[1]) - scores[1][2, 0]
    torch.testing.assert_close(crf.loss(emissions, mask, tags).item(), expected, rtol=1e-5, atol=1e-4)
    best = [max(paths, key=paths.__getitem__) for paths in scores]
    assert crf.best(emissions, mask).tolist() == [list(best[0]), [*best[1], 0, 0]]
