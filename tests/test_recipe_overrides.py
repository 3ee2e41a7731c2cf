"""What the command line changes of a recipe: --set, --vectors, --corpus."""

from collections.abc import Callable
from pathlib import Path

import pytest
from recipe_texts import RECIPE, message, read

from tagger.corpus_settings import ColumnsCorpus, HubCorpus
from tagger.embedding_settings import WordEmbeddingSettings
from tagger.errors import RecipeError
from tagger.recipe import Recipe
from tagger.recipe_file import load_recipe, with_corpus

pytestmark = pytest.mark.usefixtures("elsewhere")

OVERRIDES = {
    "a number": ("training.epochs=7", lambda r: r.training.epochs, 7),
    "a number with an exponent": ("training.optimizer.learning_rate=1e-3", lambda r: r.training.optimizer.learning_rate, 0.001),
    "a truth value": ("encoder.bidirectional=false", lambda r: r.encoder.bidirectional, False),
    "null": ("training.clip=null", lambda r: r.training.clip, None),
    "nothing": ("training.clip=", lambda r: r.training.clip, None),
    "another null": ("training.clip=~", lambda r: r.training.clip, None),
    "a loud null": ("training.clip= NULL ", lambda r: r.training.clip, None),
    "a text with blanks around it": ("corpus.path= a b ", lambda r: r.corpus.path, "a b"),
    "a quoted text and a comment": ("corpus.comments='#' # the mark", lambda r: r.corpus.comments, "#"),
    "a text": ("corpus.path=other/folder", lambda r: r.corpus.path, "other/folder"),
    "a text with an equals sign": ("corpus.path=a=b=c", lambda r: r.corpus.path, "a=b=c"),
    "a quoted text": ("corpus.comments='#'", lambda r: r.corpus.comments, "#"),
    "a list": ("corpus.columns=[word, ner]", lambda r: r.corpus.columns, ("word", "ner")),
    "a mapping": ("training.schedule={kind: cosine, warmup: 0.1}", lambda r: r.training.schedule.warmup, 0.1),
    "a place in a list": ("embeddings.1.width=6", lambda r: r.embeddings[1].width, 6),
    "a whole place in a list": ("embeddings.1={kind: words, width: 9}", lambda r: r.embeddings[1].width, 9),
    "a section that the file leaves out": ("dropout.words=0.25", lambda r: r.dropout.words, 0.25),
    "another kind": ("training.optimizer={kind: sgd}", lambda r: r.training.optimizer.kind, "sgd"),
}


@pytest.mark.parametrize(("override", "get", "value"), OVERRIDES.values(), ids=OVERRIDES)
def test_set_is_typed_as_yaml_and_split_at_the_first_equals_sign(override: str, get: Callable, value: object):
    assert get(read()) != value or value is None
    assert get(read(RECIPE, override)) == value


def test_the_last_set_of_a_key_counts():
    assert read(RECIPE, "training.epochs=7", "training.epochs=8").training.epochs == 8


