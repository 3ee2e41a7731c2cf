"""How spans are written as tags: IOB1, IOB2, IOE1, IOE2, IOBES (also spelt BIOES, BMES, BMEOW), BILOU.

Each scheme is one row of the table `SCHEMES`; everything else here follows from its row: which tags may stand beside each other,
where a span begins and ends, how a span is written. A tag is `O`, or a prefix, a hyphen and a label (`B-PER`; the label may
hold further hyphens).

Sources: Ramshaw and Marcus 1995 (IOB1), Tjong Kim Sang and Veenstra 1999 (IOB2, IOE1, IOE2), Ratinov and Roth 2009 (BILOU).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

OUTSIDE = "O"


class LabelledRange(NamedTuple):
    """Tokens `start` to `end` (exclusive) and their label."""

    start: int
    end: int
    label: str


class IllegalTag(NamedTuple):
    """Where a tag sequence breaks its scheme, and why."""

    position: int
    reason: str


class Transitions(NamedTuple):
    """What a scheme allows: which tags may come first, `pairs[i][j]` whether tag j may follow tag i, which may come last."""

    first: list[bool]
    pairs: list[list[bool]]
    last: list[bool]


@dataclass(frozen=True)
class TagScheme:
    """One way to write spans as tags.

    Attributes:
        name: As written in recipes.
        first: The prefixes that may open a span after `O`, another label, or the sentence's start.
        last: The prefixes that may close a span before `O`, another label, or the sentence's end.
        inner: The pairs of prefixes that, with one label, carry a span on.
        adjacent: The pairs of prefixes that, with one label, close a span and open the next.
        single: The prefix of a span of one token.
        begin: The prefix of the first token of a longer span.
        inside: The prefix of the tokens between.
        end: The prefix of the last token of a longer span.
        after_same: The prefix that a span's first token has instead, right after a span of the same label (IOB1).
        before_same: The prefix that a span's last token has instead, right before a span of the same label (IOE1).
    """

    name: str
    first: str = field(repr=False)
    last: str = field(repr=False)
    # Sets print in an order that differs between processes, and what is printed may become part of a key.
    inner: frozenset[str] = field(repr=False)
    adjacent: frozenset[str] = field(repr=False)
    single: str
    begin: str
    inside: str
    end: str
    after_same: str | None = None
    before_same: str | None = None

    @property
    def prefixes(self) -> tuple[str, ...]:
        """All prefixes of the scheme, in the order in which they stand in a span."""
        written = (self.after_same, self.begin, self.inside, self.before_same, self.end, self.single)
        return tuple(dict.fromkeys(prefix for prefix in written if prefix))

    def tags(self, labels: Iterable[str]) -> tuple[str, ...]:
        """`O`, and every tag of every label, whether or not a corpus shows it."""
        return (OUTSIDE, *(f"{prefix}-{label}" for label in labels for prefix in self.prefixes))

    def problem(self, tag: str) -> str | None:
        """Why `tag` is no tag of this scheme, or None."""
        prefix, label = split_tag(tag)
        if tag == OUTSIDE or (prefix in self.prefixes and label):
            return None
        expected = ", ".join((OUTSIDE, *(f"{prefix}-..." for prefix in self.prefixes)))
        return f"'{tag}' is no {self.name.upper()} tag (expected {expected})"

    def allows(self, left: str | None, right: str | None) -> bool:
        """Whether tag `right` may follow tag `left`; None stands for the sentence's start and end."""
        return _allows(self, left, right)

    def faults(self, tags: Sequence[str]) -> Iterator[IllegalTag]:
        """Each place where `tags` breaks the scheme."""
        previous: str | None = None
        for index, tag in enumerate(tags):
            if not _allows(self, previous, tag) and (reason := self.fault(previous, tag)):
                yield IllegalTag(index, reason)
            previous = tag
        if previous is not None and not _allows(self, previous, None) and (reason := self.fault(previous, None)):
            yield IllegalTag(len(tags) - 1, reason)

    def fault(self, left: str | None, right: str | None) -> str | None:
        """Why tag `right` may not follow tag `left`, None for the sentence's start and end; None where it may.

        What is no tag is the fault of its own place, not of the next.
        """
        if right is not None and (reason := self.problem(right)):
            return reason
        if _allows(self, left, right) or (left is not None and self.problem(left)):
            return None
        if right is None:
            return f"'{left}' may not end a sentence in {self.name.upper()}"
        before = f"after '{left}'" if left is not None else "at the start of a sentence"
        return f"'{right}' may not stand {before} in {self.name.upper()}"

    def illegal(self, tags: Sequence[str]) -> IllegalTag | None:
        """The first place where `tags` breaks the scheme, or None."""
        if not tags:
            return None
        # A corpus has few different pairs of tags: those that were found legal once are not asked again.
        legal = _LEGAL.setdefault(self.name, set())
        new = set(zip((None, *tags), (*tags, None), strict=True)) - legal
        if not all(_allows(self, *pair) for pair in new):
            return next(self.faults(tags))
        legal |= new
        return None

    def spans(self, tags: Sequence[str]) -> list[LabelledRange]:
        """The spans that a legal tag sequence writes.

        Raises:
            ValueError: The sequence breaks the scheme; `illegal` tells where.
        """
        if broken := self.illegal(tags):
            raise ValueError(f"tag {broken.position}: {broken.reason}")
        return stretches(tags, self.inner)

    def write(self, spans: Iterable[LabelledRange], length: int) -> list[str]:
        """The tags of `length` tokens that hold `spans`, which must not overlap.

        Raises:
            ValueError: Two spans overlap, or one is empty or reaches past the end.
        """
        tags = [OUTSIDE] * length
        previous = LabelledRange(0, 0, "")
        for span in sorted(spans):
            start, end, label = span
            if not previous.end <= start < end <= length:
                raise ValueError(f"{span} overlaps {previous}, is empty, or reaches past {length} tokens")
            prefixes = [self.begin, *[self.inside] * (end - start - 2), self.end] if end - start > 1 else [self.single]
            if previous.label == label and previous.end == start:
                prefixes[0] = self.after_same or prefixes[0]
                if self.before_same:
                    tags[start - 1] = f"{self.before_same}-{label}"
            tags[start:end] = [f"{prefix}-{label}" for prefix in prefixes]
            previous = span
        return tags

    def transitions(self, tags: Sequence[str]) -> Transitions:
        """The table of legal transitions between `tags`, for decoding and for the CRF's loss."""
        return Transitions(
            [self.allows(None, tag) for tag in tags],
            [[self.allows(left, right) for right in tags] for left in tags],
            [self.allows(tag, None) for tag in tags],
        )


