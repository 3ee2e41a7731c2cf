"""The sample of intents that ships with the package."""

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "tagger" / "intents"
SIZES = {"train": 26, "dev": 7, "test": 7}
INTENTS = {"alarm", "goodbye", "greeting", "music", "navigation", "reminder", "restaurant", "translation", "weather"}


@cache
def records(split: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (FOLDER / f"{split}.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("split", SIZES)
def test_each_intent_has_as_many_sentences_as_the_description_says(split: str):
    assert Counter(record["intent"] for record in records(split)) == dict.fromkeys(INTENTS, SIZES[split])
    assert all(set(record) == {"text", "intent"} for record in records(split))


def test_no_sentence_stands_there_twice_within_or_across_splits():
    texts = ["".join(filter(str.isalnum, record["text"].lower())) for split in SIZES for record in records(split)]
    assert [text for text, count in Counter(texts).items() if count > 1] == []


def test_nothing_but_the_corpus_and_its_description_ships():
    assert {path.name for path in FOLDER.iterdir()} == {"README.md", "train.jsonl", "dev.jsonl", "test.jsonl"}


def test_the_description_says_that_it_is_free():
    text = (FOLDER / "README.md").read_text("utf-8")
    assert "CC0 1.0" in text
    assert "https://creativecommons.org/publicdomain/zero/1.0/" in text
