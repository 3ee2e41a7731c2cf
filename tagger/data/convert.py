"""From one form of data to another: columns, CoNLL-U, JSON Lines, and the schemes of spans.

Within one form only what is to change is changed: comments, document marks, separators and all other columns stay as they stand,
so that what is read and written without a change is the same file, but for a byte order mark, which is left out, and the
ends of its lines, which are LF. JSON Lines stay as they stand where nothing is to change, and are written anew where something is.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace

from tagger.build_corpus import detected
from tagger.corpora.conllu import new_document
from tagger.corpora.interpret import Reading, interpret
from tagger.corpora.source import NoteTaker, SourceSentence, refuse, text_lines
from tagger.corpus_parts import Part
from tagger.corpus_settings import ColumnsCorpus
from tagger.data.survey import Surveyed
from tagger.data.writers import Target, in_place_writer, sentence_writer
from tagger.errors import CorpusError
from tagger.text.partial import READABLE_ALONE, parts
from tagger.text.schemes import TagScheme


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
    _check_columns(source.part, target)
    part = detected(source.part)
    for text in part.told():
        note(text)
    readings = {
        task: reading and replace(reading, inside=_inside(task, reading, target)) for task, reading in part.readings.items()
    }
    schemes = {task: reading.inside if reading else None for task, reading in readings.items()}
    for task in target.hide:
        if (scheme := schemes[task]) and scheme.name not in READABLE_ALONE:
            raise CorpusError(
                f"{task}: a tag of {scheme.name.upper()} means nothing without its neighbours, of which some are to be hidden",
                where="--hide",
                fix=f"Write another scheme too: --to-scheme {task}=iob2.",
            )
    sentences = interpret(part.openers[split](refuse, note), readings, fault=refuse, note=note)
    if target.hide:
        sentences = _hidden(sentences, target)
    keep = tuple(target.keep) or tuple(part.readings)
    in_place = in_place_writer(source, keep, target)
    write = in_place or sentence_writer(source, keep, target, schemes)
    before: SourceSentence | None = None
    left_out = 0
    for sentence in sentences:
        yield from write(sentence, before)
        before = sentence
        left_out += 0 if in_place else sum(_is_comment(line, source) for _, line in sentence.source)
    if left_out:
        place = part.files[split]
        note(f"{place}: {left_out:,} comment {'line is' if left_out == 1 else 'lines are'} left out")
    if in_place and before and source.form != "jsonl":
        # What stands behind the last sentence belongs to none.
        last = before.source[-1][0]
        yield from (line + "\n" for number, line in text_lines(part.files[split]) if number > last)


def _is_comment(line: str, source: Surveyed) -> bool:
    """Whether a line of the source is a comment that a new form has no place for."""
    if isinstance(source.settings, ColumnsCorpus):
        return bool(source.settings.comments) and line.startswith(source.settings.comments or "")
    return source.form == "conllu" and line.startswith("#") and not line.startswith("# text =") and new_document(line) is None


def _check_columns(part: Part, target: Target) -> None:
    there = ", ".join(part.readings)
    for option, names in (("--to-scheme", target.schemes), ("--keep", target.keep), ("--hide", target.hide)):
        for name in names:
            if name not in part.readings:
                raise CorpusError(
                    f"there is no column '{name}' (there are {there})", where=option, fix="Name the columns with --columns."
                )
    for name in target.schemes:
        if not part.writes_spans(name):
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
            if target.unknown in columns[task]:
                raise CorpusError(
                    f"{task}: '{target.unknown}' is a tag already, so that it can't mark hidden ones",
                    where=sentence.where(list(columns[task]).index(target.unknown), task),
                    fix="Choose another mark: --unknown '?'. If it marks unknown tags here, say so by the same option.",
                )
            columns[task] = [None if random_state.random() < share else tag for tag in columns[task]]
        yield replace(sentence, columns=columns)
