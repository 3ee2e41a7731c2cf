"""What is found of what was named to be compared: runs, reports, files, splits and tasks."""

from pathlib import Path

import pytest
from compared_files import compared, random_file, refused, run, seeds, tags

from tagger.comparison.forms import markdown
from tagger.evaluation.examine import examine
from tagger.evaluation.predictions_file import read_predictions
from tagger.evaluation.report import Report
from tagger.evaluation.report_files import write_report


def test_runs_reports_and_files_are_all_found(tmp_path: Path):
    one = run(tmp_path / "run", 0.2)
    file = one / "predictions" / "test.conll"
    for other in (file, one / "report" / "report.json", one / "report", one / "predictions", one):
        assert list(compared(one, other).tasks) == ["ner"]
    assert list(compared(file, file).tasks) == ["spans"]


def test_the_split_is_what_the_names_of_the_files_tell(tmp_path: Path):
    test, dev, other = (random_file(tmp_path / f"{name}.conll", 1, 0.3) for name in ("test", "dev.ner", "system"))
    folder = run(tmp_path / "run", 0.3, seed=1)
    assert compared(dev, dev).split == "dev"
    assert compared(other, other).split == "all"
    # They hold the same sentences and gold tags: what one name tells is so for the other.
    assert compared(other, test).split == "test"
    assert compared(folder, other).split == "test"
    assert "## ner on dev" in markdown(compared(dev, dev))


def test_names_that_tell_two_splits_of_the_same_sentences_are_told(tmp_path: Path):
    found = compared(*(random_file(tmp_path / f"{name}.conll", 1, 0.3) for name in ("test", "dev")))
    assert found.split == "all"
    assert found.notes == (
        "the files are named as those of dev and test, and hold the same sentences: of which split, is not told",
    )


def test_of_a_folder_with_one_split_alone_that_is_compared_if_none_is_asked_for(tmp_path: Path):
    dev = random_file(tmp_path / "run" / "predictions" / "dev.conll", 1, 0.3)
    assert compared(tmp_path / "run", dev).split == "dev"
    assert refused(tmp_path / "run", dev, split="test").problem == "there are no predictions of the split 'test'"
    random_file(tmp_path / "run" / "predictions" / "train.conll", 1, 0.3)
    assert refused(tmp_path / "run", dev).fix == "There are some of dev and train: name it with --split."


def evaluated(file: Path, folder: Path) -> Path:
    """What `tagger evaluate --predictions FILE --output DIR` leaves."""
    read = read_predictions(file)
    read.predictions.write(folder / "predictions", read.split)
    write_report(Report(name=file.name, splits={read.split: examine(read.predictions)}), folder / "report")
    return folder


@pytest.mark.parametrize("name", ["test.conll", "flair.conll", "test.ner.conll"])
def test_what_was_evaluated_is_compared_as_the_file_that_it_was(name: str, tmp_path: Path):
    one = run(tmp_path / "run", 0.2)
    random_file(one / "predictions" / "dev.conll", 0, 0.5)
    file = random_file(tmp_path / name, 1, 0.3)
    folder = evaluated(file, tmp_path / "evaluated")
    for other in (folder, folder / "report" / "report.json", folder / "predictions"):
        found = compared(one, other)
        assert found.tasks == compared(one, file).tasks
        assert (list(found.tasks), found.split) == (["ner"], "test")


def test_a_file_of_predictions_may_be_called_report(tmp_path: Path):
    file = random_file(tmp_path / "report.conll", 1, 0.3)
    random_file(tmp_path / "test.conll", 1, 0.5)
    assert compared(file, file).contestants[0].runs == [str(file)]
    # A word may look like the start of JSON.
    braces = tags(tmp_path / "braces.conll", [("{", "-LRB-", "-LRB-")])
    assert compared(braces, braces).tasks["tags"].num_items == 1


def test_a_report_is_known_by_what_it_holds(tmp_path: Path):
    one = run(tmp_path / "run", 0.2)
    renamed = (one / "report" / "report.json").rename(one / "report" / "mine.json")
    assert compared(one, renamed).contestants[1].runs == [str(renamed)]
    moved = renamed.rename(tmp_path / "moved.json")
    random_file(tmp_path / "test.conll", 1, 0.5)
    error = refused(one, moved)
    assert error.problem == "this is a report, and the predictions that it is of are not beside it"
    assert error.where == str(moved)
    (tmp_path / "other.json").write_text("{}", "utf-8")
    assert refused(one, tmp_path / "other.json").problem == "this is JSON, but no report"


def test_a_split_or_task_that_one_lacks_is_refused(tmp_path: Path):
    one, other = run(tmp_path / "a", 0.2), run(tmp_path / "b", 0.2, task="chunk")
    assert refused(one, other).problem == "no task is common to all"
    assert refused(one, other, task="chunk").problem == "it has no task 'chunk'"
    error = refused(one, other, split="dev")
    assert error.problem == "there are no predictions of the split 'dev'"
    assert error.fix == "There are some of test: name it with --split."


def test_of_several_tasks_those_that_all_have_are_compared(tmp_path: Path):
    for name, tasks in (("a", ("ner", "chunk", "np")), ("b", ("chunk", "ner"))):
        for task in tasks:
            random_file(tmp_path / name / "predictions" / f"test.{task}.conll", 1, 0.3)
    lone = random_file(tmp_path / "lone.conll", 1, 0.3)
    assert set(compared(tmp_path / "a", tmp_path / "b").tasks) == {"ner", "chunk"}
    assert list(compared(tmp_path / "a", lone, task="np").tasks) == ["np"]
    assert refused(tmp_path / "a", lone).problem == "nothing tells of which task these predictions are"


def test_a_seed_without_predictions_is_left_out_and_said(tmp_path: Path):
    folder = seeds(tmp_path / "a", (0.5, 0.6))
    (folder / "seed-3").mkdir()
    found = compared(folder, folder)
    assert found.notes == (f"{folder}: seed-3 left out, since there are no predictions in it",)
    assert len(found.contestants[0].runs) == 2
