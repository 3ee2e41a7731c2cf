"""Sentences of subwords, cut into windows that a transformer can read: nothing is left out, however long a sentence is."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int
from numpy import ndarray
from numpy.typing import NDArray


@dataclass(frozen=True)
class WindowShape:
    """What a transformer reads at once.

    Attributes:
        size: The most ids, special ones counted.
        overlap: How many subwords two neighbouring windows of a sentence share at least.
        before: The special ids that each window begins with.
        after: Those that it ends with.
        padding_id: What stands behind them in a shorter window.
    """

    size: int
    overlap: int
    before: tuple[int, ...]
    after: tuple[int, ...]
    padding_id: int

    @property
    def room(self) -> int:
        """How many subwords fit."""
        return self.size - len(self.before) - len(self.after)


@dataclass(frozen=True)
class Windows:
    """The subwords of some sentences in windows.

    Attributes:
        ids: The ids of each window, special ones among them, padded on the right.
        lengths: The number of ids of each window.
        taken: For each subword, sentence by sentence, its place in `ids`, flattened: of a sentence longer than a window
            that in the window in which it has most context. Ascending.
        starts: For each word, sentence by sentence, its first subword in `taken`.
    """

    ids: Int[ndarray, "windows subwords"]
    lengths: Int[ndarray, " windows"]
    taken: Int[ndarray, " pieces"]
    starts: Int[ndarray, " words"]


def cut(ids: NDArray[np.int64], sizes: NDArray[np.int64], lengths: NDArray[np.int64], shape: WindowShape) -> Windows:
    """The windows of some sentences.

    A sentence that fits is one window. Of a longer one all windows are full, and begin as evenly as whole numbers allow.

    Args:
        ids: The subwords of all words, sentence by sentence.
        sizes: The number of subwords of each word, at least 1.
        lengths: The number of words of each sentence, at least 1.
        shape: What fits into a window.
    """
    words = np.concatenate(([0], np.cumsum(sizes)))
    ends = words[np.cumsum(lengths)]
    starts = np.concatenate(([0], ends[:-1]))
    num_subwords, room = ends - starts, shape.room
    counts = 1 + np.maximum(0, -((room - num_subwords) // (room - shape.overlap)))
    sentence, number = np.repeat(np.arange(len(lengths)), counts), _numbers(counts)
    begins = starts[sentence] + number * np.maximum(0, num_subwords - room)[sentence] // np.maximum(1, counts - 1)[sentence]
    fills = np.minimum(num_subwords, room)[sentence]

    # From the middle of what two windows share on, a subword has more context in the second; the window at a sentence's end misses
    # nothing on that side, so that it keeps what is behind.
    changes = np.where(number[1:] > 0, (begins[1:] + (begins + fills)[:-1] + 1) // 2, begins[1:])
    takes = np.diff(np.concatenate(([0], changes, [len(ids)])))

    width, first = int(fills.max()) + shape.size - room, len(shape.before)
    padded = np.full((len(begins), width), shape.padding_id, dtype=np.int64)
    padded[:, :first] = shape.before
    row, column = np.repeat(np.arange(len(begins)), fills), _numbers(fills)
    padded[row, first + column] = ids[np.repeat(begins, fills) + column]
    for place, special in enumerate(shape.after):
        padded[np.arange(len(begins)), first + fills + place] = special
    taken = np.repeat(np.arange(len(begins)) * width + first - begins, takes) + np.arange(len(ids))
    return Windows(padded, fills + shape.size - room, taken, words[:-1])


def _numbers(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, ... up to each count, one after the other."""
    ends = np.cumsum(counts)
    numbers: NDArray[np.int64] = np.arange(ends[-1]) - np.repeat(ends - counts, counts)
    return numbers
