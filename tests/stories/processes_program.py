"""Runs a recipe in one process and in two, broken and unbroken, and prints as JSON what came of each.

One process imports everything and forks the others, each of which is then what a launcher would have started.
"""

import json
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

import tagger.training.prepare as preparing
import tagger.training.train as training
from tagger.errors import TaggerError
from tagger.recipe_file import load_recipe
from tagger.training.progress import TrainingProgress
from tagger.training.seeds import train_seeds

SECONDS = 60
PLAIN = ("dropout={words: 0.0, input: 0.0, output: 0.0}", "embeddings.0.singleton_dropout=0.0")
ACCUMULATING = (*PLAIN, "training.batch_words=5", "training.accumulate=3")
RANDOM = ("dropout={words: 0.2, input: 0.2, output: 0.2}", "encoder.initial_state=random", "training.checkpoint_minutes=1e-9")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def nothing(rank: int) -> None:
    pass


def launch(
    recipe: str,
    output: Path,
    changes: tuple[str, ...],
    count: int,
    before: Callable[[int], None] = nothing,
    seeds: int | None = None,
    **options: bool,
) -> list[str]:
    """Trains in so many processes, and gives for each how it ended."""
    port, children = free_port(), []
    ends = [output.parent / f"{output.name}.{rank}.end" for rank in range(count)]
    for rank, end in enumerate(ends):
        end.unlink(missing_ok=True)
        child = os.fork()
        if child:
            children.append(child)
            continue
        if count > 1:
            place = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": count, "LOCAL_WORLD_SIZE": count}
            os.environ.update({name: str(value) for name, value in place.items()})
            os.environ.update({"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)})
        before(rank)
        try:
            loaded = load_recipe(recipe, overrides=changes)
            if seeds is None:
                training.train(loaded, output, **options)
            else:
                train_seeds(loaded, output, seeds, **options)
            told = "finished"
        except TaggerError as error:
            told = str(error)
        limit(resource.RLIM_INFINITY)
        end.write_text(told, "utf-8")
        os._exit(0)
    wait(children)
    return [end.read_text("utf-8") if end.exists() else "killed" for end in ends]


def wait(children: list[int]) -> None:
    """Waits for all to end; who takes too long hangs, and is killed."""
    deadline = time.monotonic() + SECONDS
    left = set(children)
    while left:
        left -= {child for child in left if os.waitpid(child, os.WNOHANG)[0]}
        if left and time.monotonic() > deadline:
            for child in left:
                os.kill(child, signal.SIGKILL)
            raise TimeoutError(f"{len(left)} of {len(children)} processes hang")
        time.sleep(0.005)


def limit(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def at_step(number: int, action: Callable[[], object]) -> None:
    original = TrainingProgress.step

    def step(self: TrainingProgress, done: training.Step) -> None:
        original(self, done)
        if done.step == number:
            action()

    TrainingProgress.step = step  # type: ignore[method-assign]


def only(rank: int, action: Callable[[], object]) -> Callable[[int], None]:
    """What a process does before it trains, if it is this one."""
    return lambda mine: action() if mine == rank else None


def end_of(process: int) -> Callable[[], object]:
    return lambda: os.kill(os.getpid(), process)


def failing_corpus() -> None:
    def fail(recipe: object) -> object:
        raise TaggerError("this machine has no such file", where="data/train.txt", fix="Copy it.")

    preparing.build_corpus = fail


def main(recipe: str, folder: Path) -> dict[str, list[str]]:
    """The ends of all runs."""
    term = signal.SIGTERM
    # What is imported at first use is so by all that are forked after it.
    training.train(load_recipe(recipe, overrides=[*RANDOM, "training.epochs=1"]), folder / "warm")
    everyone = lambda number: lambda rank: at_step(number, end_of(signal.SIGKILL))  # noqa: E731
    return {
        "one": launch(recipe, folder / "one", PLAIN, 1),
        "two": launch(recipe, folder / "two", PLAIN, 2),
        "one accumulating": launch(recipe, folder / "one accumulating", ACCUMULATING, 1),
        "two accumulating": launch(recipe, folder / "two accumulating", ACCUMULATING, 2),
        "unbroken": launch(recipe, folder / "unbroken", RANDOM, 2),
        # One process alone is asked to stop: all do, and are taken up.
        "stopped": launch(recipe, folder / "resumed", RANDOM, 2, only(1, lambda: at_step(2, end_of(term)))),
        "full": launch(recipe, folder / "resumed", RANDOM, 2, only(0, lambda: at_step(4, lambda: limit(0))), resume=True),
        "killed": launch(recipe, folder / "resumed", RANDOM, 2, everyone(6), resume=True),
        "resumed": launch(recipe, folder / "resumed", RANDOM, 2, resume=True),
        "seeds": launch(recipe, folder / "seeds", RANDOM, 2, seeds=2),
        "again": launch(recipe, folder / "resumed", RANDOM, 2),
        "corpus": launch(recipe, folder / "corpus", PLAIN, 2, only(1, failing_corpus)),
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]))))
