"""The door of the package: what stands on its list, and how little it costs to open."""

import subprocess
import sys
from pathlib import Path

import pytest

import tagger

NAMES = ["Alternative", "CorpusError", "ModelError", "RecipeError", "Sentence", "Span", "Tagger", "TaggerError", "Token"]


def test_the_public_names_are_exactly_these():
    assert tagger.__all__ == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_is_there_and_explains_itself(name: str):
    assert getattr(tagger, name).__name__ == name
    assert getattr(tagger, name).__doc__


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'tagger' has no attribute 'Taggr'"):
        _ = tagger.Taggr


def test_every_error_of_a_user_is_a_tagger_error():
    for kind in (tagger.CorpusError, tagger.ModelError, tagger.RecipeError):
        assert issubclass(kind, tagger.TaggerError)


_RUN = """
import sys
from tagger.cli.main import cli
try:
    cli(sys.argv[1:])
except SystemExit as end:
    code = end.code
"""
_HEAVY = '\nprint("heavy:", *sorted({"torch", "accelerate", "datasets", "transformers"} & set(sys.modules)))'
LIGHT = {
    "import": ("import sys, tagger; code = 0; tagger.Sentence", [], 0),
    "help": (_RUN, ["--help"], 0),
    "help of train": (_RUN, ["train", "--help"], 0),
    "recipes": (_RUN, ["recipes", "ls"], 0),
    "a recipe checked": (_RUN, ["recipes", "check", "quickstart"], 0),
    "no such recipe": (_RUN, ["train", "none"], 1),
    "a faulty recipe": (_RUN, ["train", "quickstart", "--set", "training.epoch=3"], 1),
}


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )


@pytest.mark.parametrize(("program", "arguments", "code"), LIGHT.values(), ids=LIGHT)
def test_what_must_answer_at_once_imports_no_torch(program: str, arguments: list[str], code: int):
    done = run(program + _HEAVY + "\nsys.exit(code)", *arguments)
    assert done.stdout.splitlines()[-1:] == ["heavy:"], done.stderr
    assert done.returncode == code


def test_reading_a_corpus_imports_no_torch():
    modules = ("columns", "compressed", "conllu", "corpus", "files", "hub", "source", "streams", "streams.parquet")
    imports = "; ".join(f"import tagger.corpora.{name}" for name in modules)
    program = f"import sys, tagger.text.schemes, tagger.text.sentence, tagger.text.tokenizer; {imports}"
    done = run(program + '\nprint("torch" in sys.modules)')
    assert done.stdout == "False\n", done.stderr


def test_the_command_shows_a_users_mistake_without_a_traceback():
    command = Path(sys.executable).with_name("tagger")
    done = subprocess.run([command, "train", "none"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[0] == "none: no such recipe"
    assert "Traceback" not in done.stderr


def test_the_help_names_every_command():
    help_text = run(_RUN, "--help").stdout
    for command in ("train", "evaluate", "tag", "recipes"):
        assert f"\n  {command} " in help_text
