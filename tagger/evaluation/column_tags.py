"""How columns by any tool write tags: as plain ones, or as spans in which scheme; refused where that is not certain."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, compress
from typing import NamedTuple

from tagger.errors import CorpusError
from tagger.evaluation.last_columns import LastColumns
from tagger.text.detect import Detection, Pair, count_pairs, detect, writes_spans
from tagger.text.schemes import OUTSIDE, TagScheme

PLAIN = TagScheme("none", "", "", frozenset(), frozenset(), "", "", "", "")
"""The scheme of tags that write no spans, which `--scheme none` names."""

_NO_SCHEME = "Name it with --scheme."
_ODD = "Correct it, or leave the line out if it holds headings. If all of these are plain tags, say so: --scheme none."

_READ_AS_PLAIN = ("tags are read as plain tags",)
_TWO_SCHEMES = (
    "gold and predicted tags are in two schemes: token accuracy holds them against each other as they are written, as conlleval "
    "does, and is lower for it; in the confusion of tags the predicted ones are written in the scheme of gold"
)


class Written(NamedTuple):
    """How gold and predicted tags are written.

    Attributes:
        schemes: The schemes of both; None for plain tags.
        told: How they are read, in sentences.
        notes: What else is to be known of it.
    """

    schemes: tuple[TagScheme, TagScheme] | None
    told: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def facts(self) -> dict[str, str]:
        """How they are read, as facts of a report."""
        if self.schemes is None:
            return {"tags": "plain"}
        return dict(zip(("gold tags", "predicted tags"), (scheme.name.upper() for scheme in self.schemes), strict=True))


def how_written(read: LastColumns, given: TagScheme | None) -> Written:
    """How the tags of a file are written, of which the last columns are gold and predicted.

    Raises:
        CorpusError: Something among tags of spans is none, or the scheme of the gold tags can't be told.
    """
    sides = [Counter(tag for tag in chain.from_iterable(tags) if tag is not None) for tags in read.tags]
    if given is PLAIN:
        return Written(None, _READ_AS_PLAIN)
    if given is None and not _write_spans(*sides):
        return Written(None, _READ_AS_PLAIN, tuple(_look_like_spans(sides[0] + sides[1])))
    refuse_odd(read, sides)
    return _schemes(read, given)


def _write_spans(gold: Counter[str], predicted: Counter[str]) -> bool:
    """Whether tags are meant to write spans, slips among them or not.

    Where gold is spans alone there is no doubt. Else what looks like the tag of a span must be at least half of all tags but `O`:
    sets of plain tags hold a few that do, such as `S----3MS1-` of Arabic pronouns, and files of spans a few that don't.
    """
    if writes_spans(gold):
        return True
    spans = sum(count for tag, count in (gold + predicted).items() if writes_spans([tag]))
    others = gold.total() + predicted.total() - gold[OUTSIDE] - predicted[OUTSIDE] - spans
    return spans > 0 and spans >= others


def _look_like_spans(tags: Counter[str]) -> Iterator[str]:
    """What is told of plain tags that may be meant for those of spans."""
    if alike := [tag for tag, _ in tags.most_common() if writes_spans([tag])]:
        other = next(tag for tag, _ in tags.most_common() if tag not in alike and tag != OUTSIDE)
        yield f"some tags look like those of spans ('{alike[0]}'), most do not ('{other}')"
    elif OUTSIDE in tags and len(tags) > 1:
        yield "O is among them: were they meant to write spans, each would be a prefix, a hyphen and a label, such as B-PER"


def refuse_odd(read: LastColumns, sides: Sequence[Counter[str]]) -> None:
    """Refuses what is no tag of a span, where it stands first.

    Raises:
        CorpusError: There is such a thing.
    """
    odd = {tag for side in sides for tag in side if tag != OUTSIDE and not writes_spans([tag])}
    if not odd:
        return
    example = next((tag for side in sides for tag, _ in side.most_common() if tag != OUTSIDE and tag not in odd), None)
    beside = f", where others are, such as '{example}'" if example else ""
    sentence, token, column = min(
        (sentence, token, column)
        for column, rows in enumerate(read.tags)
        for sentence, tags in enumerate(rows)
        for token, tag in enumerate(tags)
        if tag in odd
    )
    problem = f"'{read.tags[column][sentence][token]}' is no tag of a span in any scheme{beside}"
    raise CorpusError(problem, where=read.where(sentence, token, column), fix=_ODD, kind="bad tag")


def _schemes(read: LastColumns, given: TagScheme | None) -> Written:
    """The schemes of both columns; predicted tags that break every scheme are held against that of gold."""
    gold, predicted = pairs = [count_pairs(tags) for tags in read.tags]
    # Where all of a sentence's gold tags are known it is scored.
    scored = [None not in tags for tags in read.tags[0]]
    if given is not None:
        schemes = given, given
    else:
        found = detect(gold, partly=not all(scored)) if _has_spans(gold) else detect(predicted)
        if not isinstance(found, Detection):
            problem = f"the scheme of the gold tags can't be told: {found}"
            raise CorpusError(problem, where=str(read.path), fix=_NO_SCHEME, kind="no scheme")
        schemes = found.scheme, _scheme_beside(found.scheme, predicted)
    if not all(scored):
        pairs = [count_pairs(compress(tags, scored)) for tags in read.tags]
    names = [scheme.name.upper() for scheme in schemes]
    counts = [num_faults(*side) for side in zip(pairs, schemes, strict=True)]
    broken = [f"; {count:,} {'place breaks' if count == 1 else 'places break'} it" if count else "" for count in counts]
    told = [f"{side} tags are read as {name}{more}" for side, name, more in zip(("gold", "predicted"), names, broken, strict=True)]
    return Written(schemes, tuple(told), () if schemes[0] is schemes[1] else (_TWO_SCHEMES,))


def num_faults(pairs: Counter[Pair], scheme: TagScheme) -> int:
    """How many places break a scheme, as the report counts them; beside what is no tag of it there is no further fault."""
    return sum(count for pair, count in pairs.items() if scheme.fault(*pair) is not None)


def _scheme_beside(scheme: TagScheme, pairs: Counter[Pair]) -> TagScheme:
    """The scheme of tags beside others of some scheme: another one only where it explains every tag.

    What breaks the other one, too, was meant in the scheme of the first.
    """
    if all(scheme.allows(*pair) for pair in pairs):
        return scheme
    detected = detect(pairs)
    return detected.scheme if isinstance(detected, Detection) and not detected.num_faults else scheme


def _has_spans(pairs: Counter[Pair]) -> bool:
    return writes_spans({tag for pair in pairs for tag in pair if tag})
