"""Words -> the subwords of a pretrained transformer, by its own tokenizer."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from tagger.features.contexts import Subwords
from tagger.features.windows import WindowShape

# So many at a time: the tokenizer keeps more of each subword than its id.
_WORDS_AT_ONCE = 10_000
# Halves of surrogate pairs, such as JSON can hold, are no characters, and can't be given to the library.
_HALVES, _REPLACEMENT = re.compile("[\ud800-\udfff]"), "\ufffd"


class TransformerFeaturizer:
    """All of a pretrained transformer but its weights: its tokenizer, its configuration and what it reads at once.

    A word's subwords do not depend on its neighbours: where words are given, tokenizers split each by itself. So each distinct word
    is split once, and only the windows know sentences.

    Args:
        tokenizer: Its `tokenizer.json`, as text.
        config: Its `config.json`; from it the layers are built.
        unknown_id: What stands for a word of which the tokenizer leaves nothing.
        padding_id: What pads a window.
        window: The most ids that it reads at once, special ones counted.
        overlap: How many subwords two neighbouring windows of a sentence share at least.
    """

    def __init__(
        self, tokenizer: str, config: Mapping[str, Any], *, unknown_id: int, padding_id: int, window: int, overlap: int
    ) -> None:
        self._json = tokenizer
        self.config = dict(config)
        self.unknown_id = unknown_id
        self.padding_id = padding_id
        self.window = window
        self.overlap = overlap

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer.from_str(self._json)
        tokenizer.no_truncation()
        tokenizer.no_padding()
        # A word `[SEP]` of a text is a word.
        tokenizer.encode_special_tokens = True
        return tokenizer

    @cached_property
    def shape(self) -> WindowShape:
        """What a window holds."""
        encoded = self._tokenizer.encode(["a"], is_pretokenized=True)
        word = [place for place, special in enumerate(encoded.special_tokens_mask) if not special]
        before, after = (word[0], word[-1] + 1) if word else (len(encoded.ids), len(encoded.ids))
        return WindowShape(self.window, self.overlap, tuple(encoded.ids[:before]), tuple(encoded.ids[after:]), self.padding_id)

    def contexts(
        self,
        types: Sequence[str],
        words: NDArray[np.int64],
        offsets: NDArray[np.int64],
        featurizers: Mapping[str, object],
    ) -> Subwords:
        """The source for sentences of these words, wherever they stand; see `ContextFeaturizer`."""
        return self.subwords(types)

    def subwords(self, words: Sequence[str]) -> Subwords:
        """The subwords of distinct words."""
        ids: list[int] = []
        sizes = np.zeros(len(words), dtype=np.int64)
        for start in range(0, len(words), _WORDS_AT_ONCE):
            some = words[start : start + _WORDS_AT_ONCE]
            read = [_HALVES.sub(_REPLACEMENT, word) for word in some]
            encoded = self._tokenizer.encode(read, is_pretokenized=True, add_special_tokens=False)
            found = np.bincount(np.array(encoded.word_ids, dtype=np.int64), minlength=len(some))
            sizes[start : start + len(some)] = np.maximum(found, 1)
            # Where nothing is left of a word, the unknown one is put in.
            ids += np.insert(encoded.ids, (np.cumsum(found) - found)[found == 0], self.unknown_id).tolist()
        return Subwords(np.array(ids, dtype=np.int64), np.concatenate(([0], np.cumsum(sizes))), self.shape)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` needs."""
        return {
            "tokenizer": json.loads(self._json),
            "config": self.config,
            "unknown_id": self.unknown_id,
            "padding_id": self.padding_id,
            "window": self.window,
            "overlap": self.overlap,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "TransformerFeaturizer":
        """The featurizer that `to_json` wrote."""
        names = ("config", "unknown_id", "padding_id", "window", "overlap")
        return cls(json.dumps(data["tokenizer"]), **{name: data[name] for name in names})
