"""How often something was noticed in a file of JSON records, and where first, as notes to the user."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_LINES = 3


@dataclass
class RecordCounts:
    """What was noticed in a file so far.

    Attributes:
        spans: For each thing that was done with spans how often, and the first of them.
        remarks: For each remark how many records it is about, and the lines of the first few.
        skipped: For each reason to skip a record the same.
    """

    spans: dict[str, tuple[int, str]] = field(default_factory=dict)
    remarks: dict[str, list[int]] = field(default_factory=dict)
    skipped: dict[str, list[int]] = field(default_factory=dict)

    def add_span(self, action: str, which: str) -> None:
        """Counts a span that was snapped, split, dropped or repeated."""
        count, first = self.spans.get(action, (0, which))
        self.spans[action] = (count + 1, first)

    def add_remark(self, remark: str, number: int) -> None:
        """Counts a record that there is something to know about."""
        _add(self.remarks, remark, number)

    def add_skipped(self, reason: str, number: int) -> None:
        """Counts a record that is not used."""
        _add(self.skipped, reason, number)

    def notes(self) -> Iterator[str]:
        """What a user should know about the file, each in a sentence."""
        for action, (count, first) in self.spans.items():
            if action == "repeated":
                what = "span stands there twice and counts once" if count == 1 else "spans stand there twice and count once"
            else:
                what = f"{'span' if count == 1 else 'spans'} off the token boundaries {'was' if count == 1 else 'were'} {action}"
            yield f"{count} {what}; the first: {first}"
        for remark, lines in self.remarks.items():
            yield f"{_records(lines[0])}: {remark} ({_places(lines)})"
        if self.skipped:
            count = sum(lines[0] for lines in self.skipped.values())
            reasons = ", ".join(f"{reason} ({_places(lines)})" for reason, lines in self.skipped.items())
            yield f"{_records(count)} {'was' if count == 1 else 'were'} skipped: {reasons}"


def _add(counts: dict[str, list[int]], reason: str, number: int) -> None:
    entry = counts.setdefault(reason, [0])
    entry[0] += 1
    if len(entry) <= _LINES:
        entry.append(number)


def _places(entry: Sequence[int]) -> str:
    count, *lines = entry
    more = f" and {count - len(lines)} more" if count > len(lines) else ""
    return f"{'line' if len(lines) == 1 else 'lines'} {', '.join(map(str, lines))}{more}"


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"
