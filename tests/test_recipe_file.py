"""Recipes as files: every mistake is told, with its line, its key's path and what was probably meant."""

from pathlib import Path

import pytest
from recipe_texts import RECIPE, message, read

from tagger.errors import RecipeError
from tagger.recipe import Recipe
from tagger.recipe_file import find_recipe, load_recipe, recipe_yaml, shipped_recipes, summary

pytestmark = pytest.mark.usefixtures("elsewhere")


def test_a_recipe_without_a_mistake_is_read_and_named_after_its_file():
    recipe = read()
    assert recipe.name == "r"
    assert recipe.tasks["ner"].scheme == "iobes"
    assert recipe.training.optimizer.learning_rate == 0.01
    assert recipe.training.batch_words == Recipe.model_fields["training"].get_default(call_default_factory=True).batch_words


@pytest.mark.parametrize(
    ("file", "name"),
    [("words+case.yaml", "words-case"), ("my recipe (2).yaml", "my-recipe-2"), (".größe.yaml", "größe"), ("++.yaml", "recipe")],
)
def test_a_name_from_a_file_is_one_that_a_recipe_may_have(file, name):
    Path(file).write_text(RECIPE, "utf-8")
    recipe = load_recipe(file)
    assert recipe.name == name
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe


def test_a_recipe_may_name_itself():
    assert read("name: mine\n" + RECIPE).name == "mine"


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines():
    faulty = """\
name: "a name"
corpus:
  kind: colums
  path: data
tasks:
  ner: {scheme: iobs, decodr: crf}
embeddings:
  - kind: words
    width: -5
  - kind: characters
    kernels: [2]
encoder: {hidden: big}
droput: {}
training:
  epochs: 0
  optimizer: {kind: adam, learning_rate: 1}
  patience: 2.5
"""
    assert message(faulty).splitlines() == [
        "r.yaml:1: name: string should match pattern '^[A-Za-z0-9][\\w.-]*$', not 'a name'",
        "r.yaml:2: corpus.kind: no such kind 'colums'",
        "  Did you mean 'columns'?",
        "r.yaml:6: tasks.ner.scheme: should be 'iob2', 'iobes' or 'bilou', not 'iobs'",
        "  Did you mean 'iobes'?",
        "r.yaml:6: tasks.ner.decodr: no such setting",
        "  Did you mean 'decoder'?",
        "r.yaml:9: embeddings.0.width: should be greater than 0, not -5",
        "r.yaml:10: embeddings.1: kernels must be odd, so that a filter has a middle, but 2 is even",
        "r.yaml:12: encoder.hidden: should be a valid integer, not 'big'",
        "r.yaml:13: droput: no such setting",
        "  Did you mean 'dropout'?",
        "r.yaml:15: training.epochs: should be greater than 0, not 0",
        "r.yaml:16: training.optimizer.kind: no such kind 'adam'",
        "  Did you mean 'adamw'?",
        "r.yaml:17: training.patience: should be a valid integer, not 2.5",
    ]


