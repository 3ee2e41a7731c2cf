import json
import math
from itertools import islice

import pytest
import torch
from enumeration import path_scores, probabilities
from in_use import best_tags, chain_of

from tagger import tagger as module
from tagger.build_corpus import build_corpus
from tagger.engines import PlainBatch
from tagger.errors import TaggerError
from tagger.features.sentences import encode_sentences
from tagger.tagger import Tagger
from tagger.text.schemes import IOB2, SCHEMES, LabelledRange

SENTENCES = [
    ["Angela", "Merkel", "visited", "Oslo"],
    [],
    ["Bob"],
    ["", "x" * 1000, "👩‍👩‍👧", "Oslo"],
    ["New", "York", "City", "fell", "in", "Paris", "today", "."],
    ["cold", "cold"],
]


def tagger_of(recipe, scale=2.0):
    """A tagger whose weights are random but firm, so that it finds spans."""
    made = Tagger.from_recipe(recipe, build_corpus(recipe))
    torch.manual_seed(3)
    with torch.no_grad():
        for parameter in made.model._decoders.parameters():
            parameter.normal_(std=scale)
    return made


@pytest.fixture(scope="module", params=["crf", "softmax"])
def tagger(request, tiny_recipe):
    return tagger_of(tiny_recipe(tasks={"ner": {"scheme": "iobes", "decoder": request.param}}))


def answers(sentences):
    return [(sentence.words, sentence.tags, sentence.spans, sentence.probabilities) for sentence in sentences]


def rough(sentences):
    """Answers whose probabilities are only compared approximately."""
    return [
        (
            sentence.words,
            sentence.tags,
            [(span._replace(probability=None), pytest.approx(span.probability, abs=1e-4)) for span in sentence.spans],
            {task: pytest.approx(shares, abs=1e-4) for task, shares in sentence.probabilities.items()},
        )
        for sentence in sentences
    ]


def exact(sentences):
    """Answers in the form of `rough`, with the numbers as they are."""
    return [
        (
            sentence.words,
            sentence.tags,
            [(span._replace(probability=None), span.probability) for span in sentence.spans],
            dict(sentence.probabilities),
        )
        for sentence in sentences
    ]


def test_a_tagger_from_a_recipe_knows_the_tags_and_words_of_train(tiny_recipe):
    made = Tagger.from_recipe(tiny_recipe(), build_corpus(tiny_recipe()))
    scheme, tags = made.tags["ner"]
    assert scheme is SCHEMES["iobes"]
    assert tags == scheme.tags(["LOC", "PER"])
    assert {"Angela", "Oslo", "."} <= made.known_words
    assert not made.model.training


def test_the_seed_decides_the_weights(tiny_recipe):
    def weights(seed):
        recipe = tiny_recipe(training={"seed": seed})
        torch.manual_seed(99)
        return Tagger.from_recipe(recipe, build_corpus(recipe)).model.state_dict()

    one, again, other = weights(1), weights(1), weights(2)
    assert all(torch.equal(tensor, again[name]) for name, tensor in one.items())
    assert any(not torch.equal(tensor, other[name]) for name, tensor in one.items())


def test_everything_in_comes_out(tagger):
    found = list(tagger.tag_all(SENTENCES))
    assert [list(sentence.words) for sentence in found] == SENTENCES
    for sentence in found:
        assert len(sentence.tags["ner"]) == len(sentence.probabilities["ner"]) == len(sentence.tokens)
        assert [LabelledRange(*span[:3]) for span in sentence.spans] == IOB2.spans(sentence.tags["ner"])
    assert any(sentence.spans for sentence in found)


@pytest.mark.parametrize("texts", [[], [""], [[]], ["", [], "  "]])
def test_nothing_is_tagged_as_nothing(tagger, texts):
    found = list(tagger.tag_all(texts))
    assert [(sentence.words, sentence.tags, sentence.spans) for sentence in found] == [((), {"ner": ()}, ())] * len(texts)


