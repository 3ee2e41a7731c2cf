from itertools import pairwise, product

import pytest
import torch
from enumeration import log_sum, path_scores, probabilities
from in_use import best_tags, chain_of, tag_shares

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
        for path, length in zip(best_tags(decoder, emissions, mask_of(*lengths)).tolist(), lengths, strict=True):
            assert scheme.illegal([tags[tag] for tag in path[:length]]) is None


@pytest.mark.parametrize("kind", DECODERS)
def test_an_illegal_favourite_gives_way_to_the_best_legal_tags(kind):
    scheme = SCHEMES["iobes"]
    tags = scheme.tags(["PER"])
    decoder = kind(4, len(tags), scheme.transitions(tags))
    emissions = torch.zeros(1, 2, len(tags))
    emissions[0, 0, tags.index("I-PER")] = emissions[0, 1, tags.index("B-PER")] = 100
    emissions[0, 0, tags.index("B-PER")] = emissions[0, 1, tags.index("E-PER")] = 10
    assert [tags[tag] for tag in best_tags(decoder, emissions, mask_of(2))[0]] == ["B-PER", "E-PER"]


@pytest.mark.parametrize("kind", DECODERS)
@pytest.mark.parametrize("scheme", ["iobes", "bilou", "iob2"])
def test_illegal_sequences_have_no_probability(kind, scheme):
    decoder, tags = decoder_for(kind, SCHEMES[scheme], ["PER"])
    chain = chain_of(decoder, torch.randn(1, 4, len(tags)), mask_of(4))
    for path, probability in probabilities(path_scores(chain, 0)):
        legal = SCHEMES[scheme].illegal([tags[tag] for tag in path]) is None
        assert (probability > 0) == legal


@pytest.mark.parametrize("kind", DECODERS)
def test_marginals_agree_with_enumeration(kind):
    decoder, tags = decoder_for(kind, SCHEMES["iobes"], ["PER"])
    emissions, mask = torch.randn(2, 4, len(tags)), mask_of(4, 2)
    found = tag_shares(decoder, emissions, mask)
    for row, length in enumerate((4, 2)):
        expected = torch.zeros(length, len(tags))
        for path, probability in probabilities(path_scores(chain_of(decoder, emissions, mask), row)):
            expected[range(length), path] += probability
        torch.testing.assert_close(found[row, :length], expected, rtol=1e-4, atol=1e-5, check_dtype=False)


@pytest.mark.parametrize("scheme", [None, SCHEMES["iobes"]], ids=["plain", "iobes"])
def test_the_crf_loss_is_the_negative_log_likelihood_among_legal_sequences(scheme):
    decoder, tags = decoder_for(CRFDecoder, SCHEMES["iobes"], ["PER"])
    if scheme is None:
        decoder = CRFDecoder(4, len(tags), None)
    emissions, mask = torch.randn(2, 3, len(tags)), mask_of(3, 1)
    gold = torch.tensor([[tags.index(tag) for tag in ("B-PER", "E-PER", "O")], [tags.index("S-PER"), -1, -1]])
    chain = chain_of(decoder, emissions, mask)
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
        gold = best_tags(decoder, emissions, mask)
        assert decoder.loss(emissions, gold, mask).item() >= -1e-5 * scale


def test_softmax_without_a_scheme_takes_the_highest_emission():
    decoder = SoftmaxDecoder(4, 5, None)
    emissions, mask = torch.randn(3, 6, 5), mask_of(6, 1, 3)
    assert torch.equal(best_tags(decoder, emissions, mask), emissions.argmax(2) * mask)
    assert torch.allclose(tag_shares(decoder, emissions, mask), emissions.double().softmax(2), atol=1e-6)