MISTAKES = {
    "a misspelt key": ("  epochs: 3", "  epoch: 3", "r.yaml:19: training.epoch: no such setting\n  Did you mean 'epochs'?"),
    "a key like no other": (
        "encoder: {hidden: 8}",
        "encoder: {xyz: 8}",
        "r.yaml:14: encoder.xyz: no such setting\n"
        "  There are: kind, hidden, layers, bidirectional, connection, layer_dropout, layer_dropout_kind, initial_state.",
    ),
    "a misspelt section": ("encoder:", "encodr:", "r.yaml:14: encodr: no such setting\n  Did you mean 'encoder'?"),
    "a misspelt key of a chosen kind": (
        "learning_rate",
        "learing_rate",
        "r.yaml:18: training.optimizer.learing_rate: no such setting\n  Did you mean 'learning_rate'?",
    ),
    "a setting of another kind": (
        "learning_rate: 0.01",
        "momentum: 0.9",
        "r.yaml:18: training.optimizer.momentum: no such setting\n  There are: kind, learning_rate, weight_decay.",
    ),
    "a misspelt kind": ("kind: columns", "kind: conll", "r.yaml:2: corpus.kind: no such kind 'conll'\n  Did you mean 'conllu'?"),
    "a kind like no other": (
        "kind: adamw",
        "kind: xyz",
        "r.yaml:16: training.optimizer.kind: no such kind 'xyz'\n  There are: adamw, sgd.",
    ),
    "no kind": (
        "    kind: adamw\n",
        "",
        "r.yaml:16: training.optimizer.kind: is missing\n  Say which kind it is, as in `kind: adamw` (one of adamw, sgd).",
    ),
    "a missing setting": (
        "  columns: [word, pos, ner]\n  schemes: {ner: iob1}\n",
        "",
        "r.yaml:2: corpus.columns: is missing\n"
        "  Add it: What each column holds, from left to right: `word`, and names of tasks or of anything.",
    ),
    "no tasks": (
        "tasks:\n  ner:\n    scheme: iobes\n",
        "",
        "r.yaml: tasks: is missing\n  Add it: What to learn: one entry for each kind of tag.",
    ),
    "a text for a number": ("0.01", "much", "r.yaml:18: training.optimizer.learning_rate: should be a valid number, not 'much'"),
    "a number in quotes": ("epochs: 3", "epochs: '3'", "r.yaml:19: training.epochs: should be a valid integer, not '3'"),
    "a number for a text": ("path: data", "path: 7", "r.yaml:4: corpus.path: should be a valid string, not 7"),
    "a share above one": (
        "encoder: {hidden: 8}",
        "dropout: {input: 1.5}",
        "r.yaml:14: dropout.input: should be less than 1, not 1.5",
    ),
    "yes for true": (
        "encoder: {hidden: 8}",
        "encoder: {bidirectional: yes}",
        "r.yaml:14: encoder.bidirectional: should be a valid boolean, not 'yes'",
    ),
    "a rate without end": (
        "0.01",
        ".inf",
        "r.yaml:18: training.optimizer.learning_rate: should be a finite number, not inf",
    ),
    "a key that is a number": (
        "encoder: {hidden: 8}",
        "encoder:\n  7: 3",
        "r.yaml:15: encoder.7: no such setting\n"
        "  There are: kind, hidden, layers, bidirectional, connection, layer_dropout, layer_dropout_kind, initial_state.",
    ),
    "what can't be combined": (
        "scheme: iobes",
        "decoder: crf",
        "r.yaml:8: tasks.ner: corpus.schemes says that 'ner' writes spans: set tasks.ner.scheme, usually to iobes",
    ),
}