def test_raw_text_is_split_and_keeps_its_offsets(tagger):
    text = "Angela Merkel visited Oslo, twice."
    sentence = tagger.tag(text)
    assert sentence.words == ("Angela", "Merkel", "visited", "Oslo", ",", "twice", ".")
    assert sentence.text == text
    for span in sentence.spans:
        assert text[span.start_char : span.end_char] == span.text


def test_a_tagged_sentence_can_be_tagged_again(tagger):
    once = tagger.tag("Bob visited Oslo.")
    assert exact([tagger.tag(once)]) == rough([once])


def test_tags_do_not_depend_on_batch_mates_or_order(tagger):
    alone = [tagger.tag(words) for words in SENTENCES]
    assert exact(tagger.tag_all(SENTENCES)) == rough(alone)
    assert exact(tagger.tag_all(SENTENCES[::-1])) == rough(alone[::-1])


def test_tags_do_not_depend_on_how_batches_are_cut(tagger, monkeypatch):
    expected = rough(tagger.tag_all(SENTENCES))
    monkeypatch.setattr(type(tagger.engine), "batch_words", 3)
    assert exact(tagger.tag_all(SENTENCES)) == expected


def test_without_probabilities_the_tags_are_the_same(tagger):
    with_them, without = (list(tagger.tag_all(SENTENCES, probabilities=wanted)) for wanted in (True, False))
    assert [sentence.tags for sentence in without] == [sentence.tags for sentence in with_them]
    assert [span.probability for sentence in without for span in sentence.spans] == [None] * sum(
        len(sentence.spans) for sentence in with_them
    )
    assert all(not sentence.probabilities for sentence in without)


def test_a_stream_is_tagged_window_by_window_and_in_order(tagger, monkeypatch):
    monkeypatch.setattr(module, "_WINDOW_WORDS", 7)
    taken = []

    def stream():
        for number in range(20):
            taken.append(number)
            yield [f"w{number}"] * (number % 4)

    found = tagger.tag_all(stream())
    assert taken == []
    next(found)
    assert 0 < len(taken) < 10
    rest = list(islice(found, 3))
    assert len(taken) < 15
    rest += list(found)
    assert [sentence.words for sentence in rest] == [(f"w{number}",) * (number % 4) for number in range(1, 20)]


@pytest.mark.parametrize("initial_state", ["zeros", "random", "learned"])
def test_saved_and_loaded_it_answers_the_same(tiny_recipe, tmp_path, initial_state):
    made = tagger_of(tiny_recipe(encoder={"hidden": 6, "layers": 2, "initial_state": initial_state}))
    made.facts["scores"] = {"dev": {"ner": 0.5}}
    made.save(tmp_path / "model")
    again = Tagger.load(tmp_path / "model")
    assert answers(again.tag_all(SENTENCES)) == answers(made.tag_all(SENTENCES))
    assert answers([again.tag("Bob isn't in Oslo.")]) == answers([made.tag("Bob isn't in Oslo.")])
    assert (again.tags, again.known_words, again.facts, again.recipe) == (made.tags, made.known_words, made.facts, made.recipe)
    assert json.loads((tmp_path / "model" / "config.json").read_text("utf-8"))["tasks"]["ner"]["scheme"] == "iobes"


def test_frozen_vectors_are_saved_with_the_model(tiny_recipe, tmp_path):
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("angela 1 2\noslo 3 4\n", "utf-8")
    made = tagger_of(tiny_recipe(embeddings=[{"kind": "words", "vectors": str(vectors), "trainable": False}]))
    made.save(tmp_path / "model")
    vectors.unlink()
    assert answers(Tagger.load(tmp_path / "model").tag_all(SENTENCES)) == answers(made.tag_all(SENTENCES))


def test_tagging_leaves_a_model_in_training_as_it_was(tagger):
    tagger.model.train()
    before = tagger.tag(SENTENCES[0])
    assert tagger.model.training
    tagger.model.eval()
    assert exact([tagger.tag(SENTENCES[0])]) == rough([before])


