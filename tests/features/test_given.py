"""What must stand beside the words of sentences that a model reads columns of."""

import pytest

from tagger.errors import CorpusError, TaggerError
from tagger.features.columns import ColumnFeaturizer
from tagger.features.given import columns_given, refuse_blank, refuse_strange
from tagger.text.sentence import Sentence

POS = {"pos": ColumnFeaturizer.from_counts("pos", {"DT": 3, "IN": 2, "JJ": 1, "NN": 4, "RB": 1, "VB": 2})}


def of(*tags):
    return Sentence.of_words([f"w{index}" for index, _ in enumerate(tags)], {"pos": tags})


def refused(call, *arguments):
    with pytest.raises(TaggerError) as caught:
        call(*arguments)
    return str(caught.value)


def test_a_value_has_the_id_of_its_own_of_unknown_ones_or_of_missing_ones():
    assert POS["pos"].encode(["DT", "NN", "new", None]).tolist() == [2, 5, 1, 8]
    assert POS["pos"].singletons == (4, 6)


def test_the_tags_of_the_column_are_taken_sentence_by_sentence():
    assert columns_given([of("DT", "NN"), of(), of("VB")], ["pos"]) == {"pos": [("DT", "NN"), (), ("VB",)]}


def test_a_sentence_without_the_column_is_refused():
    bare = Sentence.of_words(["Oslo"], {"upos": ["PROPN"]})
    assert refused(columns_given, [of("DT"), bare], ["pos"]) == (
        "the model reads pos beside the words, and the sentence has no such tags (upos alone)\n"
        '  Give a Sentence with them: Sentence.of_words(words, tags={"pos": [...]}), or what another tagger gave.'
    )


def test_another_number_of_tags_than_words_is_refused():
    odd = Sentence.of_words(["Oslo", "is", "cold"], {"pos": ["NN", "VB"]})
    assert refused(columns_given, [odd], ["pos"]) == "2 tags of pos for 3 words, which begin 'Oslo is cold'\n  Give each word one."


def test_a_sentence_in_which_nothing_is_said_is_refused():
    assert refused(refuse_blank, of("_", "_"), POS, "a.conllu:7") == (
        "a.conllu:7: the model reads pos beside the words, and there is nothing but '_'\n"
        "  Fill it in, with tags such as DT, IN, JJ, NN, RB, ..."
    )


@pytest.mark.parametrize("sentence", [of("_", "NN"), of("new"), of()])
def test_a_sentence_in_which_something_is_said_is_not(sentence):
    refuse_blank(sentence, POS)


def test_a_sign_that_train_has_says_something():
    refuse_blank(of("_", "_"), {"pos": ColumnFeaturizer.from_counts("pos", {"_": 5, "NN": 1})})


def test_a_split_of_other_values_is_refused():
    with pytest.raises(CorpusError) as caught:
        refuse_strange({"pos": {"NOUN": 3, "VERB": 1}}, POS, "test")
    assert str(caught.value) == (
        "test: the model reads pos beside the words, and no value is one of train's\n"
        "  There is NOUN, VERB, where train has DT, IN, JJ, NN, RB, ...: is it the same column, with the same tags?"
    )
    refuse_strange({"pos": {"NOUN": 3, "DT": 1}}, POS, "test")
