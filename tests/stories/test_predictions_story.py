"""`tagger evaluate --predictions`: what any tool predicted, scored as conlleval does and examined."""

import json
from pathlib import Path

import pytest

# The second span of gold is right in IOB1 as in IOB2; the third is one of two words where two of one were predicted.
IOB2 = """Ann NNP B-PER B-PER
Lee NNP I-PER I-PER
saw VBD O O
Oslo NNP B-LOC B-LOC
Bergen NNP I-LOC B-LOC
. . O O

-DOCSTART- -X- O O

Rain NN O B-ORG
"""
IOB1 = """Ann I-PER I-PER
Lee I-PER I-PER
saw O O
Oslo I-LOC I-LOC
Bergen I-LOC B-LOC
. O O

Rain O I-ORG
"""


@pytest.mark.parametrize(("text", "scheme"), [(IOB2, "IOB2"), (IOB1, "IOB1")])
def test_columns_of_any_tool_get_the_scores_that_conlleval_gives_them(command, tmp_path, text, scheme):
    path = tmp_path / "flair.txt"
    path.write_text(text, "utf-8")
    result = command("evaluate", "--predictions", path, "--output", tmp_path / "out")
    assert result.exit_code == 0
    assert f"gold tags are read as {scheme}" in result.stderr
    # conlleval: 2 phrases, found 4, correct 1; accuracy 5 of 7 tokens.
    shown = " ".join(result.stdout.split())
    assert "precision 25.00, recall 50.00, token accuracy 71.43, sentence accuracy 0.00 (2 sentences, 7 words)" in shown
    assert "errors: 3 (boundary 1, label 0, boundary and label 0, missed 0, spurious 2)" in shown
    report = json.loads((tmp_path / "out" / "report" / "report.json").read_text("utf-8"))
    scores = report["splits"]["all"]["spans"]["scores"]
    assert scores["lenient"]["micro"]["f1"] == scores["strict"]["micro"]["f1"] == pytest.approx(1 / 3)
    assert {path.name for path in (tmp_path / "out" / "report").iterdir()} == {"report.json", "report.md", "report.html"}


def test_tags_that_break_their_scheme_are_scored_both_ways_and_counted(command, tmp_path):
    path = tmp_path / "test.ner.conll"
    path.write_text("Ann B-PER I-PER\nsaw O O\n\nOslo B-LOC B-LOC\nBo B-PER B-PER\nsaw O O\n\n" * 30, "utf-8")
    result = command("evaluate", "--predictions", path, "--scheme", "iob2")
    assert result.exit_code == 0
    assert "predicted tags are read as IOB2; 30 places break it" in result.stderr
    assert "Places that break the scheme: 30 in the predicted tags. As conlleval reads them: precision 100.00" in " ".join(
        result.stdout.split()
    )
    assert "ner on test: F1 80.00" in result.stdout


@pytest.mark.parametrize("task", ["ner", "upos"])
def test_with_train_the_figures_are_those_of_the_run_that_was_trained_by_it(command, corpus, trained, tmp_path, task):
    lines = [line.split() for line in (corpus / "train.txt").read_text("utf-8").splitlines()]
    kept = ["\t".join([word, *tags[:1]] if task == "upos" else [word, *tags]) for word, *tags in (line or [""] for line in lines)]
    (tmp_path / "own.txt").write_text("\n".join(kept) + "\n", "utf-8")
    found = trained / "predictions" / f"test.{task}.conll"
    result = command("evaluate", "--predictions", found, "--train", tmp_path / "own.txt", "--output", tmp_path / "out")
    assert result.exit_code == 0
    made, expected = (
        json.loads((folder / "report" / "report.json").read_text("utf-8"))["splits"]["test"][task]
        for folder in (tmp_path / "out", trained)
    )
    assert made["breakdowns"] == expected["breakdowns"]
    del expected["scores"]["calibration"]
    assert made["scores"] == expected["scores"]
    assert ("known" in made["scores"]) == (task == "upos")
    facts = json.loads((tmp_path / "out" / "report" / "report.json").read_text("utf-8"))["facts"]
    assert facts["train"] == "own.txt"
    assert f"own.txt: tags are read as {'IOB2' if task == 'ner' else 'plain tags'}" in result.stderr


