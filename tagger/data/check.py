"""Everything that is wrong, odd or worth knowing in a corpus, in one reading, each matter with its place."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tagger.build_corpus import Part
from tagger.corpora.conllu import ID
from tagger.corpora.interpret import Reading, interpret
from tagger.corpora.source import SourceSentence
from tagger.corpus_settings import ColumnsCorpus, OneCorpus
from tagger.data.findings import Findings
from tagger.data.raw_lines import check_lines, check_separators
from tagger.errors import CorpusError
from tagger.text.detect import Detection, Pair, count_pairs, detect, writes_spans
from tagger.text.partial import READABLE_ALONE, impossible
from tagger.text.repair import unreadable
from tagger.text.schemes import OUTSIDE, TagScheme, split_tag

# White space and control characters, what is invisible and joins nothing, and the mark of a character that was lost. Where a form
# can hold a space within a token, it is meant.
_ODD = re.compile(r"^ | $|[^\S ]|[\x00-\x1f\x7f-\x9f\u00ad\u200b\u2060\ufeff\ufffd]")
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u00ad\ufe0e\ufe0f]*")
_LONG_SENTENCE, _LONG_WORD = 200, 60
_PLACES = 100  # Of each pair of tags so many places are kept: the pair may turn out to be illegal.
# A tag is rare at a word that is frequent and has nearly always another one.
_FREQUENT, _RARE, _RARE_SHARE = 50, 2, 0.02


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


def check(parts: Sequence[tuple[OneCorpus, Part]]) -> Checked:
    """Reads all of a corpus and tells what it finds.

    Args:
        parts: Each source with its settings.
    """
    result = Checked(Findings())
    memory = _Memory()
    undecoded: set[str] = set()

    def fault(error: CorpusError) -> None:
        if error.kind == "not UTF-8":
            undecoded.add(str(error.where).rpartition(":")[0])
        result.findings.fault(error)

    for settings, part in parts:
        for path in part.files.values():
            check_lines(path, result.findings)
            if isinstance(settings, ColumnsCorpus) and settings.separator == "whitespace":
                check_separators(path, result.findings, settings.comments, settings.columns)
        tags = _TagPairs()
        # Confidences are looked at beside the tags, which are taken as they stand.
        weighted = {
            task: Reading(confidence=reading.confidence)
            for task, reading in part.readings.items()
            if reading and reading.confidence
        }
        for split, opener in part.openers.items():
            told = opener(fault, lambda matter, text: result.findings.add("reading", "note", "", text))
            try:
                for sentence in told:
                    _check_sentence(sentence, split, result, undecoded)
                    list(interpret([sentence] if weighted else [], weighted, fault=fault))
                    tags.add(sentence, split, part)
                    memory.add(sentence, split, part, result)
            except CorpusError as error:
                result.findings.fault(error)
        tags.conclude(part, result)
    memory.conclude(result)
    return result


def _check_sentence(sentence: SourceSentence, split: str, result: Checked, undecoded: Collection[str]) -> None:
    sizes = result.sizes.setdefault(split, {"sentences": 0, "tokens": 0, "documents": 0})
    sizes["sentences"] += 1
    sizes["tokens"] += len(sentence.words)
    sizes["documents"] = max(sizes["documents"], sentence.document + 1)
    result.lengths.setdefault(split, Counter())[len(sentence.words)] += 1
    add = result.findings.add
    for index, word in enumerate(sentence.words):
        if odd := _ODD.search(word):
            if odd[0] == "\ufffd" and f"{sentence.place}:{sentence.lines[index]}" in undecoded:
                # It stands for the bytes that were told of.
                continue
            problem = f"the token {word!r} holds {_character(odd[0])}"
            add("odd character", "warning", sentence.where(index, "word"), problem, fix="Take it out, or write it otherwise.")
        elif not word.isascii() and _INVISIBLE.fullmatch(word):
            problem = f"the token {word!a} can't be seen"
            add("odd character", "warning", sentence.where(index, "word"), problem, fix="Take the token out.")
        if len(word) > _LONG_WORD:
            problem = f"a token of {len(word):,} characters: '{word[:40]}...'"
            add("long token", "note", sentence.where(index, "word"), problem, fix=f"Told from {_LONG_WORD + 1} characters on.")
    if len(sentence.words) > _LONG_SENTENCE:
        problem = f"a sentence of {len(sentence.words):,} tokens: '{' '.join(sentence.words[:6])} ...'"
        fix = f"Told from {_LONG_SENTENCE + 1} tokens on: is a blank line missing?"
        add("long sentence", "note", sentence.where(0, "word"), problem, fix=fix)
    for number, line in sentence.source:
        identity = line.partition("\t")[0]
        if "\t" in line and not identity.isdigit() and (match := ID.fullmatch(identity)):
            kind = "multiword range" if match[2] == "-" else "empty node"
            problem = f"{kind} {identity} is no token" + (": its words are" if match[2] == "-" else "")
            add(f"{kind}s", "note", f"{sentence.place}:{number}:1", problem, fix="So Universal Dependencies want it.")


def _spans_of(pairs: Mapping[Pair, int], scheme: TagScheme) -> Counter[str]:
    """How many spans of each label begin among pairs of tags."""
    counts = Counter[str]()
    for (left, right), count in pairs.items():
        (before, label), (prefix, other) = split_tag(left or OUTSIDE), split_tag(right or OUTSIDE)
        if other and not (label == other and before + prefix in scheme.inner):
            counts[other] += count
    return counts


def _character(character: str) -> str:
    import unicodedata

    return f"U+{ord(character):04X} ({unicodedata.name(character, 'a control character').lower()})"


class _TagPairs:
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
            if reading is None or (reading.scheme is None and task not in part.undetected):
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
                result.schemes[task] = f"{scheme.name.upper()}, as declared"
            for split, counts in splits.items():
                result.labels.setdefault(task, {})[split] = _spans_of(counts, scheme)
            fix = f"Mend the tags, or name another scheme as corpus.schemes.{task}; corpus.repair can read over them."
            for pair in self._places[task]:
                if reason := scheme.fault(*pair):
                    count = sum(counts[pair] for counts in splits.values())
                    kept = self._places[task][pair]
                    for index, where in enumerate(kept):
                        rest = count - len(kept) + 1 if index + 1 == len(kept) else 1
                        if _is_repaired(pair[1], scheme, reading):
                            read_over = f"Read over by corpus.repair: {reading.repair}."
                            result.findings.add("repaired tag", "warning", where, f"{task}: {reason}", fix=read_over, count=rest)
                        else:
                            result.findings.add("illegal tag", "error", where, f"{task}: {reason}", fix=fix, count=rest)
            for sentence in self._partial.get(task, ()):
                known = [None if tag == reading.unknown else tag for tag in sentence.columns[task]]
                if broken := impossible(known, scheme):
                    where = sentence.where(broken.position, task)
                    result.findings.add("illegal tag", "error", where, f"{task}: {broken.reason}", fix=fix)

    def _detected(self, task: str, splits: Mapping[str, Counter[Pair]], part: Part, result: Checked) -> TagScheme | None:
        known = self._known.get(task, {})
        splits = {split: counts + known.get(split, Counter[Pair]()) for split, counts in splits.items()}
        found = detect(sum(splits.values(), Counter[Pair]()))
        each = {split: detect(counts) for split, counts in splits.items()}
        names = {one.scheme.name for one in each.values() if isinstance(one, Detection)}
        if isinstance(found, str):
            told = "; ".join(f"{split}: {one if isinstance(one, str) else one.evidence}" for split, one in each.items())
            mixed = f"the files are in different schemes ({told})" if len(names) > 1 else found
            fix = (
                f"Name the scheme (--scheme {task}=..., or corpus.schemes) and check again: each place that breaks it is then told."
            )
            if len(names) > 1:
                fix = "Bring all files to one scheme with `tagger data convert`."
            result.findings.add("scheme", "error", self._odd_place(task) or part.place, f"{task}: {mixed}", fix=fix)
            return None
        reading = part.readings[task]
        if reading and reading.unknown is not None and found.scheme.name not in READABLE_ALONE:
            problem = f"{task}: {found.evidence}; but beside unknown tags only {', '.join(READABLE_ALONE)} can be read"
            fix = "Convert the tags with `tagger data convert` before any is hidden."
            result.findings.add("scheme", "error", part.place, problem, fix=fix)
            return None
        result.schemes[task] = found.evidence
        return found.scheme

    def _odd_place(self, task: str) -> str | None:
        """Where the tag first stands that `detect` calls none of any scheme."""
        rights = {tag: places[0] for (_, tag), places in reversed(self._places[task].items()) if tag and tag != OUTSIDE}
        return next((rights[tag] for tag in sorted(rights) if not writes_spans([tag])), None)


def _is_repaired(tag: str | None, scheme: TagScheme, reading: Reading) -> bool:
    """Whether a tag that breaks its scheme is read over by the repair that was asked for."""
    match reading.repair:
        case "error":
            return False
        case "conlleval":
            return tag is None or unreadable([tag]) is None
        case _:
            return tag is None or scheme.problem(tag) is None


class _Memory:
    """What has to be remembered of all sentences: which there were, and which words had which tags."""

    def __init__(self) -> None:
        self._sentences: dict[tuple[str, ...], tuple[str, str, dict[str, tuple[str | None, ...]]]] = {}
        self._doubles: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
        # For each task: how often a word has a label, and where both first stand; where a label first stands in each split.
        self._counts: dict[str, dict[tuple[str, str], int]] = {}
        self._places: dict[tuple[str, str, str], str] = {}
        self._labels: dict[str, dict[str, dict[str, str]]] = {}

    def add(self, sentence: SourceSentence, split: str, part: Part, result: Checked) -> None:
        """Remembers a sentence, and tells where it stood before with other tags."""
        self._compare(sentence, split, part, result.findings)
        for task, reading in part.readings.items():
            if reading is None:
                continue
            has_spans = reading.scheme is not None or task in part.undetected
            counts = self._counts.setdefault(task, {})
            labels = self._labels.setdefault(task, {}).setdefault(split, {})
            histogram = None if has_spans else result.labels.setdefault(task, {}).setdefault(split, Counter())
            for index, (word, tag) in enumerate(zip(sentence.words, sentence.columns[task], strict=True)):
                if tag is None or tag == reading.unknown:
                    continue
                label = split_tag(tag)[1] or OUTSIDE if has_spans else tag
                if histogram is not None:
                    histogram[tag] += 1
                if (word, label) in counts:
                    counts[word, label] += 1
                else:
                    counts[word, label] = 1
                    self._places[task, word, label] = sentence.where(index, task)
                if label not in labels:
                    labels[label] = sentence.where(index, task)

    def _compare(self, sentence: SourceSentence, split: str, part: Part, findings: Findings) -> None:
        key = tuple(sentence.words)
        where = f"{sentence.place}:{sentence.lines[0]}:1"
        tags = {task: tuple(values) for task, values in sentence.columns.items() if part.readings.get(task)}
        if key not in self._sentences:
            self._sentences[key] = (split, where, tags)
            return
        other_split, other_where, other_tags = self._sentences[key]
        if other_split != split:
            self._doubles.setdefault((other_split, split), []).append((where, other_where, len(key)))
        for task in [task for task in tags if task in other_tags]:
            for index, (here, there) in enumerate(zip(tags[task], other_tags[task], strict=True)):
                if here != there:
                    problem = f"{task}: '{key[index]}' is {here} here, but {there} in the same sentence at {other_where}"
                    fix = "Which one is right? The same words in the same order seldom mean two things."
                    findings.add("other tags", "warning", sentence.where(index, task), problem, fix=fix)
                    break

    def conclude(self, result: Checked) -> None:
        """Tells what only the whole corpus shows."""
        for (first, second), places in self._doubles.items():
            long = sum(length >= 10 for _, _, length in places)
            share = len(places) / result.sizes[second]["sentences"]
            fix = (
                f"Of {second}, {share:.1%} stand in {first} too, {long:,} of these with ten tokens or more: scores on them flatter."
            )
            for where, other, _ in places:
                result.findings.add(
                    f"in {first} and {second}", "warning", where, f"the sentence stands in {first} too, at {other}", fix=fix
                )
        for task, splits in self._labels.items():
            for split in [split for split in splits if split != "train"] if "train" in splits else ():
                for label in [label for label in splits[split] if label not in splits["train"]]:
                    problem = f"{task}: '{label}' is in {split} but not in train"
                    fix = "It can't be learned: each will be scored as missed."
                    result.findings.add("not in train", "warning", splits[split][label], problem, fix=fix)
            self._spellings(task, splits, result.findings)
            words: dict[str, dict[str, int]] = {}
            for (word, label), count in self._counts[task].items():
                words.setdefault(word, {})[label] = count
            for word, counts in words.items():
                self._rare(task, word, counts, result.findings)

    def _spellings(self, task: str, splits: Mapping[str, Mapping[str, str]], findings: Findings) -> None:
        """Tells labels that differ in nothing but case, and tags that look like the mark of a tag that is not known."""
        places = {label: where for labels in splits.values() for label, where in labels.items()}
        first: dict[str, str] = {}
        for label, where in places.items():
            other = first.setdefault(label.casefold(), label)
            if other != label:
                problem = f"{task}: '{label}' and '{other}' ({places[other]}) differ only in case"
                findings.add("two spellings", "warning", where, problem, fix="If they mean the same, write them the same.")
            if label in ("_", "?"):
                problem = f"{task}: '{label}' is read as a tag"
                fix = f"If it means that the tag is not known, say so: corpus.unknown: '{label}', or --unknown '{label}'."
                findings.add("unknown tag?", "warning", where, problem, fix=fix)

    def _rare(self, task: str, word: str, counts: Mapping[str, int], findings: Findings) -> None:
        total = sum(counts.values())
        usual = max(counts, key=lambda label: counts[label])
        most = counts[usual]
        if total < _FREQUENT or most < (1 - _RARE_SHARE) * total:
            return
        for label, count in counts.items():
            if count <= _RARE and label != usual:
                times = "once" if count == 1 else "twice"
                problem = f"{task}: '{word}' is {label} {times}, here first, and {usual} {most:,} times"
                fix = "Likely slips of annotation: look at them."
                findings.add("rare tag", "note", self._places[task, word, label], problem, fix=fix)
