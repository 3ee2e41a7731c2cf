"""What every way to make one vector of a sentence's words keeps; a new one is a row here."""

import numpy as np
import pytest
import torch

from tagger.decoding.labels import label_predictions
from tagger.modules.encoders import LSTMEncoder
from tagger.modules.sentence_decoder import SentenceDecoder

ROWS = {
    "last, both directions": {"pool": "last", "backwards": 3},
    "last, one direction": {"pool": "last"},
    "mean": {"pool": "mean"},
    "max": {"pool": "max"},
    "attention": {"pool": "attention"},
}
LENGTHS = torch.tensor([3, 6, 1, 2])
GOLD = torch.tensor([0, 4, 2, 2])
pytestmark = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)


def built(row, seed=0):
    """A decoder with random weights and hidden vectors; at padding there is what must not be looked at."""
    torch.manual_seed(seed)
    decoder = SentenceDecoder(6, 5, **row)
    with torch.no_grad():
        for parameter in decoder.parameters():
            parameter.normal_()
    torch.manual_seed(5)
    return decoder, torch.randn(4, 6, 6, requires_grad=True)


def by_hand(decoder, words):
    """The vector of one sentence, by the definition, from its real words alone."""
    match decoder.pool:
        case "last":
            ahead = 6 - decoder.backwards
            return [*words[-1][:ahead], *words[0][ahead:]]
        case "mean":
            return [sum(column) / len(words) for column in zip(*words, strict=True)]
        case "max":
            return [max(column) for column in zip(*words, strict=True)]
        case "attention":
            query = decoder.query.tolist()
            fits = [np.exp(sum(a * b for a, b in zip(query, word, strict=True)) / 6**0.5) for word in words]
            return [
                sum(fit * value for fit, value in zip(fits, column, strict=True)) / sum(fits) for column in zip(*words, strict=True)
            ]


def test_a_sentences_vector_is_what_its_definition_says(row):
    decoder, hidden = built(row)
    found = decoder.pooled(hidden, LENGTHS)
    expected = [by_hand(decoder, sentence[:length].tolist()) for sentence, length in zip(hidden, LENGTHS, strict=True)]
    torch.testing.assert_close(found, torch.tensor(expected), rtol=1e-4, atol=1e-5, check_dtype=False)


def test_padding_and_batch_mates_change_nothing_of_emissions_loss_and_gradient(row):
    decoder, hidden = built(row)
    emissions = decoder(hidden, LENGTHS)
    decoder.loss(emissions, GOLD).backward()
    gradients = {name: weight.grad.clone() for name, weight in decoder.named_parameters()}
    assert emissions.shape == (4, 5)
    decoder.zero_grad()
    total = torch.zeros(())
    for index, length in enumerate(LENGTHS.tolist()):
        alone = hidden[index : index + 1, :length].detach()
        wide = torch.cat((alone, torch.full((1, 7, 6), torch.nan)), 1)
        for words in (alone.requires_grad_(), wide):
            torch.testing.assert_close(decoder(words, LENGTHS[index : index + 1])[0], emissions[index], rtol=1e-4, atol=1e-5)
        loss = decoder.loss(decoder(alone, LENGTHS[index : index + 1]), GOLD[index : index + 1])
        loss.backward()
        torch.testing.assert_close(hidden.grad[index, :length], alone.grad[0], rtol=1e-4, atol=1e-6)
        assert not hidden.grad[index, length:].any()
        total += loss.detach()
    torch.testing.assert_close(total, decoder.loss(emissions, GOLD))
    for name, weight in decoder.named_parameters():
        torch.testing.assert_close(weight.grad, gradients[name], rtol=1e-4, atol=1e-5)


def test_behind_an_lstm_a_sentence_is_the_same_alone_and_beside_longer_ones(row):
    torch.manual_seed(2)
    encoder = LSTMEncoder(4, hidden=3, layers=2, bidirectional=True).eval()
    decoder, _ = built(row)
    vectors = torch.randn(4, 9, 4)
    together = decoder(encoder(vectors, LENGTHS), LENGTHS)
    for index, length in enumerate(LENGTHS.tolist()):
        number = torch.tensor([length])
        alone = decoder(encoder(vectors[index : index + 1, :length], number), number)
        torch.testing.assert_close(alone[0], together[index], rtol=1e-4, atol=1e-5)


def test_a_gradient_reaches_every_parameter(row):
    decoder, hidden = built(row)
    decoder.loss(decoder(hidden, LENGTHS), GOLD).backward()
    assert [name for name, weight in decoder.named_parameters() if weight.grad is None or not weight.grad.any()] == []


def test_saved_and_loaded_it_answers_the_same_and_class_weights_are_not_saved(row):
    decoder, hidden = built({**row, "class_weights": [1.0, 2.0, 3.0, 4.0, 5.0]})
    other, _ = built(row, seed=1)
    other.load_state_dict(decoder.state_dict())
    assert torch.equal(decoder(hidden, LENGTHS), other(hidden, LENGTHS))


def test_a_label_that_is_not_known_counts_for_nothing(row):
    decoder, hidden = built(row)
    emissions = decoder(hidden, LENGTHS)
    partly = decoder.loss(emissions, torch.tensor([0, -1, -1, 2]))
    torch.testing.assert_close(partly, decoder.loss(emissions[[0, 3]], torch.tensor([0, 2])))
    assert decoder.loss(emissions, torch.full((4,), -1)).item() == 0


def test_answers_go_to_their_sentences_and_none_to_those_without_words(row):
    decoder, hidden = built(row)
    emissions = decoder(hidden, LENGTHS).detach()
    order = np.array([1, 5, 4, 0, 2, 3])
    found = label_predictions("abcde", emissions.numpy(), order, probabilities=True)
    assert [len(found[place].tags) for place in (1, 5)] == [0, 0]
    for number, place in enumerate([4, 0, 2, 3]):
        shares = emissions[number].softmax(0)
        assert found[place].tags == ("abcde"[shares.argmax()],)
        assert found[place].tag_probabilities == pytest.approx((shares.max().item(),), rel=1e-5)
