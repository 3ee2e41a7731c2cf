import pytest
import torch

from tagger.modules.dropout import LockedDropout, WordDropout

KINDS = [LockedDropout, WordDropout]


@pytest.mark.parametrize("kind", KINDS)
def test_outside_training_nothing_is_dropped(kind):
    vectors = torch.randn(2, 3, 4)
    assert torch.equal(kind(0.9).eval()(vectors), vectors)


@pytest.mark.parametrize("kind", KINDS)
def test_a_share_of_zero_drops_nothing_and_draws_nothing(kind):
    vectors = torch.randn(2, 3, 4)
    before = torch.get_rng_state()
    assert torch.equal(kind(0.0).train()(vectors), vectors)
    assert torch.equal(torch.get_rng_state(), before)


def test_locked_dropout_drops_the_same_dimensions_at_every_word():
    torch.manual_seed(0)
    dropped = LockedDropout(0.5).train()(torch.ones(8, 5, 16))
    assert torch.equal(dropped, dropped[:, :1].expand_as(dropped))
    assert len(dropped[:, 0].unique(dim=0)) > 1, "each sentence must have dimensions of its own"


def test_locked_dropout_keeps_the_expected_value():
    torch.manual_seed(0)
    dropped = LockedDropout(0.25).train()(torch.ones(200, 2, 200))
    assert dropped.mean().item() == pytest.approx(1, abs=0.02)
    torch.testing.assert_close(dropped.unique(), torch.tensor([0, 1 / 0.75]))


def test_word_dropout_drops_whole_words_and_leaves_the_others_as_they_are():
    torch.manual_seed(0)
    vectors = torch.randn(50, 40, 3)
    dropped = WordDropout(0.3).train()(vectors)
    gone = (dropped == 0).all(2)
    assert torch.equal(dropped, vectors.masked_fill(gone.unsqueeze(2), 0))
    assert gone.float().mean().item() == pytest.approx(0.3, abs=0.05)
