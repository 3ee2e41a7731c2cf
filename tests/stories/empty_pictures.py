"""Pictures would take half the time of runs of a second: here a picture is empty."""

from html import escape

from tagger.evaluation import pictures


def leave_out_pictures() -> None:
    """Draws nothing from now on in this process."""
    pictures._svg = lambda draw, key, title, **size: f'<svg role="img" aria-label="{escape(title)}"></svg>'
