import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_chains import chain_of

from tagger.decoding.answers import TagTable
from tagger.decoding.chain import forward_backward
from tagger.decoding.search import Found, Wanted
from tagger.text.schemes import IOB2, SCHEMES, LabelledRange

LABELS = ["PER", "LOC", "X-Y"]


def span_lists():
    """Sentences as lists of pieces: the length of each and the label of its span, None where there is none."""
    piece = st.tuples(st.integers(1, 4), st.sampled_from([None, *LABELS]))
    return st.lists(st.lists(piece, max_size=5), max_size=5)


def spans_of(pieces):
    spans, start = [], 0
    for length, label in pieces:
        if label:
            spans.append(LabelledRange(start, start + length, label))
        start += length
    return spans, start


@pytest.mark.parametrize("name", SCHEMES)
@given(span_lists())
def test_spans_and_tags_are_those_of_the_scheme_sentence_by_sentence(name, sentences):
    scheme = SCHEMES[name]
    names = scheme.tags(LABELS)
    made = [spans_of(pieces) for pieces in sentences]
    written = [scheme.write(spans, length) for spans, length in made]
    path = np.array([names.index(tag) for tags in written for tag in tags], dtype=np.int64)
    offsets = np.cumsum([0, *(length for _, length in made)])
    found = TagTable(names, scheme).predictions(Found(path), offsets)
    assert [list(prediction.spans) for prediction in found] == [scheme.spans(tags) for tags in written]
    assert [list(prediction.tags) for prediction in found] == [IOB2.write(scheme.spans(tags), len(tags)) for tags in written]
    assert all(prediction.tag_probabilities is None and prediction.span_probabilities is None for prediction in found)


def test_plain_tags_are_named():
    found = TagTable(["NOUN", "VERB"], None).predictions(Found(np.array([1, 0, 0])), np.array([0, 2, 2, 3]))
    assert [prediction.tags for prediction in found] == [("VERB", "NOUN"), (), ("NOUN",)]
    assert [prediction.spans for prediction in found] == [(), (), ()]


def test_a_tag_has_the_shares_of_all_that_are_written_as_it_is():
    names = SCHEMES["iobes"].tags(["X"])
    scores, emissions, mask = chain_of(len(names), [9, 7, 5, 1])
    found = TagTable(names, SCHEMES["iobes"]).best(scores, emissions, mask, Wanted(probabilities=True))
    assert {names[tag] for tag in found.path} == set(names)
    alike = {"B": "BS", "S": "BS", "I": "IE", "E": "IE", "O": "O"}
    expected = [
        sum(share for name, share in zip(names, shares, strict=True) if name[0] in alike[names[tag][0]])
        for tag, shares in zip(found.path, forward_backward(scores, emissions, mask).probabilities[mask], strict=True)
    ]
    assert found.along.tag_shares == pytest.approx(expected)