def split_tag(tag: str) -> tuple[str, str]:
    """The prefix and the label of a tag; both empty for `O`."""
    if tag == OUTSIDE:
        return "", ""
    prefix, _, label = tag.partition("-")
    return prefix, label


def stretches(tags: Sequence[str], inner: Collection[str]) -> list[LabelledRange]:
    """The spans that tags write, legal or not: neighbours with one label whose pair of prefixes is in `inner` stand together."""
    spans: list[LabelledRange] = []
    start, before_prefix, before_label = 0, "", ""
    for index, tag in enumerate((*tags, OUTSIDE)):
        prefix, label = split_tag(tag)
        if before_label and not (label == before_label and before_prefix + prefix in inner):
            spans.append(LabelledRange(start, index, before_label))
            before_label = ""
        if label and not before_label:
            start = index
        before_prefix, before_label = prefix, label
    return spans


_LEGAL: dict[str, set[tuple[str | None, str | None]]] = {}


@lru_cache(maxsize=100_000)
def _allows(scheme: TagScheme, left: str | None, right: str | None) -> bool:
    left_prefix, left_label = split_tag(left or OUTSIDE)
    right_prefix, right_label = split_tag(right or OUTSIDE)
    if (left is not None and scheme.problem(left)) or (right is not None and scheme.problem(right)):
        return False
    if left_label and left_label == right_label:
        pair = left_prefix + right_prefix
        return pair in scheme.inner or pair in scheme.adjacent
    return (not left_label or left_prefix in scheme.last) and (not right_label or right_prefix in scheme.first)


def _row(
    name: str, first: str, last: str, inner: str, adjacent: str, written: str, after: str | None = None, before: str | None = None
) -> TagScheme:
    single, begin, inside, end = tuple(written)
    pairs = frozenset(inner.split()), frozenset(adjacent.split())
    return TagScheme(name, first, last, *pairs, single, begin, inside, end, after, before)


# Columns: name, first, last, inner, adjacent, then the prefixes of single, begin, inside, end; IOB1's and IOE1's exceptions.
SCHEMES: dict[str, TagScheme] = {
    scheme.name: scheme
    for scheme in (
        _row("iob1", "I", "IB", "II BI", "IB BB", "IIII", after="B"),
        _row("iob2", "B", "BI", "BI II", "BB IB", "BBII"),
        _row("ioe1", "IE", "I", "II IE", "EI EE", "IIII", before="E"),
        _row("ioe2", "IE", "E", "II IE", "EI EE", "EIIE"),
        _row("iobes", "BS", "ES", "BI BE II IE", "EB ES SB SS", "SBIE"),
        _row("bmes", "BS", "ES", "BM BE MM ME", "EB ES SB SS", "SBME"),
        _row("bmeow", "BW", "EW", "BM BE MM ME", "EB EW WB WW", "WBME"),
        _row("bilou", "BU", "LU", "BI BL II IL", "LB LU UB UU", "UBIL"),
    )
}

# Other names that people use for the same tags.
SPELLINGS = {"bio": "iob2", "bio2": "iob2", "bioes": "iobes", "biluo": "bilou", "bmewo": "bmeow"}

IOB2, IOBES = SCHEMES["iob2"], SCHEMES["iobes"]


def scheme_named(name: str) -> TagScheme:
    """The scheme of a name, in any spelling."""
    return SCHEMES[SPELLINGS.get(name, name)]
