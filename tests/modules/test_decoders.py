import pytest
import torch
from enumeration import log_sum, path_scores, probabilities

from tagger.modules.decoders import CRFDecoder, SoftmaxDecoder
from tagger.text.schemes import SCHEMES

DECODERS = [CRFDecoder, SoftmaxDecoder]


def decoder_for(kind, scheme, labels=("PER", "LOC"), seed=0):
    """A decoder with random weights, and its tags."""
    torch.manual_seed(seed)
    tags = scheme.tags(labels)
    decoder = kind(4, len(tags), scheme.transitions(tags))
    with torch.no_grad():
        for parameter in decoder.parameters():
            parameter.normal_()
    return decoder, tags


def mask_of(*lengths):
    return torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]


@pytest.mark.parametrize("kind", DECODERS)
@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_the_best_tags_are_legal_whatever_the_emissions_want(kind, scheme):
    decoder, tags = decoder_for(kind, scheme)
    lengths = (6, 1, 2, 4)
    for seed in range(10):
        torch.manual_seed(seed)
        emissions = 200 * torch.randn(4, 6, len(tags))
        for path, length in zip(decoder.best(emissions, mask_of(*lengths)).tolist(), lengths, strict=True):
            assert scheme.illegal([tags[tag] for tag in path[:length]]) is None


@pytest.mark.parametrize("kind", DECODERS)
def test_an_illegal_favourite_gives_way_to_the_best_legal_tags(kind):
    scheme = SCHEMES["iobes"]
    tags = scheme.tags(["PER"])
    decoder = kind(4, len(tags), scheme.transitions(tags))
    emissions = torch.zeros(1, 2, len(tags))
    emissions[0, 0, tags.index("I-PER")] = emissions[0, 1, tags.index("B-PER")] = 100
    emissions[0, 0, tags.index("B-PER")] = emissions[0, 1, tags.index("E-PER")] = 10
    assert [tags[tag] for tag in decoder.best(emissions, mask_of(2))[0]] == ["B-PER", "E-PER"]


@pytest.mark.parametrize("kind", DECODERS)
@pytest.mark.parametrize("scheme", ["iobes", "bilou", "iob2"])
def test_illegal_sequences_have_no_probability(kind, scheme):
    decoder, tags = decoder_for(kind, SCHEMES[scheme], ["PER"])
    chain = decoder.chain(torch.randn(1, 4, len(tags)), mask_of(4))
    for path, probability in probabilities(path_scores(chain, 0)):
        legal = SCHEMES[scheme].illegal([tags[tag] for tag in path]) is None
        assert (probability > 0) == legal


@pytest.mark.parametrize("kind", DECODERS)
def test_marginals_agree_with_enumeration(kind):
    decoder, tags = decoder_for(kind, SCHEMES["iobes"], ["PER"])
    emissions, mask = torch.randn(2, 4, len(tags)), mask_of(4, 2)
    found = decoder.marginals(emissions, mask).probabilities
    for row, length in enumerate((4, 2)):
        expected = torch.zeros(length, len(tags))
        for path, probability in probabilities(path_scores(decoder.chain(emissions, mask), row)):
            expected[range(length), path] += probability
        torch.testing.assert_close(found[row, :length], expected, rtol=1e-4, atol=1e-5, check_dtype=False)


@pytest.mark.parametrize("scheme", [None, SCHEMES["iobes"]], ids=["plain", "iobes"])
def test_the_crf_loss_is_the_negative_log_likelihood_among_legal_sequences(scheme):
    decoder, tags = decoder_for(CRFDecoder, SCHEMES["iobes"], ["PER"])
    if scheme is None:
        decoder = CRFDecoder(4, len(tags), None)
    emissions, mask = torch.randn(2, 3, len(tags)), mask_of(3, 1)
    gold = torch.tensor([[tags.index(tag) for tag in ("B-PER", "E-PER", "O")], [tags.index("S-PER"), -1, -1]])
    chain = decoder.chain(emissions, mask)
    expected = 0.0
    for row, length in enumerate((3, 1)):
        scores = path_scores(chain, row)
        expected += log_sum(scores) - scores[tuple(gold[row, :length].tolist())]
    assert decoder.loss(emissions, gold, mask).item() == pytest.approx(expected, rel=1e-4)


def test_the_softmax_loss_is_a_sum_over_known_gold_tags():
    decoder = SoftmaxDecoder(4, 3, None)
    emissions, gold = torch.randn(2, 3, 3), torch.tensor([[0, -1, 2], [1, 2, 2]])
    shares = emissions.log_softmax(2)
    expected = -(shares[0, 0, 0] + shares[0, 2, 2] + shares[1, 0, 1])
    torch.testing.assert_close(decoder.loss(emissions, gold, mask_of(3, 1)), expected)


def test_the_softmax_loss_without_any_known_gold_tag_is_zero():
    decoder = SoftmaxDecoder(4, 3, None)
    assert decoder.loss(torch.randn(1, 2, 3), torch.full((1, 2), -1), mask_of(2)).item() == 0


@pytest.mark.parametrize("kind", DECODERS)
@pytest.mark.parametrize("scale", [1, 20, 200])
def test_the_loss_is_never_negative(kind, scale):
    decoder, tags = decoder_for(kind, SCHEMES["iobes"])
    for seed in range(20):
        torch.manual_seed(seed)
        emissions, mask = scale * torch.randn(3, 8, len(tags)), mask_of(8, 1, 5)
        gold = decoder.best(emissions, mask)
        assert decoder.loss(emissions, gold, mask).item() >= -1e-5 * scale


def test_softmax_without_a_scheme_takes_the_highest_emission():
    decoder = SoftmaxDecoder(4, 5, None)
    emissions, mask = torch.randn(3, 6, 5), mask_of(6, 1, 3)
    assert torch.equal(decoder.best(emissions, mask), emissions.argmax(2) * mask)
    assert torch.allclose(decoder.marginals(emissions, mask).probabilities, emissions.softmax(2))


def test_softmax_with_a_scheme_keeps_the_highest_emissions_where_they_are_legal():
    decoder, tags = decoder_for(SoftmaxDecoder, SCHEMES["bilou"])
    legal = torch.tensor([[tags.index(tag) for tag in ("B-PER", "I-PER", "L-PER", "O", "U-LOC")]])
    emissions = torch.randn(1, 5, len(tags)).scatter(2, legal.unsqueeze(2), 10.0)
    assert torch.equal(decoder.best(emissions, mask_of(5)), legal)


@pytest.mark.parametrize("kind", DECODERS)
def test_emissions_are_in_single_precision_whatever_comes_in(kind):
    decoder = kind(4, 3, None).to(torch.bfloat16)
    assert decoder(torch.randn(1, 2, 4, dtype=torch.bfloat16)).dtype == torch.float32


@pytest.mark.parametrize("kind", DECODERS)
def test_what_the_scheme_forbids_is_not_saved(kind):
    decoder, _ = decoder_for(kind, SCHEMES["iob2"])
    assert not [name for name in decoder.state_dict() if "forbidden" in name]


@pytest.mark.parametrize("kind", DECODERS)
@pytest.mark.parametrize("words", [500, 3000])
def test_the_probabilities_of_a_long_sentence_are_as_sound_as_in_double_precision(kind, words):
    decoder, tags = decoder_for(kind, SCHEMES["iobes"])
    emissions, mask = torch.randn(1, words, len(tags)), mask_of(words)
    found, expected = (decoder.marginals(values, mask).probabilities for values in (emissions, emissions.double()))
    torch.testing.assert_close(found.double(), expected.double(), rtol=0, atol=5e-4)
