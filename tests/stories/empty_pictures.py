"""Pictures would take half the time of runs of a second: here a picture is empty."""

from collections.abc import Callable
from html import escape

from tagger.evaluation import pictures


def leave_out_pictures() -> Callable[..., str]:
    """Draws nothing from now on in this process; gives what draws."""
    draws = pictures._svg
    pictures._svg = lambda draw, key, title, **size: f'<svg role="img" aria-label="{escape(title)}"></svg>'
    return draws
