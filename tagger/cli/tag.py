"""`tagger tag`."""

import os
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

from tagger.corpora.source import decode_lines, text_lines
from tagger.corpora.streams import READERS, SUFFIXES, WRITERS, Item
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
def tag(model: str, source: str, form: str | None, to: str | None, output: str | None, device: str, probabilities: bool) -> None:
    """Tag INPUT (a file, or - for standard input) with a MODEL.

    Text holds a sentence on each line. Columns hold a token first on each line and a blank line after each sentence.
    """
    from tagger.tagger import Tagger

    form = form or SUFFIXES.get(Path(source).suffix, "text")
    place = "standard input" if source == "-" else source
    lines = decode_lines(sys.stdin.buffer, place) if source == "-" else text_lines(Path(source))
    tagger = Tagger.load(model, device=device)
    waiting: deque[Item] = deque()

    def items() -> Iterator[Item]:
        for item in READERS[form](lines, place):
            waiting.append(item)
            yield item

    write = WRITERS[to or form]
    with _open_output(output) as file, _count(shown=output is not None or not sys.stdout.isatty()) as count:
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


@contextmanager
def _open_output(output: str | None) -> Iterator[TextIO]:
    """The terminal, or a file that appears when it is whole."""
    if output is None:
        yield sys.stdout
        return
    path = Path(output)
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise TaggerError(f"can't be written ({error.strerror})", where=output, fix="Name another file with --output.") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            yield file
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
