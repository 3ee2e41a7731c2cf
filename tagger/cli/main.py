"""`tagger`: the group of all commands, and how errors are shown."""

from typing import Any

import click

from tagger.cli.compare import compare
from tagger.cli.data import data
from tagger.cli.evaluate import evaluate
from tagger.cli.export import export
from tagger.cli.recipes import recipes
from tagger.cli.tag import tag
from tagger.cli.train import train
from tagger.errors import TaggerError


class _Shown(click.ClickException):
    """A user's mistake as click shows it: the message alone, on the error stream, and exit code 1."""

    def show(self, file: Any = None) -> None:
        click.echo(self.message, err=True, file=file)


class _Group(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TaggerError as error:
            raise _Shown(str(error)) from error


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tagger")
def cli() -> None:
    """Train, evaluate and use sequence taggers: parts of speech, named entities, chunks."""


for command in (train, evaluate, compare, tag, export, data, recipes):
    cli.add_command(command)
