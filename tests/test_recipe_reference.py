import pytest
from pydantic import BaseModel

from tagger.errors import RecipeError
from tagger.recipe import Recipe
from tagger.recipe_file import load_recipe, shipped_recipes
from tagger.recipe_reference import settings, settings_at


def paths_in(value, path=""):
    """The paths of all that is set in a recipe, with the kind of what each is part of."""
    for name in type(value).model_fields:
        inner = getattr(value, name)
        here = f"{path}.{name}" if path else name
        yield here
        entries = {f"{here}.N": one for one in inner} if isinstance(inner, tuple) else {}
        entries |= {f"{here}.NAME": one for one in inner.values()} if isinstance(inner, dict) else {}
        for place, one in {here: inner, **entries}.items():
            if isinstance(one, BaseModel) and not path.startswith("corpus"):
                yield from paths_in(one, place)


@pytest.mark.parametrize("name", shipped_recipes())
def test_all_that_recipes_set_is_listed(name):
    listed = {one.path for one in settings()}
    told = {path for path in paths_in(load_recipe(name)) if not path.endswith(".kind")}
    assert told - listed == set()


def test_each_setting_says_what_it_does():
    assert [one.path for one in settings() if not one.description] == []


def test_no_setting_is_listed_twice_and_each_stands_once_for_its_kind():
    keys = [(one.path, one.kind) for one in settings()]
    assert len(keys) == len(set(keys))
    assert ("embeddings.N", "transformer") in keys
    assert ("embeddings.N.width", "case") in keys
    assert ("corpus.columns", "hub") in keys


def test_a_setting_is_told_with_its_values_and_its_default():
    (found,) = settings_at("training.precision")
    assert found.told(80) == "training.precision: float32 | bf16 | fp16; default float32\n    Mixed precision; fp16 needs a GPU."


def test_what_must_be_set_and_what_is_not_set_are_told():
    assert settings_at("embeddings.column")[0].told(200).startswith("embeddings.N.column (kind: column): text; must be set\n")
    (found,) = settings_at("training.average")
    assert found.told(200).startswith("training.average: number; not set by default\n")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("tasks.scheme", {"tasks.NAME.scheme"}),
        ("tasks.NAME.scheme", {"tasks.NAME.scheme"}),
        ("tasks.ner.scheme", {"tasks.NAME.scheme"}),
        ("embeddings.0.width", {"embeddings.N.width"}),
        ("embeddings.width", {"embeddings.N.width"}),
        ("training.optimizer.momentum", {"training.optimizer.momentum"}),
    ],
)
def test_places_in_lists_and_names_may_be_left_away_or_be_those_of_a_recipe(path, told):
    assert {one.path for one in settings_at(path)} == told


def test_the_default_is_that_of_a_recipe():
    defaults = {one.path: one.default for one in settings()}
    assert defaults["encoder.hidden"] == str(Recipe.model_fields["encoder"].get_default(call_default_factory=True).hidden)


@pytest.mark.parametrize(
    ("path", "fix"),
    [
        ("training.epoch", "Did you mean 'training.epochs'?"),
        ("learning_rate", "Did you mean 'training.optimizer.learning_rate'?"),
        ("zzz", "`tagger recipes settings` lists all."),
    ],
)
def test_a_setting_that_there_is_not_is_refused_with_what_was_probably_meant(path, fix):
    with pytest.raises(RecipeError) as error:
        settings_at(path)
    assert str(error.value) == f"{path}: no such setting\n  {fix}"
