"""What a check and a count show on the terminal."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tagger.data.findings import Checked, Findings
from tagger.data.stats import Stats

_STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}
_LENGTHS = (5, 10, 20, 40, 80, 160)


def shown_check(checked: Checked, *, places: int) -> list[RenderableType]:
    """Sizes and histograms, then a check's findings, each kind with its first places, and a last line that sums up."""
    findings = checked.findings
    sizes = {split: (size["sentences"], size["tokens"], size["documents"]) for split, size in checked.sizes.items()}
    parts: list[RenderableType] = [size_table(sizes)]
    parts += [Text(f"{task}: {evidence}") for task, evidence in checked.schemes.items()]
    parts += [label_table(task, splits) for task, splits in checked.labels.items()]
    if checked.lengths:
        parts.append(length_table(checked.lengths))
    parts += _kinds(findings, places)
    summary = ", ".join(_several(findings.count(severity), severity) for severity in ("error", "warning", "note"))
    return [*parts, Text(f"\n{summary}", style="bold")]


def _kinds(findings: Findings, places: int) -> Iterator[RenderableType]:
    for kind in findings.kinds():
        yield Text.assemble("\n", (kind.severity, _STYLES[kind.severity]), f"  {kind.name}", (f"  {kind.count:,}", "bold"))
        shown = kind.findings if places == 0 else kind.findings[:places]
        for finding in shown:
            yield Text(f"    {finding.where}: {finding.problem}" if finding.where else f"    {finding.problem}")
        if kind.count > len(shown):
            yield Text(f"    and {kind.count - len(shown):,} more", style="dim")
        yield from (Text(f"    {line}", style="italic") for line in kind.fix.splitlines())


def shown_stats(stats: Stats) -> list[RenderableType]:
    """A corpus's numbers."""
    splits = stats.splits
    parts: list[RenderableType] = [size_table({name: (one.sentences, one.tokens, one.documents) for name, one in splits.items()})]
    parts += [Text(note) for note in stats.notes]
    for task in dict.fromkeys(task for split in splits.values() for task in split.labels):
        parts.append(label_table(task, {name: split.labels.get(task, Counter()) for name, split in splits.items()}))
    for task in dict.fromkeys(task for split in splits.values() for task in split.span_lengths):
        lengths = {name: split.span_lengths.get(task, Counter()) for name, split in splits.items()}
        parts.append(length_table(lengths, title=f"{task}: tokens of a span", bounds=(1, 2, 3, 5, 10)))
    parts.append(length_table({name: split.lengths for name, split in splits.items()}))
    parts.append(_word_table(stats))
    if any(split.covered for split in splits.values()):
        parts += _coverage(stats)
    return parts


def size_table(sizes: Mapping[str, tuple[int, int, int]]) -> Table:
    """Sentences, tokens and documents of each split."""
    table = _table("", ("sentences", "tokens", "documents", "tokens a sentence"), first="split")
    for split, (sentences, tokens, documents) in sizes.items():
        table.add_row(escape(split), f"{sentences:,}", f"{tokens:,}", f"{documents:,}", f"{tokens / max(sentences, 1):.1f}")
    return table


def label_table(task: str, splits: Mapping[str, Counter[str]]) -> Table:
    """How often each label occurs in each split, and which share of all that is."""
    table = _table(task, [name for split in splits for name in (split, "%")], first="label")
    totals = {split: counts.total() for split, counts in splits.items()}
    overall = sum(splits.values(), Counter[str]())
    for label, _ in overall.most_common():
        cells = [
            cell
            for split, counts in splits.items()
            for cell in (f"{counts[label]:,}", f"{100 * counts[label] / max(totals[split], 1):.1f}")
        ]
        table.add_row(escape(label), *cells)
    table.add_row("all", *(cell for total in totals.values() for cell in (f"{total:,}", "")), style="bold")
    return table


def length_table(
    lengths: Mapping[str, Counter[int]], title: str = "tokens of a sentence", bounds: Sequence[int] = _LENGTHS
) -> Table:
    """How many sentences, or spans, are how long."""
    headings = [f"{low + 1}-{high}" if high > low + 1 else str(high) for low, high in zip((0, *bounds), bounds, strict=False)]
    table = _table(title, [*headings, f"over {bounds[-1]}", "longest"], first="split")
    for split, counts in lengths.items():
        cells = [_between(counts, low, high) for low, high in zip((0, *bounds), (*bounds, None), strict=True)]
        table.add_row(escape(split), *(f"{cell:,}" for cell in cells), f"{max(counts, default=0):,}")
    return table


def _between(counts: Mapping[int, int], low: int, high: int | None) -> int:
    return sum(count for length, count in counts.items() if length > low and (high is None or length <= high))


def _word_table(stats: Stats) -> Table:
    train = stats.splits.get("train")
    table = _table("words", ("distinct", "once only", "% of tokens not in train", "% of distinct not in train"), first="split")
    for name, split in stats.splits.items():
        new = split.not_in(train) if train is not None and split is not train else None
        once = sum(count == 1 for count in split.words.values())
        shares = [f"{100 * share:.1f}" for share in new] if new else ["", ""]
        table.add_row(escape(name), f"{len(split.words):,}", f"{once:,}", *shares)
    return table


def _coverage(stats: Stats) -> list[RenderableType]:
    table = _table(
        "vectors", [f"{name}: % of {what}" for name in stats.splits for what in ("tokens", "distinct")], first="looked up"
    )
    for way in next(iter(stats.splits.values())).covered:
        table.add_row(way, *(f"{100 * share:.2f}" for split in stats.splits.values() for share in split.covered[way]))
    lines = [
        Text(f"most frequent without a vector in {name}: " + ", ".join(f"{word} ({count:,})" for word, count in split.missing))
        for name, split in stats.splits.items()
    ]
    return [table, *lines]


def _table(title: str, headings: Iterable[str], *, first: str) -> Table:
    table = Table(title=escape(title) or None, title_justify="left", title_style="bold")
    # In a narrow terminal what does not fit goes on in the next line, and is not cut.
    table.add_column(first, overflow="fold")
    for heading in headings:
        table.add_column(escape(heading), justify="right", overflow="fold")
    return table


def _several(count: int, noun: str) -> str:
    return f"{count:,} {noun if count == 1 else noun + 's'}"
