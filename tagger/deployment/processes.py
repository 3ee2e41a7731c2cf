"""Several processes that tag; this one reads and writes, and keeps as much in hand as keeps them busy."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cache
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Self

from tagger.deployment.tagging import ModelFacts, PieceTagger, Settings, Tagged, Work
from tagger.deployment.workers import Done, Event
from tagger.errors import TaggerError

# One piece in each worker's hands, one on its way there and one that waits for its turn to be written.
_PIECES_PER_WORKER = 3
# One thread for each worker, whatever library asks: the environment is read when a process starts.
_ENVIRONMENT = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


class Processes:
    """Tags in several processes of one thread each, every one with the model; this one reads and writes.

    Args:
        settings: How pieces are tagged.
        count: How many processes.
    """

    def __init__(self, settings: Settings, count: int) -> None:
        self._settings = settings
        self._count = count
        self._before: set[int | None] = set()
        self._environment: dict[str, str | None] = {}

    def __enter__(self) -> Self:
        self._before = {child.pid for child in multiprocessing.active_children()}
        self._environment = {name: os.environ.get(name) for name in _ENVIRONMENT}
        os.environ.update(_ENVIRONMENT)
        # A fork of a process with threads may hang; a new process also shares no state with this one.
        context = multiprocessing.get_context("spawn")
        self._executor = ProcessPoolExecutor(self._count, mp_context=context, initializer=_begin)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:
            # What they work at is thrown away, and may take long.
            for child in multiprocessing.active_children():
                if child.pid not in self._before:
                    child.kill()
        self._executor.shutdown(cancel_futures=True)
        for name, value in self._environment.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value

    def facts(self) -> ModelFacts:
        """What a reader must know of the model."""
        with self._alive():
            return self._executor.submit(_facts, self._settings).result()

    def tag(self, events: Iterable[tuple[Event, Work | None]]) -> Iterator[Done[Event]]:
        """Does the work of events side by side, some of them ahead."""
        waiting: deque[tuple[Event, Future[Tagged] | None]] = deque()
        iterator = iter(events)
        problem: TaggerError | None = None
        is_over = False
        while waiting or not is_over:
            while len(waiting) < self._count * _PIECES_PER_WORKER and not is_over:
                try:
                    event, work = next(iterator)
                except StopIteration:
                    is_over = True
                except TaggerError as error:
                    problem, is_over = error, True
                else:
                    waiting.append((event, None if work is None else self._submit(work)))
            if waiting:
                event, future = waiting.popleft()
                with self._alive():
                    tagged = None if future is None else future.result()
                yield Done(event, tagged)
        if problem is not None:
            raise problem

    def _submit(self, work: Work) -> Future[Tagged]:
        with self._alive():
            return self._executor.submit(_tag, self._settings, work)

    @contextmanager
    def _alive(self) -> Iterator[None]:
        """Within it, that a worker is dead becomes a message; it may show when work is given as well as when it is taken back."""
        try:
            yield
        except BrokenProcessPool as error:
            raise TaggerError(
                "a worker process was ended from outside, most often by the system for want of memory",
                where=f"--workers {self._count}",
                fix="Use fewer --workers.",
            ) from error


def _begin() -> None:
    """A worker's first act: Ctrl-C is the first process's matter, and no worker outlives that one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


@cache
def _tagger(settings: Settings) -> PieceTagger:
    return PieceTagger(settings)


def _facts(settings: Settings) -> ModelFacts:
    return _tagger(settings).facts()


def _tag(settings: Settings, work: Work) -> Tagged:
    return _tagger(settings)(work)