def test_several_tasks_are_answered_side_by_side(tiny_recipe, tmp_path):
    path = tmp_path / "train.txt"
    path.write_text("Bob PROPN B-PER\nran VERB O\n\nOslo PROPN B-LOC\n", "utf-8")
    corpus = {"kind": "columns", "columns": ["word", "upos", "ner"], "schemes": {"ner": "iob2"}, "train": str(path)}
    made = tagger_of(tiny_recipe(corpus=corpus, tasks={"upos": {"decoder": "softmax"}, "ner": {"scheme": "bilou"}}))
    sentence = made.tag(["Bob", "ran"])
    assert set(sentence.tags) == set(sentence.probabilities) == {"upos", "ner"}
    assert set(sentence.tags["upos"]) <= {"PROPN", "VERB"}
    assert all(span.task == "ner" for span in sentence.spans)


def emissions_of(made, words):
    encoded = encode_sentences([words])
    vectors = made.engine.word_vectors({name: part.encode(encoded.types) for name, part in made.featurizers.items()})
    (emissions,) = made.engine.emissions(vectors, [PlainBatch(encoded.words[None], encoded.lengths)])
    return torch.from_numpy(emissions["ner"])


def by_enumeration(made, words):
    """The probability of every labelled span, and of every tag of IOB2 at every word, over all tag sequences."""
    scheme, names = made.tags["ner"]
    chain = chain_of(made.model.decoders["ner"], emissions_of(made, words), torch.ones(1, len(words), dtype=torch.bool))
    spans, tags = {}, {}
    for path, probability in probabilities(path_scores(chain, 0)):
        written = [names[tag] for tag in path]
        if probability == 0:
            continue
        for place, tag in enumerate(IOB2.write(scheme.spans(written), len(written))):
            tags[place, tag] = tags.get((place, tag), 0) + probability
        for span in scheme.spans(written):
            spans[span] = spans.get(span, 0) + probability
    return spans, tags


@pytest.mark.parametrize("decoder", ["crf", "softmax"])
@pytest.mark.parametrize("scheme", ["iobes", "bilou", "iob2"])
def test_probabilities_are_those_of_all_tag_sequences(tiny_recipe, scheme, decoder):
    num_spans = 0
    for scale in (0.3, 1.0, 2.0):
        made = tagger_of(tiny_recipe(tasks={"ner": {"scheme": scheme, "decoder": decoder}}), scale)
        for words in (["Bob"], ["Angela", "Merkel"], ["Bob", "Oslo", "cold"], ["New", "York", "City", "fell"]):
            spans, tags = by_enumeration(made, words)
            found = made.predict(encode_sentences([words]), probabilities=True)["ner"][0]
            num_spans += len(found.spans)
            assert found.span_probabilities == pytest.approx([spans[span] for span in found.spans], abs=1e-4)
            mask = torch.ones(1, len(words), dtype=torch.bool)
            path = best_tags(made.model.decoders["ner"], emissions_of(made, words), mask)[0].tolist()
            assert found.tag_probabilities == pytest.approx([tags[place, tag] for place, tag in enumerate(found.tags)], abs=1e-4)
            chain = chain_of(made.model.decoders["ner"], emissions_of(made, words), mask)
            assert found.probability == pytest.approx(dict(probabilities(path_scores(chain, 0)))[tuple(path)], abs=1e-4)
    assert num_spans > 5


def test_a_very_long_sentence_is_tagged_whole(tagger):
    words = SENTENCES[4] * 400
    sentence = tagger.tag(words)
    tags, shares = sentence.tags["ner"], sentence.probabilities["ner"]
    assert len(tags) == len(shares) == len(words) == 3200
    assert all(0 <= share <= 1 for share in shares)
    assert [LabelledRange(*span[:3]) for span in sentence.spans] == IOB2.spans(tags)
    for span in sentence.spans:
        assert span.probability <= min(shares[span.start : span.end]) + 1e-3


