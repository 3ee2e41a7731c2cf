"""Vectors of words in their sentence, from a pretrained transformer."""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float
from safetensors import SafetensorError
from torch import Tensor, nn

from tagger.errors import ModelError
from tagger.modules.batch import ContextBatch, WindowBatch
from tagger.modules.embeddings import ContextEmbedding

Pool = Literal["first", "mean", "last"]

# In use so many places, padding counted, are worked out at a time: a sentence without end needs no endless memory.
_PLACES_AT_ONCE = 8_192
_LARGEST_HALF = float(np.finfo(np.float16).max)


class LayerMix(nn.Module):
    """A weighted mean of layers, times a factor; both are learned (Peters et al. 2018, equation 1)."""

    def __init__(self, num_layers: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(num_layers))
        self.factor = nn.Parameter(torch.ones(1))

    def forward(self, layers: Float[Tensor, "words layers width"]) -> Float[Tensor, "words width"]:
        """The mean of each word's layers."""
        return self.factor * torch.einsum("l,nlw->nw", self.weights.softmax(0), layers)


class TransformerEmbedding(ContextEmbedding):
    """The vectors that a transformer gives the subwords of each word, pooled, of one layer or of several mixed.

    Where it is frozen, what it gives is rounded to 16 bits, 11 of them for the digits: so vectors that were kept as such numbers
    are those that are made anew.

    Args:
        config: That of the transformer, as `config.json` has it; its weights are random until they are loaded.
        layers: Which of its layers are mixed, from 0, its input.
        pool: Whether a word has the vector of its `first` or `last` subword, or their `mean`.
        trainable: Whether training changes its weights.
    """

    def __init__(self, config: Mapping[str, Any], *, layers: Sequence[int], pool: Pool, trainable: bool) -> None:
        super().__init__()
        self.transformer = _build(config)
        self.width = int(self.transformer.config.hidden_size)
        self.layers = tuple(layers)
        self.pool: Pool = pool
        self.trainable = trainable
        self.mix = LayerMix(len(layers)) if len(layers) > 1 else None
        self.transformer.requires_grad_(trainable)
        self.train(self.training)

    def train(self, mode: bool = True) -> "TransformerEmbedding":
        """Sets it to training, or to use; a frozen transformer is always in use."""
        super().train(mode)
        if not self.trainable:
            self.transformer.eval()
        return self

    def load_pretrained(self, folder: Path, model: str) -> None:
        """Takes the weights of a folder.

        Raises:
            ModelError: They are not those of this transformer.
        """
        from transformers import AutoModel

        try:
            with _quietly():
                loaded, told = AutoModel.from_pretrained(
                    folder,
                    config=self.transformer.config,
                    dtype=torch.float32,
                    use_safetensors=True,
                    trust_remote_code=False,
                    output_loading_info=True,
                )
        except (OSError, ValueError, RuntimeError, SafetensorError) as error:
            problem = " ".join(str(error).split()[:30]) or type(error).__name__
            raise ModelError(f"its weights can't be read ({problem})", where=model, fix="Fetch it again.") from error
        _drop_pooler(loaded)
        # What transformers does not find it draws at random.
        weights = loaded.state_dict()
        if missing := sorted(set(told["missing_keys"]) & set(weights)):
            problem = f"its file has no weights {missing[0]}" + (f" and {len(missing) - 1} others" if len(missing) > 1 else "")
            raise ModelError(problem, where=model, fix="Fetch it again, or name another model.")
        self.transformer.load_state_dict(weights)
        self._try_out(model)

    @torch.no_grad()
    def _try_out(self, model: str) -> None:
        """Reads a short sentence, alone and beside a longer one: convolutions and mixtures of places see no mask.

        Raises:
            ModelError: It can't read it, or has other vectors for it beside the longer one.
        """
        config, fix = self.transformer.config, "Name a model such as BERT, RoBERTa or DeBERTa."
        kind, short, long = config.model_type, 3, 9
        padding = getattr(config, "pad_token_id", None) or 0
        ids = torch.full((2, long), (padding + 3) % config.vocab_size)
        ids[0, short:] = padding
        windows = WindowBatch(ids[:1, :short], torch.tensor([short]), torch.arange(short), torch.arange(short))
        beside = WindowBatch(ids, torch.tensor([short, long]), torch.arange(short), torch.arange(short))
        self.transformer.eval()
        try:
            with _quietly():
                alone, padded = self._pieces(windows), self._pieces(beside)
        except (RuntimeError, ValueError, IndexError) as error:
            raise ModelError(f"a {kind} can't read a sentence of {short} subwords", where=model, fix=fix) from error
        self.train(self.training)
        if (alone - padded).abs().max() > 0.001 * alone.abs().max().clamp(min=1):
            problem = f"a {kind} reads what fills up the shorter sentences of a batch, so that their vectors depend on others"
            raise ModelError(problem, where=model, fix=fix)

    def forward(self, context: ContextBatch) -> Float[Tensor, "words width"]:
        """The vector of each word, sentence by sentence.

        Args:
            context: The windows of the sentences, or what `states` gave for their words before.
        """
        assert isinstance(context, Tensor | WindowBatch)
        states = (context if isinstance(context, Tensor) else self.states(context)).float()
        return states[:, 0] if self.mix is None else self.mix(states)

    def states(self, windows: WindowBatch) -> Float[Tensor, "words layers width"]:
        """The pooled vectors of each word in each of the layers, before they are mixed."""
        with nullcontext() if self.trainable else torch.no_grad():
            pooled = self._pooled(self._pieces(windows), windows.starts)
            return pooled if self.trainable else pooled.clamp(-_LARGEST_HALF, _LARGEST_HALF).half()

    def _pieces(self, windows: WindowBatch) -> Float[Tensor, "pieces layers width"]:
        """The vectors of each subword in each of the layers."""
        width = windows.ids.shape[1]
        # A gradient needs all of it at once anyway.
        size = len(windows.ids) if torch.is_grad_enabled() else max(1, _PLACES_AT_ONCE // width)
        starts = range(0, len(windows.ids), size)
        borders = torch.searchsorted(windows.taken, torch.tensor([start * width for start in starts[1:]]).to(windows.taken))
        parts = []
        for start, taken in zip(starts, windows.taken.tensor_split(borders.cpu()), strict=True):
            lengths = windows.lengths[start : start + size]
            narrow = int(lengths.max())
            ids = windows.ids[start : start + size, :narrow]
            mask = torch.arange(narrow, device=ids.device) < lengths.unsqueeze(1)
            given = self.transformer(input_ids=ids, attention_mask=mask.long(), output_hidden_states=True, return_dict=True)
            places = (taken // width - start) * narrow + taken % width
            layers = [given.hidden_states[layer].flatten(0, 1).index_select(0, places).float() for layer in self.layers]
            parts.append(torch.stack(layers, 1))
        return torch.cat(parts)

    def _pooled(self, pieces: Float[Tensor, "pieces layers width"], starts: Tensor) -> Float[Tensor, "words layers width"]:
        match self.pool:
            case "first":
                return pieces.index_select(0, starts)
            case "last":
                ends = torch.cat([starts[1:], starts.new_tensor([len(pieces)])])
                return pieces.index_select(0, ends - 1)
            case "mean":
                every = torch.arange(len(pieces), device=pieces.device)
                means = nn.functional.embedding_bag(every, pieces.flatten(1), starts, mode="mean")
                return means.view(len(starts), *pieces.shape[1:])

    def digest(self) -> str:
        """A short name of the weights and of what is made of them."""
        said = [self.transformer.config.to_json_string(use_diff=False), self.layers, self.pool]
        return hashlib.blake2b((json.dumps(said) + self.digest_of_weights()).encode(), digest_size=16).hexdigest()

    def digest_of_weights(self) -> str:
        """A short name of the transformer's weights alone, whatever version of `transformers` reads them."""
        digest = hashlib.blake2b(digest_size=16)
        for name, weight in self.transformer.state_dict().items():
            digest.update(name.encode() + weight.detach().cpu().contiguous().numpy().data)
        return digest.hexdigest()


def most_positions(config: Mapping[str, Any]) -> int:
    """How many ids a transformer reads at once at most, special ones counted."""
    with torch.device("meta"):
        transformer = _build(config)
    limits = []
    for name, table in transformer.named_modules():
        # Not every kind's table is an nn.Embedding.
        weight = getattr(table, "weight", None)
        if isinstance(weight, Tensor) and name.rpartition(".")[2] in ("position_embeddings", "wpe", "embed_positions"):
            # In some kinds the first positions are those of padding; in others there are rows that nothing says of.
            padding = getattr(table, "padding_idx", None)
            limits.append(len(weight) - (0 if padding is None else padding + 1))
    # Relative positions have no end in themselves: there it is the longest text that it was trained with, where that is known.
    said = config.get("max_position_embeddings")
    return min([*limits, int(said)]) if said else min(limits, default=512)


def _build(config: Mapping[str, Any]) -> Any:
    """A transformer of random weights."""
    from transformers import AutoConfig, AutoModel

    values = {key: value for key, value in config.items() if key != "model_type"}
    with _quietly():
        transformer = AutoModel.from_config(
            AutoConfig.for_model(config["model_type"], **values), dtype=torch.float32, trust_remote_code=False
        )
    _drop_pooler(transformer)
    return transformer


def _drop_pooler(transformer: Any) -> None:
    # It makes one vector of a sentence, which nobody reads.
    if isinstance(getattr(transformer, "pooler", None), nn.Module):
        transformer.pooler = None


@contextmanager
def _quietly() -> Iterator[None]:
    """Within it transformers says nothing and shows no bar: we have our own, and what is wrong becomes an error."""
    from transformers.utils import logging as theirs

    level, shows = theirs.get_verbosity(), theirs.is_progress_bar_enabled()
    theirs.set_verbosity(logging.CRITICAL)
    theirs.disable_progress_bar()
    try:
        yield
    finally:
        theirs.set_verbosity(level)
        if shows:
            theirs.enable_progress_bar()
