"""How far probabilities are from the truth, against the definition word by word."""

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tagger.build_corpus import build_corpus
from tagger.errors import ModelError
from tagger.evaluation import calibration as module
from tagger.evaluation.calibration import calibration, fit_temperatures
from tagger.evaluation.truth import expected_calibration_error
from tagger.tagger import Tagger
from tagger.text.schemes import IOB2

LINES = (
    "Ann PROPN B-PER\nLee PROPN I-PER\nsees VERB O\n\n"
    "Bo PROPN B-PER\nBo PROPN B-PER\n\nOslo PROPN B-LOC\n\nit PRON O\nrains VERB O\n"
)


def by_definition(shares, right, bins=15):
    """The error, bin by bin: a probability lies in the bin whose edges are below it and not below it."""
    error = 0.0
    for number in range(bins):
        inside = [i for i, share in enumerate(shares) if number / bins < share <= (number + 1) / bins or share == number == 0]
        if inside:
            mean, true = (sum(float(values[i]) for i in inside) / len(inside) for values in (shares, right))
            error += len(inside) / len(shares) * abs(mean - true)
    return error


@given(
    st.lists(st.tuples(st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.2, 0.5, 1.0])), st.booleans()), min_size=1, max_size=60)
)
def test_the_error_is_that_of_the_definition(pairs):
    shares, right = np.array([share for share, _ in pairs]), np.array([is_right for _, is_right in pairs])
    # Where a probability is next to an edge, rounding decides about its bin.
    if not any(0 < abs(share * 15 - round(share * 15)) < 1e-9 for share in shares):
        assert expected_calibration_error(shares, right) == pytest.approx(by_definition(shares, right))


@pytest.mark.parametrize(
    ("shares", "right", "error"),
    [([1.0, 1.0], [True, True], 0.0), ([1.0, 1.0], [False, True], 0.5), ([0.9, 0.1], [False, True], 0.9), ([0.0], [False], 0.0)],
)
def test_the_error_of_a_few_probabilities(shares, right, error):
    assert expected_calibration_error(np.array(shares), np.array(right)) == pytest.approx(error)


def test_nothing_has_no_error():
    assert expected_calibration_error(np.zeros(0), np.zeros(0, dtype=bool)) is None


def firm(recipe, std):
    """A tagger that is sure of what its random weights say, and its corpus."""
    corpus = build_corpus(recipe)
    tagger = Tagger.from_recipe(recipe, corpus)
    torch.manual_seed(3)
    with torch.no_grad():
        for parameter in tagger.model._decoders.parameters():
            parameter.normal_(std=std)
    return tagger, corpus


@pytest.fixture
def made(tiny_recipe, tmp_path):
    """A tagger whose weights are random but firm, and its corpus, of two tasks; arguments are the lines of dev and the scheme."""

    def make(dev=LINES, scheme="iobes", unknown=None):
        for name, lines in {"train": LINES, "dev": dev}.items():
            (tmp_path / f"{name}.txt").write_text(lines, "utf-8")
        corpus = {"kind": "columns", "path": str(tmp_path), "columns": ["word", "upos", "ner"], "schemes": {"ner": "iob2"}}
        corpus |= {"unknown": unknown} if unknown else {}
        recipe = tiny_recipe(corpus=corpus, tasks={"upos": {"decoder": "softmax"}, "ner": {"scheme": scheme}})
        return firm(recipe, 2.0)

    return make


def errors_by_definition(tagger, corpus):
    """The errors of tags and of spans of both tasks, sentence by sentence; of those known in part no NER counts."""
    found = tagger.predict(tagger.encode(corpus, "dev"), probabilities=True)
    errors = {}
    for task, predictions in found.items():
        tags, spans = ([], []), ([], [])
        for prediction, ids in zip(predictions, corpus["dev"][task], strict=True):
            names = [*corpus.tag_names(task), None]
            gold = [names[index] for index in ids]
            for tag, share, golden in zip(prediction.tags, prediction.tag_probabilities, gold, strict=True):
                if golden is not None and (task == "upos" or None not in gold):
                    tags[0].append(share)
                    tags[1].append(tag == golden)
            if task == "ner" and None not in gold:
                spans[0].extend(prediction.span_probabilities)
                spans[1].extend(span in IOB2.spans(gold) for span in prediction.spans)
        errors[task] = by_definition(*tags), by_definition(*spans) if spans[0] else None
    return errors