def test_a_document_is_split_and_every_offset_counts_in_the_whole_of_it(tagger):
    text = "  \U0001f389 Ann met Bob in Oslo. Bob\r\nleft!\n\nIt was Dr. Lee's caf\u00e9. "
    sentences = tagger.tag_document(text)
    assert [" ".join(sentence.words) for sentence in sentences] == [
        "\U0001f389 Ann met Bob in Oslo .",
        "Bob left !",
        "It was Dr. Lee 's caf\u00e9 .",
    ]
    for sentence in sentences:
        assert sentence.text == text
        assert all(text[token.start_char : token.end_char] == token.text for token in sentence.tokens)
        assert all(text[span.start_char : span.end_char] == span.text for span in sentence.spans)
        assert len(sentence.tags["ner"]) == len(sentence.tokens)
    assert tagger.tag_document(" \n") == []


def test_alternatives_are_given_best_first_and_change_nothing_else(tagger):
    plain, several = (list(tagger.tag_all(SENTENCES, n_best=count)) for count in (1, 3))
    assert exact(several) == rough(plain)
    assert all(not sentence.alternatives for sentence in plain)
    for one, other in zip(plain, several, strict=True):
        alternatives = other.alternatives["ner"]
        assert len(alternatives) == (3 if other.tokens else 1)
        assert alternatives[0].tags == other.tags["ner"]
        assert alternatives[0].spans == tuple(span._replace(probability=None) for span in other.spans)
        shares = [alternative.probability for alternative in alternatives]
        assert shares == sorted(shares, reverse=True)
        assert len({alternative.tags for alternative in alternatives}) == len(alternatives)
        assert shares[0] == other.sequence_probability["ner"] == pytest.approx(one.sequence_probability["ner"], abs=1e-4)
        assert [LabelledRange(*span[:3]) for span in alternatives[-1].spans] == IOB2.spans(alternatives[-1].tags)


def test_alternatives_have_probabilities_where_tags_are_asked_for_without(tagger):
    (sentence,) = tagger.tag_all([SENTENCES[0]], probabilities=False, n_best=2)
    assert (dict(sentence.probabilities), dict(sentence.sequence_probability)) == ({}, {})
    assert [span.probability for span in sentence.spans] == [None] * len(sentence.spans)
    assert all(0 < one.probability < 1 for one in sentence.alternatives["ner"])
    assert tagger.tag(SENTENCES[0], n_best=2).alternatives == sentence.alternatives
    assert tagger.tag_document("Bob left.", n_best=2)[0].alternatives["ner"]


@pytest.mark.parametrize("count", [0, -1])
def test_fewer_than_one_sequence_is_refused(tagger, count):
    with pytest.raises(TaggerError) as caught:
        tagger.tag("Bob", n_best=count)
    assert str(caught.value) == f"n_best: there is no best of {count}\n  Give 1 or more."


def test_a_temperature_changes_probabilities_and_no_tags(tagger, monkeypatch):
    plain = list(tagger.tag_all(SENTENCES, n_best=4))
    monkeypatch.setitem(tagger.facts, "temperatures", {"ner": 3.0})
    hot = list(tagger.tag_all(SENTENCES, n_best=4))
    assert [sentence.tags for sentence in hot] == [sentence.tags for sentence in plain]
    assert [sentence.tags for sentence in tagger.tag_all(SENTENCES)] == [sentence.tags for sentence in plain]
    for one, other in zip(plain, hot, strict=True):
        before, after = one.alternatives["ner"], other.alternatives["ner"]
        assert [alternative.tags for alternative in after] == [alternative.tags for alternative in before]
        # What a sequence has less than the best, in nats, is divided.
        for left, right in zip(before, after, strict=True):
            gap = math.log(left.probability / before[0].probability)
            assert math.log(right.probability / after[0].probability) == pytest.approx(gap / 3, abs=1e-4)
        assert sum(other.probabilities["ner"]) <= sum(one.probabilities["ner"])
