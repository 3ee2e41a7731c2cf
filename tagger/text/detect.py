"""Which scheme tags are written in, with the evidence: decided by which tags stand beside each other, counted over a corpus."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from tagger.text.partial import READABLE_ALONE
from tagger.text.schemes import OUTSIDE, SCHEMES, TagScheme, split_tag

Pair = tuple[str | None, str | None]
"""A tag and the next; None stands for the sentence's start and end."""

DETECTION = 1
"""Part of what names a detection that is kept: raised whenever another scheme or other evidence may come of the same tags."""

# The rarer schemes come last: where two read the same spans, the first that fits is named.
_ORDER = ("iob2", "iobes", "bilou", "iob1", "ioe2", "ioe1", "bmes", "bmeow")
_MOST_FAULTS = 0.02
_CLEARLY_WORSE = 10


class Detection(NamedTuple):
    """A scheme, why it is that one, and how many pairs of tags break it."""

    scheme: TagScheme
    evidence: str
    num_faults: int


def count_pairs(sentences: Iterable[Sequence[str | None]], counts: Counter[Pair] | None = None) -> Counter[Pair]:
    """How often each tag follows each; pairs with a tag that is not known (None) are left out."""
    counts = Counter() if counts is None else counts
    for tags in sentences:
        if not tags:
            continue
        if None not in tags:
            counts.update(pairwise((None, *tags, None)))
            continue
        counts.update(pair for pair in pairwise(tags) if None not in pair)
        if tags[0] is not None:
            counts[None, tags[0]] += 1
        if tags[-1] is not None:
            counts[tags[-1], None] += 1
    return counts


def writes_spans(tags: Iterable[str]) -> bool:
    """Whether tags look like those of spans: `O`, or a prefix of some scheme, a hyphen and a label; and at least one of these."""
    prefixes = {prefix for scheme in SCHEMES.values() for prefix in scheme.prefixes}
    spans = [split_tag(tag) for tag in tags if tag != OUTSIDE]
    return bool(spans) and all(prefix in prefixes and label for prefix, label in spans)


def detect(pairs: Mapping[Pair, int], *, partly: bool = False) -> Detection | str:
    """The scheme of a corpus.

    Args:
        pairs: How often each tag follows each, as `count_pairs` gives it.
        partly: Whether some tags are not known, so that the scheme must be one whose tags can be read alone.

    Returns:
        The scheme; or why it can't be told, in words.
    """
    seen = {tag for pair in pairs for tag in pair if tag}
    if odd := sorted(tag for tag in seen - {OUTSIDE} if not writes_spans([tag])):
        return f"'{odd[0]}' is no tag of a span in any scheme"
    faults = {name: sum(count for pair, count in pairs.items() if not SCHEMES[name].allows(*pair)) for name in _ORDER}
    best = min(faults, key=lambda name: faults[name])
    total = sum(count for pair, count in pairs.items() if set(pair) - {OUTSIDE, None})
    readings = {name: _reading(SCHEMES[name], pairs) for name in _ORDER if faults[name] == faults[best]}
    rivals = [name for name in readings if readings[name] != readings[best]]
    next_best = min((count for name, count in faults.items() if name not in readings), default=0)
    if rivals or faults[best] > _MOST_FAULTS * total or (faults[best] and next_best < _CLEARLY_WORSE * faults[best]):
        counts = ", ".join(f"{name.upper()} {faults[name]:,}" for name in sorted(faults, key=lambda name: faults[name])[:4])
        return f"no scheme fits for certain (pairs of tags that break it: {counts}; of {total:,})"
    evidence = _evidence(SCHEMES[best], pairs, faults[best])
    if partly and best not in READABLE_ALONE:
        return f"{evidence}; but beside unknown tags only {', '.join(READABLE_ALONE)} can be read"
    return Detection(SCHEMES[best], evidence, faults[best])


def _reading(scheme: TagScheme, pairs: Iterable[Pair]) -> frozenset[tuple[str, str]]:
    """The pairs of tags that stand in one span."""
    return frozenset((left, right) for left, right in pairs if left and right and _is_inner(scheme, left, right))


def _is_inner(scheme: TagScheme, left: str, right: str) -> bool:
    (left_prefix, left_label), (right_prefix, right_label) = split_tag(left), split_tag(right)
    return bool(left_label) and left_label == right_label and left_prefix + right_prefix in scheme.inner


def _evidence(scheme: TagScheme, pairs: Mapping[Pair, int], num_faults: int) -> str:
    opening, closing, single = Counter[str](), Counter[str](), 0
    for (left, right), count in pairs.items():
        if left and right and _is_inner(scheme, left, right):
            continue
        (left_prefix, left_label), (right_prefix, right_label) = split_tag(left or OUTSIDE), split_tag(right or OUTSIDE)
        opening[right_prefix] += count if right_label else 0
        closing[left_prefix] += count if left_label else 0
        single += count if right_label and right_prefix == scheme.single else 0
    total = opening.total()
    if not total:
        return f"{scheme.name.upper()}: no span anywhere, so that any scheme would do"
    sure = "nearly always" if num_faults else "only"
    match scheme.name:
        case "iob1":
            only = f", {opening['B']:,} with B- and {sure} right after a span of the same label"
            text = f"{opening['I']:,} spans begin with I-{only if opening['B'] else ', none with B-'}"
        case "iob2":
            text = f"{_share(opening['B'], total)} spans begin with B-"
        case "ioe1":
            only = f", {closing['E']:,} with E- and {sure} right before a span of the same label"
            text = f"{closing['I']:,} spans end with I-{only if closing['E'] else ', none with E-'}"
        case "ioe2":
            text = f"{_share(closing['E'], total)} spans end with E-"
        case _:
            longer = f"{total - single:,} spans of several tokens run from {scheme.begin}- to {scheme.end}-"
            text = f"{longer}, {single:,} of one token are {scheme.single}-"
    broken = f"; {num_faults:,} {'pair of tags breaks' if num_faults == 1 else 'pairs of tags break'} it" if num_faults else ""
    return f"{scheme.name.upper()}: {text}{broken}"


def _share(part: int, whole: int) -> str:
    return f"all {whole:,}" if part == whole else f"{part:,} of {whole:,}"
