"""What recipes reach, as the README's table has it: scores over seeds, what training took, and the speed of tagging.

    python -m benchmarks.table runs/conll runs/ewt_pos

Each folder is one that `tagger train --seeds` left. Scores, minutes, memory and size are those that the runs measured; the speed is
measured now, of the best seed on the words of test, so that it should be asked for where nothing else runs.
"""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import click

from tagger import Tagger
from tagger.best_seed import best_seed, read_summary
from tagger.build_corpus import build_corpus
from tagger.errors import TaggerError
from tagger.evaluation.report import Report
from tagger.recipe import Recipe
from tagger.recipe_file import load_recipe

_HEADINGS = ("recipe", "seeds", "threads", "test", "dev", "minutes", "memory", "model", "words/s")


def words_per_second(model: Path, recipe: Recipe, threads: int, repeats: int) -> float:
    """How many words of the test split are tagged in a second: the median of some rounds after one that does not count."""
    words = list(build_corpus(recipe)["test"]["tokens"])
    tagger = Tagger.load(model, threads=threads)
    spent = []
    for _ in range(1 + repeats):
        start = time.perf_counter()
        for _ in tagger.tag_all(words, probabilities=False):
            pass
        spent.append(time.perf_counter() - start)
    return sum(map(len, words)) / median(spent[1:])


def row(folder: Path, threads: int, repeats: int) -> str:
    """The folder's line of the table.

    Raises:
        TaggerError: It is not the folder of some finished seeds, or they have no test scores.
    """
    summary, best = read_summary(folder), best_seed(folder)
    if summary is None or best is None:
        raise TaggerError("there is no summary of seeds", where=str(folder), fix="Train with --seeds.")
    if "test" not in summary["scores"]:
        raise TaggerError("the runs have no test scores", where=str(folder), fix="Name runs of a corpus with a test split.")
    recipe = load_recipe(str(best / "recipe.yaml"))
    learned_with = {Report.load(path).facts["threads"] for path in folder.glob("seed-*/report/report.json")}
    cells = [
        summary["name"],
        str(len(summary["seeds"])),
        ", ".join(map(str, sorted(learned_with))),
        ", ".join(_spreads(summary["scores"]["test"])),
        ", ".join(_spreads(summary["scores"]["dev"])),
        f"{summary['training minutes']['mean']:.0f}",
        f"{summary['peak memory MB']['max'] / 1000:.1f} GB",
        f"{summary['model MB']['mean']:.0f} MB",
        f"{words_per_second(best, recipe, threads, repeats):,.0f}",
    ]
    return _line(cells)


def _spreads(scores: Mapping[str, Any]) -> Iterator[str]:
    for task, spread in scores.items():
        sd = "" if spread["sd"] is None else f" ({100 * spread['sd']:.2f})"
        yield f"{task} {100 * spread['mean']:.2f}{sd}"


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


@click.command(context_settings={"show_default": True})
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--threads", default=2, type=click.IntRange(1), help="Those that tag.")
@click.option("--repeats", default=3, type=click.IntRange(1), help="Rounds of tagging that count.")
def main(folders: tuple[Path, ...], threads: int, repeats: int) -> None:
    """Print a row for each folder of seeds: means over them, with the standard deviation."""
    click.echo(f"{_line(_HEADINGS)}\n|---|" + "---:|" * (len(_HEADINGS) - 1))
    for folder in folders:
        click.echo(row(folder, threads, repeats))


if __name__ == "__main__":
    try:
        main()
    except TaggerError as error:
        raise SystemExit(str(error)) from error
