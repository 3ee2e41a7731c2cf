"""Tags that are known only in part: which sequences agree with them.

A prefix says which part of a span stands at a token: its only one, its first, one between, its last; in IOB2 `B-` is the first or
the only one. Two tags of different schemes agree where they have a label and such a part in common.
"""

from collections.abc import Iterable, Sequence

from tagger.text.schemes import OUTSIDE, IllegalTag, TagScheme, split_tag

UNKNOWN = -1
"""The id of a tag that is not known."""

# Here a tag says something whatever stands beside it; in IOB1, IOE1 and IOE2 it means nothing without its neighbours.
READABLE_ALONE = ("iob2", "iobes", "bmes", "bmeow", "bilou")
MARKS_ENDS = ("iobes", "bmes", "bmeow", "bilou")


def parts(scheme: TagScheme, prefix: str) -> frozenset[str]:
    """The parts of a span that a prefix may stand for."""
    return frozenset(part for part in ("single", "begin", "inside", "end") if getattr(scheme, part) == prefix)


def rewritten(tag: str, source: TagScheme, target: TagScheme) -> str:
    """A tag in another scheme that says as much or less: its parts are among those of the result."""
    if tag == OUTSIDE:
        return tag
    prefix, label = split_tag(tag)
    wanted = parts(source, prefix)
    return f"{next(other for other in target.prefixes if wanted <= parts(target, other))}-{label}"


def agreeing(tag: str, scheme: TagScheme, names: Sequence[str], learned: TagScheme) -> list[bool]:
    """Which of the tags `names` of the scheme `learned` agree with a tag of `scheme`."""
    prefix, label = split_tag(tag)
    wanted = parts(scheme, prefix)
    return [
        name == tag if OUTSIDE in (name, tag) else split_tag(name)[1] == label and bool(parts(learned, split_tag(name)[0]) & wanted)
        for name in names
    ]


def impossible(tags: Sequence[str | None], scheme: TagScheme) -> IllegalTag | None:
    """The first place up to which no legal sequence agrees with the known tags, or None; None among the tags is unknown."""
    labels = dict.fromkeys(split_tag(tag)[1] for tag in tags if tag and tag != OUTSIDE)
    anything = scheme.tags(labels)
    before: Iterable[str | None] = (None,)
    for position, tag in enumerate(tags):
        if tag is not None and (reason := scheme.problem(tag)):
            return IllegalTag(position, reason)
        now = [
            next_tag for next_tag in (anything if tag is None else (tag,)) if any(scheme.allows(left, next_tag) for left in before)
        ]
        if not now:
            return IllegalTag(
                position, f"'{tag}' can't stand here in {scheme.name.upper()}, whatever the unknown tags before it are"
            )
        before = now
    if tags and not any(scheme.allows(tag, None) for tag in before):
        return IllegalTag(len(tags) - 1, f"'{tags[-1]}' may not end a sentence in {scheme.name.upper()}")
    return None
