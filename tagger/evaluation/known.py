"""What the training data holds: words, spans and labels, by which what is known is told from what is new."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

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


def known_of(corpus: Corpus, tasks: Iterable[str]) -> dict[str, Known]:
    """What the train split of a corpus holds for each task; nothing where it has none."""
    if "train" not in corpus.splits:
        return {}
    frequencies: Counter[str] = Counter()
    # How often each label or tag stands at which words.
    texts: dict[str, Counter[tuple[str, str]]] = {task: Counter() for task in tasks}
    labels: dict[str, Counter[str]] = {task: Counter() for task in texts}
    for part in corpus["train"].select_columns(["tokens", *texts]).iter(1_000):
        for words in part["tokens"]:
            frequencies.update(words)
        for task, found in texts.items():
            names, scheme = corpus.tag_names(task), corpus.schemes[task]
            for words, row in zip(part["tokens"], part[task], strict=True):
                if corpus.is_label(task):
                    labels[task].update([names[row]] if row != UNKNOWN else [])
                else:
                    found.update(_labelled(words, [None if index == UNKNOWN else names[index] for index in row], scheme))
    return {task: _known(frequencies, found, labels[task], spans=bool(corpus.schemes[task])) for task, found in texts.items()}


def known_of_tags(words: Sequence[Sequence[str]], tags: Iterable[Sequence[str | None]], scheme: TagScheme | None) -> Known:
    """What sentences hold for one task, whose tags write spans in a scheme, without a fault, or are plain; None: not known."""
    found: Counter[tuple[str, str]] = Counter()
    for row, own in zip(words, tags, strict=True):
        found.update(_labelled(row, own, scheme))
    return _known(Counter(chain.from_iterable(words)), found, Counter(), spans=bool(scheme))


def _labelled(words: Sequence[str], tags: Sequence[str | None], scheme: TagScheme | None) -> Iterator[tuple[str, str]]:
    """The label and the words of each span of a sentence whose tags are all known; of plain tags each that is."""
    if scheme is None:
        yield from ((tag, word) for word, tag in zip(words, tags, strict=True) if tag is not None)
    elif None not in tags:
        for start, end, label in stretches([tag or "" for tag in tags], scheme.inner):
            yield label, " ".join(words[start:end])


def _known(frequencies: Counter[str], texts: Counter[tuple[str, str]], labels: Counter[str], *, spans: bool) -> Known:
    having: dict[str, set[str]] = {}
    examples: dict[str, list[str]] = {}
    counts = Counter(labels)
    # Of equally frequent ones the first in the corpus comes first.
    for (label, text), count in texts.most_common():
        having.setdefault(text, set()).add(label)
        counts[label] += count
        if len(examples.setdefault(label, [])) < _MOST_EXAMPLES:
            examples[label].append(text)
    return Known(
        words=frequencies.keys(),
        frequencies=frequencies,
        ambiguous=frozenset() if spans else {text for text, several in having.items() if len(several) > 1},
        spans=having if spans else None,
        labels=counts,
        examples={label: examples.get(label, []) for label in sorted(counts)},
    )
