"""CoNLL-U: sentences to tag, and tagged ones with their tags filled in."""

from collections.abc import Iterator, Sequence
from itertools import chain
from types import MappingProxyType

from tagger.corpora.columns import DOCUMENT_MARKER, one_column
from tagger.corpora.comments import with_labels
from tagger.corpora.conllu import column_values, new_document, sentence_words, with_value
from tagger.corpora.source import Lines
from tagger.corpora.streams.given import GivenColumns, with_columns
from tagger.corpora.streams.item import Item, label_texts
from tagger.errors import TaggerError
from tagger.text.sentence import Sentence, sentence_of_words

NO_ALTERNATIVES = "conllu has one place for each tag, and none for those of a second sequence"
_CLIPPED = "# clipped ="


def read_conllu(lines: Lines, place: str, *, given: GivenColumns = MappingProxyType({})) -> Iterator[Item]:
    """The syntactic words are the tokens; comments, multiword ranges and empty nodes are given back as they came.

    Args:
        lines: The lines.
        place: What they are called in messages.
        given: The fields of columns that are read beside the words.
    """
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
            if given:
                columns = {column: column_values(words, str(one.at), place) for column, one in given.items()}
                sentence = with_columns(sentence, columns, given, place, [word.line for word in words])
            rows = tuple((text,) if text.startswith("#") else tuple(text.split("\t")) for _, text in block)
            yield Item(sentence, rows, "conllu", mark=(DOCUMENT_MARKER,) if marked else (), document=document, line=block[0][0])
            block, found = [], 1


def write_conllu(sentence: Sentence, item: Item, *, probabilities: bool, n_best: int = 1, clipped: Sequence[int] = ()) -> str:
    """The source's lines with `upos` and `xpos` filled in, other tasks as `name=tag` in the last column.

    Labels of the sentence stand in comments, `# intent = greeting`; the ids of the words that are `clipped` in one too,
    `# clipped = 3 17`.

    Raises:
        TaggerError: Several tag sequences are to be written.
    """
    if n_best > 1:
        raise TaggerError(NO_ALTERNATIVES, fix="Write jsonl, parquet or conll with --to.")
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
    source = [row for row in source if not row[0].startswith(_CLIPPED)]
    if clipped:
        comment = [f"{_CLIPPED} {' '.join(words[index][0] for index in clipped)}"]
        source.insert(next(place for place, row in enumerate(source) if not row[0].startswith("#")), comment)
    if sentence.labels:
        comments = [row[0] for row in source if row[0].startswith("#")]
        said = with_labels(comments, label_texts(sentence, probabilities=probabilities))
        source = [*([line] for line in said), *source[len(comments) :]]
    return "".join("\t".join(row) + "\n" for row in source) + "\n"


def _conllu_rows(sentence: Sentence) -> Iterator[list[str]]:
    """The rows of a sentence that comes from another form."""
    if not sentence.tokens:
        return
    yield [f"# text = {' '.join(sentence.text.split())}"]
    starts = [token.start_char for token in sentence.tokens[1:]] + [len(sentence.text) + 1]
    for index, (token, start) in enumerate(zip(sentence.tokens, starts, strict=True), 1):
        yield [str(index), one_column(token.text), *["_"] * 7, "_" if start > token.end_char else "SpaceAfter=No"]
