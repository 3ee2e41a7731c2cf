"""Which inputs there are, and which output each becomes."""

from pathlib import Path

import pytest

from tagger.deployment.plan import find_inputs, form_of, plan_folder
from tagger.errors import TaggerError


def fill(*names):
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def names(paths):
    return [str(path) for path in paths]


def test_a_folder_gives_its_files_of_known_forms_and_tells_what_it_leaves_out(elsewhere):
    fill("in/b.txt", "in/a.jsonl.gz", "in/c.parquet", "in/README.md", "in/.hidden.txt", "in/sub/d.txt", "in/e.gz")
    found = find_inputs(["in"])
    assert names(found.paths) == ["in/a.jsonl.gz", "in/b.txt", "in/c.parquet"]
    assert found.notes == ["in: left out: README.md, e.gz, sub"]


def test_patterns_that_the_shell_left_alone_are_files_in_order(elsewhere):
    fill("in/b.txt", "in/a.txt", "in/deep/c.txt", "in/a.md")
    assert names(find_inputs(["in/*.txt"]).paths) == ["in/a.txt", "in/b.txt"]
    assert names(find_inputs(["in/**/c.*"]).paths) == ["in/deep/c.txt"]
    assert names(find_inputs([f"{elsewhere}/in/?.txt"]).paths) == [f"{elsewhere}/in/a.txt", f"{elsewhere}/in/b.txt"]


def test_files_come_in_the_order_given_and_once(elsewhere):
    fill("b.txt", "a.txt", "[odd].txt")
    assert names(find_inputs(["b.txt", "[odd].txt", "a.txt", "*.txt"]).paths) == ["b.txt", "[odd].txt", "a.txt"]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.txt", None),
        ("a.jsonl.gz", "jsonl"),
        ("a.conllu.xz", "conllu"),
        ("a.parquet", "parquet"),
        ("eng.testa", None),
        ("a.gz", None),
    ],
)
def test_the_form_is_that_of_the_name_without_its_compression(name, form):
    assert form_of(Path(name)) == form


@pytest.mark.parametrize(
    ("name", "to", "keep", "output"),
    [
        ("in/a.txt", None, True, "a.txt"),
        ("in/a.txt.gz", None, True, "a.txt.gz"),
        ("in/a.b.txt.xz", "jsonl", True, "a.b.jsonl.xz"),
        ("in/a.txt.gz", "conll", False, "a.conll.bz2"),
        ("in/a.txt.gz", "parquet", True, "a.parquet"),
        ("in/a.iob", None, True, "a.conll"),
        ("in/eng.testa", "conll", True, "eng.testa.conll"),
        ("in/letters", None, True, "letters.txt"),
        ("in/a.parquet", "conllu", True, "a.conllu"),
    ],
)
def test_an_output_has_its_inputs_name_and_the_ending_of_what_is_written(name, to, keep, output):
    (job,) = plan_folder([Path(name)], Path("out"), None, to, None if keep else "bz2", keep=keep)
    assert job.output == Path("out", output)


@pytest.mark.parametrize("pair", [("a/x.txt", "b/x.txt"), ("x.iob", "x.conll"), ("x.txt.gz", "x.jsonl.gz")])
def test_two_inputs_never_become_one_output(pair):
    with pytest.raises(TaggerError, match=f"{pair[0]} and {pair[1]} would both become x"):
        plan_folder([Path(name) for name in pair], Path("out"), None, "conll", None, keep=True)


@pytest.mark.parametrize(
    ("names", "to"), [(["in/a.txt"], None), (["in/a.txt", "in/b.jsonl"], "text"), (["in/../in/a.txt"], "text")]
)
def test_an_output_is_never_an_input(elsewhere, names, to):
    fill("in/a.txt", "in/b.jsonl")
    with pytest.raises(TaggerError, match=r"in/a\.txt: an input would be overwritten"):
        plan_folder([Path(name) for name in names], Path("in"), None, to, None, keep=True)
