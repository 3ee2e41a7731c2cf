"""What a check finds: each matter with its kind, its weight and its place."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from tagger.errors import CorpusError

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")

_KEPT = 1000
_FIX_LINES = 8


@dataclass(frozen=True)
class Finding:
    """One matter.

    Attributes:
        where: `file:line:column`, counted from 1; less where the matter is no single place.
        problem: What is found, in one line.
    """

    where: str
    problem: str


@dataclass
class Kind:
    """All findings of one kind.

    Attributes:
        name: In a word or two.
        severity: `error`: training refuses it; `warning`: it is read, but probably not as meant; `note`: worth knowing.
        fix: What to do about it; where findings of one kind ask for different things, the first of these, each once.
        count: How many there are; the first thousand are kept.
        findings: Those.
    """

    name: str
    severity: Severity
    fix: str
    count: int = 0
    findings: list[Finding] = field(default_factory=list)


class Findings:
    """Findings by kind, in the order in which kinds turned up."""

    def __init__(self) -> None:
        self._kinds: dict[str, Kind] = {}

    def add(self, kind: str, severity: Severity, where: str, problem: str, *, fix: str = "", count: int = 1) -> None:
        """Notes one finding; with a `count`, one that stands for so many."""
        entry = self._kinds.setdefault(kind, Kind(kind, severity, fix))
        entry.count += count
        if fix not in entry.fix:
            lines = dict.fromkeys((*entry.fix.splitlines(), *fix.splitlines()))
            entry.fix = "\n".join([*lines][:_FIX_LINES])
        if len(entry.findings) < _KEPT:
            entry.findings.append(Finding(where, problem))

    def fault(self, error: CorpusError) -> None:
        """Notes what a reader would refuse."""
        self.add(error.kind, "error", error.where or "", error.problem, fix=error.fix or "")

    def kinds(self) -> list[Kind]:
        """Errors first, then warnings, then notes."""
        return sorted(self._kinds.values(), key=lambda kind: SEVERITIES.index(kind.severity))

    def count(self, severity: Severity) -> int:
        """How many findings there are of a severity."""
        return sum(kind.count for kind in self._kinds.values() if kind.severity == severity)

    def to_json(self) -> list[dict[str, Any]]:
        """Plain data."""
        return [asdict(kind) for kind in self.kinds()]


@dataclass
class Checked:
    """What a check found.

    Attributes:
        findings: The matters.
        schemes: For each task of spans what its scheme is, with the evidence.
        sizes: For each split its numbers of sentences, tokens and documents.
        labels: For each task and split how often each label (plain tags: each tag) occurs; spans once each.
        lengths: For each split how many sentences have so many tokens.
    """

    findings: Findings
    schemes: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, dict[str, int]] = field(default_factory=dict)
    labels: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    lengths: dict[str, Counter[int]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "version": 1,
            "errors": self.findings.count("error"),
            "warnings": self.findings.count("warning"),
            "notes": self.findings.count("note"),
            "findings": self.findings.to_json(),
            "schemes": self.schemes,
            "sizes": self.sizes,
            "labels": {task: {split: dict(counts) for split, counts in splits.items()} for task, splits in self.labels.items()},
            "lengths": {split: dict(sorted(counts.items())) for split, counts in self.lengths.items()},
        }
