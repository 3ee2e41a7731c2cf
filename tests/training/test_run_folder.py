import os
import tempfile
from pathlib import Path

import pytest

from tagger.errors import ModelError
from tagger.recipe_file import recipe_yaml
from tagger.training.run_folder import RunFolder


@pytest.fixture
def as_nobody(tmp_path: Path):
    """The test has no rights but everyone's, also where root runs it; it must be able to see its own folder."""
    top = Path(tempfile.gettempdir())
    parents = [folder for folder in (tmp_path, *tmp_path.parents) if top in folder.parents]
    modes = [folder.stat().st_mode for folder in parents]
    is_root = os.geteuid() == 0

    def leave() -> None:
        for folder in parents:
            folder.chmod(0o555)
        if is_root:
            os.seteuid(65534)

    yield leave
    if is_root:
        os.seteuid(0)
    for folder, mode in zip(parents, modes, strict=True):
        folder.chmod(mode)


@pytest.mark.parametrize("there", [True, False])
def test_a_read_only_folder_is_told_at_once(tiny_recipe, tmp_path: Path, as_nobody, there: bool):
    recipe, path = tiny_recipe(), tmp_path / "run"
    if there:
        path.mkdir()
        (path / "recipe.yaml").write_text(recipe_yaml(recipe), "utf-8")
        path.chmod(0o555)
    as_nobody()
    with RunFolder(path) as folder, pytest.raises(ModelError) as caught:
        folder.claim(recipe, resume=there, overwrite=False)
        folder.begin(recipe, resume=there, overwrite=False)
    message = f"{path}: can't be written (Permission denied)\n  Name another folder with --output."
    assert str(caught.value) == message


def test_beginning_removes_what_a_run_wrote_and_nothing_else(tiny_recipe, tmp_path: Path):
    recipe = tiny_recipe()
    for name in (
        "checkpoint/state.safetensors",
        "model/config.json",
        ".model.old/x",
        "report/report.md",
        "steps.jsonl",
        "notes.txt",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", "utf-8")
    (tmp_path / "recipe.yaml").write_text(recipe_yaml(recipe), "utf-8")
    with RunFolder(tmp_path) as folder:
        folder.claim(recipe, resume=False, overwrite=True)
        folder.begin(recipe, resume=False, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", "recipe.yaml"]


def test_a_corpus_and_vectors_may_lie_elsewhere_when_a_run_goes_on(tiny_recipe, tmp_path: Path):
    def recipe(words=None, **places):
        made = tiny_recipe()
        first = made.embeddings[0].model_copy(update={"vectors": words} if words else {"width": 3})
        corpus = made.corpus.model_copy(update=places)
        return made.model_copy(update={"corpus": corpus, "embeddings": (first, *made.embeddings[1:]), "name": words or "other"})

    (tmp_path / "recipe.yaml").write_text(recipe_yaml(recipe(words="a.txt")), "utf-8")
    with RunFolder(tmp_path) as folder:
        folder.check_resume(recipe(words="b.txt", train="elsewhere.txt", dev="there.txt"))
        with pytest.raises(ModelError, match=r"another recipe: now embeddings\.0\.width = 3\n"):
            folder.check_resume(recipe())


def test_threads_and_checkpoint_times_may_differ_when_a_run_goes_on(tiny_recipe, tmp_path: Path):
    def recipe(**settings):
        return tiny_recipe(training={"epochs": 3, "batch_words": 8, **settings})

    (tmp_path / "recipe.yaml").write_text(recipe_yaml(recipe()), "utf-8")
    with RunFolder(tmp_path) as folder:
        folder.claim(recipe(threads=3, checkpoint_minutes=0.5), resume=True, overwrite=False)
    with RunFolder(tmp_path) as folder, pytest.raises(ModelError, match=r"another recipe: now training\.seed = 2\n"):
        folder.claim(recipe(threads=3, seed=2), resume=True, overwrite=False)
