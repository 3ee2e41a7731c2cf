"""Contestants side by side: each in a process of its own, one repeat at a time, turn by turn."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import click

ROOT = Path(__file__).parent.parent
OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


def environment(threads: int) -> dict[str, str]:
    """That of a process which is to use so many threads: the libraries read it before they start."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS")
    return {**os.environ, **OFFLINE, **dict.fromkeys(names, str(threads))}


def in_words(threads: int) -> str:
    """A number of threads, as tables show it."""
    return f"{threads} thread{'' if threads == 1 else 's'}"


class Worker:
    """A contestant's process. `missing` says why it can't be measured, or is empty."""

    def __init__(self, name: str, python: Path | str, data: Path, threads: int, log: Path) -> None:
        self.name = name
        self.missing = ""
        self._log = log
        command = [str(python), "-m", "benchmarks.worker", name, str(data), str(threads)]
        with log.open("w", encoding="utf-8") as errors:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment(threads), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        self._read()

    def ask(self, **request: Any) -> Any:
        """Sends a request and waits for its answer; None where the contestant is missing."""
        if self.missing:
            return None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"missing": f"its process ended with {self._process.wait()}, see {self._log}"}
        if isinstance(answer, dict) and "missing" in answer:
            self.missing = answer["missing"]
            return None
        return answer

    def close(self) -> None:
        """Ends the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


class Contest:
    """Contestants with the same number of threads.

    Args:
        names: The contestants, each with the Python that runs it.
        data: The file that all are given.
        threads: How many each may use.
        logs: The folder for what they write to their error streams.
    """

    def __init__(self, names: dict[str, Path | str], data: Path, threads: int, logs: Path) -> None:
        self.threads = threads
        self.workers: list[Worker] = []
        logs.mkdir(parents=True, exist_ok=True)
        for name, python in names.items():
            say(f"starting {name} with {in_words(threads)}")
            log = logs / f"{name.replace(' ', '-')}-{threads}.log"
            self.workers.append(Worker(name, python, data, threads, log))
            if self.workers[-1].missing:
                say(f"  not available: {self.workers[-1].missing}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for worker in self.workers:
            worker.close()

    def rounds(
        self, title: str, repeats: int, names: Sequence[str], show: Callable[[Any], str], **request: Any
    ) -> dict[str, list[Any]]:
        """The answers of each contestant, one a round; a first round warms up and is not counted."""
        workers = [worker for worker in self.workers if worker.name in names]
        answers: dict[str, list[Any]] = {worker.name: [] for worker in workers}
        for number in range(repeats + 1):
            shown = []
            for worker in workers:
                answer = worker.ask(**request)
                if answer is not None and number:
                    answers[worker.name].append(answer)
                    shown.append(f"{worker.name} {show(answer)}")
            say(f"{title}: {f'round {number} of {repeats}: ' + ', '.join(shown) if number else 'warmed up'}")
        return answers


def say(line: str) -> None:
    """Shows what is being done, on the error stream."""
    click.echo(line, err=True)


def run_python(*arguments: str) -> bool:
    """Whether a process of this Python ended well; what it says is shown on the error stream."""
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, stdout=sys.stderr, check=False).returncode == 0