FAULTY_OVERRIDES = {
    "no equals sign": ("training.epochs", "no key=value\n  Write it as --set training.epochs=5."),
    "no key": ("=5", "no key=value\n  Write it as --set training.epochs=5."),
    "an empty part": ("training..epochs=5", "no key=value\n  Write it as --set training.epochs=5."),
    "no YAML": ("corpus.columns=[word", "the value is no valid YAML\n  Quote it, as in --set 'corpus.comments=\"#\"'."),
    "an unknown key": ("training.epoch=5", "training.epoch: no such setting\n  Did you mean 'epochs'?"),
    "an unknown section": ("trainig.epochs=5", "trainig: no such setting\n  Did you mean 'training'?"),
    "a wrong type": ("training.epochs=many", "training.epochs: should be a valid integer, not 'many'"),
    "a wrong value": ("encoder.hidden=0", "encoder.hidden: should be greater than 0, not 0"),
    "past the end of a list": (
        "embeddings.2.width=5",
        "no such place in the recipe\n  Lists are counted from 0: embeddings.0.trainable=false.",
    ),
    "below a value": (
        "training.epochs.x=5",
        "no such place in the recipe\n  Lists are counted from 0: embeddings.0.trainable=false.",
    ),
    "a name in a list": (
        "embeddings.words.width=5",
        "no such place in the recipe\n  Lists are counted from 0: embeddings.0.trainable=false.",
    ),
    "within a mapping": ("encoder={hidden: 0}", "encoder.hidden: should be greater than 0, not 0"),
    "a comment": ("corpus.comments=#", "YAML reads the value as null\n  Quote it: --set 'corpus.comments=\"#\"'."),
    "an anchor": ("corpus.unknown=&a", "YAML reads the value as null\n  Quote it: --set 'corpus.unknown=\"&a\"'."),
    "an anchor of a text": ("corpus.path=&a b", "YAML reads the value as 'b'\n  Quote it: --set 'corpus.path=\"&a b\"'."),
    "an end that is a comment": ("corpus.path=my #1", "YAML reads the value as 'my'\n  Quote it: --set 'corpus.path=\"my #1\"'."),
    "a sign of a longer text": ("corpus.unknown=|", "YAML reads the value as ''\n  Quote it: --set 'corpus.unknown=\"|\"'."),
    "a mapping without a bracket": (
        "corpus.unknown=?",
        "YAML reads the value as a mapping\n  Quote it: --set 'corpus.unknown=\"?\"'; or write it in {}.",
    ),
    "a list without a bracket": (
        "corpus.columns=- word",
        "YAML reads the value as a list\n  Quote it: --set 'corpus.columns=\"- word\"'; or write it in [].",
    ),
    "signs that shells read": (
        "corpus.path=&a it's",
        "YAML reads the value as \"it's\"\n  Quote it: --set 'corpus.path=\"&a it'\"'\"'s\"'.",
    ),
    "what can't stand beside the rest": (
        "corpus.confidence.ner=x",
        "corpus: confidence names x, which columns does not have",
    ),
}


@pytest.mark.parametrize(("override", "told"), FAULTY_OVERRIDES.values(), ids=FAULTY_OVERRIDES)
def test_a_faulty_set_is_told_as_it_was_typed(override: str, told: str):
    assert message(RECIPE, override) == f"--set {override}: {told}"


def test_what_a_section_has_wrong_without_the_set_is_told_at_the_file():
    faulty = RECIPE.replace("schemes: {ner: iob1}", "schemes: {x: iob1}")
    told = "r.yaml:2: corpus: schemes names x, which columns does not have"
    assert message(faulty) == message(faulty, "corpus.path=x") == told


def test_all_sets_of_a_section_are_named_where_any_may_be_wrong():
    sets = ("corpus.confidence.ner=x", "training.epochs=4", "corpus.path=y")
    assert message(RECIPE, *sets) == (
        "--set corpus.confidence.ner=x, --set corpus.path=y: corpus: confidence names x, which columns does not have"
    )


def test_mistakes_of_the_file_and_of_every_set_are_told_together():
    found = message(RECIPE.replace("epochs", "epoch"), "encoder.hiden=3", "x")
    assert found.splitlines() == [
        "r.yaml:19: training.epoch: no such setting",
        "  Did you mean 'epochs'?",
        "--set encoder.hiden=3: encoder.hiden: no such setting",
        "  Did you mean 'hidden'?",
        "--set x: no key=value",
        "  Write it as --set training.epochs=5.",
    ]


def test_a_set_can_mend_what_the_file_has_wrong():
    assert read(RECIPE.replace("epochs: 3", "epochs: many"), "training.epochs=4").training.epochs == 4


def test_vectors_replace_the_random_ones_of_the_word_embedding_and_their_width():
    words = read(vectors="glove.txt").embeddings[1]
    assert (words.vectors, words.width) == ("glove.txt", None)
    assert read(RECIPE.replace("width: 50", "vectors: other.txt"), vectors="glove.txt").embeddings[1].vectors == "glove.txt"


TWO = RECIPE.replace("  - kind: words\n    width: 50\n", "  - kind: words\n    name: own\n  - kind: words\n    vectors: a.txt\n")


