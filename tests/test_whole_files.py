"""Files and folders that are written whole or not at all, wherever their writer dies."""

import resource
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from dying import Death, dying

from tagger.errors import ModelError
from tagger.whole_files import save_tensors, standing, write_file, write_folder

OLD = {"one": "old", "three": "old"}
NEW = {"one": "new", "two": "new"}


def fill(content: dict[str, str]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        for name, text in content.items():
            (folder / name).write_text(text, "utf-8")

    return write


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


def changes_of(monkeypatch: pytest.MonkeyPatch, work: Callable[[], None]) -> int:
    with dying(monkeypatch, None) as life:
        work()
    return life.changes


def test_a_folder_whose_writer_dies_anywhere_is_whole_and_can_be_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_folder(tmp_path / "count", fill(OLD))
    total = changes_of(monkeypatch, lambda: write_folder(tmp_path / "count", fill(NEW)))
    seen = []
    for at in range(total):
        folder = tmp_path / str(at) / "model"
        write_folder(folder, fill(OLD))
        with pytest.raises(Death), dying(monkeypatch, at):
            write_folder(folder, fill(NEW))
        seen.append((folder.exists(), content(standing(folder))))
        write_folder(folder, fill(NEW))
        assert content(folder) == NEW
        assert [path.name for path in folder.parent.iterdir()] == ["model"]
    # First the old one in its place, then, for a moment, beside it, then the new one.
    assert [state for index, state in enumerate(seen) if state not in seen[:index]] == [(True, OLD), (False, OLD), (True, NEW)]


def test_a_folder_whose_writer_dies_twice_at_the_same_place_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_folder(tmp_path / "count", fill(OLD))
    for at in range(changes_of(monkeypatch, lambda: write_folder(tmp_path / "count", fill(NEW)))):
        folder = tmp_path / str(at) / "model"
        write_folder(folder, fill(OLD))
        for _ in range(2):
            with pytest.raises(Death), dying(monkeypatch, at):
                write_folder(folder, fill(NEW))
            assert content(standing(folder)) in (OLD, NEW)


def test_a_first_folder_whose_writer_dies_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    total = changes_of(monkeypatch, lambda: write_folder(tmp_path / "count", fill(NEW)))
    for at in range(total):
        folder = tmp_path / str(at) / "model"
        with pytest.raises(Death), dying(monkeypatch, at):
            write_folder(folder, fill(NEW))
        assert not standing(folder).exists() or content(standing(folder)) == NEW


def test_a_file_whose_writer_dies_anywhere_is_whole_and_can_be_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "file"
    for text in ("old", "new"):
        write_file(path, lambda new, text=text: new.write_text(text, "utf-8"))
    total = changes_of(monkeypatch, lambda: write_file(path, lambda new: new.write_text("new", "utf-8")))
    seen = []
    for at in range(total):
        path.write_text("old", "utf-8")
        with pytest.raises(Death), dying(monkeypatch, at):
            write_file(path, lambda new: new.write_text("new", "utf-8"))
        seen.append(path.read_text("utf-8"))
        write_file(path, lambda new: new.write_text("new", "utf-8"))
        assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert sorted(set(seen), key=seen.index) == ["old", "new"]


def test_what_is_new_is_on_the_disk_before_it_takes_the_place_of_the_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    calls: list[str] = []
    for name in ("fsync", "replace", "rename"):
        change = getattr(__import__("os"), name)
        monkeypatch.setattr(f"os.{name}", lambda *arguments, name=name, change=change: (calls.append(name), change(*arguments))[1])
    write_file(tmp_path / "file", lambda new: new.write_text("new", "utf-8"))
    assert calls == ["fsync", "replace", "fsync"]
    calls.clear()
    write_folder(tmp_path / "folder", fill(NEW))
    assert calls == ["fsync"] * 3 + ["rename", "fsync"]


@pytest.mark.parametrize("limit", [0, 1000])
def test_a_disk_that_is_full_is_told_and_the_old_file_stays(tmp_path: Path, limit: int):
    """Held to a limit that the system itself keeps."""
    path, tensors = tmp_path / "weights", {"x": torch.zeros(1000)}
    save_tensors({"x": torch.ones(2)}, path)
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limits[1]))
    try:
        with pytest.raises(ModelError) as caught:
            write_file(path, lambda new: save_tensors(tensors, new))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    fix = "Free some space, or name another folder with --output."
    assert str(caught.value) == f"{path}: can't be written (File too large)\n  {fix}"
    assert path.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["weights"]


def test_a_place_below_a_file_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("x", "utf-8")
    for write in (write_file, write_folder):
        with pytest.raises(ModelError, match=r"file/x: can't be written \((Not a directory|File exists)\)"):
            write(tmp_path / "file" / "x", lambda new: None)
