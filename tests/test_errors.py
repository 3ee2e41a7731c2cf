"""What a user reads when something can be mended."""

import pickle

import pytest

from tagger.errors import CorpusError, ModelError, RecipeError, TaggerError

KINDS = (TaggerError, CorpusError, ModelError, RecipeError)


@pytest.mark.parametrize(
    ("where", "fix", "shown"),
    [
        (None, None, "3 columns"),
        ("a.txt:4", None, "a.txt:4: 3 columns"),
        (None, "Mend it.", "3 columns\n  Mend it."),
        ("a.txt:4", "Mend it.\nOr not.", "a.txt:4: 3 columns\n  Mend it.\n  Or not."),
        ("", "", "3 columns"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_an_error_shows_where_what_and_below_it_how_to_fix(kind, where, fix, shown):
    assert str(kind("3 columns", where=where, fix=fix)) == shown


@pytest.mark.parametrize("kind", KINDS)
def test_the_parts_of_an_error_can_be_read_one_by_one(kind):
    error = kind("problem", where="place", fix="advice")
    assert (error.problem, error.where, error.fix) == ("problem", "place", "advice")


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_a_tagger_error_and_no_other_exception(kind):
    assert kind is TaggerError or kind.__bases__ == (TaggerError,)
    assert TaggerError.__bases__ == (Exception,)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_the_way_from_another_process(kind):
    error = pickle.loads(pickle.dumps(kind("problem", where="place", fix="advice")))
    assert type(error) is kind
    assert str(error) == "place: problem\n  advice"
    assert error.fix == "advice"
