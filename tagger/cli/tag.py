"""`tagger tag`."""

import os
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import IO, cast

import click

from tagger.cli.files import open_output, refuse_folder
from tagger.corpora.compressed import Compression, compression_of
from tagger.corpora.streams import FORMS, READERS, read_conll, read_text
from tagger.deployment.bulk import Existing, Readers, journal_path, refuse_existing, settings_of, steps, tag_files
from tagger.deployment.pieces import Reader, Source
from tagger.deployment.plan import Job, find_inputs, form_of, plan_folder
from tagger.deployment.progress import BulkProgress
from tagger.deployment.tagging import ModelFacts, Settings
from tagger.deployment.workers import Here, Processes, Workers
from tagger.errors import TaggerError

_COMPRESSIONS = ("none", "gzip", "bz2", "xz", "zstd")


@click.command()
@click.argument("model")
@click.argument("sources", metavar="[INPUT...|-]", nargs=-1)
@click.option("--format", "form", type=click.Choice(FORMS), help="The form of the input.  [default: by the file's name, else text]")
@click.option("--to", type=click.Choice(FORMS), help="The form of the output.  [default: by its name, else that of the input]")
@click.option("--output", metavar="FILE|FOLDER/", help="Write here instead of to the terminal; several inputs need a folder.")
@click.option("--device", default="cpu", show_default=True, help="Where to run, as torch names it: cpu, cuda, mps.")
@click.option("--probabilities", is_flag=True, help="Add the probability of each tag and span.")
@click.option("--split/--no-split", default=None, help="Whether the lines of text are split into sentences.  [default: split]")
@click.option(
    "--workers",
    type=click.IntRange(1),
    metavar="N",
    help="Tag in so many processes of one thread each.  [default: one for each processor where a folder is written, else this one]",
)
@click.option("--resume", is_flag=True, help="Go on where the same command was interrupted; what is whole is left alone.")
@click.option("--overwrite", is_flag=True, help="Write outputs anew that are there already.")
@click.option(
    "--compress", type=click.Choice(_COMPRESSIONS), help="Compress the outputs.  [default: by FILE's name, or as each input is]"
)
def tag(
    model: str,
    sources: tuple[str, ...],
    form: str | None,
    to: str | None,
    output: str | None,
    device: str,
    workers: int | None,
    compress: str | None,
    *,
    probabilities: bool,
    split: bool | None,
    resume: bool,
    overwrite: bool,
) -> None:
    """Tag INPUTs (files, folders, or - for standard input) with a MODEL.

    The lines of text are split into sentences. Columns hold a token first on each line and a blank line after each sentence.
    Parquet has a column text, or tokens. Names may end in .gz, .bz2, .xz or .zst.

    A folder as --output gets a file for each input. A run that writes a folder, or has --workers, can be interrupted, even killed:
    --resume goes on, and what comes out is the same.
    """
    if resume and overwrite:
        raise TaggerError("goes on, and --overwrite begins anew", where="--resume", fix="Give one of them.")
    existing: Existing = "resume" if resume else "overwrite" if overwrite else "refuse"
    if existing != "refuse" and output is None:
        raise TaggerError("needs files to write", where=f"--{existing}", fix="Name a file or a folder with --output.")
    chosen = cast("Compression | None", None if compress == "none" else compress)
    names = sources or ("-",)
    paths, notes = find_inputs(names) if "-" not in names else ([], [])
    if not paths and (len(names) > 1 or resume or _is_folder(output)):
        raise TaggerError("goes to one file or to the terminal, and can't be read again", where="-", fix="Name files.")
    is_folder = _is_folder(output) or len(paths) > 1 or any(Path(name).is_dir() for name in names)
    if is_folder:
        folder = _folder(output, paths)
        jobs = plan_folder(paths, folder, form, to, chosen, keep=compress is None)
        journal = journal_path(folder, is_folder=True)
    else:
        jobs = [_single(paths[0] if paths else None, output, form, to, chosen, keep=compress is None)]
        journal = journal_path(Path(output or ""), is_folder=False) if output else Path()
    _refuse_options(jobs, split, compress)
    is_bulk = bool(paths) and output is not None and (is_folder or existing != "refuse" or workers is not None)
    if is_bulk:
        refuse_existing(jobs, journal, existing)
    for note in notes:
        click.echo(note, err=True)
    count = workers or (len(os.sched_getaffinity(0)) if is_bulk else None)
    settings = Settings(model, device, probabilities, threads=None if count is None else 1)
    with _workers(settings, count) as tagging:
        facts = tagging.facts()
        readers = _readers(facts, split=split is not False)
        if is_bulk:
            asked = settings_of(facts.digest, device, probabilities=probabilities, split=split is not False)
            tag_files(jobs, journal, existing, asked, readers, tagging, partial(_progress, bar=True, lines=True))
        else:
            _tag_one(jobs[0], output, readers, tagging)


