"""JSON Lines, and JSON arrays, of annotated texts: one record on each line, in any form that `annotations` reads."""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, chain
from typing import Any, NamedTuple

from tagger.corpora.annotations import FORMS, Record, RecordError, parse_record
from tagger.corpora.source import FaultHandler, Lines, SourceSentence, nothing_found, refuse
from tagger.errors import CorpusError
from tagger.text.alignment import Alignment, CharSpan, Misaligned, Policy, SpanError, align, quoted, trimmed
from tagger.text.schemes import IOB2
from tagger.text.sentence import Sentence, Token

SentenceSplitter = Callable[[str], list[tuple[int, int]]]

_SHOWN = 50
# Lines are UTF-8, so that half a character can only come from an escape.
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SPANS_FIX = "Offsets count the characters of the text from 0, the end exclusive; the spans of one task may not overlap."
_MISALIGNED_FIX = """Say in the recipe what becomes of them: corpus.misaligned: snap, split or drop
(snap: widened to whole tokens; split: the tokens are split; drop: left out)."""


class _Line(NamedTuple):
    """A record as it stands in the file, and what JSON it is."""

    number: int
    source: str
    data: Any


def read_jsonl(
    lines: Lines,
    place: str,
    tasks: Mapping[str, str | None],
    *,
    tokenize: Callable[[str], Sentence],
    misaligned: Policy = "error",
    split: SentenceSplitter | None = None,
    fault: FaultHandler = refuse,
    note: Callable[[str], None],
) -> Iterator[SourceSentence]:
    """The sentences of a file of JSON records, one at a time.

    Args:
        lines: The file's lines.
        place: What the file is called in messages.
        tasks: For each task the key that it is read from, dotted where nested; None where it is found by itself: the key called
            as the task, `tags.<task>`, `spans.<task>`, `tags`, or the only list of spans. A key that begins with `data.` names the
            text instead, where a record of Label Studio has several.
        tokenize: Gives the words of a text that has no tokens of its own.
        misaligned: What becomes of spans that do not fall on token boundaries.
        split: Where the sentences of a text begin and end; None where each text is one sentence. No boundary falls within a span.
            A text with tokens of its own is split where its record says.
        fault: Told what is wrong.
        note: Told, once the file is read, what was skipped, converted, snapped, split or dropped.

    Raises:
        CorpusError: By `fault`: a record can't be read, spans are off the token boundaries, or the file holds no sentence.
    """
    faults = 0

    def tell(error: CorpusError) -> None:
        nonlocal faults
        faults += 1
        fault(error)

    reading = _Reading(tasks, tokenize, misaligned, split)
    found = False
    for index, line in enumerate(_records(lines, place, tell)):
        try:
            for sentence in reading.sentences(line, place):
                yield replace(sentence, document=index)
                found = True
        except (RecordError, SpanError) as error:
            fix = error.fix if isinstance(error, RecordError) else _SPANS_FIX
            tell(CorpusError(str(error), where=f"{place}:{line.number}", fix=fix))
    for message in reading.notes():
        note(f"{place}: {message}")
    for problem in reading.problems(place):
        tell(problem)
    if not found and not faults:
        raise nothing_found(place)


def _records(lines: Lines, place: str, fault: FaultHandler) -> Iterator[_Line]:
    """The records with the lines on which they begin: one on each line, or the elements of one array."""
    filled: Iterator[tuple[int, str]] = ((number, line) for number, line in lines if line.strip())
    first = next(filled, None)
    if first is None:
        return
    if first[1].lstrip().startswith("["):
        value = _whole(first[1])
        second = next(filled, None)
        # Lines of spaCy's training tuples begin with a bracket too, but each is a whole list of a text and an object.
        is_tuple = isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)
        if value is None or (second is None and not is_tuple):
            yield from _elements([first, *([second] if second else []), *filled], place, fault)
            return
        filled = chain([first], [second] if second else [], filled)
    else:
        filled = chain([first], filled)
    for number, line in filled:
        try:
            yield _Line(number, line, _decoded(line))
        except json.JSONDecodeError as error:
            fault(CorpusError(f"no JSON: {error.msg}", where=f"{place}:{number}:{error.colno}", fix=FORMS))
        except (ValueError, RecursionError) as error:
            fault(_unreadable(error, f"{place}:{number}"))


