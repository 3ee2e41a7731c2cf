"""The model: one embedding, one encoder, a decoder for each task, of tags or of sentences' labels."""

from collections.abc import Mapping

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from tagger.modules.batch import Batch
from tagger.modules.decoders import Decoder
from tagger.modules.embeddings.stack import StackedEmbedding
from tagger.modules.encoders import Encoder
from tagger.modules.names import module_key
from tagger.modules.sentence_decoder import SentenceDecoder

TaskEmissions = dict[str, Float[Tensor, "batch words tags"] | Float[Tensor, "batch labels"]]


class TaggerModel(nn.Module):
    """Embedding -> encoder -> decoders, handed in ready-made.

    Args:
        embedding: Gives each word its vector.
        encoder: Gives each word a vector that knows its neighbours.
        decoders: For each task what makes tags, or one label, of them.
        weights: For each task the weight of its loss; 1 where it has none.

    Attributes:
        trainings: How often it was set to training: what was worked out from its weights before may hold no longer.
    """

    def __init__(
        self,
        embedding: StackedEmbedding,
        encoder: Encoder,
        decoders: Mapping[str, Decoder | SentenceDecoder],
        weights: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.encoder = encoder
        # Not a second dictionary of modules: what is copied or moved is that of torch.
        self._keys = {name: module_key(name) for name in decoders}
        self._decoders = nn.ModuleDict({self._keys[name]: decoder for name, decoder in decoders.items()})
        self.weights = dict(weights or {})
        self.trainings = 0

    def train(self, mode: bool = True) -> "TaggerModel":
        """Sets it to training, or to use."""
        self.trainings += mode
        return super().train(mode)

    @property
    def decoders(self) -> dict[str, Decoder]:
        """The decoder of each task of tags."""
        return {name: module for name, key in self._keys.items() if isinstance(module := self._decoders[key], Decoder)}

    def parts(self) -> dict[str, nn.Module]:
        """All that may have weights, by the names under which a recipe gives them learning rates; in the order of `parameters`."""
        return {**self.embedding.parts, "encoder": self.encoder, "decoders": self._decoders}

    @property
    def sentence_decoders(self) -> dict[str, SentenceDecoder]:
        """The decoder of each task with one label for a sentence."""
        return {name: module for name, key in self._keys.items() if isinstance(module := self._decoders[key], SentenceDecoder)}

    def emissions(self, batch: Batch) -> TaskEmissions:
        """For each task the emissions of the batch."""
        hidden = self.encoder(self.embedding(batch), batch.lengths, self.embedding.learned)
        return self.decoded(hidden, batch.lengths)

    def decoded(self, hidden: Float[Tensor, "batch words hidden"], lengths: Int[Tensor, " batch"]) -> TaskEmissions:
        """For each task the emissions of sentences that the encoder has read."""
        tags = {name: decoder(hidden) for name, decoder in self.decoders.items()}
        return tags | {name: decoder(hidden, lengths) for name, decoder in self.sentence_decoders.items()}

    def forward(self, batch: Batch) -> Float[Tensor, ""]:
        """The loss in nats, summed over the words of the batch and, with its weights, over the tasks.

        A sentence's label counts as one tag more: so each sentence counts the same, whatever its length and whatever is beside it.
        """
        emissions = self.emissions(batch)
        losses = {
            task: decoder.loss(emissions[task], batch.gold[task], batch.mask, batch.choices.get(task), batch.weights.get(task))
            for task, decoder in self.decoders.items()
        }
        losses |= {task: decoder.loss(emissions[task], batch.labels[task]) for task, decoder in self.sentence_decoders.items()}
        return torch.stack([self.weights.get(task, 1.0) * loss for task, loss in losses.items()]).sum()
