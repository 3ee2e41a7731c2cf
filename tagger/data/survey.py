"""What files hold that no recipe describes: their form, their columns, and which of these write spans."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from tagger.corpora.columns import DOCUMENT_MARKER
from tagger.corpora.conllu import FIELDS
from tagger.corpora.files import candidates, find_splits, left_out, named_split
from tagger.corpora.source import text_lines
from tagger.corpus_parts import Opener, Part, open_part
from tagger.corpus_settings import ColumnsCorpus, ConlluCorpus, JsonlCorpus, OneCorpus, is_sentence_column
from tagger.errors import CorpusError
from tagger.recipe import TaskSettings
from tagger.text.detect import writes_spans
from tagger.text.schemes import OUTSIDE, split_tag
from tagger.text.tokenizer import Tokenizer

Form = Literal["conll", "conllu", "jsonl"]

FORMS: dict[str, Form] = {
    ".conllu": "conllu",
    ".jsonl": "jsonl",
    ".json": "jsonl",
    **dict.fromkeys((".txt", ".tsv", ".conll", ".iob", ".bio", ".train", ".testa", ".testb"), "conll"),
}
_KINDS: dict[Form, str] = {"conllu": "conllu", "jsonl": "jsonl", "conll": "columns"}
_NAME_COLUMNS: dict[Form, str] = {
    "conll": "Name the columns as they stand, from left to right: --columns word,pos,ner.",
    "conllu": "Name columns and the fields that they are read from: --columns upos=upos,ner=misc.ner.",
    "jsonl": "Name columns and the keys that they are read from: --columns ner=tags.ner.",
}


@dataclass(frozen=True)
class Layout:
    """How files are to be read, as far as it was said.

    Attributes:
        form: `conll`, `conllu` or `jsonl`; by the file's name if None.
        columns: For columns the names from left to right, `word` among them; else `name=field` or `name=key`. Found if empty.
        schemes: The scheme of columns that write spans; detected where it is not said.
        separator: `whitespace` or `tab`, for columns.
        comments: What comment lines begin with, for columns.
        reading: Further settings of the corpus: `repair`, `unknown`, `misaligned`, `split_sentences`.
    """

    form: Form | None = None
    columns: Sequence[str] = ()
    schemes: Mapping[str, str] = field(default_factory=dict)
    separator: Literal["whitespace", "tab"] = "whitespace"
    comments: str | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Surveyed:
    """Files that can be read.

    Attributes:
        form: The form of all of them.
        settings: As a recipe would have them; for the first file.
        part: What opens them, under the names of their splits, or their own where these tell of none.
    """

    form: Form
    settings: OneCorpus
    part: Part


def survey(paths: Sequence[Path], layout: Layout, tokenizer: Tokenizer) -> Surveyed:
    """Looks at files, or at the one folder that holds them, to find what was not said of them.

    Raises:
        CorpusError: A file is missing or the first of it can't be read, or files differ in their form.
    """
    files = name_files(paths, layout)
    form, first = form_of(files, layout), next(iter(files.values()))
    settings = _settings(form, first, layout)
    plain = {task: _of_sentences(settings, task) or TaskSettings(scheme=None) for task in _tasks(settings)}
    without = {**settings.__dict__, "schemes": {}}
    looking = open_part(type(settings).model_construct(**without), plain, tokenizer)
    spans = _span_columns(looking.openers["train"], plain, layout)
    tasks = {task: _of_sentences(settings, task) or TaskSettings(scheme="iob2" if task in spans else None) for task in plain}
    openers: dict[str, Opener] = {}
    keys: list[str] = []
    for name, path in files.items():
        part = open_part(settings.model_copy(update={"train": str(path)}), tasks, tokenizer)
        openers[name] = part.openers["train"]
        keys += [name, *part.key]
    notes = _unread(paths[0], form) if paths[0].is_dir() else ()
    place = str(paths[0] if paths[0].is_dir() else first)
    return Surveyed(form, settings, replace(part, openers=openers, key=tuple(keys), place=place, files=files, notes=notes))


def name_files(paths: Sequence[Path], layout: Layout) -> dict[str, Path]:
    """For each split that a file's name tells of, or else for each file's name, its path.

    Raises:
        CorpusError: There is no such file, or a folder holds files of several forms.
    """
    if len(paths) == 1 and paths[0].is_dir():
        return find_splits(paths[0], kind=_KINDS[layout.form or _form_within(paths[0])])
    for path in paths:
        if not path.is_file():
            problem = "is a folder" if path.is_dir() else "no such file"
            raise CorpusError(problem, where=str(path), fix="Name files, one folder, or a recipe.")
    splits = [named_split(path) for path in paths]
    if None not in splits and len(set(splits)) == len(splits):
        return {str(split): path for split, path in zip(splits, paths, strict=True)}
    return {str(path): path for path in paths}


def form_of(files: Mapping[str, Path], layout: Layout) -> Form:
    """The one form of all files.

    Raises:
        CorpusError: They differ in their form.
    """
    forms = {path: layout.form or FORMS.get(path.suffix, "conll") for path in files.values()}
    if len(set(forms.values())) > 1:
        told = ", ".join(f"{path.name} {form}" for path, form in forms.items())
        raise CorpusError(f"the files differ in their form: {told}", where="files", fix="Give those of one form, or say --format.")
    return next(iter(forms.values()))


def _form_within(folder: Path) -> Form:
    """The form of the files of a folder that are called after splits."""
    raw = set(_raw_texts(folder))
    first: dict[Form, str] = {}
    for form, kind in _KINDS.items():
        names = [path.name for path, split in candidates(folder, kind=kind).items() if split]
        if names := [name for name in names if form != "conll" or name not in raw]:
            first[form] = names[0]
    if len(first) > 1:
        told = ", ".join(f"{name} {form}" for form, name in first.items())
        problem = f"the folder holds corpus files of {'two' if len(first) == 2 else 'three'} forms: {told}"
        raise CorpusError(problem, where=str(folder), fix="Name the files of one form, or say --format.")
    return next(iter(first), "conll")


def _raw_texts(folder: Path) -> list[str]:
    """The files beside CoNLL-U of the same name: in a treebank of Universal Dependencies these hold its raw text."""
    stems = {path.stem for path in candidates(folder, kind="conllu")}
    return [path.name for path in candidates(folder, kind="columns") if path.suffix == ".txt" and path.stem in stems]


def _unread(folder: Path, form: Form) -> tuple[str, ...]:
    told = left_out(folder, kind=_KINDS[form])
    if form == "conllu" and (names := _raw_texts(folder)):
        told += (f"left out: {', '.join(names)}, taken for raw text since there is CoNLL-U of the same name",)
    return told


def _settings(form: Form, path: Path, layout: Layout) -> OneCorpus:
    _check_layout(form, layout)
    reading = {key: value for key, value in layout.reading.items() if value is not None}
    settings: dict[str, Any] = {"kind": form, "train": str(path)}
    pairs = dict(_pair(text) for text in layout.columns)
    match form:
        case "conllu":
            settings["columns"] = {"word": "form", **(pairs or _conllu_columns(path))}
        case "jsonl":
            settings["columns"] = pairs or _tag_keys(path)
        case "conll":
            settings |= {"kind": "columns", "separator": layout.separator, "comments": layout.comments}
            settings["columns"] = layout.columns or _column_names(path, layout)
    kinds: dict[Form, type[ColumnsCorpus | ConlluCorpus | JsonlCorpus]]
    kinds = {"conll": ColumnsCorpus, "conllu": ConlluCorpus, "jsonl": JsonlCorpus}
    try:
        found = kinds[form].model_validate_json(json.dumps(settings))
    except ValidationError as error:
        raise CorpusError(_told(error, form), where="--columns", fix=_NAME_COLUMNS[form]) from error
    tasks = _tasks(found)
    for column in layout.schemes:
        if column not in tasks:
            problem = f"there is no column '{column}' (there are {', '.join(tasks)})"
            raise CorpusError(problem, where="--scheme", fix="Name the columns with --columns.")
    try:
        return kinds[form].model_validate_json(json.dumps({**settings, **reading, "schemes": dict(layout.schemes)}))
    except ValidationError as error:
        raise CorpusError(_told(error, form), where="--scheme", fix="Or leave --unknown away.") from error


def _check_layout(form: Form, layout: Layout) -> None:
    marks = {
        "--unknown": (layout.reading.get("unknown"), "Give the mark that stands where a tag is not known, such as _ or ?"),
        "--comments": (layout.comments, "Give what comment lines begin with, such as '#'"),
    }
    for option, (mark, fix) in marks.items():
        if mark == "":
            raise CorpusError("the mark is empty", where=option, fix=f"{fix}; or leave it away.")
    names = [text if form == "conll" else text.partition("=")[0] for text in layout.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if "" in names or twice:
        problem = "a column has no name" if "" in names else f"{', '.join(twice)} stands there twice"
        raise CorpusError(problem, where="--columns", fix=_NAME_COLUMNS[form])


def _told(error: ValidationError, form: Form) -> str:
    mistake = error.errors(include_url=False)[0]
    if form == "conllu" and mistake["type"] == "string_pattern_mismatch":
        return f"CoNLL-U has no field '{mistake['input']}'"
    return str(mistake["msg"]).removeprefix("Value error, ")


def _pair(text: str) -> tuple[str, str]:
    name, _, key = text.partition("=")
    return name, key or name


def _column_names(path: Path, layout: Layout) -> tuple[str, ...]:
    """`word`, and a name for each other column of the first line that is no comment and opens no document."""
    for _, line in text_lines(path, fault=lambda error: None):
        if not line.strip(" \t") or (layout.comments and line.startswith(layout.comments)):
            continue
        # As the reader cuts them: a no-break space is part of a token.
        fields = line.split("\t") if layout.separator == "tab" else re.findall(r"[^ \t]+", line)
        if fields[0] != DOCUMENT_MARKER:
            return ("word", *(f"column{number}" for number in range(2, len(fields) + 1)))
    return ("word",)


def _conllu_columns(path: Path) -> dict[str, str]:
    """The universal and the other part-of-speech tags where there are any, and what the last field tells of every word."""
    rows = [line.split("\t") for _, line in islice(text_lines(path, fault=lambda error: None), 10_000)]
    words = [row for row in rows if len(row) == 1 + len(FIELDS) and row[0].isdigit()]
    columns = {name: name for name in ("upos", "xpos") if any(row[1 + FIELDS.index(name)] != "_" for row in words)}
    keys = [{pair.partition("=")[0] for pair in row[-1].split("|") if "=" in pair} for row in words]
    every = sorted(set.intersection(*keys)) if keys else []
    return {**columns, **{key: f"misc.{key}" for key in every if re.fullmatch(r"\w+", key)}} or {"upos": "upos"}


def _tag_keys(path: Path) -> dict[str, str]:
    """For each task the key, where the first record holds tags by task, as `tagger data convert` writes several columns."""
    for _, line in text_lines(path, fault=lambda error: None):
        if line.strip():
            try:
                record = json.loads(line)
            except ValueError:
                return {}
            tags = record.get("tags") if isinstance(record, dict) else None
            return {task: f"tags.{task}" for task in tags} if isinstance(tags, dict) else {}
    return {}


def _tasks(settings: OneCorpus) -> list[str]:
    if isinstance(settings, JsonlCorpus):
        return list(settings.columns) or ["tags"]
    return [name for name in settings.columns if name != "word"]


def _of_sentences(settings: OneCorpus, task: str) -> TaskSettings | None:
    """The settings of a task with one label for a sentence; None for one of tags."""
    return TaskSettings(decoder="sentence") if is_sentence_column(settings, task) else None


def _span_columns(opener: Opener, tasks: Mapping[str, TaskSettings], layout: Layout) -> set[str]:
    """The columns whose tags look like spans', as far as the first ten thousand sentences tell."""
    seen: dict[str, set[str | None]] = {task: set() for task in tasks}
    sentences = opener(lambda error: None, lambda text: None)
    for sentence in islice(sentences, 10_000):
        for task, tags in sentence.columns.items():
            if task in seen:
                seen[task].update(tags)
    unknown = layout.reading.get("unknown")
    spans = {task for task, tags in seen.items() if _mostly_spans([tag for tag in tags if tag not in (None, unknown)])}
    return spans | set(layout.schemes)


def _mostly_spans(tags: Sequence[str | None]) -> bool:
    """Whether tags are those of spans, but for odd ones, which are then told as faults.

    Beside odd ones at least half of all, and two, must look so; and there is `O`, or a label with two prefixes: part-of-speech
    tags may hold hyphens too.
    """
    known = {tag for tag in tags if tag}
    spans = [tag for tag in known if tag != OUTSIDE and writes_spans([tag])]
    if len(spans) == len(known - {OUTSIDE}):
        return bool(spans)
    labels = {split_tag(tag)[1] for tag in spans}
    return len(spans) >= max(2, len(known) / 2) and (OUTSIDE in known or len(labels) < len(spans))
