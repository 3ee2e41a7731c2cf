"""Sentences to tag, and tagged sentences, as streams of lines: plain text, columns, CoNLL-U, JSON Lines."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NoReturn

from tagger.corpora.columns import DOCUMENT_MARKER, one_column
from tagger.corpora.conllu import new_document, sentence_words, with_value
from tagger.corpora.jsonl.lines import json_records
from tagger.corpora.jsonl.record import Record, RecordError, document_name
from tagger.corpora.jsonl.tokens import with_tokens
from tagger.corpora.source import Lines
from tagger.errors import CorpusError, TaggerError
from tagger.text.sentence import Sentence, Token, sentence_of_words
from tagger.text.sentences import split_sentences

# What `write_jsonl` writes itself; all other keys of a record are given back.
_OWN_KEYS = ("document", "text", "tokens", "offsets", "tags", "spans", "probabilities")
_FORMS = 'Each line must be like {"text": "..."} or {"tokens": ["...", "..."]}.'


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence to tag, and what stood in its source beside it, for the format that gives it back.

    Attributes:
        text: Raw text, or a sentence whose words are fixed.
        rows: The source's lines, split into columns.
        form: The form of `rows`.
        before: What stands before raw text in its line, if it is the line's first.
        after: What stands behind it, up to the next sentence or with the end of the line.
        mark: The line that begins a document here, split into columns; empty where none does.
        document: The number of its document, counted from 0, or its name; None where the source does not tell.
        separator: What stands between the columns of `rows`.
        comments: Lines before it that are given back as they stand.
        extra: What else a record of JSON Lines holds.
    """

    text: str | Sentence
    rows: tuple[tuple[str, ...], ...] = ()
    form: str = ""
    before: str = ""
    after: str = "\n"
    mark: tuple[str, ...] = ()
    document: str | int | None = None
    separator: str = " "
    comments: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


def read_text(lines: Lines, place: str, *, split: bool = True) -> Iterator[Item]:
    """The sentences of each line; each line as one without `split`. An empty line is an empty sentence."""
    for _, line in lines:
        pieces = split_sentences(line) if split else []
        if len(pieces) < 2:
            yield Item(line)
            continue
        ends = [start for start, _ in pieces[1:]]
        for index, (start, end) in enumerate(pieces):
            after = line[end : ends[index]] if index < len(ends) else line[end:] + "\n"
            yield Item(line[start:end], before=line[:start] if index == 0 else "", after=after)


def read_conll(lines: Lines, place: str, *, comments: str | None = None, word: int = 0) -> Iterator[Item]:
    """The sentences of columns, separated by tabs where a line has any; a blank line ends one, -DOCSTART- begins a document.

    Args:
        lines: The lines.
        place: What they are called in messages.
        comments: Lines that begin with this are given back as they stand; None where there are none.
        word: Which column holds the token, in lines that have so many; the first in others.
    """
    rows: list[tuple[str, ...]] = []
    mark: tuple[str, ...] = ()
    left: list[str] = []
    document, found, num_tabbed = None, 0, 0

    def item() -> Item:
        words = [row[word if word < len(row) else 0] for row in rows]
        # Tabs where all lines have them, or else the columns could not be told apart again.
        with_tabs = (rows and num_tabbed == len(rows)) or any(" " in field for row in rows for field in row)
        separator = "\t" if with_tabs else " "
        return Item(
            sentence_of_words(words), tuple(rows), "conll", mark=mark, document=document, separator=separator, comments=tuple(left)
        )

    for number, line in chain(lines, ((0, ""),)):
        is_blank = not line.strip(" \t")
        if comments and not is_blank and line.startswith(comments):
            left.append(line)
            continue
        has_tabs = "\t" in line
        fields = tuple(field.strip(" ") for field in line.split("\t")) if has_tabs else tuple(filter(None, line.split(" ")))
        opens = not is_blank and fields[0] == DOCUMENT_MARKER
        if rows and (is_blank or opens):
            yield item()
            rows, mark, left, found, num_tabbed = [], (), [], 1, 0
        if opens:
            # What stands before the first mark is a document of its own.
            mark, document = fields, found if document is None else document + 1
        elif not is_blank:
            if not fields[word if word < len(fields) else 0]:
                raise CorpusError("the token is empty", where=f"{place}:{number}", fix="Give it one.")
            rows.append(fields)
            num_tabbed += has_tabs
    if mark or left:
        yield item()


