"""Many files tagged into a folder: in order, in constant memory, and taken up again after an interruption."""

import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import Any, Literal, NamedTuple

from tagger.corpora.streams.given import GivenColumns
from tagger.deployment import pieces
from tagger.deployment.journal import Journal, Progress, open_journal, read_journal
from tagger.deployment.output import PartialOutput, can_go_on, partial_path, take_place
from tagger.deployment.pieces import Reader, digest_of, read_pieces
from tagger.deployment.plan import Job
from tagger.deployment.progress import BulkProgress
from tagger.deployment.tagging import Settings, Work
from tagger.deployment.workers import Workers
from tagger.errors import CorpusError, TaggerError

Existing = Literal["refuse", "resume", "overwrite"]


class Readers(NamedTuple):
    """How inputs are read: `of_form` gives the reader of a form, None for parquet; `given` is read beside the words of its rows."""

    of_form: Callable[[str], Reader | None]
    given: GivenColumns = MappingProxyType({})


_ANEW = "Tag it anew with --overwrite, or into another folder."
_GO_ON = "What was tagged is kept: the same command with --resume goes on."


class Step(NamedTuple):
    """Where a piece comes from: its job, what names the input up to its end, how many bytes of that it takes.

    `digest` is None for the step that ends a job.
    """

    job: Job
    digest: str | None = None
    num_bytes: int = 0


class Standing(NamedTuple):
    """What is still to do, and how many outputs were whole before."""

    jobs: list[Job]
    num_whole: int


def journal_path(folder: Path, output: str | None) -> Path:
    """Where the journal of a folder of outputs stands, or that of a single output in it."""
    return folder / (".tagger-bulk.jsonl" if output is None else f".{output}.tagger-bulk.jsonl")


def steps(
    jobs: Sequence[Job], readers: Readers, done: Callable[[Job], Progress | None], skip: Callable[[int], None]
) -> Iterator[tuple[Step, Work | None]]:
    """The pieces of all jobs, one behind the other, without those that are done; and behind each job a step that ends it.

    Args:
        jobs: What is to be tagged.
        readers: How each form is read.
        done: How far a job has come before; None where it was not begun.
        skip: Told of bytes that are left out.

    Raises:
        CorpusError: An input can't be read, or is not what it was when it was begun.
    """
    for job in jobs:
        before = done(job) or Progress({}, 0, 0)
        number, position = 0, 0
        reader = readers.of_form(job.source.form)
        for piece in read_pieces(job.source, reader, keep_rows=job.to == "parquet", given=readers.given):
            number, taken, position = number + 1, piece.position - position, piece.position
            if number > before.pieces:
                yield Step(job, piece.digest, taken), Work(piece.items, piece.rows, job.source.place, job.to, job.compression)
                continue
            skip(taken)
            if number == before.pieces and piece.digest != before.digest:
                raise _changed(job)
        if number < before.pieces:
            raise _changed(job)
        yield Step(job), None


def _changed(job: Job) -> CorpusError:
    return CorpusError("has changed where it was tagged before", where=job.source.place, fix=_ANEW)


def refuse_existing(jobs: Sequence[Job], journal: Path, existing: Existing) -> None:
    """Refuses outputs that are there already, unless they are to be taken up or overwritten; asked before any work.

    Raises:
        TaggerError: There is one.
    """
    known = read_journal(journal)
    for job in jobs:
        output = _output(job)
        if existing == "overwrite":
            if output.is_dir():
                raise TaggerError("is a folder", where=str(output), fix="Move it away, or name another folder with --output.")
        elif existing == "resume":
            if output.exists() and output.name not in known:
                raise TaggerError("exists, and no run noted that it wrote it", where=str(output), fix=_ANEW)
        elif output.exists() or partial_path(output).exists() or (output.name in known and not known[output.name].done):
            raise TaggerError(
                "exists already" if output.exists() else "was begun before",
                where=str(output),
                fix="Go on with --resume, write it anew with --overwrite, or name another folder.",
            )