OTHER = "Ann PROPN B-PER\nsees VERB O\n\nBo X B-ORG\nLee PROPN I-ORG\n\nOslo PROPN B-LOC\nBo PROPN B-PER\n\nit VERB O\n"


@pytest.mark.parametrize("scheme", ["iob2", "iobes", "bilou"])
@pytest.mark.parametrize("dev", [LINES, OTHER], ids=["known", "unknown labels"])
@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_the_errors_of_a_split_are_those_of_the_definition(made, dev, temperature, scheme):
    tagger, corpus = made(dev, scheme)
    before = errors_by_definition(tagger, corpus)
    tagger.facts["temperatures"] = {"ner": temperature, "upos": temperature}
    after = errors_by_definition(tagger, corpus)
    found = calibration(tagger, corpus, "dev")
    for task in ("ner", "upos"):
        assert (found[task].tags, found[task].spans) == pytest.approx(after[task], abs=1e-6)
        expected = (None, None) if temperature == 1 else before[task]
        assert (found[task].tags_before, found[task].spans_before) == pytest.approx(expected, abs=1e-6)
    assert before["ner"][1] is not None


def test_what_is_not_known_is_not_judged(made):
    hidden = LINES.replace("Bo PROPN B-PER\nBo PROPN", "Bo PROPN _\nBo _").replace("sees VERB", "sees _")
    tagger, corpus = made(hidden, "iob2", unknown="_")
    found, expected = calibration(tagger, corpus, "dev"), errors_by_definition(tagger, corpus)
    assert (found["ner"].tags, found["ner"].spans) == pytest.approx(expected["ner"], abs=1e-6)
    assert found["upos"].tags == pytest.approx(expected["upos"][0], abs=1e-6)
    tagger, corpus = made(LINES.replace(" PROPN", " _").replace(" VERB", " _").replace(" PRON", " _"), "iob2", unknown="_")
    assert set(calibration(tagger, corpus, "dev")) == {"ner"}


def gold_loss(tagger, corpus):
    """The negative log-likelihood of the gold sequences, by the alternatives, of which there are all."""
    found = tagger.predict(tagger.encode(corpus, "dev"), n_best=700)
    losses = {}
    for task, predictions in found.items():
        names = corpus.tag_names(task)
        rows = ([names[index] for index in ids] for ids in corpus["dev"][task])
        losses[task] = -sum(
            math.log(next(one.probability for one in prediction.alternatives if list(one.tags) == gold))
            for prediction, gold in zip(predictions, rows, strict=True)
        )
    return losses


def test_the_fitted_temperature_makes_gold_more_probable(made):
    tagger, corpus = made(LINES)
    before = gold_loss(tagger, corpus)
    tagger.facts["temperatures"] = fit_temperatures(tagger, corpus, "dev")
    after = gold_loss(tagger, corpus)
    for task in ("upos", "ner"):
        assert tagger.temperatures[task] > 1.2
        assert after[task] < before[task] - 0.5


def test_sentences_that_teach_nothing_leave_the_temperature_at_1(made):
    tagger, corpus = made("Bo X B-ORG\nLee X I-ORG\n\n")
    assert fit_temperatures(tagger, corpus, "dev") == {"upos": 1.0, "ner": 1.0}
    tagger, corpus = made("Ann PROPN _\nLee PROPN _\n", unknown="_")
    assert fit_temperatures(tagger, corpus, "dev")["ner"] == 1.0


INTENTS = (
    ("ask", "a b"),
    ("tell", "b"),
    ("ask", "c c"),
    (None, "a"),
    ("ask", "b c"),
    ("tell", "c"),
    ("tell", "a c"),
)


@pytest.fixture
def made_labels(tiny_recipe, tmp_path):
    """A tagger of sentences' labels with random weights, and its corpus; arguments are the sentences of dev."""

    def make(dev=INTENTS):
        for name, records in {"train": INTENTS, "dev": dev}.items():
            rows = (
                "".join([f"# intent = {label}\n" if label else "", *(f"{word} X\n" for word in text.split())])
                for label, text in records
            )
            (tmp_path / f"{name}.txt").write_text("\n".join(rows), "utf-8")
        settings = {"kind": "columns", "path": str(tmp_path), "columns": ["word", "upos"], "comments": "#", "labels": ["intent"]}
        recipe = tiny_recipe(corpus=settings, tasks={"intent": {"decoder": "sentence"}})
        return firm(recipe, 6.0)

    return make


