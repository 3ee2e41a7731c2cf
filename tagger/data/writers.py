"""Sentences as lines of columns, of CoNLL-U, of JSON; or the source's own lines with other tags."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tagger.corpora.columns import DOCUMENT_MARKER
from tagger.corpora.conllu import FIELDS, new_document, with_value
from tagger.corpora.source import SourceSentence
from tagger.corpus_settings import ColumnsCorpus, ConlluCorpus, JsonlCorpus
from tagger.data.survey import Form, Surveyed
from tagger.errors import CorpusError
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


Writer = Callable[[SourceSentence, SourceSentence | None], Iterator[str]]
"""Gives the lines of a sentence, told the sentence before it."""

Opens = Callable[[SourceSentence, SourceSentence | None], bool]
"""Whether a document begins with a sentence, told the sentence before it."""


def sentence_writer(source: Surveyed, keep: Sequence[str], target: Target, schemes: Mapping[str, TagScheme | None]) -> Writer:
    """Writes sentences of any form anew."""
    split_texts = isinstance(source.settings, JsonlCorpus) and source.settings.split_sentences

    def opens(sentence: SourceSentence, before: SourceSentence | None) -> bool:
        if before is not None:
            return before.document != sentence.document
        # At the start only if the source says so.
        return split_texts or bool(sentence.document_id) or _marks_document(sentence, jsonl=source.form == "jsonl")

    match target.form:
        case "conll":
            return _column_writer(keep, schemes, target, opens)
        case "conllu":
            return _conllu_writer(keep, target, opens)
        case "jsonl":
            return _jsonl_writer(keep, schemes, target, opens)


def in_place_writer(source: Surveyed, keep: Sequence[str], target: Target) -> Writer | None:
    """Writes the source's own lines, with nothing but the changed tags replaced; None where the lines are to be others."""
    if source.form != target.form or target.keep:
        return None
    match source.settings:
        case ColumnsCorpus(separator="tab"):
            separator = "(\t)"
        case ColumnsCorpus() if not target.tab:
            separator = r"([ \t]+)"
        case JsonlCorpus(misaligned="error", split_sentences=False) if not (target.schemes or target.hide or target.spans):
            return _records
        case ConlluCorpus():
            return _line_writer({name: _field(source.settings.columns[name]) for name in keep}, "(\t)", target)
        case _:
            return None
    return _line_writer({name: (source.settings.columns.index(name), "") for name in keep}, separator, target)


def _records(sentence: SourceSentence, before: SourceSentence | None) -> Iterator[str]:
    """The record as it stands; one of an array, which may have several lines, in one line."""
    for _, record in sentence.source:
        yield (json.dumps(json.loads(record), ensure_ascii=False) if "\n" in record else record) + "\n"


def _field(text: str) -> tuple[int, str]:
    """The place of a field of CoNLL-U in its line, and the key within it."""
    name, _, key = text.partition(".")
    return 1 + FIELDS.index(name), key


def _line_writer(places: Mapping[str, tuple[int, str]], separator: str, target: Target) -> Writer:
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
            for name, (place, key) in places.items():
                tag, at = _written(sentence.columns[name][token], target), first + 2 * place
                pieces[at] = with_value(pieces[at], key, tag) if key else tag
            yield "".join(pieces) + "\n"

    return write


def _written(tag: str | None, target: Target) -> str:
    return target.unknown if tag is None else tag