def tag_files(
    jobs: Sequence[Job],
    journal: Path,
    existing: Existing,
    settings: Mapping[str, Any],
    readers: Readers,
    workers: Workers,
) -> None:
    """Tags files into others; each gets its name when it is whole.

    Args:
        jobs: The inputs and their outputs.
        journal: Where it stands how far the outputs have come.
        existing: What becomes of outputs that are there.
        settings: What the outputs depend on beside their inputs.
        readers: How each form is read.
        workers: Who tags.

    Raises:
        TaggerError: Something can't be read, tagged or written, or is not what it was; what was tagged is kept.
    """
    known = read_journal(journal)
    own = {job: {**settings, "form": job.source.form, "to": job.to, "compression": job.compression} for job in jobs}
    if existing == "resume":
        for job in jobs:
            _refuse_other_settings(job, known.get(_output(job).name), own[job])
    with open_journal(journal, known) as book, _kept(journal):
        left = _begin(jobs, book, existing, own)
        with BulkProgress(sum(_size(job) for job in left.jobs)) as shown:
            found = workers.tag(steps(left.jobs, readers, lambda job: book.of(_output(job).name), shown.skip))
            _write(found, book, shown)
        finished = f"tagged {len(left.jobs):,} {'file' if len(left.jobs) == 1 else 'files'}: {shown.summary}"
        shown.say(finished + (f"; {left.num_whole:,} were whole before" if left.num_whole else ""))


def _write(found: Iterator[Any], book: Journal, shown: BulkProgress) -> None:
    current: PartialOutput | None = None
    try:
        for step, tagged in found:
            current = current or PartialOutput(_output(step.job), step.job.to, book)
            if tagged is None:
                current.finish()
                current = None
            else:
                current.write(tagged.data, step.digest)
                shown.clipped(tagged.notes, tagged.num_clipped)
                shown.step(step.job.source.place, step.num_bytes, tagged.num_sentences, tagged.num_words)
    except TaggerError:
        if current is not None:
            current.note()
        raise
    finally:
        if current is not None:
            current.close()


def _begin(jobs: Sequence[Job], book: Journal, existing: Existing, own: Mapping[Job, Mapping[str, Any]]) -> Standing:
    """Notes what is begun, and gives what is not whole yet."""
    left = []
    for job in jobs:
        output, before = _output(job), book.of(_output(job).name)
        if existing == "resume" and before is not None:
            if before.done:
                take_place(output)
                if output.exists():
                    _refuse_change(job, before)
                    continue
            elif not before.pieces or can_go_on(output, job.to, before):
                left.append(job)
                continue
        left.append(job)
        partial_path(output).unlink(missing_ok=True)
        book.begin(output.name, Progress(own[job], _size(job), _changed_at(job)))
    return Standing(left, len(jobs) - len(left))


def _refuse_change(job: Job, before: Progress) -> None:
    output = _output(job)
    if output.stat().st_size != before.num_bytes:
        raise TaggerError("is no longer what was written", where=str(output), fix=_ANEW)
    # A copy of the input has another time: only then its content is asked.
    if (_size(job), _changed_at(job)) != (before.size, before.changed) and digest_of(job.source) != before.digest:
        raise CorpusError("has changed since it was tagged", where=job.source.place, fix=_ANEW)


def _refuse_other_settings(job: Job, before: Progress | None, now: Mapping[str, Any]) -> None:
    if before is None or before.settings == now:
        return
    names = sorted(name for name in {*before.settings, *now} if before.settings.get(name) != now.get(name))
    what = ", ".join(
        "another model" if name == "model" else f"{name} {before.settings.get(name)} (now {now.get(name)})" for name in names
    )
    raise TaggerError(f"was begun with {what}", where=str(_output(job)), fix="Give the same settings, or --overwrite.")


def settings_of(digest: str, settings: Settings, *, split: bool) -> dict[str, Any]:
    """What all outputs of a run depend on: the digest of the model, how it is asked, and who asks."""
    asked = {name: getattr(settings, name) for name in ("device", "engine", "dtype", "probabilities", "n_best")} | {"split": split}
    return {"model": digest, **asked, "piece": pieces.PIECE_WORDS, "tagger": version("tagger")}


def _output(job: Job) -> Path:
    assert job.output is not None
    return job.output


def _size(job: Job) -> int:
    return 0 if job.source.path is None else job.source.path.stat().st_size


def _changed_at(job: Job) -> int:
    return 0 if job.source.path is None else job.source.path.stat().st_mtime_ns


@contextmanager
def _kept(journal: Path) -> Iterator[None]:
    """Ctrl-C, SIGTERM and mistakes end the run with a word on how to go on."""
    is_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, _interrupt) if is_main else None
    try:
        yield
    except KeyboardInterrupt as error:
        raise TaggerError("interrupted", where=str(journal.parent), fix=_GO_ON) from error
    except TaggerError as error:
        if "--resume" in (error.fix or "") or "--overwrite" in (error.fix or ""):
            raise
        error.fix = f"{error.fix}\n{_GO_ON}" if error.fix else _GO_ON
        raise
    finally:
        if is_main:
            signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
