"""`tagger compare`."""

from pathlib import Path

import click

from tagger.errors import TaggerError


@click.command()
@click.argument("systems", nargs=-1, required=True, metavar="A B [C]...")
@click.option(
    "--split", type=click.Choice(["train", "dev", "test"]), default="test", show_default=True, help="The split of run folders."
)
@click.option("--task", help="Compare this task alone.  [default: each that all of them have]")
@click.option("--scheme", help="The scheme of the tags of spans.  [default: found out for each file]")
@click.option("--output", metavar="DIR", help="Write comparison.json and comparison.md into this folder.")
@click.option(
    "--examples",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    metavar="N",
    help="Show N sentences in which one is better, and N in which the other is.",
)
def compare(systems: tuple[str, ...], split: str, task: str | None, scheme: str | None, output: str | None, examples: int) -> None:
    """Tell whether systems differ by more than chance over the same sentences, in what, and where.

    A, B and the rest are run folders, folders of several seeds, what `tagger evaluate --output` wrote, reports, or files of
    predictions by any tool: columns with the word first, the gold tag last but one, and the predicted tag last.
    """
    from rich.console import Console

    if len(systems) < 2:
        raise click.UsageError("Name at least two to compare.")
    from tagger.evaluation.compare import compare as compared
    from tagger.evaluation.comparison_forms import markdown, terminal
    from tagger.text.schemes import SCHEMES, SPELLINGS, scheme_named

    if scheme is not None and scheme.lower() not in {*SCHEMES, *SPELLINGS}:
        raise TaggerError(f"there is no scheme '{scheme}'", where="--scheme", fix=f"There are {', '.join(SCHEMES)}.")
    if output is not None:
        _make(Path(output))
    console = Console(stderr=True)
    with console.status("starting") as status:
        found = compared(
            systems,
            split=split,
            task=task,
            scheme=None if scheme is None else scheme_named(scheme.lower()),
            examples=examples,
            tell=lambda what: status.update(what.replace("[", "\\[")),
        )
    Console().print(terminal(found))
    if output is not None:
        from tagger.whole_files import write_file

        write_file(Path(output) / "comparison.json", lambda path: path.write_text(found.to_json(), "utf-8", newline="\n"))
        write_file(Path(output) / "comparison.md", lambda path: path.write_text(markdown(found), "utf-8", newline="\n"))
        click.echo(f"comparison  {Path(output) / 'comparison.md'}")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TaggerError(
            f"can't be written ({error.strerror})", where=str(folder), fix="Name another folder with --output."
        ) from error
