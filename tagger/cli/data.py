"""`tagger data`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tagger.corpus_parts import Part
    from tagger.corpus_settings import OneCorpus
    from tagger.data.survey import Layout, Surveyed

_FORMS = click.Choice(("conll", "conllu", "jsonl"))


@click.group()
def data() -> None:
    """Check, count and convert corpora."""


def _reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how files are to be read."""
    options = (
        click.option("--format", "form", type=_FORMS, help="The form of the files.  [default: by their names, else conll]"),
        click.option(
            "--columns", help="What the columns hold: word,pos,ner; for conllu and jsonl upos=upos,ner=misc.ner.  [default: found]"
        ),
        click.option(
            "--scheme", "schemes", metavar="COLUMN=SCHEME", multiple=True, help="How a column writes spans.  [default: detected]"
        ),
        click.option("--tab", "tab_in", is_flag=True, help="Columns are separated by single tabs; tokens may hold spaces."),
        click.option("--comments", metavar="MARK", help="What comment lines begin with."),
        click.option("--unknown", metavar="MARK", help="What stands where a tag is not known, such as _ or ?."),
        click.option(
            "--tokenizer", help="ptb, unicode, whitespace or a tokenizer.json; for the raw text of jsonl.  [default: ptb]"
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _layout(form: Any, columns: str | None, schemes: Sequence[str], tab_in: bool, comments: str | None, **reading: Any) -> "Layout":
    from tagger.data.survey import Layout
    from tagger.text.schemes import SCHEMES, SPELLINGS

    pairs = dict(_pairs("--scheme", schemes))
    for name in pairs.values():
        _known("--scheme", name, {*SCHEMES, *SPELLINGS, "detect"})
    return Layout(
        form, columns.split(",") if columns is not None else (), pairs, "tab" if tab_in else "whitespace", comments, reading
    )


# The options that say how files of one form are read.
_GO_WITH = {"tab_in": "conll", "comments": "conll", "tokenizer": "jsonl", "misaligned": "jsonl", "split_sentences": "jsonl"}


def _option(key: str) -> str:
    return {"form": "--format", "schemes": "--scheme", "tab_in": "--tab"}.get(key, f"--{key.replace('_', '-')}")


def _given(options: dict[str, Any]) -> list[str]:
    return [key for key, value in options.items() if value not in (None, (), False)]


def _survey(paths: Sequence[Path], options: dict[str, Any]) -> "Surveyed":
    """Looks at files, with the options of reading, none of which may be without use."""
    from tagger.data.survey import form_of, name_files, survey
    from tagger.errors import TaggerError
    from tagger.text.tokenizer import Tokenizer

    layout = _layout(**{key: value for key, value in options.items() if key != "tokenizer"})
    files = name_files(paths, layout)
    form = form_of(files, layout)
    for key in _given(options):
        if _GO_WITH.get(key, form) != form:
            files_are = "file is" if len(files) == 1 else "files are"
            problem = f"goes with {_GO_WITH[key]}, and the {files_are} {form}"
            raise TaggerError(problem, where=_option(key), fix="Leave it away.")
    return survey(paths, layout, Tokenizer.named(options["tokenizer"] or "ptb"))


def _pairs(option: str, texts: Sequence[str]) -> list[tuple[str, str]]:
    from tagger.errors import TaggerError

    for text in texts:
        if not all(text.partition("=")):
            raise TaggerError(f"'{text}' is no NAME=VALUE", where=option, fix=f"Write it as {option} ner=...")
    return [(text.partition("=")[0], text.partition("=")[2]) for text in texts]


def _known(option: str, name: str, names: set[str]) -> None:
    from tagger.errors import TaggerError

    if name not in names:
        raise TaggerError(f"there is no scheme '{name}'", where=option, fix=f"There are {', '.join(sorted(names))}.")


@data.command()
@click.argument("source", metavar="INPUT")
@click.argument("output", metavar="[OUTPUT|-]", default="-")
@_reading_options
@click.option("--to", type=_FORMS, help="The form to write.  [default: by the output's name, else that of the input]")
@click.option(
    "--to-scheme", "to_schemes", metavar="[COLUMN=]SCHEME", multiple=True, help="The scheme to write, for a column or for all."
)
@click.option("--keep", metavar="COLUMNS", help="Write these columns only, in this order: ner,pos.")
@click.option("--to-tab", is_flag=True, help="Separate columns by tabs.")
@click.option("--spans", is_flag=True, help="In jsonl write text with character spans, not tokens with tags.")
@click.option(
    "--hide", metavar="COLUMN=SHARE", multiple=True, help="Replace this share of a column's tags by the mark of --unknown, or _."
)
@click.option("--seed", type=int, help="Decides which tags are hidden.  [default: 1]")
@click.option("--repair", type=click.Choice(("error", "conlleval", "promote", "strict-drop")), help="What to do with illegal tags.")
@click.option("--misaligned", type=click.Choice(("error", "snap", "split", "drop")), help="What to do with spans within tokens.")
@click.option("--split-sentences", is_flag=True, default=None, help="Split the text of jsonl into sentences.")
def convert(source: str, output: str, to: Any, to_schemes: Sequence[str], keep: str | None, **options: Any) -> None:
    """Write INPUT in another form or scheme.

    What is not to change stays as it stands; what OUTPUT can't hold is refused.
    """
    from tagger.cli.files import open_output, refuse_folder
    from tagger.data.convert import convert as run
    from tagger.data.survey import FORMS
    from tagger.data.writers import Target
    from tagger.errors import TaggerError
    from tagger.text.schemes import SCHEMES, SPELLINGS, scheme_named

    written = None if output == "-" else output
    refuse_folder(written, source)
    if Path(source).is_dir():
        raise TaggerError("a folder, and one file is converted at a time", where=source, fix="Name one of its files.")
    to_tab, spans, hide, seed = (options.pop(name) for name in ("to_tab", "spans", "hide", "seed"))
    if seed is not None and not hide:
        raise TaggerError("goes with --hide", where="--seed", fix="Leave it away.")
    surveyed = _survey([Path(source)], options)
    schemes = {}
    for text in to_schemes:
        column, _, name = text.rpartition("=")
        _known("--to-scheme", name, {*SCHEMES, *SPELLINGS})
        of_spans = [task for task in surveyed.part.readings if surveyed.part.writes_spans(task)]
        schemes.update(dict.fromkeys([column] if column else of_spans, scheme_named(name)))
    target = Target(
        to or FORMS.get(Path(output).suffix) or surveyed.form,
        schemes,
        keep.split(",") if keep else (),
        {column: _share(share) for column, share in _pairs("--hide", hide)},
        1 if seed is None else seed,
        options["unknown"] or "_",
        to_tab,
        spans,
    )
    for option, given, form in (("--spans", spans, "jsonl"), ("--to-tab", to_tab, "conll")):
        if given and target.form != form:
            raise TaggerError(f"goes with --to {form}, and {target.form} is written", where=option, fix="Leave it away.")
    notes: dict[str, None] = {}
    split = next(iter(surveyed.part.files))
    with open_output(written) as file:
        for line in run(surveyed, split, target, note=notes.setdefault):
            file.write(line)
    for text in notes:
        click.echo(text, err=True)


def _share(text: str) -> float:
    from tagger.errors import TaggerError

    try:
        share = float(text)
    except ValueError:
        share = -1
    if not 0 <= share <= 1:
        raise TaggerError(f"'{text}' is no share from 0 to 1", where="--hide", fix="Write it as --hide ner=0.5.")
    return share


def _corpus_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The arguments of commands that read a whole corpus."""
    options = (
        click.argument("names", metavar="FILES|FOLDER|RECIPE", nargs=-1, required=True),
        _reading_options,
        click.option("--corpus", metavar="PATH", help="With a recipe: read this folder in place of its source."),
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _is_recipe(names: Sequence[str]) -> bool:
    """Whether the arguments name one recipe, as a file or a shipped one."""
    from tagger.recipe_file import shipped_recipes

    path = Path(names[0])
    return len(names) == 1 and (path.suffix in (".yaml", ".yml") or (names[0] in shipped_recipes() and not path.exists()))


def _open(names: Sequence[str], corpus: str | None, **options: Any) -> "list[tuple[OneCorpus, Part]]":
    """The sources that files, a folder or a recipe name."""
    from tagger.corpus_parts import open_parts
    from tagger.errors import TaggerError
    from tagger.recipe_file import load_recipe

    if _is_recipe(names):
        if given := _given(options):
            raise TaggerError(
                "a recipe says itself how its corpus is read", where=_option(given[0]), fix="Leave it away, or change the recipe."
            )
        return open_parts(load_recipe(names[0], corpus=corpus))
    if corpus is not None:
        raise TaggerError("--corpus goes with a recipe", where="--corpus", fix="Name the folder itself.")
    surveyed = _survey([Path(name) for name in names], options)
    return [(surveyed.settings, surveyed.part)]


@data.command()
@_corpus_options
@click.option(
    "--show",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    help="How many places to show of each kind; 0 for all that are kept (1,000).",
)
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings too.")
def check(names: Sequence[str], *, as_json: bool, show: int, strict: bool, **options: Any) -> None:
    """Tell everything that is wrong or odd in a corpus, each with file:line:column.

    Exit code 1 where there are errors: what training would refuse.
    """
    import json

    from rich.console import Console

    console = Console(stderr=True)
    with console.status("reading"):
        from tagger.corpora.source import no_cycles
        from tagger.data.check import check as run

        parts = _open(names, **options)
        with no_cycles():
            checked = run(parts, to_train=_is_recipe(names))
    if as_json:
        click.echo(json.dumps(checked.to_json(), indent=2, ensure_ascii=False))
    else:
        from tagger.data.tables import shown_check

        for shown in shown_check(checked, places=show):
            Console(highlight=False).print(shown, soft_wrap=True)
    if checked.findings.count("error") or (strict and checked.findings.count("warning")):
        click.get_current_context().exit(1)


@data.command()
@_corpus_options
@click.option("--vectors", metavar="FILE", help="Tell how many words this vectors file (or address, or package:NAME) covers.")
def stats(names: Sequence[str], *, as_json: bool, vectors: str | None, **options: Any) -> None:
    """Count what a corpus holds: sentences, tokens, labels, new words, coverage by word vectors."""
    import json

    from rich.console import Console

    console = Console(stderr=True)
    with console.status("reading"):
        from tagger.data.stats import count
    words = None
    if vectors:
        from tagger.corpora.cache import cache_folder
        from tagger.features.vectors.reading import fetch_vectors, read_vectors

        fetch_vectors(vectors, cache=cache_folder(), console=console)
        with console.status("reading the vectors"):
            words = read_vectors(vectors, cache=cache_folder()).words
    with console.status("reading"):
        counted = count([part for _, part in _open(names, **options)], words)
    if as_json:
        click.echo(json.dumps(counted.to_json(), indent=2, ensure_ascii=False))
    else:
        from tagger.data.tables import shown_stats

        for shown in shown_stats(counted):
            Console(highlight=False).print(shown, soft_wrap=True)
