"""`tagger train`: from a recipe to a run folder."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from run_outcome import checkpoint_data
from safetensors import safe_open

SPLITS = ("dev", "test")
MODEL_FILES = {"config.json", "model.safetensors", "tokenizer.json", "vocabulary.json", "README.md"}


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def steps_of(run: Path) -> list[dict[str, float]]:
    lines = map(json.loads, (run / "steps.jsonl").read_text("utf-8").splitlines())
    return [line for line in lines if "loss" in line]


def scores_of(run: Path) -> dict[str, dict[str, float]]:
    report = json.loads((run / "report" / "report.json").read_text("utf-8"))
    return {split: {task: scores["scores"]["score"] for task, scores in tasks.items()} for split, tasks in report["splits"].items()}


def numbers_of(run: Path) -> tuple[bytes, list[tuple[float, float]]]:
    return (run / "model" / "model.safetensors").read_bytes(), [(step["loss"], step["learning_rate"]) for step in steps_of(run)]


def test_six_sentences_are_learnt_without_a_mistake(trained: Path):
    assert scores_of(trained) == {"dev": {"upos": 1.0, "ner": 1.0}, "test": {"upos": 1.0, "ner": 1.0}}


def test_a_run_folder_holds_what_the_design_names_and_nothing_else(trained: Path):
    expected = {"recipe.yaml", "steps.jsonl", "report/report.json", "report/report.md", "report/report.html"}
    expected |= {f"model/{name}" for name in MODEL_FILES}
    expected |= {"checkpoint/state.safetensors"}
    expected |= {f"predictions/{split}.{task}.conll" for split in ("dev", "test") for task in ("upos", "ner")}
    assert files_in(trained) == expected
    assert [path.name for path in trained.parent.iterdir()] == [trained.name]


def test_predictions_of_one_task_are_one_file_of_words_gold_and_predicted(trained: Path, train, tmp_path: Path):
    run = train(tmp_path / "run", "tasks={ner: {scheme: bilou}}", "training.epochs=1")
    assert files_in(run / "predictions") == {"dev.conll", "test.conll"}
    lines = (trained / "predictions" / "test.ner.conll").read_text("utf-8").splitlines()
    assert lines == [
        *("Ann B-PER B-PER", "sees O O", "rain O O", ""),
        *("Oslo B-LOC B-LOC", ""),
        *("Bo B-PER B-PER", "sleeps O O", "in O O", "Oslo B-LOC B-LOC", ". O O", ""),
    ]


def test_the_log_tells_every_step_and_the_dev_scores_of_every_epoch(trained: Path):
    lines = list(map(json.loads, (trained / "steps.jsonl").read_text("utf-8").splitlines()))
    steps, epochs = steps_of(trained), [line for line in lines if "dev" in line]
    assert [step["step"] for step in steps] == list(range(1, len(steps) + 1))
    assert [epoch["epoch"] for epoch in epochs] == list(range(1, 17))
    assert [epoch["step"] for epoch in epochs] == [max(s["step"] for s in steps if s["epoch"] == e["epoch"]) for e in epochs]
    assert all(sum(step["words"] for step in steps if step["epoch"] == epoch["epoch"]) == 20 for epoch in epochs)
    assert all(
        set(step) == {"step", "epoch", "loss", "learning_rate", "words", "seconds", "threads", "processes"} for step in steps
    )
    means = [sum(epoch["dev"].values()) / 2 for epoch in epochs]
    assert [epoch["best"] for epoch in epochs] == [mean > max(means[:index], default=-1) for index, mean in enumerate(means)]
    assert steps[0]["loss"] > 10 * steps[-1]["loss"]


def test_the_linear_schedule_falls_from_the_highest_rate_to_almost_nothing(trained: Path):
    rates = [step["learning_rate"] for step in steps_of(trained)]
    assert rates == pytest.approx([0.06 * (1 - index / len(rates)) for index in range(len(rates))])


def test_the_model_tells_its_recipe_tags_versions_data_and_scores(trained: Path):
    config = json.loads((trained / "model" / "config.json").read_text("utf-8"))
    assert config["tasks"]["upos"] == {"scheme": None, "tags": ["ADP", "NOUN", "PROPN", "PUNCT", "VERB"]}
    assert config["tasks"]["ner"]["scheme"] == "iobes"
    assert set(config["tasks"]["ner"]["tags"]) == {"O", *(f"{prefix}-{label}" for prefix in "BIES" for label in ("LOC", "PER"))}
    assert config["recipe"]["training"]["epochs"] == 16
    assert set(config["versions"]) == {"tagger", "torch", "tokenizers"}
    assert re.fullmatch(r"[0-9a-f]{32}", config["corpus"])
    assert config["scores"] == {"dev": {"upos": 1.0, "ner": 1.0}, "test": {"upos": 1.0, "ner": 1.0}}
    card = (trained / "model" / "README.md").read_text("utf-8")
    assert "- **ner** (spans): LOC, PER\n" in card
    assert "| test | ner | F1, strict | 100.00 | 100.0 to 100.0 |\n" in card
    assert "| LOC | " in card


def test_temperatures_are_fitted_on_dev_and_stand_in_the_model_and_the_report(trained: Path, train, tmp_path: Path):
    def told(run: Path) -> tuple[dict[str, float] | None, dict[str, list[dict[str, float]]]]:
        config = json.loads((run / "model" / "config.json").read_text("utf-8"))
        report = json.loads((run / "report" / "report.json").read_text("utf-8"))
        tasks = ("upos", "ner")
        return config.get("temperatures"), {
            task: [report["splits"][split][task]["scores"]["calibration"] for split in SPLITS] for task in tasks
        }

    temperatures, calibrations = told(trained)
    assert temperatures is not None
    for task, temperature in temperatures.items():
        # What is learnt by heart is as certain as the prior lets it be.
        assert 0.2 <= temperature < 1
        for found in calibrations[task]:
            assert found["temperature"] == temperature
            assert 0 < found["tags"] < found["tags_before"]
    assert temperatures.keys() == calibrations.keys()
    assert "\nexpected calibration error: tags " in (trained / "report" / "report.md").read_text("utf-8")
    temperatures, calibrations = told(train(tmp_path / "run", "training.epochs=1", "training.calibration=false"))
    assert temperatures is None
    assert all(found["temperature"] == 1 and "tags_before" not in found for task in calibrations.values() for found in task)


def test_the_report_names_the_best_epoch_and_every_label(trained: Path):
    best = max(
        json.loads(line)["epoch"] for line in (trained / "steps.jsonl").read_text("utf-8").splitlines() if '"best": true' in line
    )
    report = (trained / "report" / "report.md").read_text("utf-8")
    assert f"- best epoch: {best} of 16\n" in report
    assert "| LOC | 100.00 | 100.00 | 100.00 | 100.0 to 100.0 | 2 | 2 |\n" in report
    headline = "F1 100.00 (95 %: 100.0 to 100.0), precision 100.00, recall 100.00, token accuracy 100.00, "
    headline += "sentence accuracy 100.00 (3 sentences, 9 words)"
    assert f"## ner on test\n\n{headline}" in report


def test_the_checkpoint_holds_the_weights_their_average_the_optimizer_and_the_random_state(trained: Path):
    state = checkpoint_data(trained)["state"]
    assert (state["epoch"], state["finished"]) == (16, True)
    with safe_open(trained / "checkpoint" / "state.safetensors", "pt") as tensors:
        kinds = {name.partition("/")[0] for name in tensors.keys()}  # noqa: SIM118 (it can't be gone through)
    assert kinds == {"weight", "average", "average_at", "optimizer", "random"}


def test_what_a_run_prints_names_the_model_the_report_and_how_to_use_it(
    command: Callable[..., Result], recipe: str, tmp_path: Path
):
    result = command("train", recipe, "--output", tmp_path / "run", "--set", "training.epochs=2")
    *_, model, report, use = result.stdout.splitlines()
    assert (model, report) == (f"model   {tmp_path}/run/model", f"report  {tmp_path}/run/report/report.html")
    assert use == f"use it  tagger tag {tmp_path}/run FILE"
    assert "ner on test: F1 " in result.stdout
    assert result.stderr.startswith("sentences: ")
    assert [line.split()[:2] for line in result.stderr.splitlines() if line.startswith("epoch")] == [
        ["epoch", "1/2"],
        ["epoch", "2/2"],
    ]


def test_an_epoch_is_told_in_one_line_however_narrow_the_terminal(
    command: Callable[..., Result], recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", "60")
    result = command("train", recipe, "--output", tmp_path / "run", "--set", "training.epochs=1")
    assert [line.split()[0] for line in result.stderr.splitlines() if line] == ["sentences:", "epoch"]


def test_the_splits_are_told_in_the_order_train_dev_test(command: Callable[..., Result], recipe: str, tmp_path: Path):
    result = command("train", recipe, "--output", tmp_path / "run", "--set", "training.epochs=1")
    assert result.stderr.splitlines()[0] == "sentences: train 6, dev 3, test 3"


def test_the_resolved_recipe_trains_the_same_model_again(train, command: Callable[..., Result], tmp_path: Path):
    first = train(tmp_path / "first", "training.epochs=2", "tasks.ner.decoder=softmax")
    assert command("train", first / "recipe.yaml", "--output", tmp_path / "second").exit_code == 0
    assert numbers_of(first) == numbers_of(tmp_path / "second")
    assert (first / "recipe.yaml").read_text("utf-8") == (tmp_path / "second" / "recipe.yaml").read_text("utf-8")


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(train, tmp_path: Path):
    first, same = (train(tmp_path / name, "training.epochs=2", "dropout.words=0.2") for name in ("first", "same"))
    other = train(tmp_path / "other", "training.epochs=2", "dropout.words=0.2", "training.seed=2")
    assert numbers_of(first) == numbers_of(same)
    assert numbers_of(first)[0] != numbers_of(other)[0]
    assert numbers_of(first)[1][0] != numbers_of(other)[1][0]


def test_patience_ends_a_run_that_no_longer_improves(train, tmp_path: Path):
    run = train(tmp_path / "run", "training.patience=2", "training.optimizer.learning_rate=1e-9")
    assert [step["epoch"] for step in steps_of(run)][-1] == 3
    assert "- best epoch: 1 of 3\n" in (run / "report" / "report.md").read_text("utf-8")


def test_a_plateau_halves_the_rate_whenever_the_dev_score_rests(train, tmp_path: Path):
    changes = ("training.epochs=6", "training.optimizer.learning_rate=1e-9")
    run = train(tmp_path / "run", "training.schedule={kind: plateau, patience: 2}", *changes)
    # The first epoch is the best; after each two more the rate falls.
    rates = {step["epoch"]: step["learning_rate"] for step in steps_of(run)}
    assert rates == pytest.approx({1: 1e-9, 2: 1e-9, 3: 1e-9, 4: 5e-10, 5: 5e-10, 6: 2.5e-10})


def test_a_plateau_needs_a_dev_split(command: Callable[..., Result], recipe: str, corpus: Path, tmp_path: Path):
    shutil.copytree(corpus, tmp_path / "corpus")
    (tmp_path / "corpus" / "dev.txt").unlink()
    options = ("--corpus", tmp_path / "corpus", "--output", tmp_path / "run", "--set", "training.schedule.kind=plateau")
    result = command("train", recipe, *options)
    message = (
        "training.schedule: kind: plateau lowers the rate by the dev score, and there is no dev split\n"
        "  Give the corpus a dev split whose tags are known, or choose another schedule.\n"
    )
    assert (result.exit_code, result.stderr) == (1, message)


def test_a_plateau_needs_a_known_tag_in_dev(command: Callable[..., Result], recipe: str, corpus: Path, tmp_path: Path):
    shutil.copytree(corpus, tmp_path / "corpus")
    (tmp_path / "corpus" / "dev.txt").write_text("Mary ? ?\n", "utf-8")
    options = ("--corpus", tmp_path / "corpus", "--output", tmp_path / "run", "--set", "corpus.unknown='?'")
    result = command("train", recipe, *options, "--set", "training.schedule.kind=plateau")
    assert result.exit_code == 1
    why = "dev has no score (upos: no tag is known; ner: there is no sentence whose tags are all known)"
    assert f"training.schedule: kind: plateau lowers the rate by the dev score, and {why}\n" in result.stderr
    # Other schedules don't ask for one, and what does is told.
    more = ("--set", "training.epochs=2", "--set", "training.patience=1")
    result = command("train", recipe, *options, *more)
    told = "training.patience can't be followed; all epochs are run"
    assert f"warning: {why}; {told}, and the weights of the last are kept\n" in result.stderr
    assert steps_of(tmp_path / "run")[-1]["epoch"] == 2


def test_a_plateau_does_not_fall_while_the_rate_rises(train, tmp_path: Path):
    changes = ("training.epochs=8", "training.optimizer.learning_rate=1e-9", "training.batch_words=1000")
    run = train(tmp_path / "run", "training.schedule={kind: plateau, patience: 2, warmup: 0.5}", *changes)
    # One step an epoch: it rises for four of them, and falls after the two behind these.
    rates = [step["learning_rate"] for step in steps_of(run)]
    assert rates == pytest.approx([0, 0.25e-9, 0.5e-9, 0.75e-9, 1e-9, 1e-9, 0.5e-9, 0.5e-9])


def test_a_corpus_of_train_alone_is_learned_to_the_last_epoch(
    command: Callable[..., Result], recipe: str, corpus: Path, tmp_path: Path
):
    (tmp_path / "corpus").mkdir()
    shutil.copy(corpus / "train.txt", tmp_path / "corpus")
    result = command("train", recipe, "--corpus", tmp_path / "corpus", "--output", tmp_path / "run", "--set", "training.epochs=3")
    assert result.exit_code == 0, result.stderr
    assert "warning: there is no dev split; all epochs are run, and the weights of the last are kept\n" in result.stderr
    assert "- best epoch: 3 of 3\n" in (tmp_path / "run" / "report" / "report.md").read_text("utf-8")
    assert "Train" in command("tag", tmp_path / "run", "-", stdin="Train on.\n").stdout


def test_the_weights_of_the_best_epoch_are_kept(train, tmp_path: Path):
    # A rate that rises until it destroys what was learnt: the last epoch is not the best.
    changes = ("training.schedule={kind: constant, warmup: 0.95}", "training.clip=null", "training.average=null")
    run = train(tmp_path / "run", *changes, "training.optimizer={kind: sgd, learning_rate: 100, momentum: 0}")
    epochs = [json.loads(line) for line in (run / "steps.jsonl").read_text("utf-8").splitlines() if '"dev"' in line]
    best = [epoch for epoch in epochs if epoch["best"]][-1]
    assert best["dev"] != epochs[-1]["dev"]
    assert scores_of(run)["dev"] == pytest.approx(best["dev"])


def test_the_task_that_score_names_decides_which_epoch_is_best(train, tmp_path: Path):
    run = train(tmp_path / "run", "training.score=upos", "training.patience=1")
    lines = [json.loads(line) for line in (run / "steps.jsonl").read_text("utf-8").splitlines()]
    scores = [line["dev"]["upos"] for line in lines if "dev" in line]
    bests = [line["best"] for line in lines if "dev" in line]
    assert bests == [score > max(scores[:index], default=-1) for index, score in enumerate(scores)]
    assert bests[-1] is False
    assert len(bests) < 16


SETTINGS = {
    "sgd, cosine after a warm-up": [
        "training.optimizer={kind: sgd, learning_rate: 0.3}",
        "training.schedule={kind: cosine, warmup: 0.1}",
    ],
    "constant rate without bound or average": ["training.schedule.kind=constant", "training.clip=null", "training.average=null"],
    "one cycle, two batches a step, parts with rates of their own": [
        "training.schedule.kind=one_cycle",
        "training.accumulate=2",
        "training.rate_factors={words: 0.5, decoders: 1.5}",
    ],
    "bf16": ["training.precision=bf16"],
    "softmax from a random state": ["tasks.ner.decoder=softmax", "tasks.upos.decoder=softmax", "encoder.initial_state=random"],
    "weights from a learned state": ["tasks.upos.weight=0.5", "tasks.ner.weight=2", "encoder.initial_state=learned"],
    "two layers": ["encoder.layers=2", "encoder.layer_dropout=0.05", "embeddings.0.digits=zero"],
    "a gru with highways and locked dropout": [
        "encoder={kind: gru, hidden: 16, layers: 2, connection: highway, layer_dropout: 0.1, layer_dropout_kind: locked}",
        "training.optimizer.learning_rate=0.05",
    ],
    "no encoder": ["encoder={kind: none}"],
    "one direction": ["encoder.bidirectional=false", "embeddings.0.lowercase=false"],
    "characters alone": ["embeddings=[{kind: characters, width: 8, filters: 12, kernels: [1, 3]}]"],
    "plain tags alone": ["tasks={upos: {}}"],
    "spans alone": ["tasks={ner: {scheme: bilou}}"],
}


@pytest.mark.parametrize("changes", SETTINGS.values(), ids=SETTINGS)
def test_every_setting_learns(train, tmp_path: Path, changes: list[str]):
    run = train(tmp_path / "run", "training.epochs=20", "dropout={words: 0, input: 0, output: 0}", *changes)
    losses = [step["loss"] for step in steps_of(run)]
    assert losses[-1] < losses[0] / 2
    assert set(scores_of(run)["dev"].values()) == {1.0}
    is_constant = "training.schedule.kind=constant" in changes
    assert ({step["learning_rate"] for step in steps_of(run)} == {0.06}) == is_constant


def test_the_loss_is_the_sum_of_the_tasks_losses_by_their_weights(train, tmp_path: Path):
    def first_loss(name: str, upos: float, ner: float) -> float:
        weights = (f"tasks.upos.weight={upos}", f"tasks.ner.weight={ner}")
        return steps_of(train(tmp_path / name, "training.epochs=1", *weights))[0]["loss"]

    plain = first_loss("plain", 1, 1)
    upos, ner = first_loss("upos", 2, 1) - plain, (first_loss("ner", 1, 3) - plain) / 2
    assert min(upos, ner) > 0.5
    assert upos + ner == pytest.approx(plain, abs=1e-4)
