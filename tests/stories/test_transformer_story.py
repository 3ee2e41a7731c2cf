"""A tagger on a transformer: trained, interrupted, scored, used where the pretrained model is gone; frozen and tuned."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from run_outcome import outcome
from safetensors.torch import load_file
from tiny_transformer import write_bert

from tagger.build_corpus import build_corpus
from tagger.engines.context_cache import ContextCache
from tagger.errors import ModelError, TaggerError
from tagger.modules.embeddings.transformer import TransformerEmbedding
from tagger.recipe_file import load_recipe
from tagger.tagger import Tagger
from tagger.training.progress import TrainingProgress

pytest.importorskip("transformers")
EMBEDDINGS = "embeddings=[{{kind: words, width: 4}}, {{kind: transformer, name: bert, model: {folder}{more}}}]"
QUICK = ("training.epochs=1", "training.average=null")


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    """A folder that tests only read."""
    return write_bert(tmp_path_factory.mktemp("bert") / "bert")


def with_bert(folder, more=""):
    return EMBEDDINGS.format(folder=folder, more=f", {more}" if more else "")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """The pretrained model, which goes away after training."""
    return write_bert(tmp_path_factory.mktemp("source") / "bert")


@pytest.fixture(scope="module")
def frozen(train, source, tmp_path_factory):
    """The folder of a finished run; tests only read it."""
    run = train(tmp_path_factory.mktemp("frozen") / "run", with_bert(source))
    before = load_file(source / "model.safetensors")
    source.rename(source.with_name("gone"))
    return run, before


def weights_of(run):
    return load_file(run / "model" / "model.safetensors")


def scores_of(run):
    splits = json.loads((run / "report" / "report.json").read_text("utf-8"))["splits"]
    return {split: {task: found["scores"] for task, found in tasks.items()} for split, tasks in splits.items()}


def test_sentences_are_learnt(frozen):
    run, _ = frozen
    assert {split: {task: scores["score"] for task, scores in tasks.items()} for split, tasks in scores_of(run).items()} == {
        "dev": {"upos": 1.0, "ner": 1.0},
        "test": {"upos": 1.0, "ner": 1.0},
    }


def test_training_leaves_a_frozen_transformer_as_it_was_and_learns_the_mix(frozen):
    run, before = frozen
    found, prefix = weights_of(run), "embedding.embeddings.bert.transformer."
    mine = {name.removeprefix(prefix): weight for name, weight in found.items() if name.startswith(prefix)}
    assert len(mine) > 40
    assert [name for name, weight in mine.items() if not torch.equal(weight, before[name])] == []
    assert found["embedding.embeddings.bert.mix.weights"].std() > 0
    # What never changes is no part of the state of a run.
    state = load_file(run / "checkpoint" / "state.safetensors")
    assert [name for name in state if prefix in name] == []
    assert any("bert.mix" in name for name in state)


def test_the_model_folder_needs_no_pretrained_model_and_holds_no_pickle(frozen):
    run, _ = frozen
    assert {path.name for path in (run / "model").iterdir()} == {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "vocabulary.json",
        "README.md",
    }
    config = json.loads((run / "model" / "config.json").read_text("utf-8"))
    assert set(config["versions"]) == {"tagger", "torch", "transformers", "tokenizers"}
    assert Tagger.load(run).tag(["Ann", "sees", "Oslo"]).tags["ner"] == ("B-PER", "O", "B-LOC")


def test_saved_and_loaded_it_answers_the_same(frozen, tmp_path):
    tagger = Tagger.load(frozen[0])
    texts = [["Ann", "sees", "rain"], ["Bo"], [], ["Oslo", "sleeps", "."]]
    before = list(tagger.tag_all(texts))
    tagger.save(tmp_path / "model")
    assert list(Tagger.load(tmp_path / "model").tag_all(texts)) == before


def test_tagging_and_scoring_work_from_the_command_line(frozen, command, tmp_path):
    run, _ = frozen
    (tmp_path / "in.txt").write_text("Ann sees Oslo\n", "utf-8")
    result = command("tag", run, tmp_path / "in.txt", "--to", "conll")
    assert result.stdout.split("\n")[:3] == ["Ann PROPN B-PER", "sees VERB O", "Oslo PROPN B-LOC"]
    result = command("evaluate", run, "--split", "test", "--output", tmp_path / "scores")
    assert result.exit_code == 0
    found, expected = scores_of(tmp_path / "scores")["test"], scores_of(run)["test"]
    assert {task: scores["score"] for task, scores in found.items()} == {task: scores["score"] for task, scores in expected.items()}


def test_what_takes_long_is_read_before_another_display_and_told(frozen, command, tmp_path, monkeypatch):
    monkeypatch.setenv("TAGGER_CACHE", str(tmp_path))
    told = []
    original = ContextCache.kept

    def kept(self, sentences, console=None):
        told.append((console is not None, len(list((tmp_path / "transformers").glob("*.npy")))))
        return original(self, sentences, console)

    monkeypatch.setattr(ContextCache, "kept", kept)
    assert command("evaluate", frozen[0], "--split", "dev").exit_code == 0
    # First with a bar; then the scores and the calibration find it.
    assert told == [(True, 0), (False, 1), (False, 1)]


def test_what_a_sentence_is_batched_with_changes_nothing(frozen):
    tagger = Tagger.load(frozen[0])
    texts = [["Ann", "sees", "Oslo"], ["Bo"], ["Oslo", "sleeps", "in", "the", "rain", "."] * 9, ["rain"] * 3]
    together = [sentence.probabilities["ner"] for sentence in tagger.tag_all(texts)]
    for text, found in zip(texts, together, strict=True):
        np.testing.assert_allclose(tagger.tag(text).probabilities["ner"], found, atol=2e-3)


def test_a_sentence_of_two_thousand_words_has_two_thousand_tags(frozen):
    tagger = Tagger.load(frozen[0])
    words = ["Ann", "sees", "Oslo", "."] * 500
    (found,) = tagger.tag_all([words])
    assert len(found.tags["ner"]) == len(found.tags["upos"]) == 2000
    # Also far behind what one window holds.
    assert set(found.tags["upos"][1000:1100:4]) == {"PROPN"}


def test_a_resumed_run_equals_an_unbroken_one(bert, command, train, recipe, tmp_path, monkeypatch):
    changes = (with_bert(bert), *QUICK, "training.epochs=2")
    unbroken = train(tmp_path / "unbroken" / "run", *changes)
    original = TrainingProgress.step

    def stop(self, done):
        original(self, done)
        if done.step == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(TrainingProgress, "step", stop)
    given = ["train", recipe, "--output", tmp_path / "run", *(part for change in changes for part in ("--set", change))]
    assert command(*given).exit_code == 1
    monkeypatch.setattr(TrainingProgress, "step", original)
    assert command(*given, "--resume").exit_code == 0
    assert outcome(tmp_path / "run") == outcome(unbroken)


def test_with_the_cache_and_without_it_the_same_is_learnt(bert, train, tmp_path, monkeypatch):
    read = []
    original = ContextCache.kept
    monkeypatch.setattr(ContextCache, "kept", lambda *given: read.append(1) or original(*given))
    one = train(tmp_path / "kept", with_bert(bert), *QUICK)
    assert len(read) > 2
    read.clear()
    other = train(tmp_path / "anew", with_bert(bert, "cache: false"), *QUICK)
    assert read == []
    mine, theirs = weights_of(one), weights_of(other)
    assert mine.keys() == theirs.keys()
    for name, weight in mine.items():
        torch.testing.assert_close(weight, theirs[name], atol=2e-3, rtol=2e-3)
    assert scores_of(one) == scores_of(other)


@pytest.mark.parametrize("cached", [True, False])
def test_training_lets_a_frozen_transformer_read_the_corpus_once_and_without_the_cache_in_each_epoch(
    bert, train, tmp_path, monkeypatch, cached
):
    monkeypatch.setenv("TAGGER_CACHE", str(tmp_path))
    read, original = [], TransformerEmbedding.states

    def states(self, windows):
        read.append(len(windows.starts))
        return original(self, windows)

    monkeypatch.setattr(TransformerEmbedding, "states", states)
    run = train(tmp_path / "run", with_bert(bert, "" if cached else "cache: false"), "training.epochs=3", "training.average=null")
    recipe = load_recipe(str(run / "recipe.yaml"))
    words = {split: sum(map(len, data["tokens"])) for split, data in build_corpus(recipe).splits.items()}
    if cached:
        assert sum(read) == sum(words.values())
    else:
        # Dev and test at the end, too, for scores and calibration.
        assert sum(read) >= 3 * (words["train"] + words["dev"]) + words["test"]


def test_a_trained_transformer_learns_at_its_own_rate(bert, train, tmp_path):
    before = load_file(bert / "model.safetensors")
    changed = {}
    for factor in (0.0001, 0.005):
        tuned = (with_bert(bert, "trainable: true"), f"training.rate_factors={{bert: {factor}}}", *QUICK)
        run = train(tmp_path / str(factor), *tuned)
        found, prefix = weights_of(run), "embedding.embeddings.bert.transformer."
        mine = {name.removeprefix(prefix): weight for name, weight in found.items() if name.startswith(prefix)}
        changed[factor] = sum(float((weight - before[name]).abs().sum()) for name, weight in mine.items())
        assert all(not torch.equal(weight, before[name]) for name, weight in mine.items() if name.endswith("query.weight"))
        sentence = ["Ann", "sees", "Oslo"]
        tagger = Tagger.load(run)
        tagger.save(tmp_path / "again")
        assert Tagger.load(tmp_path / "again").tag(sentence) == tagger.tag(sentence)
    assert changed[0.005] > 5 * changed[0.0001]


def test_a_transformer_alone_is_enough(bert, train, tmp_path):
    alone = f"embeddings=[{{kind: transformer, model: {bert}, layers: all, pool: first}}]"
    tagger = Tagger.load(train(tmp_path / "run", alone, *QUICK))
    assert len(tagger.tag(["Ann", "sees", "Oslo"]).tags["ner"]) == 3
    assert tagger.tag([]).tags["ner"] == ()


def test_one_sentence_goes_the_same_way_as_many(frozen):
    tagger = Tagger.load(frozen[0])
    text = ["Ann", "sees", "Oslo", "sleeps"]
    alone = tagger.tag(text).probabilities["ner"]
    for found in tagger.tag_all([text, text]):
        np.testing.assert_allclose(found.probabilities["ner"], alone, atol=2e-3)


def test_it_is_not_exported_and_the_message_says_what_to_do(frozen, command, tmp_path):
    run, _ = frozen
    expected = (
        "embedding bert: a transformer can't be exported: it has no ONNX graph here\n"
        "  Use the run folder as it is, by torch: leave engine=onnx and dtype=int8 away. Or train without a transformer.\n"
    )
    result = command("export", run, tmp_path / "onnx")
    assert (result.exit_code, result.stderr.endswith(expected)) == (1, True)
    assert not (tmp_path / "onnx").exists()
    with pytest.raises(TaggerError) as caught:
        Tagger.load(run, dtype="int8")
    assert f"{caught.value}\n" == expected


def test_without_transformers_a_model_can_not_be_opened_and_says_so(frozen, monkeypatch):
    monkeypatch.setattr("tagger.features.pretrained.find_spec", lambda name: None)
    with pytest.raises(TaggerError) as caught:
        Tagger.load(frozen[0])
    assert str(caught.value) == (
        "embedding bert: an embedding of kind: transformer needs the package transformers\n"
        "  Install it: pip install 'tagger[transformers]'"
    )


def test_a_transformer_that_is_missing_stops_before_anything_is_written(recipe, command, tmp_path):
    result = command("train", recipe, "--output", tmp_path / "run", "--set", with_bert(tmp_path / "nowhere"))
    assert result.exit_code == 1
    assert "neither a folder here nor a model that the Hugging Face Hub gives" in result.stderr
    assert not (tmp_path / "run").exists()


def test_a_damaged_configuration_is_a_damaged_model(frozen, tmp_path):
    folder = Path(shutil.copytree(frozen[0] / "model", tmp_path / "model"))
    vocabulary = json.loads((folder / "vocabulary.json").read_text("utf-8"))
    vocabulary["featurizers"]["bert"]["config"]["hidden_size"] = 20
    (folder / "vocabulary.json").write_text(json.dumps(vocabulary), "utf-8")
    with pytest.raises(ModelError) as caught:
        Tagger.load(folder)
    assert "the model is damaged" in str(caught.value)


def test_recipes_and_commands_import_no_transformers(recipe):
    program = f"""
import sys
import tagger
from tagger.recipe_file import load_recipe
from tagger.cli.main import cli
load_recipe({recipe!r}, overrides=["embeddings=[{{kind: transformer, model: someone/tiny}}]"])
print(sorted({{"torch", "transformers"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_corpus_is_read_in_the_words_of_the_recipe(recipe, bert):
    loaded = load_recipe(recipe, overrides=[with_bert(bert)])
    tagger = Tagger.from_recipe(loaded, build_corpus(loaded))
    (settings,) = tagger.recipe.transformers.values()
    # What the recipe leaves open is written into the model.
    assert (settings.layers, settings.window, settings.overlap) == ((1, 2, 3), 24, 6)