def _column_writer(keep: Sequence[str], schemes: Mapping[str, TagScheme | None], target: Target, opens: Opens) -> Writer:
    separator = "\t" if target.tab else " "
    ends = re.compile(r"[\t\r\n]" if target.tab else r"[ \t\r\n]")

    def write(sentence: SourceSentence, before: SourceSentence | None) -> Iterator[str]:
        if opens(sentence, before):
            yield separator.join((DOCUMENT_MARKER, *("O" if schemes[name] else "-X-" for name in keep))) + "\n\n"
        for index, word in enumerate(sentence.words):
            row = [word, *(_written(sentence.columns[name][index], target) for name in keep)]
            for name, value in zip(("word", *keep), row, strict=True):
                fix = "Write JSON Lines with --to jsonl."
                if not value:
                    problem = f"{name}: a column can't be empty"
                elif ends.search(value):
                    problem = f"{name}: {value!r} holds what ends a column"
                    fix = fix if target.tab else "Separate the columns by tabs with --to-tab, or write JSON Lines with --to jsonl."
                elif name == "word" and (value == DOCUMENT_MARKER or (before is None and not index and value[0] == "\ufeff")):
                    problem = f"{name}: {value!r} would not be read as a token there"
                else:
                    continue
                raise CorpusError(problem, where=sentence.where(index, name), fix=fix)
            yield separator.join(row) + "\n"
        yield "\n"

    return write


def _marks_document(sentence: SourceSentence, *, jsonl: bool) -> bool:
    """Whether the source marks a document before the sentence's first word, or names one in its record."""
    if jsonl:
        record = json.loads(sentence.source[0][1])
        return isinstance(record, dict) and record.get("document") is not None
    first = sentence.lines[0]
    lines = [line for number, line in sentence.source if number < first]
    return any(line.startswith(DOCUMENT_MARKER) or new_document(line) is not None for line in lines)


def _conllu_writer(keep: Sequence[str], target: Target, opens: Opens) -> Writer:
    def write(sentence: SourceSentence, before: SourceSentence | None) -> Iterator[str]:
        if opens(sentence, before):
            identity = " ".join(sentence.document_id.split())
            yield f"# newdoc id = {identity}\n" if identity else "# newdoc\n"
        text = sentence_of_words(sentence.words, sentence.spaces_after).text
        yield f"# text = {' '.join(text.split())}\n"
        for index, word in enumerate(sentence.words):
            fields = dict.fromkeys(FIELDS, "_")
            fields["form"] = word
            notes = []
            _refuse_unfit(word, r"[\t\r\n]", sentence, index, "word")
            for name in keep:
                tag = _written(sentence.columns[name][index], target)
                is_field = name in FIELDS and name not in ("form", "misc")
                if is_field:
                    fields[name] = tag
                else:
                    notes.append(f"{name}={tag}")
                _refuse_unfit(tag, r"[\t\r\n]" if is_field else r"[\t\r\n|]", sentence, index, name)
            is_last = index + 1 == len(sentence.words)
            if sentence.spaces_after is not None and not sentence.spaces_after[index] and not is_last:
                notes.append("SpaceAfter=No")
            fields["misc"] = "|".join(notes) or "_"
            yield "\t".join((str(index + 1), *fields.values())) + "\n"
        yield "\n"

    return write


def _refuse_unfit(value: str, unfit: str, sentence: SourceSentence, index: int, name: str) -> None:
    if not value or re.search(unfit, value):
        problem = f"{name}: CoNLL-U can't hold {value!r} there"
        raise CorpusError(problem, where=sentence.where(index, name), fix="Write JSON Lines with --to jsonl.")


def _jsonl_writer(keep: Sequence[str], schemes: Mapping[str, TagScheme | None], target: Target, opens: Opens) -> Writer:
    has_documents = False

    def write(sentence: SourceSentence, before: SourceSentence | None) -> Iterator[str]:
        whole = sentence.original or sentence_of_words(sentence.words, sentence.spaces_after)
        data: dict[str, Any] = {}
        nonlocal has_documents
        has_documents = has_documents or bool(sentence.document_id) or opens(sentence, before)
        if has_documents:
            data["document"] = sentence.document_id or sentence.document
        if target.spans:
            data["text"] = whole.text
            data["spans"] = [span for name in keep for span in _char_spans(sentence, name, schemes[name], several=len(keep) > 1)]
        else:
            data["tokens"] = list(sentence.words)
            tags = {name: [_written(tag, target) for tag in sentence.columns[name]] for name in keep}
            data["tags"] = tags[keep[0]] if len(keep) == 1 else tags
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
