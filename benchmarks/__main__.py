"""`python -m benchmarks`: measures the parts that are named, prints tables, writes them and every figure."""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from benchmarks import ours, speed, whole_processes
from benchmarks.contest import ROOT, Contest, run_python, say
from benchmarks.contestant import Split
from benchmarks.goals import goals
from benchmarks.machine import machine
from benchmarks.results import Row, markdown, write_json
from tagger.errors import TaggerError

PARTS = ("train", "tag", "latency", "start", "memory")
_SHARED = ROOT.parent / "shared"
_BASES = {"start": whole_processes.IMPORT_TORCH}


@click.command(context_settings={"show_default": True})
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@click.option("--corpus", default=str(_SHARED / "corpora/conll2003"), help="The folder with eng.train, eng.testa, eng.testb.")
@click.option("--vectors", default=str(_SHARED / "vectors/glove.6B.100d.subset.txt.gz"), help="GloVe vectors of width 100.")
@click.option("--model", help="A run folder of the recipe conll.  [default: one is trained for 2 epochs first]")
@click.option("--peers", default=str(ROOT / ".venv-bench/bin/python"), help="The Python that Flair and spaCy are installed for.")
@click.option("--threads", multiple=True, default=(1, 2), type=click.IntRange(1), help="May be repeated; peers run with the most.")
@click.option("--batch-words", multiple=True, default=(256, 460), help="May be repeated; peers run beside the last, 32 sentences.")
@click.option("--repeats", default=7, type=click.IntRange(1), help="Rounds; each contestant has one turn in each.")
@click.option("--words", default=12_000, help="Words to train on in a turn.")
@click.option("--sentences", default=300, help="Sentences whose latency is measured in a turn.")
@click.option("--output", default="runs/bench", help="The folder for results.md and results.json.")
def main(
    parts: tuple[str, ...],
    corpus: str,
    vectors: str,
    model: str | None,
    peers: str,
    threads: tuple[int, ...],
    batch_words: tuple[int, ...],
    repeats: int,
    words: int,
    sentences: int,
    output: str,
) -> None:
    """Measure PARTS (all of them where none is named): train, tag, latency, start, memory.

    Figures of one run can be compared with each other only: their ratios count, round by round.
    """
    parts = parts or PARTS
    folder = Path(output).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    corpus, vectors = (str(Path(path).resolve()) for path in (corpus, vectors))
    _check(corpus, vectors)
    # Not resolved: the Python of an environment is a link, and knows by its place which packages are its own.
    peers_python = Path(peers).absolute() if Path(peers).is_file() else None
    facts = machine(peers_python)
    splits = ours.read_splits(ours.recipe_of(corpus, vectors))
    models = _models(model or _train(folder, corpus, vectors), folder)
    amounts = speed.Amounts(repeats, words, sentences, batch_words)
    settings: dict[str, object] = {"corpus": corpus, "vectors": vectors, "models": models, **asdict(amounts)}
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary) / "data.json"
        exports = {engine: path for engine, path in models.items() if engine in ours.EXPORTS}
        content = {"corpus": corpus, "vectors": vectors, "model": models["tagger"], "exports": exports, "splits": splits}
        data.write_text(json.dumps(content), "utf-8")
        for number in sorted(set(threads)) if {*parts} & {"train", "tag", "latency"} else ():
            names = _names(parts, peers_python, with_peers=number == max(threads))
            rows += _side_by_side(parts, Contest(names, data, number, folder / "logs"), amounts, splits)
        if "start" in parts:
            rows += whole_processes.start(models, repeats, max(threads))
        if "memory" in parts:
            rows += whole_processes.memory(models, splits["dev"], Path(temporary), max(threads))
    rows.sort(key=lambda row: PARTS.index(row.part))
    write_json(folder / "results.json", facts, settings, rows)
    text = _page(facts, rows)
    (folder / "results.md").write_text(text, "utf-8")
    click.echo(text)


def _check(corpus: str, vectors: str) -> None:
    for path, option in ((corpus, "--corpus"), (vectors, "--vectors")):
        if not Path(path).exists():
            raise click.ClickException(
                f"{path}: there is no such file or folder\n  Name CoNLL-2003 and GloVe of width 100 by {option}."
            )


def _train(folder: Path, corpus: str, vectors: str) -> str:
    say("training a model for 2 epochs; name one with --model to leave that out")
    run = str(folder / "model")
    more = ["--set", "training.epochs=2", "--corpus", corpus, "--vectors", vectors, "--output", run, "--overwrite"]
    if not run_python(*ours.COMMAND[1:], "train", ours.RECIPE, *more):
        raise click.ClickException("the model could not be trained\n  What tagger says stands above; or name a model with --model.")
    return run


def _models(model: str, folder: Path) -> dict[str, str]:
    """The folder that each engine runs; those whose export can't be made are missing."""
    models = {"tagger": str(Path(model).resolve())}
    for engine, options in ours.EXPORTS.items():
        path = folder / "exports" / engine.replace(" ", "-")
        shutil.rmtree(path, ignore_errors=True)
        if run_python(*ours.COMMAND[1:], "export", models["tagger"], str(path), *options):
            models[engine] = str(path)
    return models


def _names(parts: Sequence[str], peers: Path | None, *, with_peers: bool) -> dict[str, Path | str]:
    """The contestants in the order of their turns, each with its Python."""
    engines = ours.ENGINES if {*parts} & {"tag", "latency"} else ["tagger"]
    names: dict[str, Path | str] = dict.fromkeys((speed.BARE, *engines), sys.executable)
    if with_peers:
        # Where the peers have no environment of their own, their processes say what is not installed.
        names |= {name: sys.executable if name == "NCRF++-like" else peers or sys.executable for name in speed.PEERS}
    return names


def _side_by_side(parts: Sequence[str], contest: Contest, amounts: speed.Amounts, splits: dict[str, Split]) -> Iterator[Row]:
    with contest:
        if "train" in parts:
            yield from speed.train(contest, amounts)
        elif "tag" in parts or "latency" in parts:
            speed.train_peers(contest, amounts)
        if "tag" in parts:
            yield from speed.tag(contest, amounts, splits)
        if "latency" in parts:
            yield from speed.latency(contest, amounts)


def _page(facts: dict[str, str], rows: Sequence[Row]) -> str:
    facts = {**facts, "load after": " ".join(f"{load:.1f}" for load in os.getloadavg())}
    lines = ["# Speed of tagger beside others", "", *(f"- {name}: {value}" for name, value in facts.items()), "", _READING, ""]
    lines += ["## Goals", "", goals(rows), ""]
    for part in dict.fromkeys(row.part for row in rows):
        lines.append(markdown([row for row in rows if row.part == part], _BASES.get(part, speed.BARE)))
    return "\n".join(lines)


_READING = """Medians over rounds in which each had one turn; ratios are of the same round. `cores` is processor time over time.
Where it is far below the number of threads, the machine was busy, and with one thread the ratios by processor time are surer.

Training: flair, NCRF++-like and spaCy learn from batches of 32 sentences of the same corpus. flair has its character LSTM and SGD;
NCRF++-like is our own PyTorch in that program's way of working, with frozen word vectors and SGD; spaCy is its small NER (another
architecture) with Adam, `spacy numpy` the same with numpy's matrix products instead of blis. Tagging: word lists in, tags out,
no probabilities; flair and NCRF++-like in batches of 32, spaCy by `pipe` with its default of 1,000, all after a short training."""


if __name__ == "__main__":
    try:
        main()
    except TaggerError as error:
        raise SystemExit(str(error)) from error