def test_softmax_with_a_scheme_keeps_the_highest_emissions_where_they_are_legal():
    decoder, tags = decoder_for(SoftmaxDecoder, SCHEMES["bilou"])
    legal = torch.tensor([[tags.index(tag) for tag in ("B-PER", "I-PER", "L-PER", "O", "U-LOC")]])
    emissions = torch.randn(1, 5, len(tags)).scatter(2, legal.unsqueeze(2), 10.0)
    assert torch.equal(best_tags(decoder, emissions, mask_of(5)), legal)


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
    found, expected = (tag_shares(decoder, values, mask) for values in (emissions, emissions.double()))
    torch.testing.assert_close(found.double(), expected.double(), rtol=0, atol=5e-4)


UNKNOWN = "?"


def partly_known(tags, rows):
    """Gold ids, mask and choices of rows of tags; `?` is unknown, `B-PER|S-PER` one of these, all others are known exactly."""
    sets = [tuple(tags), *sorted({tuple(tag.split("|")) for row in rows for tag in row.split() if "|" in tag})]
    ids = {UNKNOWN: len(tags), **{"|".join(chosen): len(tags) + index for index, chosen in enumerate(sets) if index}}
    lengths = [len(row.split()) for row in rows]
    gold = torch.full((len(rows), max(lengths)), -1)
    for row, text in enumerate(rows):
        for place, tag in enumerate(text.split()):
            gold[row, place] = ids[tag] if tag in ids else tags.index(tag)
    choices = torch.tensor([[tag in chosen for tag in tags] for chosen in sets])
    return gold, mask_of(*lengths), choices


def agrees(path, row, tags):
    """Whether a path of ids is one of those that a row of partly known tags allows."""
    return all(known == UNKNOWN or tags[tag] in known.split("|") for tag, known in zip(path, row.split(), strict=True))


ROWS = ["? B-PER ? O", "B-PER|S-PER ? O", "S-PER ?", "?", "B-PER I-PER E-PER O", "? ? ?", "O B-PER|S-PER I-PER|E-PER ?"]


def summed(terms):
    """The logarithm of a sum, kept differentiable."""
    return torch.stack(terms).logsumexp(0)


def chain_score(chain, row, path):
    """The score of one path, term by term."""
    emissions, _, transitions, first, last = chain
    total = first[path[0]] + last[path[-1]]
    for place, tag in enumerate(path):
        total = total + emissions[row, place, tag]
    for before, after in pairwise(path):
        total = total + transitions[before, after]
    return total


def crf_loss_by_enumeration(decoder, emissions, mask, rows, tags, shares=None):
    """-log of the share that the paths which agree have among all paths, sentence by sentence."""
    chain = chain_of(decoder, emissions, mask)
    total = emissions.new_zeros(())
    for row, text in enumerate(rows):
        paths = list(product(range(len(tags)), repeat=len(text.split())))
        scores = {path: chain_score(chain, row, path) for path in paths}
        agreeing = [score for path, score in scores.items() if agrees(path, text, tags)]
        loss = summed(list(scores.values())) - summed(agreeing)
        total = total + loss * (1.0 if shares is None else shares[row])
    return total


