"""From one form of data to another: columns, CoNLL-U, JSON Lines, and the schemes of spans.

Within one form only what is to change is changed: comments, document marks, separators and all other columns stay as they stand,
so that what is read and written without a change is the same file.
"""

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tagger.build_corpus import detected
from tagger.corpora.columns import DOCUMENT_MARKER
from tagger.corpora.conllu import FIELDS
from tagger.corpora.interpret import NoteTaker, Reading, interpret
from tagger.corpora.source import SourceSentence, refuse
from tagger.data.survey import Form, Surveyed
from tagger.errors import CorpusError
from tagger.recipe import ColumnsCorpus, ConlluCorpus
from tagger.text.partial import parts
from tagger.text.schemes import TagScheme
from tagger.text.sentence import sentence_of_words


@dataclass(frozen=True)
class Target:
    """What is to be written.

    Attributes:
        form: The form.
        schemes: For columns of spans the scheme to write; that of the source where none is named.
        keep: The columns to write, in this order; all if empty.
        hide: For columns the share of tags that are replaced by `unknown`, drawn by `seed`.
        seed: Decides which tags are hidden.
        unknown: What is written for a tag that is not known.
        tab: Whether columns are separated by tabs, in place of spaces.
        spans: Whether JSON Lines hold text with character spans, in place of tokens with tags.
    """

    form: Form
    schemes: Mapping[str, TagScheme] = field(default_factory=dict)
    keep: Sequence[str] = ()
    hide: Mapping[str, float] = field(default_factory=dict)
    seed: int = 1
    unknown: str = "_"
    tab: bool = False
    spans: bool = False


def convert(source: Surveyed, split: str, target: Target, *, note: NoteTaker) -> Iterator[str]:
    """The lines of one file in another form.

    Args:
        source: What the file is.
        split: Which of its files.
        target: What is wanted.
        note: What is told of what was repaired, detected or unknown.

    Raises:
        CorpusError: The file can't be read, or holds what the target's form can't.
    """
    _check_columns(source, target)
    part = detected(source.part)
    readings = {
        task: reading and replace(reading, inside=_inside(task, reading, target)) for task, reading in part.readings.items()
    }
    schemes = {task: reading.inside if reading else None for task, reading in readings.items()}
    sentences = interpret(part.openers[split](refuse, note), readings, fault=refuse, note=note)
    if target.hide:
        sentences = _hidden(sentences, target)
    write = _writer(source, target, schemes)
    before: SourceSentence | None = None
    for sentence in sentences:
        yield from write(sentence, before)
        before = sentence


def _check_columns(source: Surveyed, target: Target) -> None:
    there = ", ".join(source.tasks)
    for option, names in (("--to-scheme", target.schemes), ("--keep", target.keep), ("--hide", target.hide)):
        for name in names:
            if name not in source.tasks:
                raise CorpusError(
                    f"there is no column '{name}' (there are {there})", where=option, fix="Name the columns with --columns."
                )
    for name in target.schemes:
        if not source.tasks[name]:
            raise CorpusError(f"column '{name}' does not write spans", where="--to-scheme", fix="Leave it away.")


def _inside(task: str, reading: Reading, target: Target) -> TagScheme | None:
    wanted = target.schemes.get(task, reading.scheme)
    if wanted is None or reading.scheme is None or wanted is reading.scheme or reading.unknown is None:
        return wanted
    for prefix in reading.scheme.prefixes:
        if not any(parts(reading.scheme, prefix) <= parts(wanted, other) for other in wanted.prefixes):
            raise CorpusError(
                f"{task}: beside unknown tags {prefix}- of {reading.scheme.name.upper()} can't be written in {wanted.name.upper()}",
                where="--to-scheme",
                fix="Convert before tags are hidden, or leave the scheme as it is.",
            )
    return wanted


def _hidden(sentences: Iterable[SourceSentence], target: Target) -> Iterator[SourceSentence]:
    random_state = random.Random(target.seed)  # noqa: S311  (a repeatable choice, no secret)
    for sentence in sentences:
        columns = dict(sentence.columns)
        for task, share in target.hide.items():
            columns[task] = [None if random_state.random() < share else tag for tag in columns[task]]
        yield replace(sentence, columns=columns)


Writer = Callable[[SourceSentence, SourceSentence | None], Iterator[str]]
"""Gives the lines of a sentence, told the sentence before it."""


def _writer(source: Surveyed, target: Target, schemes: Mapping[str, TagScheme | None]) -> Writer:
    keep = tuple(target.keep) or tuple(source.tasks)
    if source.form == target.form and not target.keep and not target.spans:
        if isinstance(source.settings, ColumnsCorpus) and not target.tab:
            return _in_place({name: source.settings.columns.index(name) for name in ("word", *keep)}, r"([ \t]+)", target)
        if isinstance(source.settings, ConlluCorpus) and not any("." in value for value in source.settings.columns.values()):
            places = {name: 1 + FIELDS.index(source.settings.columns[name]) for name in ("word", *keep)}
            return _in_place(places, "(\t)", target)
    match target.form:
        case "conll":
            return _column_writer(keep, schemes, target)
        case "conllu":
            return _conllu_writer(keep, target)
        case "jsonl":
            return _jsonl_writer(keep, schemes, target, tells_documents=source.form != "jsonl")