def read_conllu(lines: Lines, place: str) -> Iterator[Item]:
    """The syntactic words are the tokens; comments, multiword ranges and empty nodes are given back as they came."""
    block: list[tuple[int, str]] = []
    document, found = None, 0
    for number, line in chain(lines, ((0, ""),)):
        if line.strip():
            block.append((number, line))
        elif block:
            marked = any(new_document(text) is not None for _, text in block if text.startswith("#"))
            if marked:
                document = found if document is None else document + 1
            words = sentence_words(block, place)
            sentence = sentence_of_words([word.fields[1] for word in words], [word.space_after for word in words])
            rows = tuple((text,) if text.startswith("#") else tuple(text.split("\t")) for _, text in block)
            yield Item(sentence, rows, "conllu", mark=(DOCUMENT_MARKER,) if marked else (), document=document)
            block, found = [], 1


def read_jsonl(lines: Lines, place: str) -> Iterator[Item]:
    """Each line is an object with `text`, or with `tokens`, or with both; `document` may name the document."""

    def refused(error: CorpusError) -> NoReturn:
        raise CorpusError(error.problem, where=error.where, fix=_FORMS)

    before: str | int | None = None
    for record in json_records(lines, place, refused):
        where, data = f"{place}:{record.number}", record.data
        text, tokens = (data.get("text"), data.get("tokens")) if isinstance(data, dict) else (None, None)
        if isinstance(text, str):
            sentence: str | Sentence = text if tokens is None else _with_places(text, data, where)
        elif isinstance(tokens, list) and all(isinstance(token, str) for token in tokens):
            sentence = sentence_of_words(tokens)
        else:
            raise CorpusError("neither text nor tokens", where=where, fix=_FORMS)
        document = document_name(data)
        mark = (DOCUMENT_MARKER,) if document not in (None, before) else ()
        extra = {key: value for key, value in data.items() if key not in _OWN_KEYS}
        yield Item(sentence, mark=mark, document=document, extra=extra)
        before = document


def _with_places(text: str, data: Mapping[str, Any], where: str) -> Sentence:
    """A text with its own tokens; offsets count in it."""
    try:
        # As `write_jsonl` has them, odd tokens among them.
        own = [Token(word, start, end) for word, (start, end) in zip(data["tokens"], data["offsets"], strict=True)]
        if all(text[token.start_char : token.end_char] == token.text for token in own):
            return Sentence(text, tuple(own))
    except (KeyError, TypeError, ValueError):
        pass
    try:
        made = with_tokens(Record(text=text), data)
    except RecordError as error:
        raise CorpusError(str(error), where=where, fix=error.fix) from error
    if made.offsets is None or (not made.offsets and text.strip()):
        raise CorpusError("the tokens are not those of the text", where=where, fix="Leave the text or the tokens away.")
    places = zip(made.tokens or (), made.offsets, strict=True)
    return Sentence(text, tuple(Token(word, start, end) for word, (start, end) in places))


def write_text(sentence: Sentence, item: Item, *, probabilities: bool) -> str:
    """The text with its spans in brackets, `[PER Angela Merkel]`, and plain tags behind their words, `visited/VERB`.

    Raises:
        TaggerError: Two tasks find spans, whose brackets could cross.
    """
    tasks = {span.task for span in sentence.spans}
    if len(tasks) > 1:
        raise TaggerError(
            f"text can show the spans of one task, and here are those of {', '.join(sorted(tasks))}",
            fix="Write jsonl or conll with --to.",
        )
    spanned = tasks | _span_tasks(sentence)
    plain = [tags for task, tags in sentence.tags.items() if task not in spanned]
    opening = {span.start: span for span in sentence.spans}
    closing = {span.end - 1 for span in sentence.spans}
    pieces, position = [], 0
    for index, token in enumerate(sentence.tokens):
        pieces.append(sentence.text[position : token.start_char])
        if index in opening:
            span = opening[index]
            share = f" {span.probability:.2f}" if probabilities and span.probability is not None else ""
            pieces.append(f"[{span.label}{share} ")
        pieces.append("/".join((sentence.text[token.start_char : token.end_char], *(tags[index] for tags in plain))))
        if index in closing:
            pieces.append("]")
        position = token.end_char
    # A sentence is one line, whatever ends of lines it holds.
    return item.before + re.sub(r"[\r\n]+", " ", "".join(pieces) + sentence.text[position:]) + item.after