def test_the_report_says_how_each_side_was_read_in_all_its_forms(command, tmp_path):
    path = tmp_path / "two.txt"
    path.write_text("Ann I-PER B-PER\nLee I-PER I-PER\nsaw O O\n\nOslo I-LOC B-LOC\nBergen B-LOC B-LOC\n\n" * 9, "utf-8")
    result = command("evaluate", "--predictions", path, "--output", tmp_path / "out")
    report = json.loads((tmp_path / "out" / "report" / "report.json").read_text("utf-8"))
    note = (
        "gold and predicted tags are in two schemes: token accuracy holds them against each other as they are written, as "
        "conlleval does, and is lower for it; in the confusion of tags the predicted ones are written in the scheme of gold"
    )
    assert f"two.txt: {note}" in result.stderr
    assert report["facts"] == {"gold tags": "IOB1", "predicted tags": "IOB2", "notes": [note]}
    found = report["splits"]["all"]["spans"]
    assert (found["scores"]["score"], found["scores"]["accuracy"]) == (1, 3 / 5)
    names, counts = found["tag_confusion"]["names"], found["tag_confusion"]["counts"]
    assert {name: counts[place][place] for place, name in enumerate(names)} == {"B-LOC": 9, "I-LOC": 9, "I-PER": 18, "O": 9}
    for form in ("md", "html"):
        text = (tmp_path / "out" / "report" / f"report.{form}").read_text("utf-8")
        assert all(part in text for part in ("gold tags", "IOB1", "predicted tags", "IOB2", note))


def test_plain_tags_are_scored_too(command, tmp_path):
    path = tmp_path / "upos.txt"
    path.write_text("Ann\tPROPN\tPROPN\nsleeps\tVERB\tNOUN\n", "utf-8")
    assert "tags on all: accuracy 50.00" in command("evaluate", "--predictions", path).stdout


def test_tags_that_look_like_those_of_spans_can_be_said_to_be_plain(command, tmp_path):
    path = tmp_path / "odd.txt"
    path.write_text("Ann B-PER B-PER\nLee I-PER I_PER\n", "utf-8")
    assert "tags on all: accuracy 50.00" in command("evaluate", "--predictions", path, "--scheme", "none").stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "Give either a MODEL or --predictions FILE."),
        (("run", "--predictions", "x.txt"), "Give either a MODEL or --predictions FILE."),
        (("--predictions", "none.txt"), "none.txt: no such file"),
        (("--predictions", "none.txt", "--scheme", "odd"), "--scheme: there is no scheme 'odd'"),
        (
            ("--predictions", "slip.txt"),
            "slip.txt:2:11: 'I_PER' is no tag of a span in any scheme, where others are, such as 'B-PER'",
        ),
        (("--predictions", "none.txt", "--split", "dev"), "--split is for a MODEL"),
        (("run", "--labels"), "--labels is for --predictions"),
        (("run", "--train", "x.txt"), "--train is for --predictions"),
        (("--predictions", "labels.tsv", "--train", "x.txt"), "--train: is for columns, and labels.tsv holds labels of sentences"),
        (("--predictions", "none.txt", "--labels", "--train", "x.txt"), "--train is for columns"),
        (("--predictions", "none.txt", "--labels", "--scheme", "iob2"), "--scheme is for columns: leave it away."),
        (("--predictions", "none.txt", "--labels", "--separator", "tab"), "--separator is for columns"),
    ],
)
def test_what_does_not_go_together_is_told(command, tmp_path, monkeypatch, arguments, told):
    monkeypatch.chdir(tmp_path)
    Path("labels.tsv").write_text("mail\tmail\tRead it\nmusic\tmail\tPlay some jazz\n", "utf-8")
    Path("slip.txt").write_text("Ann B-PER B-PER\nLee I-PER I_PER\nsaw O O\n", "utf-8")
    result = command("evaluate", *arguments)
    assert result.exit_code != 0
    assert told in result.stderr


def test_a_file_of_nothing_but_unknown_tags_is_refused(command, tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("Ann _ B-PER\n", "utf-8")
    result = command("evaluate", "--predictions", path)
    assert (result.exit_code, result.stderr.splitlines()[-2:]) == (
        1,
        [f"{path}: no tag in it is known: nothing can be scored", "  Give a file with gold tags."],
    )
