"""The pictures of the page: matplotlib's SVG, cut so that it lives inside HTML and follows the colours and the font around it.

Colours are written as ones that nothing else has and then replaced by CSS variables. Names come from strangers: matplotlib sees
only stand-ins of about their width, so that no name is taken for a formula, lacks a glyph or breaks the markup.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Any
from unicodedata import combining, east_asian_width

from tagger.evaluation.measures import LabelScore
from tagger.evaluation.report import Bin, Breakdown, Confusion, LearningCurve, Threshold

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK, _SOFT, _LINE = "#010203", "#010204", "#010205"
_ONE, _TWO, _THREE, _HEAT, _CALM = "#010206", "#010207", "#010208", "#010209", "#01020a"
_VARIABLES = {
    _INK: "currentColor",
    _SOFT: "var(--soft)",
    _LINE: "var(--line)",
    _ONE: "var(--one)",
    _TWO: "var(--two)",
    _THREE: "var(--three)",
    _HEAT: "var(--heat)",
    _CALM: "var(--calm)",
}
# Told apart without colours, too.
_STYLES = [(_ONE, "-", "o"), (_TWO, "--", "s"), (_THREE, ":", "^")]
_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "tagger",
    # Comes with matplotlib: so the layout is the same everywhere. The page then shows its own font.
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.parse_math": False,
    "text.color": _INK,
    "axes.edgecolor": _LINE,
    "axes.labelcolor": _SOFT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": _LINE,
    "grid.linewidth": 0.6,
    "xtick.color": _LINE,
    "ytick.color": _LINE,
    "xtick.labelcolor": _SOFT,
    "ytick.labelcolor": _SOFT,
    "lines.linewidth": 1.6,
    "lines.markersize": 4.5,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}
# In inches; 72 units of the SVG each. As wide as a phone, so that texts stay readable there.
_WIDTH = 5.0
MOST_NAMES = 30
_LONGEST_NAME = 18
# Wider pictures scroll in their box rather than shrink below what can be read, in units of the SVG.
_WIDEST_SHRINKING = 400


class _Names:
    """Stand-ins for names, and their way back."""

    def __init__(self) -> None:
        self._names: list[str] = []

    def __call__(self, name: str) -> str:
        self._names.append(_shortened(name))
        return f"@{len(self._names) - 1:04d}".ljust(_columns(self._names[-1]), "n")

    def put_back(self, svg: str) -> str:
        """The SVG with the names in it."""
        return re.sub(
            r">([^<@]*)@(\d{4})n*([^<]*)<", lambda found: f">{found[1]}{escape(self._names[int(found[2])])}{found[3]}<", svg
        )


def f1_by_label(labels: Mapping[str, LabelScore], key: str, title: str) -> str:
    """A dot for each label's F1, best first, with its interval.

    Args:
        labels: The scores of each.
        key: What no other picture of the page is called.
        title: What the picture shows, for those who don't see it.
    """

    def draw(figure: "Figure", names: _Names) -> None:
        axes = figure.add_subplot()
        ranked = sorted(labels.items(), key=lambda item: (item[1].f1, item[0]))
        for place, (_, score) in enumerate(ranked):
            if score.interval:
                axes.plot([100 * end for end in score.interval], [place, place], color=_ONE, linewidth=4, alpha=0.35)
        axes.plot([100 * score.f1 for _, score in ranked], range(len(ranked)), "o", color=_ONE)
        axes.set_yticks(range(len(ranked)), [names(label) for label, _ in ranked])
        axes.set_ylim(-0.6, len(ranked) - 0.4)
        lowest = min(100 * (score.interval[0] if score.interval else score.f1) for _, score in ranked)
        axes.set_xlim(max(0, 10 * ((lowest - 1) // 10)), 101)
        axes.set_xlabel("F1")
        axes.grid(axis="y", visible=False)

    return _svg(draw, key, title, height=0.75 + 0.22 * len(labels))


def confusion_matrix(confusion: Confusion, key: str, title: str) -> str:
    """The matrix of what is gold (rows) and predicted (columns), coloured by the share of a row's errors; see `f1_by_label`."""
    kept = most_confused(confusion)
    counts = [[confusion.counts[row][column] for column in kept] for row in kept]
    wrong = [max(1, sum(confusion.counts[row]) - confusion.counts[row][row]) for row in kept]

    def draw(figure: "Figure", names: _Names) -> None:
        from matplotlib.patches import Rectangle

        axes = figure.add_subplot()
        for row, line in enumerate(counts):
            for column, count in enumerate(line):
                if not count:
                    continue
                look: dict[str, Any] = {"color": _CALM} if row == column else {"color": _HEAT, "alpha": (count / wrong[row]) ** 0.5}
                drawn = axes.add_artist(Rectangle((column - 0.46, row - 0.46), 0.92, 0.92, linewidth=0, **look))
                text = axes.text(column, row, _short_count(count), ha="center", va="center", fontsize=6.5 if len(kept) > 12 else 8)
                # They lie within the axes: measuring hundreds of them for the layout would take most of the time.
                drawn.set_in_layout(False)
                text.set_in_layout(False)
        shown = [names(confusion.names[place]) for place in kept]
        axes.set_xticks(range(len(kept)), shown, rotation=90, rotation_mode="anchor", ha="right", va="center")
        axes.set_yticks(range(len(kept)), shown)
        axes.set_xlim(-0.5, len(kept) - 0.5)
        axes.set_ylim(len(kept) - 0.5, -0.5)
        axes.set_xlabel("predicted")
        axes.set_ylabel("gold")
        axes.set_aspect("equal")
        axes.grid(visible=False)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)

    margin = 0.6 + 0.07 * max(_columns(_shortened(confusion.names[place])) for place in kept)
    side = max(margin + 0.31 * len(kept), 3.2)
    return _svg(draw, key, title, height=side, width=max(side, 3.6))


