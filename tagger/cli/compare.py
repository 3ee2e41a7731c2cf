"""`tagger compare`."""

from pathlib import Path

import click

from tagger.cli.predicted import ANOTHER_FOLDER, scheme_option


@click.command()
@click.argument("systems", nargs=-1, required=True, metavar="A B [C]...")
@click.option(
    "--split",
    type=click.Choice(["train", "dev", "test"]),
    help="The split of run folders.  [default: test, or the only one that a folder has]",
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
    help="Show N sentences with what one gets right and the other wrong, and N the other way round.",
)
def compare(
    systems: tuple[str, ...], split: str | None, task: str | None, scheme: str | None, output: str | None, examples: int
) -> None:
    """Tell whether systems differ by more than chance over the same sentences, in what, and where.

    A, B and the rest are run folders, folders of several seeds, what `tagger evaluate --output` wrote, reports, or files of
    predictions by any tool: columns with the word first, the gold tag last but one, and the predicted tag last.
    """
    from rich.console import Console

    if len(systems) < 2:
        raise click.UsageError("Name at least two to compare.")
    from tagger.comparison.compare import compare as compared
    from tagger.comparison.forms import markdown, terminal
    from tagger.whole_files import write_file, writing

    given = scheme_option(scheme)
    if output is not None:
        with writing(Path(output), ANOTHER_FOLDER):
            Path(output).mkdir(parents=True, exist_ok=True)
    console = Console(stderr=True)
    with console.status("starting") as status:
        found = compared(
            systems,
            split=split,
            task=task,
            scheme=given,
            examples=examples,
            tell=lambda what: status.update(what.replace("[", "\\[")),
        )
    Console().print(terminal(found))
    if output is not None:
        write_file(Path(output) / "comparison.json", lambda path: path.write_text(found.to_json(), "utf-8", newline="\n"))
        write_file(Path(output) / "comparison.md", lambda path: path.write_text(markdown(found), "utf-8", newline="\n"))
        click.echo(f"comparison  {Path(output) / 'comparison.md'}")
