"""A decoder as it is used: its scores go through numpy, as tensors come in and go out."""

import torch

from tagger.decoding.chain import Sums, forward_backward, viterbi
from tagger.modules.crf import Chain


def best_tags(decoder, emissions, mask):
    """The best legal tags; 0 at padding."""
    scores = decoder.scores()
    return torch.from_numpy(viterbi(scores, scores.counted(emissions.detach().numpy()), mask.numpy()))


def sums_of(decoder, emissions, mask) -> Sums:
    """The forward-backward sums."""
    scores = decoder.scores()
    return forward_backward(scores, scores.counted(emissions.detach().numpy()), mask.numpy())


def tag_shares(decoder, emissions, mask):
    """The probability of each tag at each word."""
    return torch.from_numpy(sums_of(decoder, emissions, mask).probabilities)


def chain_of(decoder, emissions, mask):
    """The chain whose paths the decoder decides between, for gradients to go through."""
    counted = emissions.log_softmax(2) if decoder.normalised else emissions
    return Chain(counted, mask, *decoder.between())
