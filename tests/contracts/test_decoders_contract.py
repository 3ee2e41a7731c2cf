"""What every decoder keeps; a new one is a row here."""

import pytest
import torch
from in_use import best_tags, tag_shares

from tagger.modules.decoders import CRFDecoder, SoftmaxDecoder
from tagger.text.schemes import SCHEMES

SCHEME = SCHEMES["iobes"]
TAGS = SCHEME.tags(["PER", "LOC"])
ROWS = {
    "crf": lambda: CRFDecoder(4, len(TAGS), SCHEME.transitions(TAGS)),
    "crf, plain tags": lambda: CRFDecoder(4, len(TAGS), None),
    "softmax": lambda: SoftmaxDecoder(4, len(TAGS), SCHEME.transitions(TAGS)),
    "softmax, plain tags": lambda: SoftmaxDecoder(4, len(TAGS), None),
    "softmax, class weights": lambda: SoftmaxDecoder(4, len(TAGS), None, class_weights=[1.0 + tag for tag in range(len(TAGS))]),
}
LENGTHS = [3, 6, 1, 2]
MASK = torch.arange(6) < torch.tensor(LENGTHS)[:, None]
pytestmark = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)


def built(row, seed=0):
    """A decoder with random weights and hidden vectors."""
    torch.manual_seed(seed)
    decoder = row()
    with torch.no_grad():
        for parameter in decoder.parameters():
            parameter.normal_()
    torch.manual_seed(5)
    return decoder, torch.randn(4, 6, 4)


def test_all_answers_have_the_stated_shapes(row):
    decoder, hidden = built(row)
    emissions = decoder(hidden)
    best = best_tags(decoder, emissions, MASK)
    assert emissions.shape == tag_shares(decoder, emissions, MASK).shape == (4, 6, len(TAGS))
    assert best.shape == (4, 6)
    assert decoder.loss(emissions, best, MASK).shape == ()


def test_padding_and_batch_mates_change_nothing(row):
    decoder, hidden = built(row)
    emissions = decoder(hidden)
    best, shares = best_tags(decoder, emissions, MASK), tag_shares(decoder, emissions, MASK)
    total = decoder.loss(emissions, best, MASK)
    noisy = torch.where(MASK.unsqueeze(2), emissions, 100 * torch.randn_like(emissions))
    losses = []
    for index, length in enumerate(LENGTHS):
        for alone in (noisy[index : index + 1], emissions[index : index + 1, :length]):
            mask = MASK[index : index + 1, : alone.shape[1]]
            assert torch.equal(best_tags(decoder, alone, mask), best[index : index + 1, : alone.shape[1]])
            found = tag_shares(decoder, alone, mask)
            torch.testing.assert_close(found[0, :length], shares[index, :length], rtol=1e-4, atol=1e-5)
        losses.append(decoder.loss(alone, best[index : index + 1, :length], mask))
    torch.testing.assert_close(sum(losses), total)


def test_the_probabilities_of_each_word_add_up_to_one(row):
    decoder, hidden = built(row)
    shares = tag_shares(decoder, decoder(hidden), MASK)[MASK]
    assert (shares >= 0).all()
    torch.testing.assert_close(shares.sum(1), torch.ones(len(shares)), rtol=1e-4, atol=1e-5, check_dtype=False)


def test_a_gradient_reaches_every_parameter(row):
    decoder, hidden = built(row)
    emissions = decoder(hidden)
    decoder.loss(emissions, best_tags(decoder, emissions, MASK), MASK).backward()
    assert [name for name, weight in decoder.named_parameters() if weight.grad is None or not weight.grad.any()] == []


def test_the_loss_of_the_best_tags_falls_when_they_are_learned(row):
    decoder, hidden = built(row)
    gold = best_tags(decoder, decoder(hidden), MASK)
    optimizer = torch.optim.Adam(decoder.parameters(), 0.05)
    losses = []
    for _ in range(40):
        loss = decoder.loss(decoder(hidden), gold, MASK)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 4
    assert torch.equal(best_tags(decoder, decoder(hidden), MASK), gold)


def test_saved_and_loaded_it_answers_the_same(row):
    decoder, hidden = built(row)
    other, _ = built(row, seed=1)
    other.load_state_dict(decoder.state_dict())
    emissions = decoder(hidden)
    assert torch.equal(emissions, other(hidden))
    assert torch.equal(best_tags(decoder, emissions, MASK), best_tags(other, emissions, MASK))
    assert torch.equal(tag_shares(decoder, emissions, MASK), tag_shares(other, emissions, MASK))


def test_the_loss_of_a_batch_is_finite_whatever_the_emissions(row):
    decoder, hidden = built(row)
    emissions = (1000 * hidden).detach()
    found = decoder(emissions)
    loss = decoder.loss(found, best_tags(decoder, found, MASK), MASK)
    loss.backward()
    assert loss.isfinite()
    assert all(weight.grad.isfinite().all() for weight in decoder.parameters() if weight.grad is not None)
