"""Windows of long sentences, held against a definition by trying every window."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tagger.features.windows import WindowShape, cut

SHAPE = WindowShape(size=6, overlap=2, before=(90,), after=(91,), padding_id=0)


def windows_of(*sentences, shape=SHAPE):
    """The windows of sentences that are given as lists of words, each as many subwords."""
    sizes = np.array([size for words in sentences for size in words])
    ids = np.arange(100, 100 + sizes.sum())
    return ids, cut(ids, sizes, np.array([len(words) for words in sentences]), shape)


@st.composite
def cases(draw):
    room = draw(st.integers(1, 8))
    before, after = draw(st.integers(0, 2)), draw(st.integers(0, 2))
    shape = WindowShape(room + before + after, draw(st.integers(0, room - 1)), (90,) * before, (91,) * after, 0)
    sentence = st.lists(st.integers(1, 5), min_size=1, max_size=12)
    return shape, draw(st.lists(sentence, min_size=1, max_size=4))


def test_sentences_that_fit_are_one_window_each():
    _, found = windows_of([1, 2], [1], [2, 2])
    assert found.ids.tolist() == [[90, 100, 101, 102, 91, 0], [90, 103, 91, 0, 0, 0], [90, 104, 105, 106, 107, 91]]
    assert found.lengths.tolist() == [5, 3, 6]
    assert found.taken.tolist() == [1, 2, 3, 7, 13, 14, 15, 16]
    assert found.starts.tolist() == [0, 1, 3, 4, 6]


def test_a_longer_sentence_is_cut_into_windows_that_overlap():
    _, found = windows_of([1] * 7)
    assert found.ids.tolist() == [[90, 100, 101, 102, 103, 91], [90, 101, 102, 103, 104, 91], [90, 103, 104, 105, 106, 91]]


def test_no_more_windows_are_made_than_the_overlap_asks_for():
    assert [len(windows_of([1] * length)[1].ids) for length in range(1, 13)] == [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


@given(cases())
def test_each_subword_is_taken_once_and_in_order(case):
    shape, sentences = case
    ids, found = windows_of(*sentences, shape=shape)
    assert found.ids.ravel()[found.taken].tolist() == ids.tolist()
    assert (np.diff(found.taken) > 0).all()
    sizes = [size for words in sentences for size in words]
    assert np.diff(np.append(found.starts, len(ids))).tolist() == sizes


@given(cases())
def test_windows_are_full_overlap_enough_and_hold_one_sentence_each(case):
    shape, sentences = case
    _, found = windows_of(*sentences, shape=shape)
    rows = [
        row[:length][len(shape.before) : length - len(shape.after)] for row, length in zip(found.ids, found.lengths, strict=True)
    ]
    first = 100
    for words in sentences:
        mine = [row for row in rows if first <= row[0] < first + sum(words)]
        assert sorted({index for row in mine for index in row.tolist()}) == list(range(first, first + sum(words)))
        if len(mine) > 1:
            assert all(len(row) == shape.room for row in mine)
            shared = [left[-1] - right[0] + 1 for left, right in pairwise(mine)]
            assert min(shared) >= shape.overlap
            # As even as whole numbers allow.
            assert max(shared) - min(shared) <= 1
        first += sum(words)
    assert [row[: len(shape.before)].tolist() for row in found.ids] == [list(shape.before)] * len(rows)
    ends = [row[length - len(shape.after) : length].tolist() for row, length in zip(found.ids, found.lengths, strict=True)]
    assert ends == [list(shape.after)] * len(rows)


@given(cases())
def test_each_subword_is_taken_where_it_has_most_context(case):
    shape, sentences = case
    ids, found = windows_of(*sentences, shape=shape)
    width, skip = found.ids.shape[1], len(shape.before)
    begins, fills = found.ids[:, skip] if skip < width else found.ids[:, 0], found.lengths - shape.size + shape.room
    bounds = np.cumsum([100, *(sum(words) for words in sentences)])

    def context(window, subword):
        first, last = begins[window], begins[window] + fills[window] - 1
        if not first <= subword <= last:
            return -1
        # Where the window ends with the sentence, nothing is missing.
        before = np.inf if first in bounds else subword - first
        after = np.inf if last + 1 in bounds else last - subword
        return min(before, after)

    for subword, place in zip(ids, found.taken, strict=True):
        contexts = [context(window, subword) for window in range(len(begins))]
        assert contexts[place // width] == max(contexts)
