"""What the strings of a source mean: spans in whatever scheme -> one scheme inside, unknown tags, confidences, repairs."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from tagger.corpora.source import FaultHandler, NoteTaker, SourceSentence, refuse
from tagger.errors import CorpusError
from tagger.text.partial import impossible, rewritten
from tagger.text.repair import RepairPolicy, repair, unreadable
from tagger.text.schemes import IOB2, TagScheme, stretches

_INVISIBLE = re.compile(r"^\s|\s$|[\x00-\x1f\x7f-\x9f\u00ad\u200b\u2060\ufeff]")


@dataclass(frozen=True)
class Reading:
    """How one task's column of a source is to be understood.

    Attributes:
        scheme: The scheme in which the source writes spans; None for plain tags.
        inside: The scheme in which they are given; None for plain tags.
        unknown: The string that stands where the tag is not known; None where every string is a tag.
        repair: What is done where tags break the scheme.
        confidence: The column that tells how much each tag is to be trusted, from 0 to 1; None where there is none.
    """

    scheme: TagScheme | None = None
    inside: TagScheme | None = None
    unknown: str | None = None
    repair: RepairPolicy = "error"
    confidence: str | None = None


@dataclass
class Counts:
    """What was met in one task's column, or of its labels."""

    tags: int = 0
    unknown: int = 0
    repaired: int = 0
    repaired_sentences: int = 0
    first_repair: str = ""
    seen: set[str | None] = field(default_factory=set)


def interpret(
    sentences: Iterable[SourceSentence],
    readings: Mapping[str, Reading | None],
    labels: Mapping[str, str | None] = MappingProxyType({}),
    *,
    fault: FaultHandler = refuse,
    note: NoteTaker = lambda text: None,
) -> Iterator[SourceSentence]:
    """The sentences with their tags as they are meant.

    Args:
        sentences: As the source has them.
        readings: For each task how to understand its column; None where this source has none, so that its tags are not known.
        labels: For each task with one label for a sentence that the source has, what stands there where it is not known.
        fault: What is told of tags that can't be understood; where it lets the reading go on, that sentence's are not known.
        note: What is told, at the source's end, how many tags were repaired or unknown.

    Raises:
        CorpusError: By `fault`: a tag sequence breaks its scheme and is not to be repaired, or a confidence is no number from 0
            to 1.
    """
    counts = {task: Counts() for task in (*readings, *labels)}
    place = ""
    for sentence in sentences:
        columns: dict[str, Sequence[str | None]] = {}
        weights: dict[str, Sequence[float]] = {}
        for task, reading in readings.items():
            if reading is None:
                columns[task] = [None] * len(sentence.words)
                continue
            columns[task] = _tags(sentence, task, reading, counts[task], fault)
            if reading.confidence is not None:
                weights[task] = confidences(sentence, task, reading, fault)
        place = sentence.place
        # Not dataclasses.replace(), which takes longer than all of the above.
        yield SourceSentence(
            sentence.words,
            columns,
            place,
            sentence.lines,
            sentence.document,
            sentence.document_id,
            sentence.spaces_after,
            sentence.source,
            sentence.original,
            weights,
            sentence.locate,
            {task: label_of(sentence, task, mark, counts[task], fault) for task, mark in labels.items()},
        )
    for task, count in counts.items():
        if (reading := readings.get(task)) is not None:
            _notes(place, task, reading, count, note)
        elif task in labels and count.unknown:
            note(f"{place}: {count.unknown:,} of {count.tags:,} sentences have no {task} label")


def label_of(sentence: SourceSentence, task: str, mark: str | None, counts: Counts, fault: FaultHandler) -> str | None:
    """The label of a sentence; None where it has none, or `mark` says that it is not known."""
    label = sentence.labels.get(task)
    label = None if label == mark else label
    counts.tags += 1
    counts.unknown += label is None
    if label is not None and label not in counts.seen:
        counts.seen.add(label)
        if not label or _INVISIBLE.search(label):
            where = f"{sentence.place}:{sentence.lines[0]}"
            problem = f"{task}: the label {label!a} is empty, begins or ends with white space, or holds what can't be seen"
            fault(CorpusError(problem, where=where, fix="Take it out: it makes another label of it.", kind="odd tag"))
    return label


