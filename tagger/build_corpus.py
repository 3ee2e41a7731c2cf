"""Recipe -> corpus: which reader a `kind` means, how each task's column is understood, and what names the content; no torch."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, assert_never

from tagger.corpora.cache import cache_folder, digest_of, remembered
from tagger.corpora.columns import read_columns
from tagger.corpora.conllu import read_conllu
from tagger.corpora.corpus import SPLITS, Corpus, Source, with_dev_share
from tagger.corpora.files import digest_files, find_splits, left_out
from tagger.corpora.hub import load_from_hub, load_saved, read_dataset
from tagger.corpora.interpret import NoteTaker, Reading, interpret
from tagger.corpora.jsonl.reader import read_jsonl
from tagger.corpora.source import FaultHandler, SourceSentence, refuse, text_lines
from tagger.corpus_settings import (
    ColumnsCorpus,
    ConlluCorpus,
    HubCorpus,
    JsonlCorpus,
    MixedCorpus,
    OneCorpus,
    confidences,
    has_column,
)
from tagger.errors import CorpusError
from tagger.recipe import Recipe, TaskSettings
from tagger.text.detect import DETECTION, Pair, count_pairs, detect
from tagger.text.partial import MARKS_ENDS, READABLE_ALONE
from tagger.text.schemes import IOB2, IOBES, SCHEMES, TagScheme, scheme_named
from tagger.text.sentences import split_sentences
from tagger.text.tokenizer import Tokenizer

PACKAGE = "package:"
_HUB_SPLITS = {"train": "train", "dev": "dev", "validation": "dev", "valid": "dev", "test": "test"}

Opener = Callable[[FaultHandler, NoteTaker], Iterable[SourceSentence]]
"""Opens a split of a source, its tags as the source writes them."""


@dataclass(frozen=True)
class Part:
    """One source of a corpus.

    Attributes:
        openers: For each split what opens it.
        readings: For each task how its column is understood; None where this source has no such column.
        key: What names the content: digests of files, and all settings that decide how they are read.
        place: What the source as a whole is called in messages.
        dev_share: The share of train that is to be dev; None where there is a dev split, or none is wanted.
        undetected: The tasks whose scheme is still to be detected.
        files: For each split its file; empty where it is none.
        notes: What should be known of it before it is read: schemes that were detected, files that were left out.
    """

    openers: Mapping[str, Opener]
    readings: Mapping[str, Reading | None]
    key: tuple[str, ...]
    place: str
    dev_share: float | None
    undetected: tuple[str, ...] = ()
    files: Mapping[str, Path] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def sources(self, note: NoteTaker, fault: FaultHandler = refuse) -> dict[str, Source]:
        """For each split what opens it, its tags as they are meant."""

        def meant(opener: Opener) -> Iterator[SourceSentence]:
            return interpret(opener(fault, note), self.readings, fault=fault, note=note)

        sources: dict[str, Source] = {split: partial(meant, opener) for split, opener in self.openers.items()}
        if self.dev_share is not None and "train" in sources:
            sources = with_dev_share(sources, self.dev_share)
        return sources


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
    inside = {task: inside_scheme([part.readings[task] for part in parts]) for task in recipe.tasks}
    parts = [with_inside(part, inside) for part in parts]
    notes: dict[str, str] = {text: text for part in parts for text in part.notes}
    each = [part.sources(notes.__setitem__) for part in parts]
    sources = {
        split: partial(_joined, [one[split] for one in each if split in one])
        for split in SPLITS
        if any(split in one for one in each)
    }
    weighted = [task for task in recipe.tasks if any((reading := part.readings[task]) and reading.confidence for part in parts)]
    key = [text for part in parts for text in (*part.key, repr(part.readings), f"dev_share={part.dev_share}")]
    corpus = read_corpus(sources, inside, weighted=weighted, key=key, cache=cache_folder(), notes=notes)
    corpus = replace(corpus, notes=[*corpus.notes, *_useless_marks(parts, corpus)])
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


def open_parts(recipe: Recipe, tokenizer: Tokenizer | None = None) -> list[tuple[OneCorpus, Part]]:
    """The sources of a recipe's corpus, each with its settings; schemes that are to be detected are not set yet."""
    settings = recipe.corpus
    chosen = settings.parts if isinstance(settings, MixedCorpus) else (settings,)
    tokenizer = tokenizer or Tokenizer.named(recipe.tokenizer)
    return [(part, open_part(part, recipe.tasks, tokenizer)) for part in chosen]


def _joined(sources: list[Source]) -> Iterator[SourceSentence]:
    """The sentences of several sources; each source's documents are counted on from those of the source before."""
    first = last = 0
    for source in sources:
        for sentence in source():
            last = first + sentence.document
            yield sentence if not first else replace(sentence, document=last)
        first = last + 1