def most_confused(confusion: Confusion) -> list[int]:
    """The places of the names that take part in most errors, as many as a picture has room for, in their order."""
    size = range(len(confusion.names))
    errors = [sum(confusion.counts[one][other] + confusion.counts[other][one] for other in size if other != one) for one in size]
    return sorted(sorted(size, key=lambda one: (-errors[one], one))[:MOST_NAMES])


def score_by_group(breakdown: Breakdown, measure: str, key: str, title: str) -> str:
    """A bar for each group of a property that has an order; see `f1_by_label`."""

    def draw(figure: "Figure", names: _Names) -> None:
        axes = figure.add_subplot()
        scores = [100 * group.score for group in breakdown.groups]
        slanted: dict[str, Any] = {"rotation": 35, "rotation_mode": "anchor", "ha": "right"} if len(scores) > 6 else {}
        axes.bar(range(len(scores)), scores, color=_ONE, alpha=0.55, width=0.7)
        for place, score in enumerate(scores):
            axes.text(place, score + 1.5, f"{score:.1f}", ha="center", fontsize=8)
        axes.set_xticks(range(len(scores)), [names(group.name) for group in breakdown.groups], **slanted)
        axes.set_ylim(0, 108)
        axes.set_yticks(range(0, 101, 20))
        axes.set_ylabel(measure)
        axes.grid(axis="x", visible=False)

    return _svg(draw, key, title, height=2.6)


def reliability(bins: Mapping[str, Sequence[Bin]], key: str, title: str) -> str:
    """How often predictions are right by how sure the model is, larger dots for more of them; see `f1_by_label`."""

    def draw(figure: "Figure", names: _Names) -> None:
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=_SOFT, linewidth=0.8, linestyle=(0, (4, 3)))
        for (name, found), (color, line, marker) in zip(bins.items(), _cycled(len(bins)), strict=True):
            x, y = [one.probability for one in found], [one.right for one in found]
            most = max((one.count for one in found), default=1)
            axes.plot(x, y, color=color, linestyle=line, linewidth=1.2, marker=marker, markersize=3.5, label=names(name))
            axes.scatter(
                x, y, s=[8 + 150 * (one.count / most) ** 0.5 for one in found], color=color, alpha=0.3, linewidth=0, marker=marker
            )
        axes.set_xlim(-0.03, 1.03)
        axes.set_ylim(-0.03, 1.03)
        axes.set_xlabel("probability that the model gives")
        axes.set_ylabel("share that is right")
        axes.legend(loc="upper left")

    return _svg(draw, key, title, height=3.6)


def threshold_curve(thresholds: Sequence[Threshold], key: str, title: str) -> str:
    """Precision and recall by the lowest probability that is kept; see `f1_by_label`."""

    def draw(figure: "Figure", names: _Names) -> None:
        axes = figure.add_subplot()
        x = [one.probability for one in thresholds]
        axes.plot(x, [100 * one.precision for one in thresholds], color=_ONE, label="precision")
        axes.plot(x, [100 * one.recall for one in thresholds], color=_TWO, linestyle="--", label="recall")
        axes.set_xlabel("lowest probability that is kept")
        axes.set_ylabel("per cent")
        axes.legend(loc="lower left")

    return _svg(draw, key, title, height=3.0)