def _tags(sentence: SourceSentence, task: str, reading: Reading, counts: Counts, fault: FaultHandler) -> Sequence[str | None]:
    tags, scheme = sentence.columns[task], reading.scheme
    counts.tags += len(tags)
    check_characters(sentence, task, counts.seen, fault)
    known = [tag for tag in tags if tag is not None and tag != reading.unknown]
    counts.unknown += len(tags) - len(known)
    if len(known) < len(tags):
        return _partial(sentence, task, [None if tag == reading.unknown else tag for tag in tags], reading, fault)
    if scheme is None:
        return tags
    if (broken := scheme.illegal(known)) is None:
        return known if scheme is reading.inside else (reading.inside or IOB2).write(stretches(known, scheme.inner), len(known))
    try:
        repaired = repair(known, scheme, reading.repair)
    except ValueError:
        # What no policy can read is told at its own place.
        at, reason = broken
        if reading.repair == "conlleval":
            at, reason = unreadable(known) or broken
        elif reading.repair != "error":
            at, reason = next((each for each in scheme.faults(known) if scheme.problem(known[each.position])), broken)
        hint = f"Mend the tag, or name the scheme of the file: corpus.schemes.{task} or --scheme {task}=... (now {scheme.name});"
        hint += "\ncorpus.repair or --repair (conlleval, promote, strict-drop) reads over such faults and counts them."
        if unreadable([known[at]]):
            hint = "Mend the tag: no scheme has such a one, and no repair reads it."
        if known[at] in ("_", "?"):
            hint = f"If it means that the tag is not known, say so: corpus.unknown: '{known[at]}'."
        fault(CorpusError(f"{task}: {reason}", where=sentence.where(at, task), fix=hint, kind="illegal tag"))
        return [None] * len(tags)
    counts.repaired += len(repaired.faults)
    counts.repaired_sentences += 1
    counts.first_repair = counts.first_repair or f"{sentence.where(broken.position, task)}: {broken.reason}"
    return (reading.inside or IOB2).write(repaired.spans, len(known))


def check_characters(sentence: SourceSentence, task: str, seen: set[str | None], fault: FaultHandler) -> None:
    """Refuses tags that differ from others in nothing that can be seen; `seen` are those that were looked at before."""
    tags = sentence.columns[task]
    if new := set(tags) - seen:
        for tag in [tag for tag in tags if tag in new]:
            if tag is not None and tag not in seen and _INVISIBLE.search(tag):
                where = sentence.where(list(tags).index(tag), task)
                problem = f"{task}: the tag {tag!a} begins or ends with white space, or holds what can't be seen"
                fault(CorpusError(problem, where=where, fix="Take it out: it makes another tag of it.", kind="odd tag"))
            seen.add(tag)


def _partial(
    sentence: SourceSentence, task: str, tags: Sequence[str | None], reading: Reading, fault: FaultHandler
) -> Sequence[str | None]:
    """Tags of which some are not known, each rewritten by itself: there may be no spans to go through."""
    if reading.scheme is None or reading.inside is None:
        return tags
    if broken := impossible(tags, reading.scheme):
        fault(
            CorpusError(
                f"{task}: {broken.reason}",
                where=sentence.where(broken.position, task),
                fix="Mend the tag, or mark it as unknown too; beside unknown tags nothing is repaired.",
                kind="illegal tag",
            )
        )
        return [None] * len(tags)
    if reading.scheme is reading.inside:
        return tags
    return [None if tag is None else rewritten(tag, reading.scheme, reading.inside) for tag in tags]


def confidences(sentence: SourceSentence, task: str, reading: Reading, fault: FaultHandler) -> Sequence[float]:
    """How much each tag of a task is to be trusted; none where its column of confidences is not named."""
    shares: list[float] = []
    column = reading.confidence
    if column is None:
        return shares
    for index, (text, tag) in enumerate(zip(sentence.columns[column], sentence.columns[task], strict=True)):
        if tag in (None, reading.unknown):
            # How much a tag is to be trusted that is not known, nobody can say, nor does it count.
            shares.append(0.0)
            continue
        try:
            share = float(text or "") if "_" not in (text or "") else -1.0
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            fault(
                CorpusError(
                    f"{column}: '{text}' is no confidence from 0 to 1",
                    where=sentence.where(index, column),
                    fix="Write a number such as 0.8, or leave corpus.confidence away.",
                    kind="no confidence",
                )
            )
            share = 0.0
        shares.append(share)
    return shares


def _notes(place: str, task: str, reading: Reading, counts: Counts, note: NoteTaker) -> None:
    if counts.repaired and reading.scheme:
        tags = "tag breaks" if counts.repaired == 1 else "tags break"
        sentences = "sentence" if counts.repaired_sentences == 1 else "sentences"
        note(
            f"{place}: {counts.repaired:,} {task} {tags} {reading.scheme.name.upper()} in {counts.repaired_sentences:,} "
            f"{sentences}, read by the repair '{reading.repair}'; the first: {counts.first_repair}",
        )
    if counts.unknown:
        note(f"{place}: {counts.unknown:,} of {counts.tags:,} {task} tags are unknown")