def _in_place(places: Mapping[str, int], separator: str, target: Target) -> Writer:
    """Writes the source's own lines, with nothing but the changed tags replaced."""
    cut = re.compile(separator)

    def write(sentence: SourceSentence, before: SourceSentence | None) -> Iterator[str]:
        token_of = {number: index for index, number in enumerate(sentence.lines)}
        for number, line in sentence.source:
            token = token_of.get(number)
            if token is None:
                yield line + "\n"
                continue
            # Fields stand at the even places, what separates them at the odd ones; blanks before the first make an empty field.
            pieces = cut.split(line)
            first = 0 if pieces[0] else 2
            for name, tags in sentence.columns.items():
                if name in places:
                    pieces[first + 2 * places[name]] = tags[token] or target.unknown
            yield "".join(pieces) + "\n"

    return write


def _column_writer(keep: Sequence[str], schemes: Mapping[str, TagScheme | None], target: Target) -> Writer:
    separator = "\t" if target.tab else " "

    def write(sentence: SourceSentence, before: SourceSentence | None) -> Iterator[str]:
        if _opens_document(sentence, before):
            yield separator.join((DOCUMENT_MARKER, *("O" if schemes[name] else "-X-" for name in keep))) + "\n\n"
        for index, word in enumerate(sentence.words):
            row = [word, *(sentence.columns[name][index] or target.unknown for name in keep)]
            for value in row:
                if re.search(r"[\t\r\n]" if target.tab else r"[ \t\r\n]", value):
                    raise CorpusError(
                        f"'{value}' holds what ends a column",
                        where=sentence.where(index, "word"),
                        fix="Write JSON Lines with --to jsonl." if target.tab else "Separate the columns by tabs, with --tab.",
                    )
            yield separator.join(row) + "\n"
        yield "\n"

    return write


def _opens_document(sentence: SourceSentence, before: SourceSentence | None) -> bool:
    """Whether a document begins here; at the start only if the source says so."""
    if before is not None:
        return before.document != sentence.document
    return sentence.document > 0 or bool(sentence.document_id) or _marks_document(sentence)


def _marks_document(sentence: SourceSentence) -> bool:
    """Whether the source marks a document before the sentence's first word."""
    first = sentence.lines[0]
    return any(line.startswith((DOCUMENT_MARKER, "# newdoc")) for number, line in sentence.source if number < first)


def _conllu_writer(keep: Sequence[str], target: Target) -> Writer:
    def write(sentence: SourceSentence, before: SourceSentence | None) -> Iterator[str]:
        if _opens_document(sentence, before):
            yield f"# newdoc id = {sentence.document_id}\n" if sentence.document_id else "# newdoc\n"
        text = sentence_of_words(sentence.words, sentence.spaces_after).text
        yield f"# text = {' '.join(text.split())}\n"
        for index, word in enumerate(sentence.words):
            fields = dict.fromkeys(FIELDS, "_")
            fields["form"] = word
            notes = []
            for name in keep:
                tag = sentence.columns[name][index] or target.unknown
                if name in FIELDS and name not in ("form", "misc"):
                    fields[name] = tag
                else:
                    notes.append(f"{name}={tag}")
                if re.search(r"[\t\r\n]" if name in FIELDS else r"[\t\r\n|]", tag) or "\t" in word:
                    fix = "Write columns or JSON Lines, with --to."
                    raise CorpusError(f"CoNLL-U can't hold '{tag}' there", where=sentence.where(index, name), fix=fix)
            is_last = index + 1 == len(sentence.words)
            if sentence.spaces_after is not None and not sentence.spaces_after[index] and not is_last:
                notes.append("SpaceAfter=No")
            fields["misc"] = "|".join(notes) or "_"
            yield "\t".join((str(index + 1), *fields.values())) + "\n"
        yield "\n"

    return write


def _jsonl_writer(keep: Sequence[str], schemes: Mapping[str, TagScheme | None], target: Target, *, tells_documents: bool) -> Writer:
    has_documents = False

    def write(sentence: SourceSentence, before: SourceSentence | None) -> Iterator[str]:
        whole = sentence.original or sentence_of_words(sentence.words, sentence.spaces_after)
        data: dict[str, Any] = {}
        nonlocal has_documents
        has_documents = has_documents or bool(sentence.document_id) or (tells_documents and _opens_document(sentence, before))
        if has_documents:
            data["document"] = sentence.document_id or sentence.document
        if target.spans:
            data["text"] = whole.text
            data["spans"] = [span for name in keep for span in _char_spans(sentence, name, schemes[name], several=len(keep) > 1)]
        else:
            data["tokens"] = list(sentence.words)
            tags = {name: [tag or target.unknown for tag in sentence.columns[name]] for name in keep}
            data["tags"] = tags if len(keep) > 1 else tags[keep[0]]
        yield json.dumps(data, ensure_ascii=False) + "\n"

    return write


def _char_spans(sentence: SourceSentence, name: str, scheme: TagScheme | None, *, several: bool) -> list[dict[str, Any]]:
    tags = [tag for tag in sentence.columns[name] if tag is not None]
    if scheme is None or len(tags) < len(sentence.words):
        raise CorpusError(
            f"{name}: plain or unknown tags are no spans",
            where=sentence.where(0, name),
            fix="Name the columns of spans with --keep, or leave --spans away.",
        )
    whole = sentence.original or sentence_of_words(sentence.words, sentence.spaces_after)
    found = [whole.span(*span) for span in scheme.spans(tags)]
    task = {"task": name} if several else {}
    return [{"start": span.start_char, "end": span.end_char, "label": span.label, **task} for span in found]
