"""Several runs that differ in their seed alone, as one result: mean, standard deviation, lowest, highest, and which is best."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any, NamedTuple

from rich.table import Table

from tagger.best_seed import VERSION
from tagger.evaluation.report import Report
from tagger.evaluation.wording import percent

# What a report tells of a run beside its scores: under which name, the heading in a table, and how it is written there.
_MEASURED = {
    "training minutes": ("minutes", ".1f"),
    "peak memory MB": ("memory MB", ",.0f"),
    "model MB": ("model MB", ",.1f"),
    "tagging words per second": ("words/s", ",.0f"),
}


class Spread(NamedTuple):
    """Some numbers in short; `sd` is the sample's standard deviation (divided by n - 1), None for one number."""

    mean: float
    sd: float | None
    min: float
    max: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """That of at least one number."""
        return cls(fmean(values), stdev(values) if len(values) > 1 else None, min(values), max(values))


@dataclass(frozen=True)
class SeedRun:
    """What came of one seed.

    Attributes:
        seed: Its seed; its folder is called `seed-SEED`.
        scores: For each split and task the score, from 0 to 1.
        best_epoch: As the report tells it.
        measured: The time of training, the main process's peak memory (0 where it is not known), the size of the model folder, and
            the speed of tagging, by the names in the report.
        corpus: The fingerprint of the corpus.
        pretrained: That of the vectors and transformers; None in summaries that don't tell it.
    """

    seed: int
    scores: Mapping[str, Mapping[str, float]]
    best_epoch: str
    measured: Mapping[str, float]
    corpus: str
    pretrained: str | None = None

    @classmethod
    def of(cls, seed: int, report: Report) -> "SeedRun":
        """The run in short."""
        scores = {split: {task: result.scores.score for task, result in tasks.items()} for split, tasks in report.splits.items()}
        facts = report.facts
        measured = {name: facts[name] for name in _MEASURED}
        return cls(seed, scores, facts["best epoch"], measured, facts["corpus"], facts.get("pretrained", ""))

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "seed": self.seed,
            "scores": {split: dict(tasks) for split, tasks in self.scores.items()},
            "best epoch": self.best_epoch,
            **self.measured,
            "corpus": self.corpus,
            "pretrained": self.pretrained,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "SeedRun":
        """Undoes `to_json`.

        Raises:
            LookupError: Something is missing.
            TypeError: Something is of another kind.
        """
        measured = {name: data[name] for name in _MEASURED}
        scores = {split: dict(tasks) for split, tasks in dict(data["scores"]).items()}
        return cls(data["seed"], scores, data["best epoch"], measured, data["corpus"], data.get("pretrained"))


@dataclass(frozen=True)
class SeedSummary:
    """The runs of some seeds.

    Attributes:
        name: The recipe's name.
        seeds: All that are to be run.
        runs: Those that are finished.
        score: The task whose dev score decides which is best; the mean of all if None.
    """

    name: str
    seeds: tuple[int, ...]
    runs: tuple[SeedRun, ...]
    score: str | None = None

    @property
    def best(self) -> SeedRun | None:
        """The run with the best dev score, of equal ones the first; None where there is no dev score."""
        scored = [run for run in self.runs if run.scores.get("dev")]
        return max(scored, key=self._deciding) if scored else None

    def _deciding(self, run: SeedRun) -> float:
        dev = run.scores["dev"]
        return dev[self.score] if self.score is not None else fmean(dev.values())

    def spreads(self) -> Iterator[tuple[str, str, Spread]]:
        """For each split and task that the runs have scores of how these spread."""
        for split, tasks in self.runs[0].scores.items() if self.runs else ():
            for task in tasks:
                yield split, task, Spread.of([run.scores[split][task] for run in self.runs])

    def to_json(self) -> dict[str, Any]:
        """Plain data, as in `summary.json`."""
        scores: dict[str, dict[str, Any]] = {}
        for split, task, spread in self.spreads():
            scores.setdefault(split, {})[task] = spread._asdict()
        data: dict[str, Any] = {"version": VERSION, "kind": "seeds", "name": self.name, "seeds": list(self.seeds), "scores": scores}
        data |= {name: spread._asdict() for name, spread in self._measured()}
        return {**data, "best": self.best.seed if self.best else None, "runs": [run.to_json() for run in self.runs]}

    def markdown(self) -> str:
        """The summary as Markdown."""
        headings, rows = self._table()
        lines = [f"# {self.name}, {self._title()}", "", f"| {' | '.join(headings)} |", "|---|" + "---:|" * (len(headings) - 1)]
        lines += [f"| {' | '.join(row)} |" for row in rows]
        return "\n".join([*lines, "", self._told_best()]) + "\n"

    def table(self) -> Table:
        """The summary for the terminal."""
        headings, rows = self._table()
        table = Table(
            title=self._title(), title_justify="left", title_style="bold", caption=self._told_best(), caption_justify="left"
        )
        for index, heading in enumerate(headings):
            table.add_column(heading, justify="right" if index else "left")
        for row in rows:
            table.add_row(*row, style="bold" if row[0] == "mean" else None)
        return table

    def _title(self) -> str:
        open_ones = len(self.seeds) - len(self.runs)
        finished = f"{len(self.runs)} of {len(self.seeds)} seeds" if open_ones else f"{len(self.seeds)} seeds"
        return finished if len(self.seeds) > 1 else "1 seed"

    def _told_best(self) -> str:
        if self.best is None:
            return "Without a dev score no seed is the best."
        decides = f"of {self.score}" if self.score else "(the mean of all tasks)" if len(self.best.scores["dev"]) > 1 else ""
        return " ".join(f"The best dev score {decides} is that of seed {self.best.seed}.".split())

    def _measured(self) -> Iterator[tuple[str, Spread]]:
        for name in _MEASURED if self.runs else ():
            yield name, Spread.of([run.measured[name] for run in self.runs])

    def _table(self) -> tuple[list[str], list[list[str]]]:
        spreads = list(self.spreads())
        headings = [
            "seed",
            *(f"{split} {task}" for split, task, _ in spreads),
            "best epoch",
            *(name for name, _ in _MEASURED.values()),
        ]
        rows = []
        for run in self.runs:
            scores = (percent(run.scores[split][task]) for split, task, _ in spreads)
            measured = (format(run.measured[name], form) for name, (_, form) in _MEASURED.items())
            rows.append([str(run.seed), *scores, run.best_epoch, *measured])
        for name in Spread._fields if self.runs else ():
            shares = (getattr(spread, name) for _, _, spread in spreads)
            scores = ("-" if share is None else percent(share) for share in shares)
            measured = (_number(getattr(spread, name), _MEASURED[measure][1]) for measure, spread in self._measured())
            rows.append([name, *scores, "", *measured])
        return headings, rows


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
