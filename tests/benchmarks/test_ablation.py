import json

import pytest
from click.testing import CliRunner

from benchmarks import ablation
from tagger.errors import ModelError, TaggerError
from tagger.evaluation.examine import examine
from tagger.evaluation.known import Known
from tagger.evaluation.predictions import SPANS, Predictions
from tagger.evaluation.report import Report
from tagger.recipe_file import load_recipe, recipe_yaml

RIGHT = (["Oslo", "and", "New", "York"], ["B-LOC", "O", "B-LOC", "I-LOC"], ["B-LOC", "O", "B-LOC", "I-LOC"])
SMALL = """
corpus:
  kind: columns
  columns: [word, pos, chunk, ner]
  schemes: {ner: iob1}
tasks:
  ner: {scheme: iobes, decoder: crf}
embeddings:
  - {kind: words, vectors: vectors.txt, trainable: false}
encoder: {kind: lstm, hidden: 4}
"""
WRONG = (["Oslo", "Jari", "Bergen"], ["B-LOC", "B-PER", "B-LOC"], ["O", "B-LOC", "B-LOC"])


def test_spans_count_only_where_a_word_of_theirs_is_not_known():
    # Of new words there are gold New York and Jari as PER, predicted New York and Jari as LOC: one is right.
    words, gold, predicted = zip(RIGHT, WRONG, strict=True)
    predictions = Predictions(words, {"ner": gold}, {"ner": predicted}, schemes={"ner": SPANS})
    for known, expected in (({"Oslo", "and", "New", "Bergen"}, 2 * 1 / 4), ({*RIGHT[0], *WRONG[0]}, 0)):
        report = Report(name="x", splits={"dev": examine(predictions, {"ner": Known(known)})})
        assert ablation.f1_of_new_words(report) == expected


def test_each_variant_is_another_recipe_that_can_be_trained():
    base = load_recipe("conll", corpus="conll2003")
    changed = {variant: ablation.recipe_of(variant, base, 1 / 3) for variant in ablation.VARIANTS}

    assert {recipe.training.epochs for recipe in changed.values()} == {round(base.training.epochs / 3)}
    texts = [recipe_yaml(recipe) for recipe in changed.values()]
    others = [text for variant, text in zip(changed, texts, strict=True) if variant != "the recipe"]
    assert len(set(others)) == len(others)
    # One of the choices may be the recipe's own.
    assert others.count(texts[0]) <= 1
    assert {variant: list(recipe.conflicts()) for variant, recipe in changed.items()} == {variant: [] for variant in changed}


def test_a_table_is_made_without_the_test_set_and_goes_on_where_it_was_stopped(tmp_path, monkeypatch):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name, words in (("eng.train", "Oslo Jari"), ("eng.testa", "Oslo Bergen"), ("eng.testb", "Oslo Narvik")):
        rows = [f"{word} NNP I-NP I-LOC\nis VBZ I-VP O\n" for word in words.split()] * 3
        (corpus / name).write_text("\n".join(rows), "utf-8")
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("oslo 1 2\nis 3 4\n", "utf-8")
    recipe = tmp_path / "small.yaml"
    recipe.write_text(SMALL, "utf-8")
    monkeypatch.setattr(ablation, "VARIANTS", {name: ablation.VARIANTS[name] for name in ("the recipe", "softmax for CRF")})
    arguments = [
        "--recipe",
        str(recipe),
        "--corpus",
        str(corpus),
        "--vectors",
        str(vectors),
        "--share",
        "0.1",
        "--output",
        str(tmp_path / "runs"),
    ]

    first = CliRunner().invoke(ablation.main, arguments, catch_exceptions=False)
    report = json.loads((tmp_path / "runs/the-recipe/seed-2/report/report.json").read_text("utf-8"))
    again = CliRunner().invoke(ablation.main, arguments, catch_exceptions=False)

    assert [line.split(" | ")[0] for line in first.stdout.split("\n") if line.startswith("| ")][1:] == [
        "| the recipe",
        "| softmax for CRF",
    ]
    assert [*report["splits"]] == ["dev"]
    assert again.stdout == first.stdout
    assert "is finished" in again.stderr
    # Another corpus is not taken for the first, nor a missing one.
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "eng.train").write_text("Oslo NNP I-NP I-ORG\n", "utf-8")
    arguments[3] = str(tmp_path / "other")
    with pytest.raises(TaggerError, match=r"other/eng.testa: there is no such file"):
        CliRunner().invoke(ablation.main, arguments, catch_exceptions=False)
    (tmp_path / "other" / "eng.testa").write_text("Oslo NNP I-NP I-ORG\n", "utf-8")
    with pytest.raises(ModelError, match="the corpus has changed since the run"):
        CliRunner().invoke(ablation.main, arguments, catch_exceptions=False)


def test_a_variant_that_a_recipe_can_not_have_is_left_out(tmp_path):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name in ("eng.train", "eng.testa"):
        (corpus / name).write_text("Oslo NNP I-NP I-LOC\n", "utf-8")
    recipe = tmp_path / "small.yaml"
    recipe.write_text(SMALL.replace("{kind: words, vectors: vectors.txt, trainable: false}", "{kind: case}"), "utf-8")
    found = CliRunner().invoke(
        ablation.main,
        [
            "case beside the rest",
            "--recipe",
            str(recipe),
            "--corpus",
            str(corpus),
            "--share",
            "0.01",
            "--output",
            str(tmp_path / "runs"),
        ],
        catch_exceptions=False,
    )
    assert "case beside the rest: left out, since this recipe can't have it (a second embedding called 'case'" in found.stderr
    assert not (tmp_path / "runs/case-beside-the-rest").exists()
    assert "| the recipe |" in found.stdout