def vectors_of(recipe: Recipe) -> list[str | None]:
    return [row.vectors for row in recipe.embeddings if isinstance(row, WordEmbeddingSettings)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("b.txt", [None, "b.txt"]),  # The first that has some.
        (["b.txt"], [None, "b.txt"]),
        ("own=b.txt", ["b.txt", "a.txt"]),
        (["own=b.txt", "words=c=d.txt"], ["b.txt", "c=d.txt"]),
        (["b.txt", "own=c.txt"], ["c.txt", "b.txt"]),
        ("./own=b.txt", [None, "./own=b.txt"]),
        ("https://host/get?file=b", [None, "https://host/get?file=b"]),
    ],
)
def test_vectors_are_given_to_an_embedding_by_its_name(given: str | list[str], expected: list[str | None]):
    assert vectors_of(read(TWO, vectors=given)) == expected


def test_other_vectors_have_another_width_and_checksum():
    text = RECIPE.replace("width: 50", f"vectors: a.txt\n    width: 50\n    sha256: '{'0' * 64}'")
    words = read(text, vectors="b.txt").embeddings[1]
    assert isinstance(words, WordEmbeddingSettings)
    assert (words.vectors, words.width, words.sha256) == ("b.txt", None, None)


def test_vectors_for_a_name_that_there_is_not_are_refused():
    assert message(TWO, vectors=["owl=b.txt", "b.txt"]) == (
        "--vectors owl=b.txt: no words embedding has this name\n"
        "  The words embeddings are called own, words; a file whose name holds = is written ./owl=b.txt."
    )


def test_two_files_for_one_embedding_are_refused():
    assert message(TWO, vectors=["b.txt", "words=c.txt"]) == (
        "--vectors words=c.txt: a second file for 'words'\n  Say whose it is: --vectors NAME=FILE."
    )


def test_vectors_need_an_embedding_of_words():
    text = RECIPE.replace("  - kind: words\n    width: 50\n", "")
    assert message(text, vectors="glove.txt") == (
        "--vectors: the recipe has no embedding of kind 'words'\n  Add one, or leave --vectors away."
    )


def test_corpus_replaces_the_folder_or_the_files_and_keeps_columns_and_schemes():
    files = RECIPE.replace("path: data", "train: a.txt\n  dev: b.txt\n  test: c.txt")
    for text in (RECIPE, files):
        corpus = read(text, corpus="else").corpus
        assert corpus == ColumnsCorpus(kind="columns", path="else", columns=("word", "pos", "ner"), schemes={"ner": "iob1"})


def test_corpus_of_a_hub_recipe_is_read_as_its_local_source():
    corpus = load_recipe("conll", corpus="else").corpus
    assert corpus == ColumnsCorpus(kind="columns", path="else", columns=("word", "pos", "chunk", "ner"), schemes={"ner": "iob1"})


@pytest.mark.parametrize("name", ["dataset_dict.json", "state.json", "data/train-00000-of-00001.parquet", "train.jsonl"])
def test_a_saved_data_set_is_read_with_the_columns_of_the_hub(tmp_path: Path, name: str):
    (tmp_path / "saved" / "data").mkdir(parents=True)
    (tmp_path / "saved" / name).touch()
    before, corpus = load_recipe("conll").corpus, load_recipe("conll", corpus="saved").corpus
    assert isinstance(corpus, HubCorpus)
    assert (corpus.id, corpus.config, corpus.revision, corpus.columns) == ("saved", None, None, before.columns)


def test_a_hub_recipe_without_a_local_source_says_what_is_missing():
    recipe = load_recipe("conll")
    bare = recipe.model_copy(update={"corpus": recipe.corpus.model_copy(update={"local": None})})
    with pytest.raises(RecipeError) as caught:
        with_corpus(bare, "else")
    assert str(caught.value) == (
        "--corpus: the recipe does not say how text files are read\n"
        "  Add corpus.local to it (kind, columns, schemes), or give a folder that datasets' save_to_disk wrote."
    )