def _is_folder(output: str | None) -> bool:
    return output is not None and (output.endswith(("/", os.sep)) or Path(output).is_dir())


def _folder(output: str | None, paths: list[Path]) -> Path:
    if output is None:
        raise TaggerError(
            f"{len(paths):,} inputs need a folder to be written into", where="--output", fix="Name one: --output tagged/"
        )
    if Path(output).exists() and not Path(output).is_dir():
        raise TaggerError(
            f"{len(paths):,} inputs need a folder to be written into, and this is a file", where=output, fix="Name a folder."
        )
    return Path(output)


def _single(
    path: Path | None, output: str | None, form: str | None, to: str | None, compression: Compression | None, *, keep: bool
) -> Job:
    """The job of one input that goes to one file, or to the terminal."""
    refuse_folder(output, None if path is None else str(path))
    form = form or (form_of(path) if path else None) or "text"
    target = None if output is None else Path(output)
    to = to or (form_of(target) if target else None) or form
    if form == "parquet" and path is None:
        raise TaggerError("can't be read as parquet, which begins at its end", where="standard input", fix="Name a file.")
    if to == "parquet" and target is None:
        raise TaggerError("parquet is nothing to look at", where="--to", fix="Name a file with --output.")
    if keep:
        compression = compression_of(target) if target and to != "parquet" else None
    return Job(Source(path, form), target, to, compression)


def _refuse_options(jobs: list[Job], split: bool | None, compress: str | None) -> None:
    """Refuses options that have no meaning for one of the inputs."""
    for job in jobs:
        if split is not None and job.source.form != "text":
            what = "the input" if len(jobs) == 1 else job.source.place
            raise TaggerError(
                f"goes with text, and {what} is {job.source.form}", where="--split" if split else "--no-split", fix="Leave it away."
            )
        if compress not in (None, "none") and job.to == "parquet":
            raise TaggerError("parquet is compressed within", where="--compress", fix="Leave it away.")


def _workers(settings: Settings, count: int | None) -> Workers:
    return Here(settings) if count in (None, 1) else Processes(settings, count or 1)


def _readers(facts: ModelFacts, *, split: bool) -> Readers:
    def reader(form: str) -> Reader | None:
        if form == "text":
            return partial(read_text, split=split)
        if form == "conll" and facts.columns is not None:
            # As the model's own corpus is read.
            return partial(read_conll, comments=facts.columns.comments, word=facts.columns.columns.index("word"))
        return READERS.get(form)

    return reader


def _progress(num_bytes: int, *, bar: bool, lines: bool) -> BulkProgress:
    from rich.console import Console

    return BulkProgress(Console(stderr=True), num_bytes, bar=bar, lines=lines)


def _tag_one(job: Job, output: str | None, readers: Readers, workers: Workers) -> None:
    """Tags one input to the terminal, or to a file that appears when it is whole."""
    size = job.source.path.stat().st_size if job.source.path else 0
    # A bar would stand in the midst of what is printed.
    bar = output is not None or not sys.stdout.isatty()
    with open_output(output) as file, _progress(size, bar=bar, lines=False) as shown, tempfile.TemporaryFile() as segments:
        target: IO[bytes] = segments if job.to == "parquet" else file.buffer
        for step, tagged in workers.tag(steps([job], readers, lambda job: None, shown.skip)):
            if tagged is not None:
                target.write(tagged.data)
                shown.clipped(tagged.notes, tagged.num_clipped)
                shown.step(job.source.place, step.num_bytes, tagged.num_sentences, tagged.num_words)
        if job.to == "parquet":
            from tagger.corpora.streams.parquet import assemble

            segments.seek(0)
            assemble(segments, file.buffer)
