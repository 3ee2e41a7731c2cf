"""Columns: sentences to tag, and tagged ones with a column for each task."""

from collections.abc import Iterator, Sequence
from itertools import chain
from types import MappingProxyType

from tagger.corpora.columns import DOCUMENT_MARKER, one_column
from tagger.corpora.comments import with_labels
from tagger.corpora.source import Lines
from tagger.corpora.streams.given import GivenColumns, from_rows, with_columns
from tagger.corpora.streams.item import Item, label_texts
from tagger.errors import CorpusError
from tagger.text.sentence import Sentence, sentence_of_words


def read_conll(
    lines: Lines, place: str, *, comments: str | None = None, word: int = 0, given: GivenColumns = MappingProxyType({})
) -> Iterator[Item]:
    """The sentences of columns, separated by tabs where a line has any; a blank line ends one, -DOCSTART- begins a document.

    Args:
        lines: The lines.
        place: What they are called in messages.
        comments: Lines that begin with this are given back as they stand; None where there are none.
        word: Which column holds the token, in lines that have so many; the first in others.
        given: Where columns stand that are read beside the words.
    """
    rows: list[tuple[str, ...]] = []
    mark: tuple[str, ...] = ()
    left: list[str] = []
    numbers: list[int] = []
    document, found, num_tabbed, first = None, 0, 0, 0

    def item() -> Item:
        words = [row[word if word < len(row) else 0] for row in rows]
        # Tabs where all lines have them, or else the columns could not be told apart again.
        with_tabs = (rows and num_tabbed == len(rows)) or any(" " in field for row in rows for field in row)
        separator = "\t" if with_tabs else " "
        sentence, comments = sentence_of_words(words), tuple(left)
        if given:
            sentence = with_columns(sentence, from_rows(rows, numbers, given, place), given, place, numbers)
        return Item(sentence, tuple(rows), "conll", "", "\n", mark, document, separator, comments, line=first)

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
            rows, numbers, mark, left, found, num_tabbed = [], [], (), [], 1, 0
        if opens:
            # What stands before the first mark is a document of its own.
            mark, document = fields, found if document is None else document + 1
        elif not is_blank:
            if not fields[word if word < len(fields) else 0]:
                raise CorpusError("the token is empty", where=f"{place}:{number}", fix="Give it one.")
            first = first if rows else number
            rows.append(fields)
            numbers.append(number)
            num_tabbed += has_tabs
    if mark or left:
        yield item()


def write_conll(sentence: Sentence, item: Item, *, probabilities: bool, n_best: int = 1, clipped: Sequence[int] = ()) -> str:
    """The source's columns, or the token, and behind them a column for each task; spans in IOB2. It has no place for `clipped`.

    With `n_best` there follow, for each task, so many pairs of columns: the tag of each of the most probable sequences, the best
    among them, and the probability of that sequence, the same on each line; `_` where there are fewer legal sequences.

    Labels of the sentence stand in comments before it, `# intent = greeting`.
    """
    is_own = item.form == "conll"
    rows = [list(row) for row in item.rows] if is_own else [[one_column(word)] for word in sentence.words]
    for task, tags in sentence.tags.items():
        for index, (row, tag) in enumerate(zip(rows, tags, strict=True)):
            row.append(tag)
            if probabilities:
                row.append(f"{sentence.probabilities[task][index]:.4f}")
    num_ranks = n_best if n_best > 1 else 0
    for several in sentence.alternatives.values():
        for rank in range(num_ranks):
            share = f"{several[rank].probability:.4g}" if rank < len(several) else "_"
            for index, row in enumerate(rows):
                row += several[rank].tags[index] if rank < len(several) else "_", share
    # The mark of a document has as many columns as all lines.
    separator = item.separator if is_own else " "
    num_added = len(sentence.tags) * (1 + probabilities + 2 * num_ranks)
    mark = separator.join((*item.mark, *["O"] * num_added)) + "\n\n" if item.mark else ""
    comments = "".join(line + "\n" for line in with_labels(item.comments, label_texts(sentence, probabilities=probabilities)))
    ends = "\n" if rows or not (mark or comments) else ""
    return mark + comments + "".join(separator.join(row) + "\n" for row in rows) + ends