def _span_tasks(sentence: Sentence) -> set[str]:
    """The tasks of a sentence without spans whose tags are nothing but `O`."""
    return {task for task, tags in sentence.tags.items() if set(tags) <= {"O"}}


def write_conll(sentence: Sentence, item: Item, *, probabilities: bool) -> str:
    """The source's columns, or the token, and behind them a column for each task; spans in IOB2."""
    is_own = item.form == "conll"
    rows = [list(row) for row in item.rows] if is_own else [[one_column(word)] for word in sentence.words]
    for task, tags in sentence.tags.items():
        for index, (row, tag) in enumerate(zip(rows, tags, strict=True)):
            row.append(tag)
            if probabilities:
                row.append(f"{sentence.probabilities[task][index]:.4f}")
    # The mark of a document has as many columns as all lines.
    separator = item.separator if is_own else " "
    mark = separator.join((*item.mark, *["O"] * (len(sentence.tags) * (1 + probabilities)))) + "\n\n" if item.mark else ""
    comments = "".join(line + "\n" for line in item.comments)
    ends = "\n" if rows or not (mark or comments) else ""
    return mark + comments + "".join(separator.join(row) + "\n" for row in rows) + ends


def write_conllu(sentence: Sentence, item: Item, *, probabilities: bool) -> str:
    """The source's lines with `upos` and `xpos` filled in, other tasks as `name=tag` in the last column."""
    source = [list(row) for row in item.rows] if item.form == "conllu" else list(_conllu_rows(sentence))
    if item.mark and item.form != "conllu":
        source.insert(0, ["# newdoc"])
    words = [row for row in source if len(row) == 10 and row[0].isdigit()]
    for task, tags in sentence.tags.items():
        for index, (row, tag) in enumerate(zip(words, tags, strict=True)):
            if task in ("upos", "xpos"):
                row[3 if task == "upos" else 4] = tag
            else:
                row[9] = with_value(row[9], task, tag)
            if probabilities:
                row[9] = with_value(row[9], f"{task}_probability", f"{sentence.probabilities[task][index]:.4f}")
    return "".join("\t".join(row) + "\n" for row in source) + "\n"


def _conllu_rows(sentence: Sentence) -> Iterator[list[str]]:
    """The rows of a sentence that comes from another form."""
    if not sentence.tokens:
        return
    yield [f"# text = {' '.join(sentence.text.split())}"]
    starts = [token.start_char for token in sentence.tokens[1:]] + [len(sentence.text) + 1]
    for index, (token, start) in enumerate(zip(sentence.tokens, starts, strict=True), 1):
        yield [str(index), one_column(token.text), *["_"] * 7, "_" if start > token.end_char else "SpaceAfter=No"]


def write_jsonl(sentence: Sentence, item: Item, *, probabilities: bool) -> str:
    """One object: text, tokens with offsets, tags of each task, spans."""
    spans = [span._asdict() for span in sentence.spans]
    data: dict[str, Any] = {**item.extra} if item.document is None else {**item.extra, "document": item.document}
    data |= {"text": sentence.text, "tokens": list(sentence.words)}
    data["offsets"] = [[token.start_char, token.end_char] for token in sentence.tokens]
    data["tags"] = {task: list(tags) for task, tags in sentence.tags.items()}
    data["spans"] = spans
    if probabilities:
        data["probabilities"] = {task: [round(share, 4) for share in shares] for task, shares in sentence.probabilities.items()}
        for span in spans:
            span["probability"] = round(span["probability"], 4)
    else:
        for span in spans:
            del span["probability"]
    return json.dumps(data, ensure_ascii=False) + "\n"


READERS: dict[str, Callable[[Lines, str], Iterator[Item]]] = {
    "text": read_text,
    "conll": read_conll,
    "conllu": read_conllu,
    "jsonl": read_jsonl,
}
WRITERS: dict[str, Callable[..., str]] = {"text": write_text, "conll": write_conll, "conllu": write_conllu, "jsonl": write_jsonl}
SUFFIXES = {".json": "jsonl", ".conll": "conll", ".conllu": "conllu", ".jsonl": "jsonl", ".iob": "conll", ".bio": "conll"}
