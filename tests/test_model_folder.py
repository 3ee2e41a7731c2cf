"""The model folder: whole or not at all, safe to open, and of a format that this version knows."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from tagger.build_corpus import build_corpus
from tagger.errors import ModelError
from tagger.model_card import model_card
from tagger.model_folder import FILES, FORMAT, write_folder
from tagger.recipe import Recipe
from tagger.tagger import Tagger

WORDS = ["Angela", "Merkel", "saw", "Oslo"]


@pytest.fixture(scope="module")
def tagger(tiny_recipe: Callable[..., Recipe]) -> Tagger:
    recipe = tiny_recipe()
    return Tagger.from_recipe(recipe, build_corpus(recipe))


@pytest.fixture
def folder(tagger: Tagger, tmp_path: Path) -> Path:
    """A model folder, alone in its parent."""
    tagger.save(tmp_path / "run" / "model")
    return tmp_path / "run" / "model"


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_loaded_model_answers_as_the_saved_one(tagger: Tagger, folder: Path):
    assert Tagger.load(folder).tag(WORDS) == tagger.tag(WORDS)
    assert Tagger.load(folder.parent).tag(WORDS) == tagger.tag(WORDS)
    assert Tagger.load(folder).tag("Angela Merkel isn't in Oslo.") == tagger.tag("Angela Merkel isn't in Oslo.")


def test_a_loaded_model_is_saved_as_the_same_files(folder: Path, tmp_path: Path):
    Tagger.load(folder).save(tmp_path / "again")
    assert content(tmp_path / "again") == content(folder)


def test_a_loaded_model_keeps_its_recipe_words_and_facts(tagger: Tagger, folder: Path):
    loaded = Tagger.load(folder)
    assert loaded.recipe == tagger.recipe
    assert loaded.tags == tagger.tags
    assert loaded.known_words == tagger.known_words
    assert loaded.facts == tagger.facts


def test_the_folder_holds_json_safetensors_and_a_card_and_nothing_else(folder: Path):
    assert set(content(folder)) == {*FILES, "README.md"}
    assert set(FILES) == {"config.json", "model.safetensors", "tokenizer.json", "vocabulary.json"}
    for name in FILES:
        if name.endswith(".json"):
            json.loads((folder / name).read_text("utf-8"))
    with safe_open(folder / "model.safetensors", "pt") as tensors:
        assert len(list(tensors.keys())) > 5


def test_nothing_is_unpickled_when_a_model_is_opened(folder: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("a model from a stranger was unpickled")

    for module, name in ((pickle, "load"), (pickle, "loads"), (pickle, "Unpickler"), (torch, "load")):
        monkeypatch.setattr(module, name, refuse)
    assert Tagger.load(folder).tag(WORDS).words == tuple(WORDS)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "vocabulary.json", "model.safetensors"])
def test_a_pickle_in_the_place_of_a_file_is_refused_unread(folder: Path, name: str):
    class Bomb:
        def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
            return pytest.fail, ("the pickle was opened",)

    (folder / name).write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ModelError, match="the model is damaged"):
        Tagger.load(folder)


def test_a_write_that_fails_leaves_the_older_model_and_no_litter(folder: Path):
    before = content(folder.parent)

    def fill(temporary: Path) -> None:
        (temporary / "config.json").write_text("{}", "utf-8")
        raise OSError(28, "No space left on device")

    with pytest.raises(ModelError) as caught:
        write_folder(folder, fill)
    fix = "Free some space, or name another folder with --output."
    assert str(caught.value) == f"{folder}: can't be written (No space left on device)\n  {fix}"
    assert content(folder.parent) == before
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


@pytest.mark.parametrize("fault", [KeyboardInterrupt, MemoryError, ValueError])
def test_a_fault_of_another_kind_leaves_the_older_model_too(folder: Path, fault: type[BaseException]):
    before = content(folder)

    def fill(temporary: Path) -> None:
        raise fault

    with pytest.raises(fault):
        write_folder(folder, fill)
    assert content(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


@pytest.mark.parametrize("failing", [1, 2])
def test_a_rename_that_fails_leaves_the_older_model(folder: Path, monkeypatch: pytest.MonkeyPatch, failing: int):
    before, rename, renames = content(folder), Path.rename, []

    def fail_once(self: Path, target: Path) -> Path:
        renames.append(target)
        if len(renames) == failing:
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_once)
    with pytest.raises(ModelError, match=r"can't be written \(Input/output error\)"):
        write_folder(folder, lambda temporary: (temporary / "new").touch())
    assert folder.is_dir(), "the older model is gone from its place"
    assert content(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_a_new_model_replaces_the_whole_older_one(folder: Path):
    (folder / "stray.txt").write_text("of the older model", "utf-8")
    write_folder(folder, lambda temporary: (temporary / "new.txt").write_text("x", "utf-8") and None)
    assert content(folder.parent) == {"model/new.txt": b"x"}
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_missing_parents_are_made(tmp_path: Path):
    write_folder(tmp_path / "a" / "b" / "model", lambda temporary: None)
    assert (tmp_path / "a" / "b" / "model").is_dir()


def test_others_may_read_a_model(folder: Path):
    assert folder.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("form", [None, 0, FORMAT + 1, str(FORMAT)])
def test_an_unknown_format_is_refused_with_the_version_that_wrote_it(folder: Path, form: object):
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config |= {"format": form, "versions": {"tagger": "9.9"}}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(ModelError) as caught:
        Tagger.load(folder)
    assert str(caught.value) == (
        f"{folder}: the model has format {form}, but this version of tagger reads {FORMAT}\n"
        "  Use tagger 9.9, which wrote it, or train it again."
    )


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder: Path, name: str):
    (folder / name).unlink()
    with pytest.raises(ModelError, match=rf"{folder}: no model here: {name} missing\n"):
        Tagger.load(folder)


@pytest.mark.parametrize("name", FILES)
def test_every_file_cut_short_is_called_damaged(folder: Path, name: str):
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelError) as caught:
        Tagger.load(folder)
    assert str(caught.value).startswith(f"{folder}: the model is damaged (")
    assert str(caught.value).endswith(")\n  Train it again, or fetch it again.")


def test_weights_that_lack_a_tensor_are_called_damaged(tagger: Tagger, folder: Path, tmp_path: Path, tiny_recipe):
    recipe = tiny_recipe(encoder={"hidden": 7})
    Tagger.from_recipe(recipe, build_corpus(recipe)).save(tmp_path / "other")
    shutil.copy(tmp_path / "other" / "model.safetensors", folder)
    with pytest.raises(ModelError) as caught:
        Tagger.load(folder)
    # Not only torch's first line, which says no more than that there are errors.
    assert "size mismatch" in str(caught.value)


def test_the_card_names_what_is_found_and_how_to_use_it(folder: Path):
    card = (folder / "README.md").read_text("utf-8")
    assert card.startswith("---\nlibrary_name: tagger\npipeline_tag: token-classification\n---\n\n# tiny\n")
    assert "- **ner** (spans): LOC, PER\n" in card
    assert "from tagger import Tagger\n" in card


@pytest.mark.parametrize("name", ["runs/none", "./none", "~/none-of-this-name", "none", "/none/x"])
def test_a_path_is_never_looked_up_on_the_hub(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=r"^.*: no such run or model folder\n  Give the folder of a finished run"):
        Tagger.load(name)


def test_a_model_whose_writer_died_before_the_new_one_took_its_place_is_read(tagger: Tagger, folder: Path):
    folder.rename(folder.with_name(".model.old"))
    for name in (folder, folder.parent):
        assert Tagger.load(name).tag(WORDS) == tagger.tag(WORDS)


def test_a_folder_of_the_time_before_embeddings_had_names_is_opened(tagger: Tagger, folder: Path):
    vocabulary, config = (json.loads((folder / name).read_text("utf-8")) for name in ("vocabulary.json", "config.json"))
    for featurizer in vocabulary["featurizers"].values():
        del featurizer["kind"]
    for embedding in config["recipe"]["embeddings"]:
        for setting in ("name", "keep", "sha256"):
            embedding.pop(setting, None)
    (folder / "vocabulary.json").write_text(json.dumps(vocabulary), "utf-8")
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    assert Tagger.load(folder).tag(WORDS) == tagger.tag(WORDS)


@pytest.mark.parametrize(
    ("encoder", "told"),
    [
        ({}, "A BiLSTM sequence tagger."),
        ({"bidirectional": False}, "A LSTM sequence tagger."),
        ({"kind": "gru"}, "A BiGRU sequence tagger."),
        ({"kind": "none"}, "A sequence tagger."),
    ],
)
def test_the_card_says_what_reads_the_words(encoder: dict[str, object], told: str, tiny_recipe: Callable[..., Recipe]):
    assert told in model_card(tiny_recipe(encoder=encoder), {}, {}).splitlines()


def test_the_card_says_what_its_user_must_have(tiny_recipe: Callable[..., Recipe]):
    embeddings = [
        {"kind": "column", "column": "pos"},
        {"kind": "transformer", "name": "one", "model": "some/bert", "revision": "v1"},
        {"kind": "transformer", "name": "two", "model": "package:tiny", "trainable": True},
    ]
    card = model_card(tiny_recipe(embeddings=embeddings), {}, {})
    assert "It reads pos beside the words: whatever it is to tag must have it.\n" in card
    assert "the transformer some/bert (v1), as it was, and needs `pip install 'tagger[transformers]'`.\n" in card
    assert "the transformer package:tiny, trained further," in card
    assert "from tagger import Sentence, Tagger\n" in card
    assert 'tagger.tag(Sentence.of_words(["..."], tags={"pos": ["..."]})).spans' in card
