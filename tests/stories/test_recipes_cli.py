"""`tagger recipes`: ls, show, cp, check."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

SHIPPED = {path.stem: path for path in Path(__file__).parents[2].joinpath("recipes").glob("*.yaml")}


pytestmark = pytest.mark.usefixtures("elsewhere")


def test_ls_names_each_shipped_recipe_with_its_first_line(command: Callable[..., Result]):
    lines = command("recipes", "ls").stdout.splitlines()
    assert {line.split()[0] for line in lines} == set(SHIPPED)
    for line in lines:
        name, _, told = line.partition("  ")
        assert SHIPPED[name.strip()].read_text("utf-8").startswith(f"# {told.strip()}\n")


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_show_prints_a_recipe_as_it_is_written(command: Callable[..., Result], name: str):
    assert command("recipes", "show", name).stdout == SHIPPED[name].read_text("utf-8")


def test_show_prints_a_file_too(command: Callable[..., Result], recipe: str):
    assert command("recipes", "show", recipe).stdout == Path(recipe).read_text("utf-8")


def test_cp_copies_into_this_folder_to_a_folder_or_to_a_file(command: Callable[..., Result], tmp_path: Path):
    (tmp_path / "folder").mkdir()
    for arguments, target in (((), "quickstart.yaml"), (("folder",), "folder/quickstart.yaml"), (("mine.yaml",), "mine.yaml")):
        result = command("recipes", "cp", "quickstart", *arguments)
        assert (result.exit_code, result.stdout) == (0, f"{target}\n")
        assert (tmp_path / target).read_bytes() == SHIPPED["quickstart"].read_bytes()


def test_cp_never_replaces_a_file(command: Callable[..., Result], tmp_path: Path):
    (tmp_path / "quickstart.yaml").write_text("mine", "utf-8")
    result = command("recipes", "cp", "quickstart")
    assert (result.exit_code, result.stderr) == (1, "quickstart.yaml: exists already\n  Name another file.\n")
    assert (tmp_path / "quickstart.yaml").read_text("utf-8") == "mine"


def test_cp_to_a_folder_that_is_missing_is_refused(command: Callable[..., Result]):
    result = command("recipes", "cp", "quickstart", "missing/mine.yaml")
    message = "missing/mine.yaml: can't be written (No such file or directory)\n  Name another file.\n"
    assert (result.exit_code, result.stderr) == (1, message)


@pytest.mark.parametrize("command_name", ["show", "cp", "check"])
def test_a_name_that_is_almost_right_gets_a_suggestion(command: Callable[..., Result], command_name: str):
    result = command("recipes", command_name, "quikstart")
    names = ", ".join(sorted(SHIPPED))
    fix = f"Did you mean 'quickstart'? Give a file, or one of {names} (tagger recipes ls)."
    assert (result.exit_code, result.stderr) == (1, f"quikstart: no such recipe\n  {fix}\n")


def test_check_says_which_recipes_have_no_mistake(command: Callable[..., Result], recipe: str):
    result = command("recipes", "check", "quickstart", recipe)
    assert (result.exit_code, result.stdout) == (0, f"quickstart: no mistakes\n{recipe}: no mistakes\n")


def test_check_shows_the_mistakes_of_all_recipes_together(command: Callable[..., Result], tmp_path: Path):
    for name in ("one", "two"):
        text = SHIPPED["quickstart"].read_text("utf-8").replace("epochs: 30", f"epochs: {name}")
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    result = command("recipes", "check", "one.yaml", "conll", "two.yaml")
    assert (result.exit_code, result.stdout) == (1, "conll: no mistakes\n")
    assert [line.partition(", not ")[2] for line in result.stderr.splitlines()] == ["'one'", "'two'"]


def test_check_applies_set_first(command: Callable[..., Result]):
    assert command("recipes", "check", "quickstart", "--set", "training.epochs=2").exit_code == 0
    result = command("recipes", "check", "quickstart", "--set", "training.epochs=0")
    assert (result.exit_code, result.stderr) == (1, "--set training.epochs=0: training.epochs: should be greater than 0, not 0\n")


def test_settings_lists_all_or_those_below_a_key(command: Callable[..., Result]):
    everything, below = command("recipes", "settings").stdout, command("recipes", "settings", "training.schedule").stdout
    assert "training.schedule.warmup: number; default 0.0\n" in below
    assert below in everything
    assert "dropout" not in below


def test_settings_refuses_a_key_that_there_is_not(command: Callable[..., Result]):
    result = command("recipes", "settings", "training.scedule")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "training.scedule: no such setting\n  Did you mean 'training.schedule'?\n"
