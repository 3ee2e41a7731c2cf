"""`tagger tag`."""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from tagger.cli.files import open_output, refuse_folder
from tagger.corpora.source import Lines, decode_lines, text_lines
from tagger.corpora.streams import READERS, SUFFIXES, WRITERS, Item, read_conll, read_text
from tagger.errors import TaggerError

_FORMATS = ("text", "conll", "conllu", "jsonl")


@click.command()
@click.argument("model")
@click.argument("source", metavar="[INPUT|-]", default="-")
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), help="The form of the input.  [default: by the file's name, else text]"
)
@click.option("--to", type=click.Choice(_FORMATS), help="The form of the output.  [default: that of the input]")
@click.option("--output", metavar="FILE", help="Write here instead of to the terminal.")
@click.option("--device", default="cpu", show_default=True, help="Where to run, as torch names it: cpu, cuda, mps.")
@click.option("--probabilities", is_flag=True, help="Add the probability of each tag and span.")
@click.option("--split/--no-split", default=None, help="Whether the lines of text are split into sentences.  [default: split]")
def tag(
    model: str,
    source: str,
    form: str | None,
    to: str | None,
    output: str | None,
    device: str,
    *,
    probabilities: bool,
    split: bool | None,
) -> None:
    """Tag INPUT (a file, or - for standard input) with a MODEL.

    The lines of text are split into sentences. Columns hold a token first on each line and a blank line after each sentence.
    """
    refuse_folder(output, source)
    from tagger.corpus_settings import columns_of
    from tagger.tagger import Tagger

    form = form or SUFFIXES.get(Path(source).suffix, "text")
    if split is not None and form != "text":
        raise TaggerError(
            f"goes with text, and the input is {form}", where="--split" if split else "--no-split", fix="Leave it away."
        )
    place = "standard input" if source == "-" else source
    lines = decode_lines(sys.stdin.buffer, place) if source == "-" else text_lines(Path(source))
    tagger = Tagger.load(model, device=device)
    read: Callable[[Lines, str], Iterator[Item]] = READERS[form]
    columns = columns_of(tagger.recipe.corpus)
    if form == "text":
        read = partial(read_text, split=split is not False)
    elif form == "conll" and columns is not None:
        # As the model's own corpus is read.
        read = partial(read_conll, comments=columns.comments, word=columns.columns.index("word"))
    waiting: deque[Item] = deque()

    def items() -> Iterator[Item]:
        for item in read(lines, place):
            waiting.append(item)
            yield item

    write = WRITERS[to or form]
    with open_output(output) as file, _count(shown=output is not None or not sys.stdout.isatty()) as count:
        for sentence in tagger.tag_all((item.text for item in items()), probabilities=probabilities):
            file.write(write(sentence, waiting.popleft(), probabilities=probabilities))
            count(len(sentence.tokens))


@contextmanager
def _count(*, shown: bool) -> Iterator[Callable[[int], None]]:
    """Shows how many words are tagged, where the error stream is a terminal that the output does not go to."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} words"), TextColumn("{task.fields[speed]}"), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not (shown and console.is_terminal)) as progress:
        task, start, total = progress.add_task("", total=None, speed=""), time.perf_counter(), 0

        def count(words: int) -> None:
            nonlocal total
            total += words
            progress.update(task, completed=total, speed=f"{total / (time.perf_counter() - start):,.0f} words/s")

        yield count