def open_part(settings: OneCorpus, tasks: Mapping[str, TaskSettings], tokenizer: Tokenizer) -> Part:
    """What a corpus section names, opened; schemes that are to be detected are not set yet."""
    tokens = ("word", *(task for task in tasks if has_column(settings, task)))
    wanted = (*tokens[1:], *dict.fromkeys(confidences(settings).values()))
    options: dict[str, Any]
    match settings:
        case ColumnsCorpus():
            paths = _files(settings, "columns")
            options = {
                "names": settings.columns,
                "wanted": wanted,
                "separator": settings.separator,
                "comments": settings.comments,
                "document_marker": settings.document_marker,
            }
            openers = {split: _file_opener(read_columns, path, options, notes=True) for split, path in paths.items()}
        case ConlluCorpus():
            paths = _files(settings, "conllu")
            options = {"fields": {name: settings.columns[name] for name in ("word", *wanted)}}
            openers = {split: _file_opener(read_conllu, path, options) for split, path in paths.items()}
        case JsonlCorpus():
            paths = _files(settings, "jsonl")
            options = {
                "tasks": {task: settings.columns.get(task) for task in wanted},
                "tokenize": tokenizer.sentence,
                "schemes": {task: scheme_named(name) for task, name in settings.schemes.items() if name != "detect"},
                "misaligned": settings.misaligned,
                "split": split_sentences if settings.split_sentences else None,
            }
            openers = {split: _file_opener(read_jsonl, path, options, notes=True) for split, path in paths.items()}
            options = {**options, "tokenize": digest_of(tokenizer.to_json()), "split": settings.split_sentences}
        case HubCorpus():
            openers, prints = _hub_openers(settings, {name: settings.columns[name] for name in ("word", *wanted)})
            return _part(settings, tasks, openers, ("hub", settings.id, repr(settings.columns), *prints), settings.id)
        case _:
            assert_never(settings)
    key = (settings.kind, repr(options), *digest_files(paths))
    part = _part(settings, tasks, openers, key, settings.path or next(iter(map(str, paths.values()))))
    return replace(part, files=paths, notes=_left_out(settings))


def _part(
    settings: OneCorpus, tasks: Mapping[str, TaskSettings], openers: Mapping[str, Opener], key: tuple[str, ...], place: str
) -> Part:
    readings = {task: _reading(settings, task, chosen) if has_column(settings, task) else None for task, chosen in tasks.items()}
    undetected = tuple(
        task for task, reading in readings.items() if reading and _scheme_name(settings, task, tasks[task]) == "detect"
    )
    return Part(openers, readings, key, place, settings.dev_share if "dev" not in openers else None, undetected)


def _scheme_name(settings: OneCorpus, task: str, chosen: TaskSettings) -> str | None:
    return settings.schemes.get(task, "detect") if chosen.scheme else None


def _reading(settings: OneCorpus, task: str, chosen: TaskSettings) -> Reading:
    name = _scheme_name(settings, task, chosen)
    scheme = scheme_named(name) if name not in (None, "detect") else None
    return Reading(scheme, None, settings.unknown, settings.repair, confidences(settings).get(task))


def _file_opener(
    read: Callable[..., Iterator[SourceSentence]], path: Path, options: Mapping[str, Any], *, notes: bool = False
) -> Opener:
    def open_file(fault: FaultHandler, note: NoteTaker) -> Iterator[SourceSentence]:
        told = {"note": lambda text: note(text, text)} if notes else {}
        return read(text_lines(path, fault=fault), str(path), **options, fault=fault, **told)

    return open_file


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
    told = (f"{part.place}: the scheme of {task} is detected as {evidence}" for task, (_, evidence) in found.items())
    return replace(part, readings=readings, undetected=(), notes=(*part.notes, *told))


def _detect(part: Part, unknown: Mapping[str, str | None]) -> dict[str, tuple[str, str]]:
    pairs: dict[str, dict[str, Counter[Pair]]] = {task: {split: Counter() for split in part.openers} for task in unknown}
    for split, opener in part.openers.items():
        for sentence in opener(refuse, lambda matter, text: None):
            for task, mark in unknown.items():
                tags = [None if tag == mark else tag for tag in sentence.columns[task]]
                count_pairs([tags], pairs[task][split])
    found = {}
    for task, counts in pairs.items():
        result = detect(sum(counts.values(), Counter[Pair]()))
        if not isinstance(result, str) and unknown[task] is not None and result.scheme.name not in READABLE_ALONE:
            result = f"{result.evidence}; but beside unknown tags only {', '.join(READABLE_ALONE)} can be read"
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


def _files(settings: ColumnsCorpus | ConlluCorpus | JsonlCorpus, kind: str) -> dict[str, Path]:
    if settings.path is None:
        named = {split: getattr(settings, split) for split in SPLITS}
        paths = {split: Path(path).expanduser() for split, path in named.items() if path}
        if not paths:
            raise CorpusError(
                "the recipe names no files",
                where="corpus",
                fix="Give a folder with --corpus PATH, or set corpus.path in the recipe.",
            )
        return paths
    if settings.path.startswith(PACKAGE):
        return find_splits(Path(__file__).parent / settings.path.removeprefix(PACKAGE), kind=kind)
    return find_splits(Path(settings.path).expanduser(), kind=kind)


def _left_out(settings: ColumnsCorpus | ConlluCorpus | JsonlCorpus) -> tuple[str, ...]:
    """Notes of files in a folder that may belong to the corpus, but whose names tell of no split."""
    if settings.path is None or settings.path.startswith(PACKAGE):
        return ()
    names = left_out(Path(settings.path).expanduser(), kind=settings.kind)
    return (f"{settings.path}: left out: {', '.join(names)}, whose name tells of no split",) if names else ()


def _hub_openers(settings: HubCorpus, columns: Mapping[str, str]) -> tuple[dict[str, Opener], list[str]]:
    local = Path(settings.id).expanduser()
    loaded = load_saved(local, cache_folder()) if local.is_dir() else load_from_hub(settings.id, settings.config, settings.revision)
    named = {_HUB_SPLITS[name]: data for name, data in loaded.items() if name in _HUB_SPLITS}
    if not named:
        raise CorpusError(
            f"no split is called train, validation or test (there are {', '.join(loaded)})",
            where=settings.id,
            fix="Save it with these names (datasets.DatasetDict), or name its files so.",
        )

    def opener(split: str) -> Opener:
        return lambda fault, note: read_dataset(named[split], columns, f"{settings.id}, {split}")

    prints = [f"{split}:{named[split]._fingerprint}:{named[split].features!r}" for split in SPLITS if split in named]
    return {split: opener(split) for split in SPLITS if split in named}, prints
