"""Users' mistakes: each gives one message that says what is wrong, where, and how to fix it; and nothing is written."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from mistakes import COLUMNS, FAULTS_OF_OTHER_KINDS, RECIPE, ROWS, RUNS, Row


@pytest.fixture
def folder(trained: Path, corpus: Path, elsewhere: Path) -> Path:
    """This folder holds what is right: recipe.yaml, corpus/, text.txt and a trained run/."""
    shutil.copytree(corpus, "corpus")
    shutil.copytree(trained, "run")
    Path("recipe.yaml").write_text(RECIPE, "utf-8")
    Path("text.txt").write_text("Ann sleeps\n", "utf-8")
    return elsewhere


def put(files: dict[str, bytes | None]) -> None:
    for name, content in files.items():
        if content is None:
            Path(name).unlink()
        else:
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).write_bytes(content)


def tree(folder: Path) -> dict[Path, bytes | None]:
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_mistake_gives_one_clear_message_and_writes_nothing(folder: Path, command: Callable[..., Result], row: Row):
    put(row.files)
    before = tree(folder)
    result = command(*row.command.split())
    assert result.stderr == row.message + "\n"
    assert (result.exit_code, result.stdout) == (1, "")
    assert tree(folder) == before


@pytest.mark.parametrize("files", FAULTS_OF_OTHER_KINDS.values(), ids=FAULTS_OF_OTHER_KINDS)
def test_a_model_that_was_tampered_with_is_called_damaged(folder: Path, command: Callable[..., Result], files: dict[str, bytes]):
    put({f"run/model/{name}": content for name, content in files.items()})
    result = command("tag", "run", "text.txt")
    assert result.exit_code == 1
    assert result.stderr.startswith("run/model: the model is damaged (")
    assert result.stderr.endswith(")\n  Train it again, or fetch it again.\n")


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_a_ragged_line_is_found_wherever_it_stands(folder: Path, command: Callable[..., Result], split: str):
    path = Path("corpus", f"{split}.txt")
    lines = path.read_text("utf-8").splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        if line.strip():
            path.write_text("".join([*lines[: number - 1], line.replace(" ", "", 1), *lines[number:]]), "utf-8")
            result = command("train", "recipe.yaml", "--output", "out")
            shown = line.replace(" ", "", 1).strip()
            assert result.stderr == f"{path}:{number}:{len(shown) + 1}: 2 columns where 3 were expected: '{shown}'\n  {COLUMNS}\n"
            assert not Path("out").exists()


def test_a_hub_model_that_can_not_be_reached_is_a_users_matter(folder: Path, command: Callable[..., Result]):
    result = command("tag", "somebody/something", "text.txt")
    assert result.exit_code == 1
    assert result.stderr.startswith("somebody/something: neither a folder here nor a model that the Hugging Face Hub gives (")
    assert result.stderr.endswith(f")\n  {RUNS}\n")
