"""What `tagger tag` does: from its options to inputs and outputs, and whoever tags them."""

import os
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, cast

import click

from tagger.cli.files import open_output, refuse_folder
from tagger.cli.seeds import one_model
from tagger.corpora.compressed import Compression, compression_of
from tagger.corpora.streams import READERS, read_conll, read_text
from tagger.corpora.streams.conllu import NO_ALTERNATIVES
from tagger.deployment.bulk import Existing, Readers, journal_path, refuse_existing, settings_of, steps, tag_files
from tagger.deployment.pieces import Reader, Source
from tagger.deployment.plan import Job, find_inputs, form_of, plan_folder
from tagger.deployment.progress import BulkProgress
from tagger.deployment.tagging import ModelFacts, Settings
from tagger.deployment.workers import Here, Workers
from tagger.engines.onnx_engine import num_processors
from tagger.engines.opening import EngineName, Precision
from tagger.errors import TaggerError


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of `tagger tag`, as they were given."""

    model: str
    names: tuple[str, ...]
    form: str | None
    to: str | None
    output: str | None
    device: str
    engine: str | None
    dtype: str | None
    threads: int | None
    workers: int | None
    compress: str | None
    probabilities: bool
    n_best: int
    split: bool | None
    resume: bool
    overwrite: bool

    @property
    def existing(self) -> Existing:
        """What becomes of outputs that are there."""
        return "resume" if self.resume else "overwrite" if self.overwrite else "refuse"

    @property
    def compression(self) -> Compression | None:
        """How outputs are compressed, where that was said."""
        return None if self.compress == "none" else cast("Compression | None", self.compress)

    @property
    def splits(self) -> bool:
        """Whether the lines of text are split into sentences."""
        return self.split is not False


@dataclass(frozen=True, slots=True)
class Plan:
    """The inputs and their outputs; `journal` is where it stands how far these have come, None where they are not taken up."""

    jobs: list[Job]
    journal: Path | None


def run(asked: Asked) -> None:
    """Tags what is asked for.

    Raises:
        TaggerError: The options contradict each other, or something can't be read, tagged or written.
    """
    plan = _plan(asked)
    if plan.journal is not None:
        refuse_existing(plan.jobs, plan.journal, asked.existing)
    count = asked.workers or (None if plan.journal is None else num_processors())
    if count is not None and asked.threads not in (None, 1):
        raise TaggerError("workers have one thread each", where="--threads", fix="Leave it away, or --workers and the folder.")
    settings = Settings(
        one_model(asked.model),
        asked.device,
        asked.probabilities,
        threads=asked.threads or (num_processors() if count is None else 1),
        engine=cast("EngineName | None", asked.engine),
        dtype=cast("Precision | None", asked.dtype),
        n_best=asked.n_best,
    )
    with _workers(settings, count) as workers:
        facts = workers.facts()
        readers = _readers(facts, split=asked.splits)
        if plan.journal is None:
            _tag_one(plan.jobs[0], asked.output, readers, workers)
        else:
            kept = settings_of(facts.digest, settings, split=asked.splits)
            tag_files(plan.jobs, plan.journal, asked.existing, kept, readers, workers)


def _plan(asked: Asked) -> Plan:
    if asked.resume and asked.overwrite:
        raise TaggerError("goes on, and --overwrite begins anew", where="--resume", fix="Give one of them.")
    if asked.existing != "refuse" and asked.output is None:
        raise TaggerError("needs files to write", where=f"--{asked.existing}", fix="Name a file or a folder with --output.")
    keep = asked.compress is None
    if "-" in asked.names:
        if len(asked.names) > 1 or asked.resume or _is_folder(asked.output):
            raise TaggerError("standard input goes to one file or to the terminal, in one run", where="-", fix="Name files.")
        jobs, journal = [_single(asked, None, keep=keep)], None
    else:
        paths, notes = find_inputs(asked.names)
        for note in notes:
            click.echo(note, err=True)
        if _is_folder(asked.output) or len(paths) > 1 or any(Path(name).is_dir() for name in asked.names):
            folder = _folder(asked.output, paths)
            jobs, journal = (
                plan_folder(paths, folder, asked.form, asked.to, asked.compression, keep=keep),
                journal_path(folder, None),
            )
        else:
            jobs, journal = [_single(asked, paths[0], keep=keep)], None
            if asked.output is not None and (asked.existing != "refuse" or asked.workers is not None):
                journal = journal_path(Path(asked.output).parent, Path(asked.output).name)
    _refuse_options(asked, jobs)
    return Plan(jobs, journal)


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


def _single(asked: Asked, path: Path | None, *, keep: bool) -> Job:
    """The job of one input that goes to one file, or to the terminal."""
    refuse_folder(asked.output, None if path is None else str(path))
    form = asked.form or (form_of(path) if path else None) or "text"
    target = None if asked.output is None else Path(asked.output)
    to = asked.to or (form_of(target) if target else None) or form
    if form == "parquet" and path is None:
        raise TaggerError("can't be read as parquet, which begins at its end", where="standard input", fix="Name a file.")
    if to == "parquet" and target is None:
        raise TaggerError("parquet is nothing to look at", where="--to", fix="Name a file with --output.")
    compression = asked.compression
    if keep and target and to != "parquet":
        compression = compression_of(target)
    return Job(Source(path, form), target, to, compression)


def _refuse_options(asked: Asked, jobs: list[Job]) -> None:
    """Refuses options that have no meaning for one of the inputs."""
    for job in jobs:
        if asked.split is not None and job.source.form != "text":
            what = "the input" if len(jobs) == 1 else job.source.place
            where = "--split" if asked.split else "--no-split"
            raise TaggerError(f"goes with text, and {what} is {job.source.form}", where=where, fix="Leave it away.")
        if asked.n_best > 1 and job.to == "conllu":
            raise TaggerError(NO_ALTERNATIVES, where="--n-best", fix="Write jsonl, parquet or conll with --to.")
        if asked.compression is not None and job.to == "parquet":
            raise TaggerError("parquet is compressed within", where="--compress", fix="Leave it away.")


def _workers(settings: Settings, count: int | None) -> Workers:
    if count is None or count == 1:
        return Here(settings)
    from tagger.deployment.processes import Processes

    return Processes(settings, count)


def _readers(facts: ModelFacts, *, split: bool) -> Readers:
    def reader(form: str) -> Reader | None:
        if form == "text":
            return partial(read_text, split=split, later=True)
        if form == "conll" and facts.columns is not None:
            # As the model's own corpus is read.
            return partial(read_conll, comments=facts.columns.comments, word=facts.columns.columns.index("word"))
        return READERS.get(form)

    return reader


def _tag_one(job: Job, output: str | None, readers: Readers, workers: Workers) -> None:
    """Tags one input to the terminal, or to a file that appears when it is whole."""
    size = job.source.path.stat().st_size if job.source.path else 0
    # A bar would stand in the midst of what is printed.
    bar = output is not None or not sys.stdout.isatty()
    with open_output(output) as file, BulkProgress(size, bar=bar, lines=False) as shown, tempfile.TemporaryFile() as segments:
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
