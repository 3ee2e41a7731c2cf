"""Where a command is given the folder of several seeds."""

import click

from tagger.best_seed import best_seed


def one_model(name: str) -> str:
    """The model as it was named; for the folder of several seeds the best of them, which is said.

    Raises:
        ModelError: None of the seeds is the best.
    """
    best = best_seed(name)
    if best is None:
        return name
    click.echo(f"{name} holds several seeds: using {best}, the best on dev", err=True)
    return str(best)
