"""A contestant's process: a request a line on standard input, an answer a line on standard output.

    python -m benchmarks.worker NAME DATA THREADS

The number of threads is also in the environment, where the libraries look for it before they start.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks.contestant import Contestant, Data, MissingError, Stopwatch, read_data


def open_contestant(name: str, data: Data, threads: int) -> Contestant:
    """The contestant of a name.

    Raises:
        MissingError: Something that it needs is not there.
    """
    if name in ("flair", "spacy", "spacy numpy"):
        package = name.split(" ")[0]
        if importlib.util.find_spec(package) is None:
            raise MissingError(f"{package} is not installed in the peers' environment")
    match name:
        case "bare nn.LSTM":
            from benchmarks.bare import BareLstm

            return BareLstm(data)
        case "flair":
            from benchmarks.peers.flair_crf import FlairCrf

            return FlairCrf(data)
        case "spacy" | "spacy numpy":
            from benchmarks.peers.spacy_ner import SpacyNer

            return SpacyNer(data, numpy_products=name == "spacy numpy")
        case "NCRF++-like":
            from benchmarks.peers.ncrf import NcrfLike

            return NcrfLike(data)
        case _:
            from benchmarks.ours import OurTagger

            return OurTagger(data, name, threads)


def answer(contestant: Contestant, data: Data, request: dict[str, Any]) -> Any:
    """Does what is asked for."""
    match request["do"]:
        case "train":
            contestant.ready(request["batch_words"], request["words"])
            watch = Stopwatch()
            words = contestant.train(request["batch_words"], request["words"])
            return words, *watch.read()
        case "tag":
            sentences = data.splits["dev"].words
            return sum(map(len, sentences)), *contestant.tag(sentences).spent
        case "latency":
            return [contestant.tag([words]).spent for words in data.splits["dev"].words[: request["sentences"]]]
        case _:
            return contestant.tag(data.splits[request["split"]].words).tags


def main(name: str, path: str, threads: str) -> None:
    """Answers until standard input ends."""
    # Libraries that write to standard output must not disturb the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    data = read_data(Path(path))
    try:
        contestant = open_contestant(name, data, int(threads))
    except MissingError as error:
        answers.write(json.dumps({"missing": str(error)}) + "\n")
        return
    answers.write(json.dumps({"ready": name}) + "\n")
    answers.flush()
    for line in sys.stdin:
        answers.write(json.dumps(answer(contestant, data, json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
