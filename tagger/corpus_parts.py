"""The sources of a corpus, opened: which reader a `kind` means, what its files are, how columns are understood; no torch."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, assert_never

from tagger.corpora.cache import cache_folder, digest_of
from tagger.corpora.columns import read_columns
from tagger.corpora.conllu import read_conllu
from tagger.corpora.corpus import SPLITS, Source, with_dev_share
from tagger.corpora.files import digest_files, find_splits, left_out
from tagger.corpora.hub import load_from_hub, load_saved, read_dataset
from tagger.corpora.interpret import Reading, interpret
from tagger.corpora.jsonl.reader import read_jsonl
from tagger.corpora.source import FaultHandler, NoteTaker, SourceSentence, refuse, text_lines
from tagger.corpus_settings import (
    ColumnsCorpus,
    ConlluCorpus,
    HubCorpus,
    JsonlCorpus,
    MixedCorpus,
    OneCorpus,
    confidence_columns,
    has_column,
)
from tagger.errors import CorpusError
from tagger.recipe import Recipe, TaskSettings
from tagger.text.schemes import IOB2, scheme_named
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
        readings: For each task of tags how its column is understood; None where this source has no such column.
        labels: For each task with one label for a sentence that this source has, what stands there where it is not known.
        inputs: For each column that embeddings read how it is understood; None where this source has no such column.
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
    labels: Mapping[str, str | None] = field(default_factory=dict)
    inputs: Mapping[str, Reading | None] = field(default_factory=dict)

    def writes_spans(self, task: str) -> bool:
        """Whether this source writes spans for a task, in a scheme that is known or still to be detected."""
        reading = self.readings[task]
        return task in self.undetected or (reading is not None and reading.scheme is not None)

    def told(self) -> Iterator[str]:
        """The notes, each with its place."""
        return (f"{self.place}: {text}" for text in self.notes)

    def sources(self, note: NoteTaker) -> dict[str, Source]:
        """For each split what opens it, its tags as they are meant."""

        def meant(opener: Opener) -> Iterator[SourceSentence]:
            return interpret(opener(refuse, note), {**self.readings, **self.inputs}, self.labels, note=note)

        sources: dict[str, Source] = {split: partial(meant, opener) for split, opener in self.openers.items()}
        if self.dev_share is not None and "train" in sources:
            sources = with_dev_share(sources, self.dev_share)
        return sources


def open_parts(recipe: Recipe, tokenizer: Tokenizer | None = None) -> list[tuple[OneCorpus, Part]]:
    """The sources of a recipe's corpus, each with its settings; schemes that are to be detected are not set yet."""
    settings = recipe.corpus
    chosen = settings.parts if isinstance(settings, MixedCorpus) else (settings,)
    tokenizer = tokenizer or Tokenizer.named(recipe.tokenizer)
    return [(part, open_part(part, recipe.tasks, tokenizer, recipe.columns_read)) for part in chosen]


def open_part(settings: OneCorpus, tasks: Mapping[str, TaskSettings], tokenizer: Tokenizer, inputs: Sequence[str] = ()) -> Part:
    """What a corpus section names, opened; schemes that are to be detected are not set yet.

    Args:
        settings: The section.
        tasks: What is to be learned of it.
        tokenizer: What splits raw text into words.
        inputs: The columns that embeddings read.
    """
    having = [column for column in inputs if has_column(settings, column)]
    part = _opened(settings, tasks, tokenizer, having)
    if not inputs:
        return part
    readings = {column: input_reading(settings, column) if column in having else None for column in inputs}
    return replace(part, inputs=readings, key=(*part.key, repr(readings)))


def input_reading(settings: OneCorpus, column: str) -> Reading:
    """As its scheme is named, or else as it is written: whether a column holds spans at all is not known of what is no task."""
    name = settings.schemes.get(column)
    return Reading(scheme_named(name), IOB2, settings.unknown, settings.repair) if name else Reading(unknown=settings.unknown)


