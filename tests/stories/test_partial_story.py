"""The story of labels that are known only in part: mixed corpora, hidden tags, confidences, schemes that are detected."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from story_sentences import SENTENCES

Command = Callable[..., Result]

LEARN = """\
embeddings: [{kind: words, width: 16}, {kind: characters, width: 4, filters: 6}]
encoder: {hidden: 16}
dropout: {words: 0.05, input: 0.05, output: 0.05}
training: {epochs: 20, batch_words: 10, optimizer: {kind: adamw, learning_rate: 0.06}, average: 0.7, device: cpu}
"""
MIXED = """\
corpus:
  kind: mixed
  parts:
    - {kind: columns, columns: [word, upos], train: upos.txt, dev: upos.txt}
    - {kind: columns, columns: [word, ner], train: ner.txt, dev: ner.txt}
tasks: {upos: {DECODER}, ner: {scheme: iobes}}
"""
HIDDEN = """\
corpus: {kind: columns, columns: [word, upos, ner], train: train.txt, dev: dev.txt, unknown: '?'}
tasks: {upos: {}, ner: {scheme: iobes}}
"""


def put(name: str, *columns: int, change: Callable[[int, list[str]], list[str]] = lambda place, row: row) -> None:
    """Writes the sentences with these columns; `change` may alter each row, told how many stood before it."""
    place, text = 0, ""
    for sentence in SENTENCES:
        for word in sentence.split():
            row = change(place, word.split("/"))
            text += " ".join(row[column] for column in columns) + "\n"
            place += 1
        text += "\n"
    Path(name).write_text(text, "utf-8")


def run(command: Command, recipe: str) -> tuple[Result, dict[str, dict[str, float]]]:
    """Trains by a recipe into `out`; what was printed, and the scores on dev."""
    Path("recipe.yaml").write_text(recipe + LEARN, "utf-8")
    result = command("train", "recipe.yaml", "--output", "out")
    assert result.exit_code == 0, result.stderr
    dev = json.loads(Path("out/report/report.json").read_text("utf-8"))["splits"]["dev"]
    return result, {task: found["scores"] for task, found in dev.items()}


@pytest.mark.parametrize("decoder", ["crf", "softmax"])
def test_a_mixture_of_two_corpora_with_one_task_each_teaches_both(elsewhere: Path, command: Command, decoder: str):
    put("upos.txt", 0, 1)
    put("ner.txt", 0, 2)
    result, scores = run(command, MIXED.replace("DECODER", f"decoder: {decoder}"))
    assert "ner.txt: the scheme of ner is detected as IOB2: all 14 spans begin with B-\n" in result.stderr
    assert [(scores[task]["score"], scores[task]["num_words"], scores[task]["num_unscored"]) for task in ("upos", "ner")] == [
        (1.0, 20, 20)
    ] * 2
    tagged = json.loads(command("tag", "out", "-", "--to", "jsonl", stdin="Bo sees New York").stdout)
    assert tagged["tags"]["upos"] == ["PROPN", "VERB", "PROPN", "PROPN"]
    assert [(span["start"], span["end"], span["label"]) for span in tagged["spans"]] == [(0, 1, "PER"), (2, 4, "LOC")]
    scored = command("evaluate", "out", "--split", "dev")
    assert scored.exit_code == 0
    assert "20 words of unknown tags not scored" in " ".join(scored.stdout.split())


def test_a_third_of_the_tags_hidden_is_learned_all_the_same(elsewhere: Path, command: Command):
    def hide(place: int, row: list[str]) -> list[str]:
        return [row[0], "?" if place % 3 == 1 else row[1], "?" if place % 3 == 2 else row[2]]

    put("train.txt", 0, 1, 2, change=hide)
    put("dev.txt", 0, 1, 2)
    result, scores = run(command, HIDDEN)
    assert "train.txt: 7 of 20 upos tags are unknown\n" in result.stderr
    assert "train.txt: 6 of 20 ner tags are unknown\n" in result.stderr
    assert scores["upos"]["score"] >= 0.9
    assert scores["ner"]["score"] >= 0.8
    assert "num_unscored" not in scores["ner"]


def test_tags_without_any_confidence_are_not_learned(elsewhere: Path, command: Command):
    def doubt(place: int, row: list[str]) -> list[str]:
        return [row[0], "X" if row[1] == "PROPN" else row[1], "0" if row[1] == "PROPN" else "1"]

    put("train.txt", 0, 1, 2, change=doubt)
    put("dev.txt", 0, 1, 2, change=lambda place, row: [row[0], row[1], "1"])
    corpus = "corpus: {kind: columns, columns: [word, upos, sure], train: train.txt, dev: dev.txt, confidence: {upos: sure}}\n"
    run(command, corpus + "tasks: {upos: {decoder: softmax}}\n")
    tagged = json.loads(command("tag", "out", "-", "--to", "jsonl", stdin="Ann sees rain").stdout)
    assert "X" not in tagged["tags"]["upos"]


def test_a_score_of_a_task_that_dev_knows_nothing_of_is_refused(elsewhere: Path, command: Command):
    put("upos.txt", 0, 1)
    put("ner.txt", 0, 2)
    recipe = MIXED.replace("DECODER", "").replace(", dev: ner.txt", "") + LEARN.replace("{epochs", "{score: ner, epochs")
    Path("recipe.yaml").write_text(recipe, "utf-8")
    result = command("train", "recipe.yaml", "--output", "out")
    assert result.exit_code == 1
    assert result.stderr == (
        "dev: training.score is ner, but there is no sentence whose tags are all known\n"
        "  Name another task as training.score, or leave it away.\n"
    )
    assert not Path("out").exists()


def test_repairs_are_told_and_stand_in_the_report(elsewhere: Path, command: Command):
    put("train.txt", 0, 1, 2, change=lambda place, row: [row[0], row[1], row[2].replace("B-LOC", "I-LOC")])
    put("dev.txt", 0, 1, 2)
    recipe = HIDDEN.replace("unknown: '?'", "schemes: {ner: iob2}, repair: promote")
    result, scores = run(command, recipe)
    note = (
        "train.txt: 3 ner tags break IOB2 in 3 sentences, read by the repair 'promote'; the first: train.txt:8:11: 'I-LOC' may not "
        "stand after 'O' in IOB2"
    )
    assert note + "\n" in result.stderr
    assert scores["ner"]["score"] == 1.0
    assert json.loads(Path("out/report/report.json").read_text("utf-8"))["facts"]["corpus notes"] == [note]
