import numpy as np
import pytest
from datasets import ClassLabel, Dataset, Features, List, Value
from hypothesis import given
from hypothesis import strategies as st

from tagger.features.batch import IGNORED
from tagger.features.characters import CharacterFeaturizer
from tagger.features.encode import column, encode_dataset
from tagger.features.vocab import Vocab
from tagger.text.schemes import IOB2, SCHEMES

NAMES = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
TOKENS = [["Angela", "Merkel", "visited", "Paris"], [], ["Paris"], ["New", "York", "City", "Oslo"]]
TAGS = [["B-PER", "I-PER", "O", "B-LOC"], [], ["B-LOC"], ["B-LOC", "I-LOC", "I-LOC", "B-LOC"]]


def dataset_of(tokens=TOKENS, tags=TAGS):
    features = Features({"tokens": List(Value("string")), "ner": List(ClassLabel(names=NAMES))})
    return Dataset.from_dict({"tokens": tokens, "ner": [[NAMES.index(tag) for tag in row] for row in tags]}, features=features)


def gold_tags(encoded, tags):
    """The gold tags of each sentence as strings; None where they are ignored."""
    flat = [None if index == IGNORED else tags[index] for index in encoded.gold["ner"].tolist()]
    return [flat[start:end] for start, end in zip(encoded.offsets, encoded.offsets[1:], strict=False)]


def test_tokens_are_told_apart_by_their_types():
    encoded = encode_dataset(dataset_of(), {}, {}, {})
    assert [encoded.types[index] for index in encoded.words] == [word for row in TOKENS for word in row]
    assert len(set(encoded.types)) == len(encoded.types)
    assert encoded.lengths.tolist() == [4, 0, 1, 4]


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_spans_are_written_in_the_scheme_that_is_learned(scheme):
    tags = scheme.tags(["LOC", "PER"])
    found = gold_tags(encode_dataset(dataset_of(), {}, {"ner": (scheme, tags)}, {"ner": IOB2}), tags)
    assert [scheme.spans(row) for row in found] == [IOB2.spans(row) for row in TAGS]


def test_plain_tags_are_looked_up_one_by_one():
    tags = ("I-PER", "O", "B-LOC", "B-PER", "I-LOC")
    assert gold_tags(encode_dataset(dataset_of(), {}, {"ner": (None, tags)}, {"ner": None}), tags) == TAGS


@pytest.mark.parametrize("scheme", [None, SCHEMES["iobes"]], ids=["plain", "iobes"])
def test_a_tag_that_the_model_lacks_is_ignored(scheme):
    tags = scheme.tags(["PER"]) if scheme else ("O", "B-PER", "I-PER")
    found = gold_tags(encode_dataset(dataset_of(), {}, {"ner": (scheme, tags)}, {"ner": IOB2}), tags)
    assert [[tag is None for tag in row] for row in found] == [[tag.endswith("LOC") for tag in row] for row in TAGS]


def test_features_are_those_of_the_types():
    featurizer = CharacterFeaturizer(Vocab("aeo"), max_length=9)
    encoded = encode_dataset(dataset_of(), {"characters": featurizer}, {}, {})
    assert encoded.features["characters"].tolist() == featurizer.encode(encoded.types).tolist()


def test_chosen_rows_are_encoded_in_their_order():
    chosen = dataset_of().select([3, 0])
    tags = IOB2.tags(["LOC", "PER"])
    encoded = encode_dataset(chosen, {}, {"ner": (IOB2, tags)}, {"ner": IOB2})
    assert [encoded.types[index] for index in encoded.words] == TOKENS[3] + TOKENS[0]
    assert gold_tags(encoded, tags) == [TAGS[3], TAGS[0]]
    assert column(chosen, "tokens").to_pylist() == [TOKENS[3], TOKENS[0]]


def test_a_slice_of_rows_is_encoded_from_its_own_start():
    tags = IOB2.tags(["LOC", "PER"])
    encoded = encode_dataset(dataset_of().select(range(2, 4)), {}, {"ner": (IOB2, tags)}, {"ner": IOB2})
    assert [encoded.types[index] for index in encoded.words] == TOKENS[2] + TOKENS[3]
    assert gold_tags(encoded, tags) == TAGS[2:]


@pytest.mark.parametrize("tokens", [[], [[], []]], ids=["no-sentences", "empty-sentences"])
def test_a_split_without_words_is_encoded(tokens):
    encoded = encode_dataset(dataset_of(tokens, tokens), {}, {"ner": (IOB2, IOB2.tags(["PER"]))}, {"ner": IOB2})
    assert encoded.lengths.tolist() == [0] * len(tokens)
    assert encoded.gold["ner"].dtype == np.int64
    assert len(encoded.words) == 0


@given(st.lists(st.lists(st.sampled_from(["a", "b", "ç", "🦊", ""]), max_size=4), min_size=1, max_size=5))
def test_words_come_back_as_they_went_in(tokens):
    encoded = encode_dataset(dataset_of(tokens, [["O"] * len(row) for row in tokens]), {}, {}, {})
    words = [encoded.types[index] for index in encoded.words]
    assert [words[start:end] for start, end in zip(encoded.offsets, encoded.offsets[1:], strict=False)] == tokens