@pytest.mark.parametrize(("right", "wrong", "told"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_line_its_path_and_what_was_meant(right: str, wrong: str, told: str):
    assert right in RECIPE
    assert message(RECIPE.replace(right, wrong)) == told


def test_a_refused_section_does_not_hide_mistakes_elsewhere_nor_make_new_ones():
    text = RECIPE.replace("kind: columns", "kind: colums").replace("epochs: 3", "epochs: 3\n  score: pos")
    told = "r.yaml:2: corpus.kind: no such kind 'colums'\n  Did you mean 'columns'?"
    assert message(text).startswith(told)
    assert "is missing" not in message(text)


YAML_FAULTS = {
    "a key that stands there twice": (
        "a: 1\nb: 2\na: 3\n",
        'r.yaml:3: no valid YAML: found duplicate key "a" with value "3" (original value: "1")\n  Mend the line.',
    ),
    "a key that stands deeper twice": (
        "a:\n  b: 1\n  b: 2\n",
        'r.yaml:3: no valid YAML: found duplicate key "b" with value "2" (original value: "1")\n  Mend the line.',
    ),
    "a bracket that is not closed": (
        "a: [1, 2\nb: 3\n",
        "r.yaml:2: no valid YAML: expected ',' or ']', but got ':'\n  Mend the line.",
    ),
    "a tab": ("a:\n\tb: 1\n", "r.yaml:2: no valid YAML: found character '\\t' that cannot start any token\n  Mend the line."),
    "a list": ("- a\n", "r.yaml: a recipe is a mapping of settings\n  See `tagger recipes show quickstart`."),
    "nothing": ("", "r.yaml: a recipe is a mapping of settings\n  See `tagger recipes show quickstart`."),
    "comments alone": ("# a: 1\n", "r.yaml: a recipe is a mapping of settings\n  See `tagger recipes show quickstart`."),
}


@pytest.mark.parametrize(("text", "told"), YAML_FAULTS.values(), ids=YAML_FAULTS)
def test_what_is_no_yaml_is_told_with_its_line(text: str, told: str):
    assert message(text) == told


def test_two_documents_in_one_file_are_refused():
    assert message(RECIPE + "---\n" + RECIPE).startswith("r.yaml:20: no valid YAML: ")


def test_a_recipe_that_is_not_utf_8_is_refused(tmp_path: Path):
    (tmp_path / "latin.yaml").write_bytes(b"# caf\xe9\na: 1\n")
    with pytest.raises(RecipeError, match=r"^latin\.yaml: no valid YAML: .*\n  A recipe is YAML in UTF-8\.$"):
        load_recipe("latin.yaml")


def test_yaml_1_2_is_read_where_no_and_on_are_words():
    recipe = read(RECIPE.replace("pos, ner]", "no, ner]").replace("path: data", "path: on"))
    assert recipe.corpus.columns == ("word", "no", "ner")
    assert recipe.corpus.path == "on"


def test_anchors_and_aliases_are_read():
    text = RECIPE.replace("encoder: {hidden: 8}", "encoder: &e {hidden: 8}").replace("epochs: 3", "epochs: &n 4\n  batch_words: *n")
    assert read(text).training.batch_words == 4


MERGED = RECIPE.replace("  - kind: words\n    width: 50\n", "  - &w\n    kind: words\n    width: 50\n  - {<<: *w, name: two}\n")


def test_a_merge_gives_what_it_is_merged_from_and_what_stands_beside_it():
    words = read(MERGED).embeddings[1:]
    assert [(one.kind, one.width, one.called) for one in words] == [("words", 50, "words"), ("words", 50, "two")]


def test_mistakes_in_what_is_merged_are_told_where_it_stands():
    told = message(MERGED.replace("width: 50", "width: wide").replace("name: two", "nam: two"))
    assert told == (
        "r.yaml:14: embeddings.1.width: should be a valid integer, not 'wide'\n"
        "r.yaml:15: embeddings.2.width: should be a valid integer, not 'wide'\n"
        "r.yaml:15: embeddings.2.nam: no such setting\n"
        "  Did you mean 'name'?"
    )


TRANSFORMER = RECIPE.replace("  - kind: characters\n", "  - {kind: transformer, model: x, layers: all}\n")
WEIGHED = RECIPE.replace("    scheme: iobes\n", "    scheme: iobes\n    decoder: softmax\n    class_weights: balanced\n")
EITHER = {
    "a word that it can't be": (WEIGHED, "balanced", "balance", "class_weights: should be 'balanced' or a mapping, not 'balance'"),
    "a word nobody means": (TRANSFORMER, "all", "5", "layers: should be a list or 'all', not 5"),
    "a list for a mapping": (WEIGHED, "balanced", "[1]", "class_weights: should be 'balanced' or a mapping, not [1]"),
    "a value within it": (WEIGHED, "balanced", "{PER: heavy}", "class_weights.PER: should be a valid number, not 'heavy'"),
    "a member of it": (TRANSFORMER, "all", "[0, last]", "layers.1: should be a valid integer, not 'last'"),
    "too few members": (TRANSFORMER, "all", "[]", "layers: tuple should have at least 1 item"),
}


@pytest.mark.parametrize(("text", "right", "wrong", "told"), EITHER.values(), ids=EITHER)
def test_what_can_be_of_two_kinds_is_told_once_and_as_it_is_written(text: str, right: str, wrong: str, told: str):
    lines = message(text.replace(right, wrong)).splitlines()
    assert lines[0].startswith(f"r.yaml:11: {'tasks.ner' if text is WEIGHED else 'embeddings.0'}.{told}")
    assert lines[1:] == (["  Did you mean 'balanced'?"] if wrong == "balance" else [])


def test_a_name_that_a_task_can_not_have_is_told_with_what_else_is_wrong_there():
    told = message(RECIPE.replace("  ner:\n    scheme: iobes\n", "  ner-tag:\n"))
    name = "string should match pattern '^[A-Za-z][A-Za-z0-9_]*$', not 'ner-tag'"
    assert told == f"r.yaml:8: tasks.ner-tag: {name}\nr.yaml:8: tasks.ner-tag: should be a mapping, not None"


def test_a_file_comes_before_a_shipped_recipe_of_its_name(tmp_path: Path):
    assert find_recipe("quickstart") == shipped_recipes()["quickstart"]
    (tmp_path / "quickstart").write_text(RECIPE, "utf-8")
    assert find_recipe("quickstart") == Path("quickstart")


def test_a_folder_is_no_recipe(tmp_path: Path):
    (tmp_path / "recipes").mkdir()
    with pytest.raises(RecipeError, match=r"^recipes: no such recipe\n"):
        find_recipe("recipes")


@pytest.mark.parametrize("name", sorted(shipped_recipes()))
def test_a_recipe_written_out_is_read_as_the_same_recipe(name: str):
    recipe = load_recipe(name)
    assert read(recipe_yaml(recipe)) == recipe
    assert set(recipe.model_fields_set) <= set(Recipe.model_fields)


def test_the_summary_is_the_comment_at_the_head(tmp_path: Path):
    path = tmp_path / "x.yaml"
    path.write_text("# One.\n#Two.\na: 1\n# Three.\n", "utf-8")
    assert list(summary(path)) == ["One.", "Two."]
