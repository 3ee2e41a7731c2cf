"""The layers of the NCRF++-like tagger: plain PyTorch, nothing shared, nothing vectorised over steps."""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class NcrfModel(nn.Module):
    """Frozen word vectors and a character CNN (30 to 50, width 3) -> BiLSTM 2x256 -> emissions, with a CRF."""

    def __init__(self, vectors: Tensor, num_characters: int, num_tags: int) -> None:
        super().__init__()
        self._vectors = nn.Embedding(vectors.shape[0], vectors.shape[1], _weight=vectors, _freeze=True)
        self._characters = nn.Embedding(num_characters, 30)
        self._convolution = nn.Conv1d(30, 50, kernel_size=3, padding=1)
        self._lstm = nn.LSTM(vectors.shape[1] + 50, 256, batch_first=True, bidirectional=True)
        self._dropout = nn.Dropout(0.5)
        self._emissions = nn.Linear(512, num_tags + 2)
        self.crf = StepwiseCrf(num_tags)

    def forward(self, words: Tensor, lengths: Tensor, characters: Tensor) -> Tensor:
        """Emissions (batch, words, tags and two more for start and stop)."""
        batch, longest, widest = characters.shape
        letters = self._dropout(self._characters(characters.view(batch * longest, widest)))
        shapes = self._convolution(letters.transpose(1, 2)).max(2)[0].view(batch, longest, -1)
        inputs = self._dropout(torch.cat([self._vectors(words), shapes], 2))
        hidden, _ = self._lstm(pack_padded_sequence(inputs, lengths, batch_first=True))
        hidden, _ = pad_packed_sequence(hidden, batch_first=True)
        emissions: Tensor = self._emissions(self._dropout(hidden))
        return emissions


class StepwiseCrf(nn.Module):
    """A linear-chain CRF (Lafferty et al. 2001) that goes from word to word, with a start and a stop tag."""

    def __init__(self, num_tags: int) -> None:
        super().__init__()
        self._start, self._stop = num_tags, num_tags + 1
        transitions = torch.zeros(num_tags + 2, num_tags + 2)
        transitions[:, self._start] = -10_000.0
        transitions[self._stop, :] = -10_000.0
        self._transitions = nn.Parameter(transitions)

    def loss(self, emissions: Tensor, mask: Tensor, tags: Tensor) -> Tensor:
        """The negative log likelihood, a sum over sentences."""
        return self._partition(emissions, mask) - self._gold(emissions, mask, tags)

    def _partition(self, emissions: Tensor, mask: Tensor) -> Tensor:
        # As there, the scores of all steps stand in one tensor (words, batch, tags, tags) first.
        scores = emissions.transpose(0, 1).unsqueeze(2) + self._transitions
        sums = scores[0][:, self._start, :]
        for step in range(1, len(scores)):
            ahead = torch.logsumexp(sums.unsqueeze(2) + scores[step], 1)
            sums = torch.where(mask[:, step, None], ahead, sums)
        return torch.logsumexp(sums + self._transitions[:, self._stop], 1).sum()

    def _gold(self, emissions: Tensor, mask: Tensor, tags: Tensor) -> Tensor:
        before = torch.cat([torch.full_like(tags[:, :1], self._start), tags[:, :-1]], 1)
        steps = emissions.gather(2, tags.unsqueeze(2)).squeeze(2) + self._transitions[before, tags]
        last = tags.gather(1, mask.sum(1, keepdim=True) - 1).squeeze(1)
        return steps.masked_select(mask).sum() + self._transitions[last, self._stop].sum()

    def best(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """The best tags (batch, words) by Viterbi; 0 where there is no word."""
        emissions, lengths = emissions.detach(), mask.sum(1)
        scores = emissions.transpose(0, 1).unsqueeze(2) + self._transitions.detach()
        partial = scores[0][:, self._start, :]
        history, pointers = [partial], []
        for step in range(1, len(scores)):
            partial, pointer = (partial.unsqueeze(2) + scores[step]).max(1)
            history.append(partial)
            pointers.append(pointer)
        ends = torch.stack(history, 1)[torch.arange(len(lengths)), lengths - 1]
        ending = (ends + self._transitions.detach()[:, self._stop]).max(1)[1]
        tags = torch.zeros_like(mask, dtype=torch.long)
        tags[torch.arange(len(lengths)), lengths - 1] = ending
        current = ending
        for step in range(len(scores) - 2, -1, -1):
            inside = step + 1 < lengths
            current = torch.where(inside, pointers[step].gather(1, current.unsqueeze(1)).squeeze(1), current)
            tags[:, step] = torch.where(inside, current, tags[:, step])
        return tags