@pytest.mark.parametrize("constrained", [True, False], ids=["iobes", "plain"])
@pytest.mark.parametrize("rows", [ROWS[:3], ROWS[3:6], ROWS[6:], ["?", "O"]], ids=str)
def test_the_crf_loss_of_partly_known_tags_is_that_of_all_sequences_that_agree(constrained, rows):
    decoder, tags = decoder_for(CRFDecoder, SCHEMES["iobes"], ["PER"])
    if not constrained:
        decoder = CRFDecoder(4, len(tags), None)
        with torch.no_grad():
            for parameter in decoder.parameters():
                parameter.normal_()
    gold, mask, choices = partly_known(tags, rows)
    emissions = torch.randn(*mask.shape, len(tags), requires_grad=True)
    expected = crf_loss_by_enumeration(decoder, emissions, mask, rows, tags)
    found = decoder.loss(emissions, gold, mask, choices)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    wanted = [emissions, decoder.transitions, decoder.first, decoder.last]
    slopes = torch.autograd.grad(found, wanted)
    others = torch.autograd.grad(expected, wanted, allow_unused=True, materialize_grads=True)
    for slope, other in zip(slopes, others, strict=True):
        torch.testing.assert_close(slope, other, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", DECODERS)
@pytest.mark.parametrize("rows", [["?"], ["? ? ?", "?"]], ids=str)
def test_sentences_of_which_nothing_is_known_teach_nothing(kind, rows):
    decoder, tags = decoder_for(kind, SCHEMES["iobes"], ["PER"])
    gold, mask, choices = partly_known(tags, rows)
    hidden = torch.randn(*mask.shape, 4, requires_grad=True)
    loss = decoder.loss(decoder(hidden), gold, mask, choices)
    assert loss.item() == 0
    loss.backward()
    assert not hidden.grad.any()
    assert not any(parameter.grad.any() for parameter in decoder.parameters() if parameter.grad is not None)


@pytest.mark.parametrize("kind", DECODERS)
def test_a_sentence_of_which_nothing_is_known_adds_nothing_to_its_batch_mates(kind):
    decoder, tags = decoder_for(kind, SCHEMES["iobes"], ["PER"])
    gold, mask, choices = partly_known(tags, ["B-PER E-PER ?", "? ?"])
    emissions = torch.randn(2, 3, len(tags))
    together, alone = decoder.loss(emissions, gold, mask, choices), decoder.loss(emissions[:1], gold[:1], mask[:1], choices)
    torch.testing.assert_close(together, alone)


@pytest.mark.parametrize("kind", DECODERS)
def test_choices_of_one_tag_each_are_the_usual_loss(kind):
    decoder, tags = decoder_for(kind, SCHEMES["iobes"])
    emissions, mask = torch.randn(3, 6, len(tags), requires_grad=True), mask_of(6, 1, 4)
    gold = best_tags(decoder, emissions, mask).masked_fill(~mask, -1)
    choices = torch.cat((torch.ones(1, len(tags), dtype=torch.bool), torch.eye(len(tags), dtype=torch.bool)))
    usual = decoder.loss(emissions, gold, mask)
    for same in (gold, torch.where(mask, gold + len(tags) + 1, gold)):
        found = decoder.loss(emissions, same, mask, choices)
        torch.testing.assert_close(found, usual, rtol=1e-4, atol=1e-4)
        slopes = [torch.autograd.grad(loss, emissions, retain_graph=True)[0] for loss in (found, usual)]
        torch.testing.assert_close(*slopes, rtol=1e-3, atol=1e-5)


def test_the_more_is_known_the_larger_the_loss():
    for kind in DECODERS:
        decoder, tags = decoder_for(kind, SCHEMES["iobes"], ["PER"])
        emissions = torch.randn(1, 3, len(tags))
        losses = []
        for row in ("? ? ?", "? ? O", "B-PER|S-PER ? O", "B-PER ? O", "B-PER E-PER O"):
            gold, mask, choices = partly_known(tags, [row])
            losses.append(decoder.loss(emissions, gold, mask, choices).item())
        assert losses == sorted(losses)
        assert losses[0] == 0 < losses[1]


def test_the_softmax_loss_of_partly_known_tags_sums_the_probabilities_that_agree():
    decoder, tags = decoder_for(SoftmaxDecoder, SCHEMES["iobes"], ["PER"])
    rows = ["B-PER|S-PER ? O", "I-PER|E-PER"]
    gold, mask, choices = partly_known(tags, rows)
    emissions = torch.randn(2, 3, len(tags), requires_grad=True)
    shares = emissions.softmax(2)
    expected = emissions.new_zeros(())
    for row, text in enumerate(rows):
        for place, known in enumerate(text.split()):
            if known != UNKNOWN:
                expected = expected - sum(shares[row, place, tags.index(tag)] for tag in known.split("|")).log()
    found = decoder.loss(emissions, gold, mask, choices)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(*(torch.autograd.grad(loss, emissions, retain_graph=True)[0] for loss in (found, expected)))


def test_a_gold_tag_that_the_model_lacks_counts_for_nothing_beside_choices():
    decoder, tags = decoder_for(SoftmaxDecoder, SCHEMES["iobes"], ["PER"])
    gold, mask, choices = partly_known(tags, ["O ? B-PER|S-PER"])
    emissions = torch.randn(1, 3, len(tags))
    missing = gold.clone()
    missing[0, 0] = -1
    expected = decoder.loss(emissions, gold, mask, choices) + emissions[0, 0].log_softmax(0)[tags.index("O")]
    torch.testing.assert_close(decoder.loss(emissions, missing, mask, choices), expected)


@pytest.mark.parametrize("partly", [False, True], ids=["known", "partly known"])
def test_a_sentence_of_the_crf_weighs_as_the_mean_of_its_known_words(partly):
    decoder, tags = decoder_for(CRFDecoder, SCHEMES["iobes"], ["PER"])
    rows = ["B-PER ? O", "? ?", "B-PER|S-PER"] if partly else ["B-PER E-PER O", "O O", "S-PER"]
    gold, mask, choices = partly_known(tags, rows)
    weights = torch.tensor([[0.5, 1.0, 0.0], [0.25, 0.25, 9.0], [1.0, 9.0, 9.0]])
    emissions = torch.randn(3, 3, len(tags))
    expected = crf_loss_by_enumeration(decoder, emissions, mask, rows, tags, [0.25 if partly else 0.5, 0.25, 1.0])
    found = decoder.loss(emissions, gold, mask, choices if partly else None, weights)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("partly", [False, True], ids=["known", "partly known"])
def test_each_tag_of_softmax_weighs_by_itself(partly):
    decoder, tags = decoder_for(SoftmaxDecoder, SCHEMES["iobes"], ["PER"])
    gold, mask, choices = partly_known(tags, ["B-PER E-PER O", "S-PER"])
    chosen = choices if partly else None
    emissions = torch.randn(2, 3, len(tags))
    weights = torch.tensor([[0.5, 0.0, 1.0], [0.25, 9.0, 9.0]])
    expected = 0.0
    for row, place in ((0, 0), (0, 2), (1, 0)):
        expected -= weights[row, place] * emissions[row, place].log_softmax(0)[gold[row, place]]
    torch.testing.assert_close(decoder.loss(emissions, gold, mask, chosen, weights), expected)


@pytest.mark.parametrize("kind", DECODERS)
def test_weights_of_one_change_nothing(kind):
    decoder, tags = decoder_for(kind, SCHEMES["iobes"], ["PER"])
    gold, mask, choices = partly_known(tags, ["B-PER ? O", "S-PER ?"])
    emissions = torch.randn(2, 3, len(tags))
    torch.testing.assert_close(
        decoder.loss(emissions, gold, mask, choices, torch.ones(mask.shape)), decoder.loss(emissions, gold, mask, choices)
    )


@pytest.mark.parametrize("kind", DECODERS)
@pytest.mark.parametrize("scale", [1, 20, 200])
def test_the_loss_of_partly_known_tags_is_never_negative_and_always_finite(kind, scale):
    decoder, tags = decoder_for(kind, SCHEMES["iobes"], ["PER"])
    for seed in range(20):
        torch.manual_seed(seed)
        gold, mask, choices = partly_known(tags, ["? B-PER ? ? O ?", "B-PER|S-PER ?", "? ? S-PER ? B-PER ?"])
        emissions = (scale * torch.randn(*mask.shape, len(tags))).requires_grad_()
        loss = decoder.loss(emissions, gold, mask, choices)
        assert -1e-5 * scale <= loss.item() < 1e6
        (slope,) = torch.autograd.grad(loss, emissions)
        assert slope.isfinite().all()
        assert not slope[~mask].any()
