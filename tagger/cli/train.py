"""`tagger train`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import RenderableType


@click.command()
@click.argument("recipe")
@click.option(
    "--set", "overrides", metavar="KEY=VALUE", multiple=True, help="Change a setting: training.epochs=5. As often as you like."
)
@click.option("--corpus", metavar="PATH", help="Read this folder in place of the recipe's source.")
@click.option(
    "--vectors",
    metavar="[NAME=]FILE",
    multiple=True,
    help="Read word vectors from this file, address or package:NAME, for the words embedding NAME or the first with vectors.",
)
@click.option("--output", metavar="DIR", help="The run folder.  [default: runs/<recipe name>]")
@click.option(
    "--seeds",
    type=click.IntRange(1),
    metavar="N",
    help="Train N times, with training.seed and the seeds after it, into DIR/seed-1, ..., and write mean and deviation.",
)
@click.option("--resume", is_flag=True, help="Go on with an interrupted run.")
@click.option("--overwrite", is_flag=True, help="Replace an older run in the same folder.")
def train(
    recipe: str,
    overrides: tuple[str, ...],
    corpus: str | None,
    vectors: tuple[str, ...],
    output: str | None,
    seeds: int | None,
    resume: bool,
    overwrite: bool,
) -> None:
    """Train a tagger by a RECIPE: a file, or the name of a shipped one (tagger recipes ls)."""
    from tagger.errors import RecipeError, TaggerError
    from tagger.recipe_file import load_recipe

    # A launcher starts several processes: the first of each machine tells what is wrong, the first of all what comes out.
    tells, is_main = (os.environ.get(name, "0") == "0" for name in ("LOCAL_RANK", "RANK"))
    try:
        if resume and overwrite:
            raise RecipeError("--resume and --overwrite contradict each other", fix="Leave one away.")
        loaded = load_recipe(recipe, overrides=overrides, corpus=corpus, vectors=vectors)
        folder = Path(output or f"runs/{loaded.name}")

        from rich.console import Console

        console = Console(stderr=True, quiet=not is_main)
        with console.status("starting"):
            from tagger.evaluation.terminal import table
            from tagger.training.seeds import train_seeds
            from tagger.training.train import train as run

        shown: RenderableType
        if seeds is None:
            shown = table(run(loaded, folder, resume=resume, overwrite=overwrite, console=console))
        else:
            shown = train_seeds(loaded, folder, seeds, resume=resume, overwrite=overwrite, console=console).table()
    except TaggerError as error:
        if tells:
            raise
        raise SystemExit(1) from error
    if not is_main:
        return
    Console().print(shown)
    if seeds is None:
        click.echo(f"model   {folder / 'model'}\nreport  {folder / 'report' / 'report.html'}\nuse it  tagger tag {folder} FILE")
    else:
        click.echo(f"summary  {folder / 'summary.md'}\nuse it   tagger tag {folder} FILE  (the best seed on dev)")
