"""Recipe -> corpus: its sources opened, their schemes known, read as one; imports no torch."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from tagger.corpora.cache import cache_folder, digest_of, remembered
from tagger.corpora.corpus import SPLITS, Corpus, Source
from tagger.corpora.interpret import Reading
from tagger.corpora.source import SourceSentence, refuse
from tagger.corpus_parts import Part, open_parts
from tagger.errors import CorpusError
from tagger.recipe import Recipe
from tagger.text.detect import DETECTION, Pair, count_pairs, detect
from tagger.text.partial import MARKS_ENDS
from tagger.text.schemes import IOB2, IOBES, SCHEMES, TagScheme
from tagger.text.tokenizer import Tokenizer


def build_corpus(recipe: Recipe, *, needs: str = "train", tokenizer: Tokenizer | None = None) -> Corpus:
    """Reads the recipe's corpus, or takes it from the cache.

    Args:
        recipe: Its corpus is read, with a column for each of its tasks.
        needs: The split without which it is of no use.
        tokenizer: What splits raw text into words; by default the recipe's.

    Raises:
        CorpusError: Something in it can't be read as the recipe says.
    """
    # Imported here: `data check` needs neither Arrow nor datasets, which take more than a second.
    from tagger.corpora.arrow_cache import read_corpus

    parts = [detected(part) for _, part in open_parts(recipe, tokenizer)]
    tagged = [task for task, settings in recipe.tasks.items() if not settings.is_sentence]
    labelled = [task for task in recipe.tasks if task not in tagged]
    inside = {task: inside_scheme([part.readings[task] for part in parts]) for task in tagged}
    parts = [with_inside(part, inside) for part in parts]
    # A dictionary for a set in order: with a share of train as dev, train is read twice and notes everything twice.
    notes: dict[str, None] = {}
    each = [part.sources(notes.setdefault) for part in parts]
    sources = {
        split: partial(_joined, [one[split] for one in each if split in one])
        for split in SPLITS
        if any(split in one for one in each)
    }
    weighted = [task for task in tagged if any((reading := part.readings[task]) and reading.confidence for part in parts)]
    key = [text for part in parts for text in (*part.key, repr(part.readings), repr(part.labels), f"dev_share={part.dev_share}")]
    told = {"weighted": weighted, "labelled": labelled, "inputs": recipe.columns_read}
    corpus = read_corpus(sources, inside | dict.fromkeys(labelled), **told, key=key, cache=cache_folder(), notes=notes)
    before = (text for part in parts for text in part.told())
    corpus = replace(corpus, notes=[*before, *corpus.notes, *_useless_marks(parts, corpus)])
    if needs not in corpus.splits:
        raise CorpusError(
            f"the corpus has no {needs} split (it has {', '.join(corpus.splits)})",
            where=parts[0].place,
            fix=f"Add a file that is called {needs}, or name it in the recipe as corpus.{needs}.",
        )
    return corpus


def _useless_marks(parts: Iterable[Part], corpus: Corpus) -> Iterator[str]:
    """Notes of marks of unknown tags that never occur: another one may be meant."""
    for part in parts:
        for task, reading in part.readings.items():
            if reading and reading.unknown is not None and not corpus.has_unknown(task):
                yield f"{part.place}: the mark '{reading.unknown}' of unknown tags never stands in {task}"


def _joined(sources: list[Source]) -> Iterator[SourceSentence]:
    """The sentences of several sources; each source's documents are counted on from those of the source before."""
    first = last = 0
    for source in sources:
        for sentence in source():
            last = first + sentence.document
            yield sentence if not first else replace(sentence, document=last)
        first = last + 1


def detected(part: Part) -> Part:
    """The part with its schemes known; what was detected is kept in the cache beside the corpora.

    Raises:
        CorpusError: The scheme of a task can't be told for certain.
    """
    if not part.undetected:
        return part
    unknown = {task: reading.unknown for task in part.undetected if (reading := part.readings[task])}
    file = cache_folder() / "schemes" / f"{digest_of(json.dumps([DETECTION, part.key, unknown]))}.json"
    found = remembered(file, lambda: _detect(part, unknown))
    readings = dict(part.readings)
    for task, (name, _) in found.items():
        reading = part.readings[task]
        assert reading is not None
        readings[task] = replace(reading, scheme=SCHEMES[name])
    told = (f"the scheme of {task} is detected as {evidence}" for task, (_, evidence) in found.items())
    return replace(part, readings=readings, undetected=(), notes=(*part.notes, *told))


def _detect(part: Part, unknown: Mapping[str, str | None]) -> dict[str, tuple[str, str]]:
    pairs: dict[str, dict[str, Counter[Pair]]] = {task: {split: Counter() for split in part.openers} for task in unknown}
    for split, opener in part.openers.items():
        for sentence in opener(refuse, lambda text: None):
            for task, mark in unknown.items():
                tags = [None if tag == mark else tag for tag in sentence.columns[task]]
                count_pairs([tags], pairs[task][split])
    found = {}
    for task, counts in pairs.items():
        result = detect(sum(counts.values(), Counter[Pair]()), partly=unknown[task] is not None)
        if isinstance(result, str):
            each = [(split, detect(count)) for split, count in counts.items()] if len(counts) > 1 else []
            told = "".join(f"\n{split} alone: {one if isinstance(one, str) else one.evidence}" for split, one in each)
            raise CorpusError(
                f"{task}: the scheme can't be detected: {result}",
                where=part.place,
                fix=f"Name it as corpus.schemes.{task}; where tags are wrong, `tagger data check` lists them.{told}",
            )
        found[task] = (result.scheme.name, result.evidence)
    return found


def inside_scheme(readings: Iterable[Reading | None]) -> TagScheme | None:
    """The scheme of a task's spans inside the corpus: IOB2, or IOBES where that keeps what partly known tags say of ends."""
    having = [reading for reading in readings if reading is not None]
    schemes = [reading.scheme for reading in having if reading.scheme is not None]
    if not schemes:
        return None
    partly = [reading.scheme for reading in having if reading.scheme is not None and reading.unknown is not None]
    return IOBES if partly and all(scheme.name in MARKS_ENDS for scheme in partly) else IOB2


def with_inside(part: Part, inside: Mapping[str, TagScheme | None]) -> Part:
    """The part with its tags given in these schemes."""
    return replace(
        part, readings={task: reading and replace(reading, inside=inside[task]) for task, reading in part.readings.items()}
    )
