"""Every shipped recipe loads and builds."""

import json
from collections.abc import Mapping
from pathlib import Path

import datasets
import pytest
from tiny_transformer import write_bert

from tagger.build_corpus import build_corpus
from tagger.corpus_settings import ConlluCorpus, HubCorpus, JsonlCorpus
from tagger.embedding_settings import WordEmbeddingSettings
from tagger.recipe import Recipe
from tagger.recipe_file import load_recipe, shipped_recipes
from tagger.tagger import Tagger

RECIPES = sorted(path.stem for path in Path(__file__).parents[2].joinpath("recipes").glob("*.yaml"))
_SENTENCES = 20
_WORDS = ("Ann", "sees", "Oslo")


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    path = tmp_path / "vectors.txt"
    path.write_text("ann 0.1 0.2 0.3 0.4\nsees 1 2 3 4\n, 0 0 0 0\n", "utf-8")
    return path


def _tags(schemes: Mapping[str, str], name: str) -> tuple[str, ...]:
    return ("I-X", "O", "I-X") if schemes.get(name) == "iob1" else ("B-X", "O", "B-X") if name in schemes else ("A", "B", "C")


def write_files(recipe: Recipe, folder: Path) -> None:
    """Train and test files in the form that the recipe reads from local folders; dev too where it takes no share of train."""
    source = recipe.corpus.local if isinstance(recipe.corpus, HubCorpus) else recipe.corpus
    assert source is not None
    folder.mkdir()
    for split in ("train", "test") if source.dev_share else ("train", "dev", "test"):
        if isinstance(source, JsonlCorpus):
            record = {"tokens": _WORDS, **dict.fromkeys(recipe.sentence_tasks, "A")}
            (folder / f"{split}.jsonl").write_text((json.dumps(record) + "\n") * _SENTENCES, "utf-8")
            continue
        if isinstance(source, ConlluCorpus):
            rows = [f"{index}\t{word}\t_\tNOUN\tNN" + "\t_" * 5 for index, word in enumerate(_WORDS, 1)]
        else:
            columns = {name: _WORDS if name == "word" else _tags(source.schemes, name) for name in source.columns}
            rows = [" ".join(row) for row in zip(*columns.values(), strict=True)]
        suffix = "conllu" if isinstance(source, ConlluCorpus) else "txt"
        (folder / f"{split}.{suffix}").write_text(("\n".join(rows) + "\n\n") * _SENTENCES, "utf-8")


def save_dataset(recipe: Recipe, folder: Path) -> None:
    """The data set as `datasets` saves it, with the columns that the recipe reads from the Hub."""
    corpus = recipe.corpus
    assert isinstance(corpus, HubCorpus)
    columns = {column: _WORDS if name == "word" else _tags(corpus.schemes, name) for name, column in corpus.columns.items()}
    data = datasets.Dataset.from_dict({column: [list(values)] * _SENTENCES for column, values in columns.items()})
    datasets.DatasetDict({"train": data, "validation": data, "test": data}).save_to_disk(str(folder))


def build(name: str, folder: Path, vectors: Path) -> Tagger:
    plain = load_recipe(name)
    tables = [part for part in plain.embeddings if isinstance(part, WordEmbeddingSettings) and part.vectors]
    recipe = load_recipe(name, corpus=str(folder), vectors=[f"{part.called}={vectors}" for part in tables])
    if recipe.transformers:
        pytest.importorskip("transformers")
        # In place of the package that holds the large one.
        tiny = str(write_bert(folder.parent / "bert"))
        parts = (part.model_copy(update={"model": tiny}) if part.kind == "transformer" else part for part in recipe.embeddings)
        recipe = recipe.model_copy(update={"embeddings": tuple(parts)})
    corpus = build_corpus(recipe)
    assert set(corpus.splits) == {"train", "dev", "test"}
    tagger = Tagger.from_recipe(recipe, corpus)
    words = next(embedding for embedding in tagger.recipe.embeddings if isinstance(embedding, WordEmbeddingSettings))
    assert words.width == (4 if tables else words.width)
    return tagger


def test_there_are_recipes_and_the_package_finds_them_all():
    assert {
        "quickstart",
        "conll",
        "conll2000",
        "conll_multitask",
        "conll_transformer",
        "ewt_pos",
        "ewt_multitask",
        "intents",
    } <= set(RECIPES)
    assert list(shipped_recipes()) == RECIPES


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_builds_a_tagger_from_local_files(name: str, tmp_path: Path, vectors: Path):
    write_files(load_recipe(name), tmp_path / "files")
    tagger = build(name, tmp_path / "files", vectors)
    sentence = tagger.tag(list(_WORDS))
    assert {*sentence.tags, *sentence.labels} == set(load_recipe(name).tasks)
    assert all(len(tags) == 3 for tags in sentence.tags.values())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", [name for name in RECIPES if isinstance(load_recipe(name).corpus, HubCorpus)])
def test_a_recipe_of_the_hub_builds_a_tagger_from_a_saved_data_set(name: str, tmp_path: Path, vectors: Path):
    save_dataset(load_recipe(name), tmp_path / "saved")
    assert set(build(name, tmp_path / "saved", vectors).tags) == set(load_recipe(name).tasks)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_begins_with_a_line_that_says_what_it_is(name: str):
    first = shipped_recipes()[name].read_text("utf-8").splitlines()[0]
    assert first.startswith("# ")
    assert first.endswith(".")


def test_quickstart_and_its_corpus_are_found_by_name_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    recipe = load_recipe("quickstart")
    assert recipe.name == "quickstart"
    corpus = build_corpus(recipe)
    assert len(corpus["train"]) >= 450
    assert set(Tagger.from_recipe(recipe, corpus).tags) == {"upos", "ner"}
