"""Plain text: its sentences to tag, and tagged ones with brackets around their spans."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tagger.corpora.source import Lines
from tagger.corpora.streams.item import Item
from tagger.errors import TaggerError
from tagger.text.sentence import Sentence
from tagger.text.sentences import split_sentences

# A line of more characters is split where it is read: its sentences may be more than should be in memory at once.
_LONG = 100_000


def read_text(lines: Lines, place: str, *, split: bool = True, later: bool = False) -> Iterator[Item]:
    """The sentences of each line; each line as one without `split`. An empty line is an empty sentence.

    Args:
        lines: The lines.
        place: What they are called in messages.
        split: Whether lines are split into sentences.
        later: Whether that is left to `sentences_of`, which another process may call: it takes most of the time of reading.
    """
    for number, line in lines:
        item = Item(line, line=number, is_unsplit=split)
        if not split or (later and len(line) <= _LONG):
            yield item
        else:
            yield from sentences_of(item)


def sentences_of(item: Item) -> Iterator[Item]:
    """The sentences of a line that is not split yet; anything else as it is."""
    if not item.is_unsplit:
        yield item
        return
    line = item.text
    assert isinstance(line, str)
    pieces = split_sentences(line)
    if len(pieces) < 2:
        yield Item(line, line=item.line)
        return
    ends = [start for start, _ in pieces[1:]]
    for index, (start, end) in enumerate(pieces):
        after = line[end : ends[index]] if index < len(ends) else line[end:] + "\n"
        yield Item(line[start:end], before=line[:start] if index == 0 else "", after=after, line=item.line)


def write_text(sentence: Sentence, item: Item, *, probabilities: bool, n_best: int = 1, clipped: Sequence[int] = ()) -> str:
    """The text with its spans in brackets, `[PER Angela Merkel]`, and plain tags behind their words, `visited/VERB`.

    Labels of the sentence stand in braces before it, `{greeting} Good morning!`. With `n_best` each of the most probable sequences
    has a line, its probability and a tab before it, and a blank line ends the sentence. It has no place for `clipped`.

    Raises:
        TaggerError: Two tasks find spans, whose brackets could cross; or several sequences of two tasks are to be written.
    """
    # Sentences' labels have no alternatives.
    if n_best == 1 or not sentence.tags:
        return item.before + _bracketed(sentence, probabilities=probabilities) + item.after
    if len(sentence.alternatives) > 1:
        raise TaggerError(
            f"text can show the best sequences of one task, and here are those of {', '.join(sentence.alternatives)}",
            fix="Write jsonl, parquet or conll with --to.",
        )
    lines = [
        f"{one.probability:.4g}\t"
        + _bracketed(replace(sentence, tags={task: one.tags}, spans=one.spans), probabilities=probabilities)
        for task, several in sentence.alternatives.items()
        for one in several
    ]
    return "\n".join((*lines, "", ""))


def _bracketed(sentence: Sentence, *, probabilities: bool) -> str:
    """A sentence in one line."""
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
    said = [_label(sentence, task, probabilities=probabilities) for task, label in sentence.labels.items() if label is not None]
    pieces.insert(0, f"{{{', '.join(said)}}} " if said else "")
    # A sentence is one line, whatever ends of lines it holds.
    return re.sub(r"[\r\n]+", " ", "".join(pieces) + sentence.text[position:])


def _label(sentence: Sentence, task: str, *, probabilities: bool) -> str:
    return f"{sentence.labels[task]} {sentence.label_probabilities[task]:.2f}" if probabilities else str(sentence.labels[task])


def _span_tasks(sentence: Sentence) -> set[str]:
    """The tasks of a sentence without spans whose tags are nothing but `O`."""
    return {task for task, tags in sentence.tags.items() if set(tags) <= {"O"}}
