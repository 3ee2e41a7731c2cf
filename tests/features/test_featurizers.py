"""Featurizers as a model folder describes them."""

import pytest

from tagger.features.characters import CharacterFeaturizer
from tagger.features.columns import ColumnFeaturizer
from tagger.features.featurizers import columns_read, features_of, featurizers_json, read_featurizers
from tagger.features.subwords import SubwordFeaturizer
from tagger.features.vocab import Vocab
from tagger.features.word_forms import CaseFeaturizer, ShapeFeaturizer
from tagger.features.words import WordFeaturizer


def made():
    words = WordFeaturizer(Vocab(["a", "b"]), lowercase=True, digits="keep")
    subwords = SubwordFeaturizer.from_counts({"ab": 2}, model="bpe", size=9, max_length=9)
    return {
        "glove": words,
        "words": words,
        "characters": CharacterFeaturizer(Vocab("ab"), max_length=9),
        "subwords": subwords,
        "case": CaseFeaturizer(),
        "looks": ShapeFeaturizer(Vocab(["xxx", "Xxxx"]), singletons=[3]),
        "pos": ColumnFeaturizer("pos", Vocab(["NN"]), singletons=[2]),
    }


def test_what_was_described_is_read_with_its_names_and_kinds():
    again = read_featurizers(featurizers_json(made()))
    assert {name: type(featurizer) for name, featurizer in again.items()} == {
        "glove": WordFeaturizer,
        "words": WordFeaturizer,
        "characters": CharacterFeaturizer,
        "subwords": SubwordFeaturizer,
        "case": CaseFeaturizer,
        "looks": ShapeFeaturizer,
        "pos": ColumnFeaturizer,
    }
    assert featurizers_json(again) == featurizers_json(made())


def test_before_there_were_names_they_were_the_kinds():
    old = {name: made()[name].to_json() for name in ("words", "characters")}
    assert featurizers_json(read_featurizers(old)) == {name: part for name, part in featurizers_json(made()).items() if name in old}


@pytest.mark.parametrize("data", [{"glove": {}}, {"words": {"kind": "waves"}}])
def test_a_kind_that_is_not_known_is_refused(data):
    with pytest.raises(LookupError):
        read_featurizers(data)


def test_each_reads_the_words_or_its_column():
    found = features_of(made(), ["a", "b"], {"pos": ["NN", None]})
    assert (found["words"].tolist(), found["pos"].tolist()) == ([2, 3], [2, 3])
    assert columns_read(made()) == ("pos",)


def test_cases_of_another_version_are_refused():
    with pytest.raises(ValueError, match="the cases of words are not those of this version"):
        read_featurizers({"case": {"cases": ["lower"]}})
