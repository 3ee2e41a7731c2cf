"""JSON Lines, and JSON arrays, of annotated texts: one record on each line, in any form that `shapes` reads."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tagger.corpora.jsonl.keys import TaskKeys
from tagger.corpora.jsonl.labels import record_labels
from tagger.corpora.jsonl.lines import JsonRecord, json_records
from tagger.corpora.jsonl.notes import RecordCounts
from tagger.corpora.jsonl.record import RecordError, document_name
from tagger.corpora.jsonl.sentences import SentenceSplitter, cut_sentences, sentence_places, tokenized
from tagger.corpora.jsonl.shapes import parse_record
from tagger.corpora.source import FaultHandler, Lines, NoteTaker, SourceSentence, nothing_found, refuse
from tagger.errors import CorpusError
from tagger.text.alignment import Alignment, CharSpan, OverlapError, Policy, SpanError, align
from tagger.text.schemes import IOB2, TagScheme
from tagger.text.sentence import Sentence

_MISALIGNED = "misaligned span"
_MISALIGNED_FIX = """\
Say what becomes of such spans: corpus.misaligned: snap in the recipe, --misaligned snap of `tagger data convert`
(snap: widened to whole tokens; split: the tokens are split; drop: left out)."""
_SPANS_FIX = "Offsets count the characters of the text from 0, the end exclusive; the spans of one task may not overlap."


def read_jsonl(
    lines: Lines,
    place: str,
    tasks: Mapping[str, str | None],
    *,
    tokenize: Callable[[str], Sentence],
    labels: Mapping[str, str | None] = {},
    schemes: Mapping[str, TagScheme] = {},
    misaligned: Policy = "error",
    split: SentenceSplitter | None = None,
    fault: FaultHandler = refuse,
    note: NoteTaker,
) -> Iterator[SourceSentence]:
    """The sentences of a file of JSON records, one at a time.

    Consecutive records whose `document` is the same string or whole number are one document, and so are those without; a text
    that is split into sentences is a document of its own, if it names no other.

    Args:
        lines: The file's lines.
        place: What the file is called in messages.
        tasks: For each task the key that it is read from, dotted where nested; None where it is found by itself: the key called
            as the task, `tags.<task>`, `spans.<task>`, `tags`, or the only list of spans. A key that begins with `data.` names the
            text instead, where a record of Label Studio has several.
        labels: For each task with one label for a record the key that it is read from, as in `record_labels`.
        tokenize: Gives the words of a text that has no tokens of its own.
        schemes: For each task the scheme of its tags; its spans are written in it, and in IOB2 where none is named.
        misaligned: What becomes of spans that do not fall on token boundaries.
        split: Where the sentences of a text begin and end; None where each text is one sentence. No boundary falls within a span.
            A text with tokens of its own is split where its record says.
        fault: Told what is wrong. With `refuse` the spans off the token boundaries are told together, at the file's end.
        note: Told, once the file is read, what was skipped, converted, snapped, split or dropped.

    Raises:
        CorpusError: By `fault`: a record can't be read, spans are off the token boundaries, or the file holds no sentence.
    """
    faults = 0

    def tell(error: CorpusError) -> None:
        nonlocal faults
        faults += 1
        fault(error)

    reading = _Reading(place, TaskKeys(tasks, schemes), tokenize, misaligned, split, tell, gathers=fault is refuse, labels=labels)
    document, before, found = -1, None, False
    for record in json_records(lines, place, tell):
        name = document_name(record.data) if "document" not in reading.keys.texts else None
        opens = document < 0 or name != before or (name is None and split is not None)
        document, before = document + opens, name
        try:
            for sentence in reading.sentences(record):
                yield replace(sentence, document=document, document_id=name if isinstance(name, str) else "")
                found = True
        except RecordError as error:
            tell(CorpusError(str(error), where=f"{place}:{record.number}", fix=error.fix, kind=error.kind))
        except SpanError as error:
            kind = "overlapping spans" if isinstance(error, OverlapError) else "unreadable record"
            tell(CorpusError(str(error), where=f"{place}:{record.number}", fix=_SPANS_FIX, kind=kind))
    for message in reading.counts.notes():
        note(f"{place}: {message}")
    for problem in reading.problems():
        tell(problem)
    if not found and not faults:
        fault(nothing_found(place))


@dataclass
class _Reading:
    """What one file is read with, and what was noticed in it so far."""

    place: str
    keys: TaskKeys
    tokenize: Callable[[str], Sentence]
    policy: Policy
    split: SentenceSplitter | None
    tell: FaultHandler
    gathers: bool
    labels: Mapping[str, str | None]
    counts: RecordCounts = field(default_factory=RecordCounts)
    misaligned: list[str] = field(default_factory=list)

    def sentences(self, line: JsonRecord) -> Iterator[SourceSentence]:
        """The sentences of one record."""
        texts = self.keys.texts
        if len(texts) > 1:
            raise RecordError(f"several texts are named: {', '.join(texts)}", "Read the tasks of each text from a file of its own.")
        # What is read for its label alone needs no tags.
        record = parse_record(line.data, text_key=texts[0] if texts else None, needs_tags=bool(self.keys.tasks) or not self.labels)
        if record.skipped:
            self.counts.add_skipped(record.skipped, line.number)
            return
        tags, spans = self.keys.found(record, line.number)
        for remark in record.remarks:
            self.counts.add_remark(remark, line.number)
        whole_labels = record_labels(line.data, self.labels)
        if self.labels and not (record.text or "").strip() and not record.tokens:
            self.counts.add_skipped("no words", line.number)
            return
        made = SourceSentence((), {}, self.place, (line.number,), source=((line.number, line.source),), labels=whole_labels)
        if record.tokens is not None and (record.text is None or record.offsets is None):
            if record.tokens:
                # Where there are no places there are no spans either.
                columns = self._columns(tags, dict.fromkeys(spans, ()), len(record.tokens))
                yield replace(made, words=record.tokens, columns=columns, lines=[line.number] * len(record.tokens))
            return
        places = sentence_places(record, [span for of_task in spans.values() for span in of_task], self.split)
        whole = tokenized(record, places, self.tokenize)
        aligned = self._aligned(whole, spans, f"{self.place}:{line.number}")
        if aligned is None:
            return
        sentence = next((one.sentence for one in aligned.values()), whole)
        if tags and len(sentence.tokens) != len(whole.tokens):
            raise RecordError(
                f"a token must be split, but the task '{next(iter(tags))}' has one tag for it",
                "Choose snap or drop: corpus.misaligned: snap in the recipe, --misaligned snap of `tagger data convert`.",
                kind=_MISALIGNED,
            )
        columns = self._columns(tags, {task: one.spans for task, one in aligned.items()}, len(sentence.tokens))
        yield from cut_sentences(made, sentence, places, columns)

    def _columns(self, tags: Mapping[str, Sequence[str]], spans: Mapping[str, Any], length: int) -> dict[str, Sequence[str]]:
        """The tags of each task, those of spans written in the task's scheme."""
        return {
            task: tags[task] if task in tags else self.keys.schemes.get(task, IOB2).write(spans[task], length)
            for task in self.keys.tasks
        }

    def _aligned(self, sentence: Sentence, spans: Mapping[str, Sequence[CharSpan]], where: str) -> dict[str, Alignment] | None:
        """The spans of each task over the tokens; None where they are off the token boundaries and that is an error."""
        aligned: list[Alignment] = []
        for of_task in spans.values():
            aligned.append(align(sentence, of_task, self.policy))
            sentence = aligned[-1].sentence
        for one in aligned:
            for misaligned in one.misaligned:
                if self.policy == "error":
                    self._tell_misaligned(misaligned.problem, where)
                else:
                    self.counts.add_span(misaligned.action, f"{where}: {misaligned.problem}")
            for span in one.repeated:
                self.counts.add_span("repeated", f"{where}: ({span.start}-{span.end}, {span.label})")
        if self.policy == "error" and any(one.misaligned for one in aligned):
            return None
        # What one task's spans split, those of the tasks before it count anew.
        return {task: align(sentence, of_task, self.policy) for task, of_task in spans.items()}

    def _tell_misaligned(self, problem: str, where: str) -> None:
        """Tells of a span off the token boundaries, or keeps it for the file's end."""
        if self.gathers:
            self.misaligned.append(f"{where}: {problem}")
        else:
            self.tell(CorpusError(problem, where=where, fix=_MISALIGNED_FIX, kind=_MISALIGNED))

    def problems(self) -> Iterator[CorpusError]:
        """What is wrong with the file as a whole."""
        if count := len(self.misaligned):
            problem = "1 span does not fall on token boundaries" if count == 1 else f"{count} spans do not fall on token boundaries"
            yield CorpusError(problem, where=self.place, fix="\n".join([*self.misaligned, _MISALIGNED_FIX]), kind=_MISALIGNED)
        yield from self.keys.problems(self.place)
