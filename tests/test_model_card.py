"""The model card tells what is known of a model, and nothing else."""

import pytest

from tagger.model_card import model_card
from tagger.text.schemes import SCHEMES

TAGS = {"ner": (SCHEMES["iobes"], ("O", "S-LOC", "B-PER", "I-PER", "E-PER")), "upos": (None, ("NOUN", "VERB"))}
FACTS = {
    "scores": {"dev": {"ner": 0.95, "upos": 0.5}, "test": {"ner": 0.9157}},
    "intervals": {"dev": {"ner": (0.94, 0.9612), "upos": None}, "test": {"ner": [0.9, 0.93]}},
    "best_epoch": 7,
    "training": {"sentences": 1_234, "words": 56_789},
    "corpus": "4176ae",
    "labels": {
        "ner": {"LOC": {"count": 19, "examples": ["New York", "a|b *c*\nd"]}, "PER": {"count": 20, "examples": ["Ann"]}},
        "upos": {"NOUN": {"count": 7_140, "examples": ["rain"]}},
    },
    "speed": {"words_per_second": 43_210, "device": "cpu", "threads": 2},
}


@pytest.fixture
def card(tiny_recipe):
    return model_card(tiny_recipe(), TAGS, FACTS)


def test_labels_stand_with_how_often_train_has_them_and_examples(card):
    assert "- **ner** (spans): LOC, PER\n\n| label | in training | for example |\n|---|---:|---|\n" in card
    assert "| LOC | 19 | New York, a\\|b \\*c\\* d |\n" in card
    assert "| NOUN | 7,140 | rain |\n" in card


def test_scores_stand_with_their_measure_and_interval(card):
    assert "| dev | ner | F1, strict | 95.00 | 94.0 to 96.1 |\n" in card
    assert "| dev | upos | accuracy | 50.00 |  |\n" in card
    assert "| test | ner | F1, strict | 91.57 | 90.0 to 93.0 |\n" in card


def test_that_dev_chose_the_weights_is_told_where_there_is_dev(card, tiny_recipe):
    told = "\nThe weights are those of the best score on dev, so that dev's are a little too good.\n"
    assert told in card
    assert told not in model_card(tiny_recipe(), TAGS, {"scores": {"test": {"ner": 0.5}}})


def test_data_settings_and_speed_are_told(card):
    assert "- 1,234 sentences, 56,789 words\n- fingerprint of all splits: `4176ae`\n" in card
    assert "epochs, weights of epoch 7, batches of " in card
    assert "- decoder of ner: " in card
    assert "- speed when it was scored: 43,210 words a second on cpu, 2 threads\n" in card


def test_labels_that_are_rare_in_training_are_among_the_limits(card):
    assert "- Of ner, these have fewer than 20 examples in training, too few to count on: LOC.\n" in card
    assert "Of upos" not in card
    assert "- Spans of a task neither overlap nor have gaps.\n" in card


def test_what_is_not_known_is_left_out(tiny_recipe):
    card = model_card(tiny_recipe(), {"upos": TAGS["upos"]}, {})
    for heading in ("## Scores", "| label |", "fingerprint", "- speed", "these have fewer", "Spans of a task", "None"):
        assert heading not in card
    assert "- **upos** (one tag a token): NOUN, VERB\n" in card
    assert "## Limits\n" in card


FILES = {"kind": "columns", "columns": ["word", "ner"]}
HUB = {"kind": "hub", "columns": {"word": "tokens", "ner": "tags"}}


@pytest.mark.parametrize(
    ("corpus", "told"),
    [
        ({**FILES, "path": "/home/ann/conll 2003/"}, ["- read as columns from `conll 2003`"]),
        ({**FILES, "path": "package:sample"}, ["- read as columns from `package:sample`"]),
        ({**FILES, "train": "/home/ann/a.txt", "test": "b.txt.gz"}, ["- read as columns from `a.txt, b.txt.gz`"]),
        ({**HUB, "id": "ann/news-2003"}, ["- read as hub from `ann/news-2003`"]),
        ({**HUB, "id": "/home/ann/news"}, ["- read as hub from `news`"]),
        ({**HUB, "id": "../ann/news"}, ["- read as hub from `news`"]),
        (
            {"kind": "mixed", "parts": [{**FILES, "path": "~/x/one"}, {**HUB, "id": "news"}]},
            ["- read as columns from `one`", "- read as hub from `news`"],
        ),
        (FILES, []),
    ],
)
def test_the_training_data_is_named_but_not_where_it_lay(corpus, told, tiny_recipe):
    card = model_card(tiny_recipe(corpus=corpus), {}, {"corpus": "4176ae"})
    lines = card.partition("## Training data")[2].splitlines()[2 : 3 + len(told)]
    assert lines == [*told, "- fingerprint of all splits: `4176ae`"]
    assert not any(place in card for place in ("/home", "../", "~"))


def test_one_epoch_is_one(tiny_recipe):
    card = model_card(tiny_recipe(training={"epochs": 1, "device": "cpu"}), {}, {"best_epoch": 1})
    assert "- training: 1 epoch, weights of epoch 1, batches" in card
