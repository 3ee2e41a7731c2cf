"""`tagger recipes`."""

from pathlib import Path

import click


@click.group()
def recipes() -> None:
    """List, show, copy and check recipes."""


@recipes.command("ls")
def list_recipes() -> None:
    """List the shipped recipes."""
    from tagger.recipe_file import shipped_recipes, summary

    shipped = shipped_recipes()
    width = max(map(len, shipped))
    for name, path in shipped.items():
        click.echo(f"{name:<{width}}  {next(summary(path), '')}")


@recipes.command()
@click.argument("name")
def show(name: str) -> None:
    """Print a recipe."""
    from tagger.recipe_file import find_recipe

    click.echo(find_recipe(name).read_text("utf-8"), nl=False)


@recipes.command()
@click.argument("key", default="")
def settings(key: str) -> None:
    """List all that a recipe can set, or what is at and below KEY (training, embeddings.width): values, default, what it does."""
    import shutil

    from tagger.recipe_reference import settings as every_setting
    from tagger.recipe_reference import settings_at

    width = min(shutil.get_terminal_size().columns, 120)
    for setting in settings_at(key) if key else every_setting():
        click.echo(setting.told(width))


@recipes.command("cp")
@click.argument("name")
@click.argument("destination", required=False)
def copy(name: str, destination: str | None) -> None:
    """Copy a recipe to DESTINATION, by default into this folder, to change it."""
    from tagger.errors import RecipeError
    from tagger.recipe_file import find_recipe

    source = find_recipe(name)
    target = Path(destination or source.name)
    target = target / source.name if target.is_dir() else target
    if target.exists():
        raise RecipeError("exists already", where=str(target), fix="Name another file.")
    try:
        target.write_bytes(source.read_bytes())
    except OSError as error:
        raise RecipeError(f"can't be written ({error.strerror})", where=str(target), fix="Name another file.") from error
    click.echo(str(target))


@recipes.command()
@click.argument("names", metavar="RECIPE...", nargs=-1, required=True)
@click.option("--set", "overrides", metavar="KEY=VALUE", multiple=True, help="Change a setting first.")
def check(names: tuple[str, ...], overrides: tuple[str, ...]) -> None:
    """Check recipes without running them; all mistakes are shown together."""
    from tagger.errors import RecipeError
    from tagger.recipe_file import load_recipe

    mistakes = []
    for name in names:
        try:
            load_recipe(name, overrides=overrides)
            click.echo(f"{name}: no mistakes")
        except RecipeError as error:
            mistakes.append(str(error))
    if mistakes:
        raise RecipeError("\n".join(mistakes))
