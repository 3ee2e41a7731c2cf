"""A tagger on a split: what is not known is not scored, and the scheme inside does not show."""

from types import SimpleNamespace

import pytest
from datasets import ClassLabel, Dataset, Features, List, Value

from tagger.build_corpus import build_corpus
from tagger.corpora.corpus import Corpus
from tagger.evaluation.evaluate import predict_split, quick_scores
from tagger.evaluation.examine import examine
from tagger.evaluation.predictions import SPANS, Predictions
from tagger.processes import Processes
from tagger.tagger import Tagger
from tagger.text.partial import UNKNOWN
from tagger.text.schemes import IOB2, SCHEMES

WORDS = [["Ann", "Lee", "sleeps"], ["Bo"], ["rain", "falls"]]
NER = [["B-PER", "I-PER", "O"], ["B-PER"], ["O", "O"]]
UPOS = [["PROPN", "PROPN", "VERB"], ["PROPN"], ["NOUN", "VERB"]]
FOUND = {
    "ner": [["B-PER", "I-PER", "O"], ["O"], ["B-LOC", "O"]],
    "upos": [["PROPN", "VERB", "VERB"], ["NOUN"], ["NOUN", "VERB"]],
}


class Oracle(SimpleNamespace):
    """A tagger that answers `FOUND`, whatever it is asked."""

    def predict(self, encoded):
        assert encoded.lengths.tolist() == list(map(len, WORDS))
        return {task: [SimpleNamespace(tags=tags) for tags in rows] for task, rows in FOUND.items()}


TAGGER = Oracle(
    tags={"ner": (SCHEMES["iobes"], ("O",)), "upos": (None, ("NOUN", "PROPN", "VERB"))},
    featurizers={},
    columns_read=(),
)


def hidden(rows, *places):
    """The rows with None at these places."""
    return [[None if (row, place) in places else tag for place, tag in enumerate(tags)] for row, tags in enumerate(rows)]


def predictions(ner=NER, upos=UPOS):
    return Predictions(WORDS, {"ner": ner, "upos": upos}, FOUND, schemes={"ner": SPANS})


def corpus_of(inside=IOB2, ner=NER, upos=UPOS):
    """A corpus of one split, spans in the scheme `inside`."""
    names = {
        "ner": sorted({tag for tags in ner for tag in tags if tag}),
        "upos": sorted({tag for tags in upos for tag in tags if tag}),
    }
    ids = {
        task: [[UNKNOWN if tag is None else names[task].index(tag) for tag in tags] for tags in rows]
        for task, rows in (("ner", ner), ("upos", upos))
    }
    features = Features({"tokens": List(Value("string")), **{task: List(ClassLabel(names=names[task])) for task in names}})
    dataset = Dataset.from_dict({"tokens": WORDS, **ids}, features=features)
    return Corpus({"dev": dataset}, {"ner": inside, "upos": None}, "x")


def test_a_split_gives_words_gold_and_predicted_tags():
    made = predict_split(TAGGER, corpus_of(), "dev")
    assert (made.words, dict(made.gold), dict(made.predicted)) == (WORDS, {"ner": NER, "upos": UPOS}, FOUND)


def test_gold_spans_are_given_in_iob2_whatever_the_scheme_inside():
    inside = [["B-PER", "E-PER", "O"], ["S-PER"], ["O", "O"]]
    made = predict_split(TAGGER, corpus_of(SCHEMES["iobes"], inside), "dev")
    assert list(map(list, made.gold["ner"])) == NER
    assert examine(made) == examine(predictions())


def test_gold_tags_that_are_not_known_are_none_and_those_beside_them_in_iob2():
    inside = [["B-PER", None, "E-PER"], [None], ["S-LOC", "O"]]
    made = predict_split(TAGGER, corpus_of(SCHEMES["iobes"], inside, hidden(UPOS, (0, 1))), "dev")
    assert list(map(list, made.gold["ner"])) == [["B-PER", None, "I-PER"], [None], ["B-LOC", "O"]]
    assert made.gold["upos"] == [["PROPN", None, "VERB"], ["PROPN"], ["NOUN", "VERB"]]


def test_spans_are_scored_in_iob2_and_quick_scores_are_those_of_the_report():
    made = predict_split(TAGGER, corpus_of(), "dev")
    assert made.schemes == {"ner": (IOB2, IOB2)}
    scores = {task: found.scores for task, found in examine(made).items()}
    assert (scores["ner"].score, scores["upos"].score) == (0.5, 4 / 6)
    assert quick_scores(made) == {"ner": 0.5, "upos": 4 / 6}


def test_a_task_of_which_no_tag_is_known_has_no_score_that_decides():
    nothing = [[None] * len(tags) for tags in NER]
    assert set(quick_scores(predictions(ner=nothing))) == set(examine(predictions(ner=nothing))) == {"upos"}
    assert set(quick_scores(predictions(upos=nothing))) == {"ner"}


def test_what_is_not_known_is_left_out_of_quick_scores():
    assert quick_scores(predictions(upos=hidden(UPOS, (0, 1), (1, 0))))["upos"] == 1.0
    assert quick_scores(predictions(ner=hidden(NER, (0, 2))))["ner"] == 0.0


def test_a_gold_tag_that_is_not_known_is_written_as_an_underscore(tmp_path):
    predictions(ner=hidden(NER, (0, 1))).write(tmp_path, "dev")
    assert (tmp_path / "dev.ner.conll").read_text("utf-8").splitlines()[:3] == ["Ann B-PER B-PER", "Lee _ I-PER", "sleeps O O"]


class OneOfMany(Processes):
    """One of several processes, of which the others are not there."""

    def gather(self, value):
        return [value]


def test_what_is_near_does_not_end_where_another_process_goes_on(tiny_recipe, by_document):
    recipe = tiny_recipe(embeddings=by_document)
    corpus = build_corpus(recipe)
    tagger = Tagger.from_recipe(recipe, corpus)
    whole = predict_split(tagger, corpus, "dev", certain=True).certain["ner"].tags
    shares = [predict_split(tagger, corpus, "dev", OneOfMany(rank, 3), certain=True) for rank in range(3)]
    found = [row for share in shares for row in share.certain["ner"].tags]
    assert [list(row) for row in found] == [pytest.approx(list(row), abs=1e-6) for row in whole]
    # Each sentence by itself is read otherwise.
    alone = [tagger.tag(words).probabilities["ner"] for words in corpus["dev"]["tokens"]]
    assert (
        max(abs(one - other) for row, others in zip(whole, alone, strict=True) for one, other in zip(row, others, strict=True))
        > 1e-4
    )


@pytest.mark.parametrize("count", [1, 2, 3, 10])
def test_processes_share_a_split_between_them(tiny_recipe, count):
    recipe = tiny_recipe()
    corpus = build_corpus(recipe)
    tagger = Tagger.from_recipe(recipe, corpus)
    whole = predict_split(tagger, corpus, "dev")
    shares = [predict_split(tagger, corpus, "dev", OneOfMany(rank, count)) for rank in range(count)]
    assert [tags for share in shares for tags in share.predicted["ner"]] == whole.predicted["ner"]
    assert max(len(share.predicted["ner"]) for share in shares) <= -(-len(whole.words) // count)
    assert all(share.words == whole.words for share in shares)
