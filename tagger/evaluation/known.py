"""What the training data holds: words, spans and labels, by which what is known is told from what is new."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tagger.corpora.corpus import Corpus
from tagger.text.partial import UNKNOWN
from tagger.text.schemes import TagScheme, stretches


@dataclass(frozen=True)
class Known:
    """What train holds for one task.

    Attributes:
        words: Its words.
        frequencies: How often each of them stands there; None where only the words are known.
        ambiguous: Of plain tags the words that have several tags there.
        spans: For the words of each span, with spaces between, the labels that they have there; None where that is not known.
        labels: How many spans, words or sentences each label or tag has there; None where that is not known.
        examples: For each label or tag the words that have it most often there.
    """

    words: Collection[str] = frozenset()
    frequencies: Mapping[str, int] | None = None
    ambiguous: Collection[str] = frozenset()
    spans: Mapping[str, Collection[str]] | None = None
    labels: Mapping[str, int] | None = None
    examples: Mapping[str, Sequence[str]] = field(default_factory=dict)


_MOST_EXAMPLES = 3


@dataclass
class _Seen:
    """What was counted so far of one task."""

    tags: dict[str, set[str]] = field(default_factory=dict)
    spans: dict[str, set[str]] = field(default_factory=dict)
    labels: Counter[str] = field(default_factory=Counter)
    texts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def examples(self) -> dict[str, list[str]]:
        """For each label the texts that have it most often, of equally frequent ones the first in the corpus."""
        found: dict[str, list[str]] = {label: [] for label in sorted(self.labels)}
        for (label, text), _ in self.texts.most_common():
            if len(found[label]) < _MOST_EXAMPLES:
                found[label].append(text)
        return found


def known_of(corpus: Corpus, tasks: Iterable[str]) -> dict[str, Known]:
    """What the train split of a corpus holds for each task; nothing where it has none."""
    if "train" not in corpus.splits:
        return {}
    frequencies: Counter[str] = Counter()
    seen = {task: _Seen() for task in tasks}
    for part in corpus["train"].select_columns(["tokens", *seen]).iter(1_000):
        for words in part["tokens"]:
            frequencies.update(words)
        for task, found in seen.items():
            names, scheme = corpus.tag_names(task), corpus.schemes[task]
            for words, row in zip(part["tokens"], part[task], strict=True):
                if corpus.is_label(task):
                    found.labels.update([names[row]] if row != UNKNOWN else [])
                else:
                    _count(found, words, [None if index == UNKNOWN else names[index] for index in row], scheme)
    return {
        task: Known(
            words=frequencies.keys(),
            frequencies=frequencies,
            ambiguous={word for word, tags in found.tags.items() if len(tags) > 1},
            spans=found.spans if corpus.schemes[task] else None,
            labels=found.labels,
            examples=found.examples(),
        )
        for task, found in seen.items()
    }


def _count(seen: _Seen, words: Sequence[str], tags: Sequence[str | None], scheme: TagScheme | None) -> None:
    if scheme is None:
        for word, tag in zip(words, tags, strict=True):
            if tag is not None:
                seen.tags.setdefault(word, set()).add(tag)
                seen.labels[tag] += 1
                seen.texts[tag, word] += 1
    elif None not in tags:
        for start, end, label in stretches([tag or "" for tag in tags], scheme.inner):
            text = " ".join(words[start:end])
            seen.spans.setdefault(text, set()).add(label)
            seen.labels[label] += 1
            seen.texts[label, text] += 1