def labels_by_definition(tagger, dev):
    """The error, and the likelihood of the gold labels, from the probabilities that sentences get."""
    found = [tagger.tag(text.split()) for _, text in dev]
    shares = [(one.label_probabilities["intent"], one.labels["intent"], gold) for one, (gold, _) in zip(found, dev, strict=True)]
    known = [(share, label == gold) for share, label, gold in shares if gold]
    likelihood = sum(math.log(share if right else 1 - share) for share, right in known)
    return by_definition(*zip(*known, strict=True)), likelihood


@pytest.mark.parametrize("dev", [INTENTS, (*INTENTS, ("sing", "c a"))], ids=["known", "unknown label"])
def test_labels_of_sentences_have_a_temperature_and_an_error_too(made_labels, dev):
    tagger, corpus = made_labels(dev)
    before, _ = labels_by_definition(tagger, dev)
    tagger.facts["temperatures"] = {"intent": 3.0}
    after, _ = labels_by_definition(tagger, dev)
    found = calibration(tagger, corpus, "dev")["intent"]
    assert (found.temperature, found.spans) == (3.0, None)
    assert (found.tags, found.tags_before) == pytest.approx((after, before), abs=1e-6)
    assert after != pytest.approx(before, abs=0.01)


def test_the_fitted_temperature_makes_gold_labels_more_probable(made_labels):
    # Of two labels, what the wrong one has not, the right one has.
    tagger, corpus = made_labels()
    _, before = labels_by_definition(tagger, INTENTS)
    tagger.facts["temperatures"] = fit_temperatures(tagger, corpus, "dev")
    _, after = labels_by_definition(tagger, INTENTS)
    assert tagger.temperatures["intent"] > 1.2
    assert after > before + 0.5


def test_labels_that_the_model_does_not_have_leave_the_temperature_at_1(made_labels):
    tagger, corpus = made_labels((("sing", "a b"), (None, "b")))
    assert fit_temperatures(tagger, corpus, "dev") == {"intent": 1.0}


def test_of_a_large_split_sentences_are_left_out(made, monkeypatch):
    tagger, corpus = made(LINES)
    seen = []
    monkeypatch.setattr(module, "fit_temperature", lambda scores, batches: seen.append(sum(len(b.mask) for b in batches)) or 1.0)
    for most, sentences in ((8, 4), (7, 2), (4, 2), (2, 1)):
        seen.clear()
        monkeypatch.setattr(module, "_MOST_WORDS", most)
        fit_temperatures(tagger, corpus, "dev")
        assert seen == [sentences, sentences]


def test_of_a_large_split_sentences_are_read_with_those_that_are_left_out(tiny_recipe, by_document, monkeypatch):
    tagger, corpus = firm(tiny_recipe(embeddings=by_document), 2.0)
    seen = []
    monkeypatch.setattr(module, "fit_temperature", lambda scores, batches: seen.extend(batches) or 1.0)

    def scores():
        seen.clear()
        fit_temperatures(tagger, corpus, "dev")
        return {tuple(np.round(row[real].ravel(), 4)) for one in seen for row, real in zip(one.emissions, one.mask, strict=True)}

    every = scores()
    monkeypatch.setattr(module, "_MOST_WORDS", sum(map(len, corpus["dev"]["tokens"])) // 2)
    some = scores()
    assert 0 < len(some) < len(every)
    assert some < every


def test_temperatures_are_saved_with_the_model_and_without_them_they_are_1(made, tmp_path):
    tagger, _ = made()
    tagger.facts["temperatures"] = {"ner": 1.7}
    tagger.save(tmp_path / "model")
    again = Tagger.load(tmp_path / "model")
    assert again.temperatures == {"upos": 1.0, "ner": 1.7}
    assert again.tag(["Ann"]).probabilities == tagger.tag(["Ann"]).probabilities
    config = json.loads((tmp_path / "model" / "config.json").read_text("utf-8"))
    for broken in ({"ner": 0}, {"ner": "warm"}, {"ner": None}, [1]):
        (tmp_path / "model" / "config.json").write_text(json.dumps({**config, "temperatures": broken}), "utf-8")
        with pytest.raises(ModelError, match="the model is damaged"):
            Tagger.load(tmp_path / "model")
