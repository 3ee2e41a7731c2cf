"""What commands that read files of predictions have in common."""

from typing import TYPE_CHECKING

from tagger.errors import TaggerError

if TYPE_CHECKING:
    from tagger.text.schemes import TagScheme

ANOTHER_FOLDER = "Name another folder with --output."


def scheme_option(name: str | None) -> "TagScheme | None":
    """The scheme that --scheme names, in any spelling and case, `none` that of plain tags; None where it is left away.

    Raises:
        TaggerError: There is none of that name.
    """
    from tagger.evaluation.column_tags import PLAIN
    from tagger.text.schemes import SCHEMES, SPELLINGS, scheme_named

    if name is None:
        return None
    if name.lower() == PLAIN.name:
        return PLAIN
    if name.lower() not in {*SCHEMES, *SPELLINGS}:
        raise TaggerError(
            f"there is no scheme '{name}'", where="--scheme", fix=f"There are {', '.join(SCHEMES)}; none is that of plain tags."
        )
    return scheme_named(name.lower())
