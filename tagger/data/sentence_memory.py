"""What only the whole of a corpus shows: sentences that stand twice, words whose tags differ, labels that train lacks."""

from collections import Counter
from collections.abc import Mapping

from tagger.corpora.source import SourceSentence
from tagger.corpus_parts import Part
from tagger.data.findings import Checked, Findings
from tagger.text.schemes import OUTSIDE, split_tag

# A tag is rare at a word that is frequent and has nearly always another one.
_FREQUENT, _RARE, _RARE_SHARE = 50, 2, 0.02


class SentenceMemory:
    """What has to be remembered of all sentences: which there were, and which words had which tags."""

    def __init__(self) -> None:
        self._sentences: dict[tuple[str, ...], tuple[str, str, dict[str, tuple[str | None, ...]]]] = {}
        self._doubles: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
        # For each task: how often a word has a label, and where both first stand; where a label first stands in each split.
        self._counts: dict[str, dict[tuple[str, str], int]] = {}
        self._places: dict[tuple[str, str, str], str] = {}
        self._labels: dict[str, dict[str, dict[str, str]]] = {}
        self._spanned: set[str] = set()

    def add(self, sentence: SourceSentence, split: str, part: Part, result: Checked) -> None:
        """Remembers a sentence, and tells where it stood before with other tags."""
        self._compare(sentence, split, part, result.findings)
        for task, reading in part.readings.items():
            if reading is None:
                continue
            has_spans = part.writes_spans(task)
            if has_spans:
                self._spanned.add(task)
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

        for task, whole in _known_labels(sentence, part).items():
            places = self._labels.setdefault(task, {}).setdefault(split, {})
            result.labels.setdefault(task, {}).setdefault(split, Counter()).update([whole] if whole is not None else [])
            if whole is not None:
                places.setdefault(whole, f"{sentence.place}:{sentence.lines[0]}")

    def _compare(self, sentence: SourceSentence, split: str, part: Part, findings: Findings) -> None:
        key = tuple(sentence.words)
        where = f"{sentence.place}:{sentence.lines[0]}:1"
        tags = {task: tuple(values) for task, values in sentence.columns.items() if part.readings.get(task)}
        labels = _known_labels(sentence, part)
        tags |= {task: (label,) for task, label in labels.items()}
        if key not in self._sentences:
            self._sentences[key] = (split, where, tags)
            return
        other_split, other_where, other_tags = self._sentences[key]
        if other_split != split:
            self._doubles.setdefault((other_split, split), []).append((where, other_where, len(key)))
        for task in [task for task in tags if task in other_tags]:
            for index, (here, there) in enumerate(zip(tags[task], other_tags[task], strict=True)):
                if here != there:
                    whole = task in labels
                    what = "the sentence" if whole else f"'{key[index]}'"
                    problem = (
                        f"{task}: {what} is {here} here, but {there} {'' if whole else 'in the same sentence '}at {other_where}"
                    )
                    fix = "Which one is right? The same words in the same order seldom mean two things."
                    place = f"{sentence.place}:{sentence.lines[0]}" if whole else sentence.where(index, task)
                    findings.add("other tags", "warning", place, problem, fix=fix)
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
            for (word, label), count in self._counts.get(task, {}).items():
                words.setdefault(word, {})[label] = count
            for word, counts in words.items():
                self._rare(task, word, counts, result.findings)

    def check_train(self, place: str, result: Checked) -> None:
        """Tells what a corpus lacks that is to be trained on."""
        if "train" not in result.sizes:
            fix = "Add a file that is called train, or name it in the recipe as corpus.train."
            result.findings.add("no train split", "error", place, "there is no train split", fix=fix)
            return
        for task, splits in self._labels.items():
            if not set(splits.get("train", ())) - ({OUTSIDE} if task in self._spanned else set()):
                result.findings.add("no label", "error", place, f"train holds no {task} label", fix="Is corpus.columns right?")

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


def _known_labels(sentence: SourceSentence, part: Part) -> dict[str, str | None]:
    """The labels of a sentence; None where one is not known."""
    labels = {task: sentence.labels.get(task) for task in part.labels}
    return {task: None if label == part.labels[task] else label for task, label in labels.items()}
