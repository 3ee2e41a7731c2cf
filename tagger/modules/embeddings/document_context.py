"""Vectors of what stands round a word's sentence, and round the word's other places near it."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import embedding_bag

from tagger.modules.batch import ContextBatch, SurroundingsBatch
from tagger.modules.embeddings import ContextEmbedding

_COUNTS = 3


class DocumentContextEmbedding(ContextEmbedding):
    """Means of word vectors, projected: of the words near the sentence, and of those before and behind the word's other places.

    A sentence by itself has nothing round it, and its words have zeros; training shows some of the others so, too, or nobody could
    ask for one sentence.

    Args:
        table: The table of the words' vectors, another embedding's, which is not trained.
        width: The dimensions that are made of the means.
        dropout: The share of the means' entries that training drops.
        hidden: The share of sentences that training shows as if they stood alone.
    """

    def __init__(self, table: nn.Embedding, width: int, *, dropout: float, hidden: float) -> None:
        super().__init__()
        self.width = width
        self.hidden = hidden
        # Not a module of this one: its owner saves it and moves it.
        self._owned = (table,)
        self.dropout = nn.Dropout(dropout)
        self.projection = nn.Linear(3 * table.embedding_dim + _COUNTS, width)

    @property
    def table(self) -> nn.Embedding:
        """The table of the words' vectors."""
        return self._owned[0]

    def forward(self, context: ContextBatch) -> Float[Tensor, "words width"]:
        """A vector for each word, sentence by sentence."""
        assert isinstance(context, SurroundingsBatch)
        if not self.training and bool(context.alone.all()):
            return self.projection.weight.new_zeros(len(context.sentences), self.width)
        vectors = self.table.weight.detach()
        around = embedding_bag(context.around, vectors, context.around_starts, mode="mean")
        before, behind = (embedding_bag(ids, vectors, context.starts, mode="mean") for ids in (context.before, context.behind))
        known = torch.cat([around.index_select(0, context.sentences), before, behind, context.counts], 1)
        alone = context.alone
        if self.training and self.hidden:
            alone = alone | (torch.rand(alone.shape, device=alone.device) < self.hidden)
        projected = torch.tanh(self.projection(self.dropout(known)))
        return projected.masked_fill(alone.index_select(0, context.sentences).unsqueeze(1), 0)