def _whole(line: str) -> Any:
    """The JSON value that a line is, or None where it is not a whole one."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _elements(lines: Sequence[tuple[int, str]], place: str, fault: FaultHandler) -> Iterator[_Line]:
    """The elements of a JSON array that is the whole file, with the lines on which they begin."""
    text = "\n".join(line for _, line in lines)
    starts = list(accumulate((len(line) + 1 for _, line in lines[:-1]), initial=0))
    blank = re.compile(r"[ \t\r\n]*")

    def where(position: int) -> tuple[int, int]:
        row = bisect_right(starts, position) - 1
        return lines[row][0], position - starts[row] + 1

    def skip(position: int) -> int:
        match = blank.match(text, position)
        return match.end() if match else position

    position = skip(skip(0) + 1)
    try:
        while not text.startswith("]", position):
            _, end = json.JSONDecoder().raw_decode(text, position)
            number, source = where(position)[0], text[position:end]
            try:
                # Read once more, for the check of its keys.
                yield _Line(number, source, _decoded(source))
            except ValueError as error:
                fault(_unreadable(error, f"{place}:{number}"))
            position = skip(end)
            if text.startswith(",", position):
                position = skip(position + 1)
            elif not text.startswith("]", position):
                raise json.JSONDecodeError("Expecting ',' delimiter or the array's end", text, position)
        if skip(position + 1) != len(text):
            raise json.JSONDecodeError("Extra data", text, skip(position + 1))
    except json.JSONDecodeError as error:
        number, column = where(min(error.pos, max(0, len(text) - 1)))
        fault(CorpusError(f"no JSON: {error.msg}", where=f"{place}:{number}:{column}", fix=FORMS))
    except (ValueError, RecursionError) as error:
        fault(_unreadable(error, f"{place}:{where(position)[0]}"))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, none of whose keys stands there twice: the reader could only take one of the values."""
    data = dict(pairs)
    if len(data) < len(pairs):
        names = [key for key, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RecordError(f"the key '{twice}' stands twice in one object", "Leave one of them away.")
    return data


def _decoded(source: str) -> Any:
    """The JSON value that a text is, without half characters and keys that stand there twice."""
    data = json.loads(source, object_pairs_hook=_object)
    if _SURROGATE_ESCAPE.search(source) and _SURROGATE.search(json.dumps(data, ensure_ascii=False)):
        raise RecordError("half a character (a lone surrogate)", "Write the character whole: an emoji has two \\u escapes.")
    return data


def _unreadable(error: Exception, where: str) -> CorpusError:
    if isinstance(error, RecordError):
        return CorpusError(str(error), where=where, fix=error.fix)
    return CorpusError("no JSON that can be read: a number too long or lists nested too deeply", where=where, fix=FORMS)


@dataclass
class _Reading:
    """What one file is read with, and what was noticed in it so far."""

    tasks: Mapping[str, str | None]
    tokenize: Callable[[str], Sentence]
    policy: Policy
    split: SentenceSplitter | None
    chosen: dict[str, tuple[str, int]] = field(default_factory=dict)
    seen_spans: dict[str, int] = field(default_factory=dict)
    remarks: dict[str, list[int]] = field(default_factory=dict)
    skipped: dict[str, list[int]] = field(default_factory=dict)
    off: dict[str, int] = field(default_factory=dict)
    first_off: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def sentences(self, line: _Line, place: str) -> Iterator[SourceSentence]:
        """The sentences of one record."""
        wanted = {task: key for task, key in self.tasks.items() if key is None or not key.startswith("data.")}
        texts = list(dict.fromkeys(key[5:] for key in self.tasks.values() if key and key.startswith("data.")))
        if len(texts) > 1:
            raise RecordError(f"several texts are named: {', '.join(texts)}", "Read the tasks of each text from a file of its own.")
        record = parse_record(line.data, text_key=texts[0] if texts else None)
        if record.skipped:
            _count(self.skipped, record.skipped, line.number)
            return
        keys = {task: self._key(task, wanted.get(task), record, line.number) for task in self.tasks}
        _refuse_shared_keys(keys, self.tasks)
        tags = {task: _tags(record, key) for task, key in keys.items() if key in record.tags}
        spans = {task: record.spans.get(key or "", ()) for task, key in keys.items() if task not in tags}
        for remark in record.remarks:
            _count(self.remarks, remark, line.number)
        made = SourceSentence((), {}, place, (), document_id=record.id, source=((line.number, line.source),))
        if record.tokens is not None and (record.text is None or record.offsets is None):
            if record.tokens:
                columns = {**tags, **{task: IOB2.write([], len(record.tokens)) for task in spans}}
                yield replace(made, words=record.tokens, columns=_ordered(columns, self.tasks), lines=_lines(line, record.tokens))
            return
        yield from self._cut(made, line, record, tags, spans)

    def _key(self, task: str, wanted: str | None, record: Record, number: int) -> str | None:
        """The key of a record that a task is read from; None where its spans are none."""
        keys = {**record.tags, **record.spans}
        for key, spans in record.spans.items():
            if spans:
                self.seen_spans.setdefault(key, number)
        candidates = [wanted] if wanted is not None else [task, f"tags.{task}", f"spans.{task}", "tags"]
        found = next((key for key in candidates if key in keys), None)
        # A list that is said to be a task's is no other task's.
        unnamed = [key for key in record.spans if not key.startswith("spans.")]
        if found is None and wanted is None and len(unnamed) == 1:
            found = unnamed[0]
        is_none = record.open_keys and (wanted is not None or not unnamed)
        if found is None and not is_none and not _lists_nothing(record, wanted):
            have = ", ".join(f"'{key}'" for key in keys) or "none"
            problem = f"no key '{wanted}' for the task '{task}'" if wanted else f"not certain where the task '{task}' stands"
            raise RecordError(f"{problem}; keys of tags and spans here: {have}", _name_it(task, next(iter(keys), "tags")))
        if found is not None and (found in record.tags or record.spans[found]):
            before, line = self.chosen.setdefault(task, (found, number))
            if before != found:
                raise RecordError(
                    f"the task '{task}' stands under '{found}' here, and under '{before}' in line {line}", _name_it(task, before)
                )
            if wanted is None:
                _refuse_other_spans(task, found, record)
        return found

    def _cut(
        self,
        made: SourceSentence,
        line: _Line,
        record: Record,
        tags: Mapping[str, Sequence[str]],
        spans: Mapping[str, Sequence[CharSpan]],
    ) -> Iterator[SourceSentence]:
        """The sentences of a text, each with the tags of its tokens."""
        text = record.text or ""
        pieces = self._pieces(record, [span for of_task in spans.values() for span in of_task])
        whole = self._tokens(record, pieces)
        aligned, kept = self._aligned(whole, spans, f"{made.place}:{line.number}")
        if not kept:
            return
        tokens = next(iter(aligned.values())).sentence.tokens if aligned else whole.tokens
        if tags and len(tokens) != len(whole.tokens):
            name = next(iter(tags))
            raise RecordError(
                f"a token must be split, but the task '{name}' has one tag for it",
                "Choose another way in the recipe: corpus.misaligned: snap or drop.",
            )
        columns = {**tags, **{task: IOB2.write(one.spans, len(tokens)) for task, one in aligned.items()}}
        first = 0
        for start, end in pieces:
            last = bisect_right(tokens, end - 1, key=lambda token: token.start_char)
            if first < last:
                own = tuple(Token(token.text, token.start_char - start, token.end_char - start) for token in tokens[first:last])
                yield replace(
                    made,
                    words=tuple(token.text for token in own),
                    columns=_ordered({task: tuple(column[first:last]) for task, column in columns.items()}, self.tasks),
                    lines=_lines(line, own),
                    spaces_after=tuple(text[token.end_char : token.end_char + 1].isspace() for token in tokens[first:last]),
                    original=Sentence(text[start:end], own),
                )
                # The record is given back once, with its first sentence.
                made = replace(made, source=())
            first = last

    def _pieces(self, record: Record, spans: Sequence[CharSpan]) -> list[tuple[int, int]]:
        """Where the sentences of a text begin and end; those that a span or a token reaches across are one."""
        text = record.text or ""
        whole = [(0, len(text))]
        if self.split is None:
            return whole
        pieces = list(record.sentences or whole) if record.tokens is not None else self.split(text)
        # White space at a span's edges lies between sentences as well.
        inner = sorted([trimmed(text, span)[:2] for span in spans] + list(record.offsets or ()))
        merged: list[tuple[int, int]] = []
        reach = index = 0
        for start, end in pieces:
            while index < len(inner) and inner[index][0] < start:
                reach = max(reach, inner[index][1])
                index += 1
            if merged and reach > start:
                merged[-1] = (merged[-1][0], end)
            else:
                merged.append((start, end))
        return merged

    def _tokens(self, record: Record, pieces: Sequence[tuple[int, int]]) -> Sentence:
        """The text with its own tokens, or with those of each sentence."""
        text = record.text or ""
        tokens: list[Token] = []
        if record.tokens is not None and record.offsets is not None:
            tokens = [Token(word, *place) for word, place in zip(record.tokens, record.offsets, strict=True)]
        else:
            for start, end in pieces:
                found = self.tokenize(text[start:end]).tokens
                tokens += [Token(token.text, token.start_char + start, token.end_char + start) for token in found]
        position = 0
        for start, end in (*pieces, (len(text), len(text))):
            if text[position:start].strip():
                raise RecordError(f"{quoted(text[position:start].strip())} is in none of the sentences", "Leave 'sents' away.")
            position = end
        return Sentence(text, tuple(tokens))

    def _aligned(
        self, sentence: Sentence, spans: Mapping[str, Sequence[CharSpan]], where: str
    ) -> tuple[dict[str, Alignment], bool]:
        """The spans of each task over the tokens, and whether the sentence may be used."""
        aligned: dict[str, Alignment] = {}
        for task, of_task in spans.items():
            aligned[task] = align(sentence, of_task, self.policy)
            sentence = aligned[task].sentence
        for one in aligned.values():
            for misaligned in one.misaligned:
                self._tell(misaligned, where)
            for span in one.repeated:
                self._count_off("repeated", f"{where}: ({span.start}-{span.end}, {span.label})")
        kept = self.policy != "error" or not any(one.misaligned for one in aligned.values())
        # What one task's spans split, those of the tasks before it count anew.
        return {task: align(sentence, of_task, self.policy) for task, of_task in spans.items()}, kept

    def _tell(self, misaligned: Misaligned, where: str) -> None:
        message = f"{where}: {misaligned.problem}"
        self._count_off(misaligned.action, message)
        if self.policy == "error" and len(self.told) < _SHOWN:
            self.told.append(message)

    def _count_off(self, action: str, message: str) -> None:
        self.off[action] = self.off.get(action, 0) + 1
        self.first_off.setdefault(action, message)

    def notes(self) -> Iterator[str]:
        """What a user should know about a file that was read, each in a sentence."""
        for action, count in self.off.items():
            if action == "repeated":
                what = "span stands there twice and counts once" if count == 1 else "spans stand there twice and count once"
            else:
                what = f"{'span' if count == 1 else 'spans'} off the token boundaries {'was' if count == 1 else 'were'} {action}"
            if action:
                yield f"{count} {what}; the first: {self.first_off[action]}"
        for remark, lines in self.remarks.items():
            yield f"{_counted(lines[0], 'record')}: {remark} ({_places(lines)})"
        if self.skipped:
            count = sum(lines[0] for lines in self.skipped.values())
            reasons = ", ".join(f"{reason} ({_places(lines)})" for reason, lines in self.skipped.items())
            yield f"{_counted(count, 'record')} {'was' if count == 1 else 'were'} skipped: {reasons}"

    def problems(self, place: str) -> Iterator[CorpusError]:
        """What is wrong with the file as a whole."""
        count = self.off.get("", 0)
        if count:
            more = [f"and {count - len(self.told)} more"] if count > len(self.told) else []
            problem = "1 span does not fall on token boundaries" if count == 1 else f"{count} spans do not fall on token boundaries"
            yield CorpusError(problem, where=place, fix="\n".join([*self.told, *more, _MISALIGNED_FIX]))
        for task, key in self.tasks.items():
            if task not in self.chosen and self.seen_spans:
                names = ", ".join(f"'{name}' (line {line})" for name, line in self.seen_spans.items())
                under = f" under '{key}'" if key and not key.startswith("data.") else ""
                yield CorpusError(
                    f"no record has spans{under} for the task '{task}'",
                    where=place,
                    fix=f"The file has spans under {names}. {_name_it(task, next(iter(self.seen_spans)))}",
                )


def _count(counts: dict[str, list[int]], reason: str, number: int) -> None:
    """Counts a reason: how often, and the lines of the first few."""
    entry = counts.setdefault(reason, [0])
    entry[0] += 1
    if len(entry) <= 3:
        entry.append(number)


def _places(entry: Sequence[int]) -> str:
    lines = [str(number) for number in entry[1:]]
    more = f" and {entry[0] - len(lines)} more" if entry[0] > len(lines) else ""
    return f"{'line' if len(lines) == 1 else 'lines'} {', '.join(lines)}{more}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun if count == 1 else noun + 's'}"


def _name_it(task: str, key: str) -> str:
    return f"Name the key in the recipe, for example `{task}: {key}`."


def _ordered(columns: Mapping[str, Sequence[str]], tasks: Mapping[str, str | None]) -> dict[str, Sequence[str]]:
    return {task: columns[task] for task in tasks}


def _lines(line: _Line, tokens: Sequence[Any]) -> list[int]:
    return [line.number] * len(tokens)


def _lists_nothing(record: Record, wanted: str | None) -> bool:
    """Whether the key is one of a kind that an empty `spans` stands for: a task's spans, or a group of them."""
    return bool(record.spans) and wanted is not None and wanted.startswith("spans.") and record.spans.get("spans") == ()


def _tags(record: Record, key: str | None) -> Sequence[str]:
    tags, count = record.tags[key or ""], len(record.tokens or ())
    if len(tags) != count:
        raise RecordError(f"{key} has {len(tags)} strings for {count} tokens", "Give one tag for each token.")
    for index, tag in enumerate(tags):
        if not tag.strip():
            raise RecordError(f"{key}[{index}] is empty", "Give one tag for each token; O where it is in no span.")
    return tags


def _refuse_shared_keys(keys: Mapping[str, str | None], tasks: Mapping[str, str | None]) -> None:
    """Refuses to read two tasks from one key, unless the recipe says so."""
    for task, key in keys.items():
        twin = next((other for other in keys if other != task and keys[other] == key), None)
        if key is not None and twin is not None and tasks[task] is None:
            raise RecordError(f"the tasks '{task}' and '{twin}' would both be read from '{key}'", _name_it(task, key))


def _refuse_other_spans(task: str, key: str, record: Record) -> None:
    """Refuses a record whose tags and spans of a task say different things."""
    other = {"tags": "spans", f"tags.{task}": f"spans.{task}"}.get(key, "")
    spans = record.spans.get(other)
    if not spans or key not in record.tags or record.text is None or record.tokens is None or record.offsets is None:
        return
    tokens = tuple(Token(word, *place) for word, place in zip(record.tokens, record.offsets, strict=True))
    made = align(Sentence(record.text, tokens), spans, "error")
    if made.misaligned or tuple(IOB2.write(made.spans, len(tokens))) != tuple(record.tags[key]):
        raise RecordError(f"'{key}' and '{other}' differ, and the task '{task}' could be read from either", _name_it(task, key))
