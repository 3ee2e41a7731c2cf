"""Parts start and memory: whole processes, from their start to their end."""

import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from benchmarks import ours
from benchmarks.contest import ROOT, environment, say
from benchmarks.contestant import Split
from benchmarks.results import Row

IMPORT_TORCH = "import torch"
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
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(repeats + 1):
        for name, command in commands.items():
            if command is None:
                continue
            begin = time.perf_counter()
            subprocess.run(command, input=_LINE, text=True, cwd=ROOT, env=environment(threads), capture_output=True, check=True)
            if number:
                seconds[name].append(time.perf_counter() - begin)
        say(f"start: {f'round {number} of {repeats}' if number else 'warmed up'}")
    for name, found in seconds.items():
        yield Row("start", f"{threads} threads, one line", name, "s", tuple(found), "" if found else "there is no exported model")


def memory(models: dict[str, str], split: Split, folder: Path, threads: int) -> Iterator[Row]:
    """Peak memory of `tagger tag` from file to file, for a short and a long file."""
    for engine in ENGINES:
        for num_words in NUM_WORDS:
            setting = f"{threads} threads, {num_words:,} words"
            if engine not in models:
                yield Row("memory", setting, engine, "MB", missing="there is no exported model")
                continue
            source, note = folder / f"{num_words}.conll", folder / "peak"
            if not source.is_file():
                _write(source, split, num_words)
            say(f"memory: {engine}, {num_words:,} words")
            arguments = ours.tag_arguments(models[engine], engine, str(source), "--output", str(folder / "tagged.conll"))
            command = [sys.executable, "-m", "benchmarks.peak", str(note), *arguments]
            subprocess.run(command, cwd=ROOT, env=environment(threads), check=True)
            yield Row("memory", setting, engine, "MB", (int(note.read_text("utf-8")) / 1024,))


def _write(path: Path, split: Split, num_words: int) -> None:
    """The sentences of a split, over and over, one token a line."""
    with path.open("w", encoding="utf-8") as file:
        for words in cycle(split.words):
            file.write("\n".join(words[:num_words]) + "\n\n")
            num_words -= len(words)
            if num_words <= 0:
                return
