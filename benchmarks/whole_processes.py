"""Parts start and memory: whole processes, from their start to their end."""

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from benchmarks import ours
from benchmarks.contest import ROOT, environment, in_words, say
from benchmarks.contestant import Spent, Split
from benchmarks.results import Row

IMPORT_TORCH = "import torch"
NO_MODEL = "there is no exported model"
NUM_WORDS = (20_000, 2_000_000)
_LINE = "Maria Okafor moved from Lagos to Berlin in May to work for Siemens.\n"
_IN_PYTHON = "import sys; from tagger import Tagger; Tagger.load({model!r}, **{settings!r}).tag(sys.stdin.read())"
ENGINES = ("tagger", "tagger onnx", "tagger onnx int8")


def start(models: dict[str, str], repeats: int, threads: int) -> Iterator[Row]:
    """Seconds from the start of a process to its end, which tags one line; beside a process that imports torch and ends."""
    commands: dict[str, list[str] | None] = {IMPORT_TORCH: [sys.executable, "-c", IMPORT_TORCH]}
    for engine in ENGINES:
        model = models.get(engine, "")
        commands[f"{engine}, command"] = [*ours.COMMAND, *ours.tag_arguments(model, engine)] if model else None
        code = _IN_PYTHON.format(model=model, settings=ours.ENGINES[engine])
        commands[f"{engine}, Python"] = [sys.executable, "-c", code] if model else None
    spent: dict[str, list[Spent]] = {name: [] for name in commands}
    for number in range(repeats + 1):
        for name, command in commands.items():
            if command is None:
                continue
            begin, processor = time.perf_counter(), _processor_seconds()
            subprocess.run(command, input=_LINE, text=True, cwd=ROOT, env=environment(threads), capture_output=True, check=True)
            if number:
                spent[name].append(Spent(time.perf_counter() - begin, _processor_seconds() - processor))
        say(f"start: {f'round {number} of {repeats}' if number else 'warmed up'}")
    for name, found in spent.items():
        seconds, of_processor = (tuple(figures) for figures in zip(*found, strict=True)) if found else ((), ())
        yield Row("start", f"{in_words(threads)}, one line", name, "s", seconds, of_processor, missing="" if found else NO_MODEL)


def _processor_seconds() -> float:
    """Those of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def memory(models: dict[str, str], split: Split, folder: Path, threads: int) -> Iterator[Row]:
    """Peak memory of `tagger tag` from file to file, for a short and a long file."""
    for engine in ENGINES:
        if engine not in models:
            yield Row("memory", in_words(threads), engine, "MB", missing=NO_MODEL)
            continue
        for num_words in NUM_WORDS:
            source, note = folder / f"{num_words}.conll", folder / "peak"
            if not source.is_file():
                _write(source, split, num_words)
            say(f"memory: {engine}, {num_words:,} words")
            arguments = ours.tag_arguments(models[engine], engine, str(source), "--output", str(folder / "tagged.conll"))
            command = [sys.executable, "-m", "benchmarks.peak", str(note), *arguments]
            subprocess.run(command, cwd=ROOT, env=environment(threads), check=True)
            peak = int(note.read_text("utf-8")) / 1024
            yield Row("memory", in_words(threads), engine, "MB", (peak,), facts={"words": num_words})


def _write(path: Path, split: Split, num_words: int) -> None:
    """The sentences of a split, over and over, one token a line."""
    with path.open("w", encoding="utf-8") as file:
        for words in cycle(split.words):
            file.write("\n".join(words[:num_words]) + "\n\n")
            num_words -= len(words)
            if num_words <= 0:
                return