def learning_curves(curve: LearningCurve, key: str, title: str) -> str:
    """Loss, scores on dev and learning rate, one above the other; see `f1_by_label`."""
    tasks = sorted({task for epoch in curve.epochs for task in epoch.dev})

    def draw(figure: "Figure", names: _Names) -> None:
        rows = figure.subplots(3 if tasks else 2, 1, sharex=True, height_ratios=[3, 3, 2] if tasks else [3, 2])
        _line(rows[0], curve.steps, curve.loss, "loss")
        rows[0].set_ylim(bottom=min(0, *curve.loss))
        for task, (color, line, marker) in zip(tasks, _cycled(len(tasks)), strict=True):
            known = [(epoch.step, 100 * epoch.dev[task]) for epoch in curve.epochs if task in epoch.dev]
            rows[1].plot(*zip(*known, strict=True), color=color, linestyle=line, marker=marker, label=names(task))
        if tasks:
            rows[1].set_ylabel("score on dev")
            rows[1].legend(loc="lower right")
        _line(rows[-1], curve.steps, curve.learning_rate, "learning rate")
        rows[-1].set_ylim(bottom=0)
        rows[-1].set_xlabel("steps")
        figure.align_ylabels()

    return _svg(draw, key, title, height=5.2 if tasks else 3.6)


def _line(axes: "Axes", x: Sequence[float], y: Sequence[float], name: str) -> None:
    # A single point has no line.
    axes.plot(x, y, color=_ONE, marker="o" if len(x) == 1 else None)
    axes.set_ylabel(name)


def _cycled(number: int) -> list[tuple[str, str, str]]:
    return [_STYLES[place % len(_STYLES)] for place in range(number)]


def _svg(draw: Callable[["Figure", _Names], None], key: str, title: str, *, height: float, width: float = _WIDTH) -> str:
    # Only who writes a page waits for it.
    from matplotlib import style
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    names, text = _Names(), StringIO()
    # Whatever a user's matplotlibrc says, the picture is the same.
    with style.context(["default", _STYLE]):
        figure = Figure(figsize=(width, height))
        draw(figure, names)
        figure.patch.set_visible(False)
        for axes in figure.axes:
            axes.patch.set_visible(False)
        # Not by `savefig`, which draws twice: once for the layout alone, which the drawing works out by itself.
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(text, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return names.put_back(_inside_html(text.getvalue(), key, title, width * 72, height * 72))


def _inside_html(svg: str, key: str, title: str, width: float, height: float) -> str:
    """The SVG without what only a file needs, in the colours and the font of the page, with ids that no other picture has."""
    svg = svg[svg.index(">", svg.index("<svg")) + 1 :]
    svg = re.sub(r"<(metadata|style).*?</\1>|^ +", "", svg, flags=re.DOTALL | re.MULTILINE)
    # The page's rules for texts stand above those of the picture.
    svg = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", svg)
    svg = re.sub(r"font-family: [^;\"]*;? ?", "", svg)
    svg = svg.replace("xlink:href", "href")
    svg = re.sub(r'( id="| href="#|url\(#)', rf"\1{key}-", svg)
    svg = re.sub("|".join(_VARIABLES), lambda found: _VARIABLES[found[0]], svg)
    shrinking = f"min-width: {width:.0f}px; " if width > _WIDEST_SHRINKING else ""
    return (
        f'<svg role="img" aria-label="{escape(title)}" viewBox="0 0 {width:g} {height:g}" '
        f'style="{shrinking}max-width: {width * 4 / 3:.0f}px">{svg.strip()}'
    )


def _short_count(count: int) -> str:
    """A number in at most four characters, as long as it is below a thousand millions."""
    return str(count) if count < 10_000 else f"{count // 1000}k" if count < 1_000_000 else f"{count // 1_000_000}M"


def _shortened(name: str) -> str:
    name = " ".join(name.split()) or "(empty)"
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _columns(name: str) -> int:
    """How many small letters are as wide as a name, about."""
    return math.ceil(sum(_width(character) for character in name))


def _width(character: str) -> float:
    if combining(character):
        return 0
    if east_asian_width(character) in "WF":
        return 1.8
    return 1.6 if character in "WMwm@%—" else 1.2 if character.isupper() else 1
