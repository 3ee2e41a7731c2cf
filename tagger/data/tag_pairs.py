"""Which tags stand beside each other in a source, and every place where that breaks its scheme."""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

from tagger.corpora.interpret import Reading
from tagger.corpora.source import SourceSentence
from tagger.corpus_parts import Part
from tagger.data.findings import Checked
from tagger.text.detect import Detection, Pair, count_pairs, detect, writes_spans
from tagger.text.partial import READABLE_ALONE, impossible
from tagger.text.repair import unreadable
from tagger.text.schemes import OUTSIDE, TagScheme, split_tag

_PLACES = 100  # Of each pair of tags so many places are kept: the pair may turn out to be illegal.


class TagPairs:
    """Which tags stand beside each other in one source, how often in each split, and where."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[str, Counter[Pair]]] = {}
        self._places: dict[str, dict[Pair, list[str]]] = {}
        # Of sentences with unknown tags: the pairs that are known, and the sentences.
        self._known: dict[str, dict[str, Counter[Pair]]] = {}
        self._partial: dict[str, list[SourceSentence]] = {}

    def add(self, sentence: SourceSentence, split: str, part: Part) -> None:
        """Counts the pairs of each task that writes spans."""
        for task, reading in part.readings.items():
            if reading is None or not part.writes_spans(task):
                continue
            tags = [None if tag == reading.unknown else tag for tag in sentence.columns[task]]
            counts = self._counts.setdefault(task, {}).setdefault(split, Counter())
            places = self._places.setdefault(task, {})
            if None in tags:
                count_pairs([tags], self._known.setdefault(task, {}).setdefault(split, Counter()))
                if len(set(tags)) > 1:
                    self._partial.setdefault(task, []).append(sentence)
                continue
            for index, pair in enumerate(pairwise([None, *tags, None])):
                counts[pair] += 1
                kept = places.setdefault(pair, [])
                if len(kept) < _PLACES:
                    kept.append(sentence.where(min(index, len(tags) - 1), task))

    def conclude(self, part: Part, result: Checked) -> None:
        """Tells the scheme of each task, and every place that breaks it."""
        for task, splits in self._counts.items():
            reading = part.readings[task]
            assert reading is not None
            scheme = reading.scheme or self._detected(task, splits, part, result)
            if scheme is None:
                continue
            if reading.scheme is not None:
                _tell_scheme(result, task, f"{scheme.name.upper()}, as declared")
            for split, counts in splits.items():
                result.labels.setdefault(task, {}).setdefault(split, Counter()).update(_spans_of(counts, scheme))
            for pair in self._places[task]:
                if reason := scheme.fault(*pair):
                    fix = f"Mend it, or name the scheme (corpus.schemes.{task}, --scheme {task}=...); corpus.repair reads over it."
                    if pair[1] is not None and unreadable([pair[1]]):
                        fix = "Mend it: no scheme has such a tag, and no repair reads it."
                    count = sum(counts[pair] for counts in splits.values())
                    kept = self._places[task][pair]
                    for index, where in enumerate(kept):
                        rest = count - len(kept) + 1 if index + 1 == len(kept) else 1
                        if _is_repaired(pair[1], scheme, reading):
                            read_over = f"Read over by corpus.repair: {reading.repair}."
                            result.findings.add("repaired tag", "warning", where, f"{task}: {reason}", fix=read_over, count=rest)
                        else:
                            result.findings.add("illegal tag", "error", where, f"{task}: {reason}", fix=fix, count=rest)
            fix = "Mend the tag, or mark it as unknown too; beside unknown tags nothing is repaired."
            for sentence in self._partial.get(task, ()):
                known = [None if tag == reading.unknown else tag for tag in sentence.columns[task]]
                if broken := impossible(known, scheme):
                    where = sentence.where(broken.position, task)
                    result.findings.add("illegal tag", "error", where, f"{task}: {broken.reason}", fix=fix)

    def _detected(self, task: str, splits: Mapping[str, Counter[Pair]], part: Part, result: Checked) -> TagScheme | None:
        known = self._known.get(task, {})
        splits = {split: counts + known.get(split, Counter[Pair]()) for split, counts in splits.items()}
        reading = part.readings[task]
        partly = reading is not None and reading.unknown is not None
        found = detect(sum(splits.values(), Counter[Pair]()), partly=partly)
        if not isinstance(found, str):
            _tell_scheme(result, task, found.evidence)
            return found.scheme
        # A file without a span is in any scheme.
        each = {split: detect(counts) for split, counts in splits.items()}
        spanned = {split for split, counts in splits.items() if any(tag not in (None, OUTSIDE) for _, tag in counts)}
        names = {one.scheme.name for split, one in each.items() if isinstance(one, Detection) and split in spanned}
        fix = f"Name the scheme (--scheme {task}=..., or corpus.schemes) and check again: each place that breaks it is then told."
        if len(names) > 1:
            told = "; ".join(f"{split}: {one if isinstance(one, str) else one.evidence}" for split, one in each.items())
            found = f"the files are in different schemes ({told})"
            fix = "Bring all files to one scheme with `tagger data convert`."
        elif partly and names and not names & {*READABLE_ALONE}:
            fix = "Convert the tags with `tagger data convert` before any is hidden."
        result.findings.add("scheme", "error", self._odd_place(task) or part.place, f"{task}: {found}", fix=fix)
        return None

    def _odd_place(self, task: str) -> str | None:
        """Where the tag first stands that `detect` calls none of any scheme."""
        rights = {tag: places[0] for (_, tag), places in reversed(self._places[task].items()) if tag and tag != OUTSIDE}
        return next((rights[tag] for tag in sorted(rights) if not writes_spans([tag])), None)


def _tell_scheme(result: Checked, task: str, evidence: str) -> None:
    """Notes a task's scheme; of several sources each that differs."""
    told = result.schemes.get(task)
    result.schemes[task] = evidence if told in (None, evidence) else f"{told}; {evidence}"


def _is_repaired(tag: str | None, scheme: TagScheme, reading: Reading) -> bool:
    """Whether a tag that breaks its scheme is read over by the repair that was asked for."""
    match reading.repair:
        case "error":
            return False
        case "conlleval":
            return tag is None or unreadable([tag]) is None
        case _:
            return tag is None or scheme.problem(tag) is None


def _spans_of(pairs: Mapping[Pair, int], scheme: TagScheme) -> Counter[str]:
    """How many spans of each label begin among pairs of tags."""
    counts = Counter[str]()
    for (left, right), count in pairs.items():
        (before, label), (prefix, other) = split_tag(left or OUTSIDE), split_tag(right or OUTSIDE)
        if other and not (label == other and before + prefix in scheme.inner):
            counts[other] += count
    return counts