def _opened(settings: OneCorpus, tasks: Mapping[str, TaskSettings], tokenizer: Tokenizer, inputs: Sequence[str]) -> Part:
    labels = [task for task, chosen in tasks.items() if chosen.is_sentence and has_column(settings, task)]
    tokens = ("word", *(task for task in tasks if task not in labels and has_column(settings, task)))
    wanted = tuple(dict.fromkeys((*tokens[1:], *confidence_columns(settings).values(), *inputs)))
    options: dict[str, Any]
    match settings:
        case ColumnsCorpus():
            paths = _files(settings, "columns")
            options = {
                "names": settings.columns,
                "wanted": wanted,
                "separator": settings.separator,
                "comments": settings.comments,
                "labels": labels,
                "document_marker": settings.document_marker,
            }
            openers = {split: _file_opener(read_columns, path, options, notes=True) for split, path in paths.items()}
        case ConlluCorpus():
            paths = _files(settings, "conllu")
            options = {"fields": {name: settings.columns[name] for name in ("word", *wanted, *labels)}}
            openers = {split: _file_opener(read_conllu, path, options) for split, path in paths.items()}
        case JsonlCorpus():
            paths = _files(settings, "jsonl")
            options = {
                "tasks": {task: settings.columns.get(task) for task in wanted},
                "labels": {task: settings.columns.get(task) for task in labels},
                "tokenize": tokenizer.sentence,
                "schemes": {task: scheme_named(name) for task, name in settings.schemes.items() if name != "detect"},
                "misaligned": settings.misaligned,
                "split": split_sentences if settings.split_sentences else None,
            }
            openers = {split: _file_opener(read_jsonl, path, options, notes=True) for split, path in paths.items()}
            options = {**options, "tokenize": digest_of(tokenizer.to_json()), "split": settings.split_sentences}
        case HubCorpus():
            options = {"labels": {task: settings.columns[task] for task in labels}, "tokenize": tokenizer.sentence}
            openers, prints = _hub_openers(settings, {name: settings.columns[name] for name in ("word", *wanted)}, options)
            key = ("hub", settings.id, repr(settings.columns), digest_of(tokenizer.to_json()), *prints)
            return _part(settings, tasks, openers, key, settings.id)
        case _:
            assert_never(settings)
    key = (settings.kind, repr(options), *digest_files(paths))
    part = _part(settings, tasks, openers, key, settings.path or next(iter(map(str, paths.values()))))
    folder = None if settings.path is None or settings.path.startswith(PACKAGE) else Path(settings.path).expanduser()
    return replace(part, files=paths, notes=left_out(folder, kind=settings.kind) if folder else ())


def _part(
    settings: OneCorpus, tasks: Mapping[str, TaskSettings], openers: Mapping[str, Opener], key: tuple[str, ...], place: str
) -> Part:
    readings = {
        task: _reading(settings, task, chosen) if has_column(settings, task) else None
        for task, chosen in tasks.items()
        if not chosen.is_sentence
    }
    labels = {task: settings.unknown for task, chosen in tasks.items() if chosen.is_sentence and has_column(settings, task)}
    undetected = tuple(
        task for task, reading in readings.items() if reading and _scheme_name(settings, task, tasks[task]) == "detect"
    )
    dev_share = settings.dev_share if "dev" not in openers else None
    return Part(openers, readings, key, place, dev_share, undetected, labels=labels)


def _scheme_name(settings: OneCorpus, task: str, chosen: TaskSettings) -> str | None:
    return settings.schemes.get(task, "detect") if chosen.scheme else None


def _reading(settings: OneCorpus, task: str, chosen: TaskSettings) -> Reading:
    name = _scheme_name(settings, task, chosen)
    scheme = scheme_named(name) if name not in (None, "detect") else None
    return Reading(scheme, None, settings.unknown, settings.repair, confidence_columns(settings).get(task))


def _file_opener(
    read: Callable[..., Iterator[SourceSentence]], path: Path, options: Mapping[str, Any], *, notes: bool = False
) -> Opener:
    def open_file(fault: FaultHandler, note: NoteTaker) -> Iterator[SourceSentence]:
        told = {"note": note} if notes else {}
        return read(text_lines(path, fault=fault), str(path), **options, fault=fault, **told)

    return open_file


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


def _hub_openers(
    settings: HubCorpus, columns: Mapping[str, str], options: Mapping[str, Any]
) -> tuple[dict[str, Opener], list[str]]:
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
        return lambda fault, note: read_dataset(named[split], columns, f"{settings.id}, {split}", note=note, **options)

    prints = [f"{split}:{named[split]._fingerprint}:{named[split].features!r}" for split in SPLITS if split in named]
    return {split: opener(split) for split in SPLITS if split in named}, prints
