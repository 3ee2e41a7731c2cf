"""How well each tokenizer finds the words of a CoNLL-U file, and the sentence splitter its sentences.

    python benchmarks/tokenizer.py ../shared/corpora/ud_english_ewt/dev.conllu --errors 20

A word is right where its start and end are. The words of a range such as `1-2` count where they make up the range's form, or
else the range does. For sentences the texts of a paragraph are joined; its last end is no merit and is not counted.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from tagger.text.sentences import split_sentences
from tagger.text.tokenizer import KINDS, Tokenizer

Offsets = list[tuple[int, int]]


class Sentence(NamedTuple):
    """A sentence of the file: whether a paragraph starts with it, and whether a space follows it."""

    text: str
    words: Offsets
    starts_paragraph: bool
    space_after: bool


def read(path: Path) -> Iterator[Sentence]:
    """The sentences of a CoNLL-U file that has `# text` lines."""
    for block in path.read_text("utf-8").strip().split("\n\n"):
        comments = [line for line in block.split("\n") if line.startswith("#")]
        rows = [line.split("\t") for line in block.split("\n") if not line.startswith("#")]
        text = next(line for line in comments if line.startswith("# text = ")).removeprefix("# text = ")
        starts = any(line.startswith(("# newpar", "# newdoc")) for line in comments)
        words: Offsets = []
        for form in _forms(rows):
            start = text.index(form, words[-1][1] if words else 0)
            words.append((start, start + len(form)))
        surface = [row for row in rows if "." not in row[0]]
        ranges = [row for row in rows if "-" in row[0] and row[0].split("-")[1] == surface[-1][0]]
        last = ranges[-1] if ranges else surface[-1]
        yield Sentence(text, words, starts, "SpaceAfter=No" not in last[9].split("|"))


def _forms(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    forms = {row[0]: row[1] for row in rows if "." not in row[0]}
    range_end = 0
    for identity, form in forms.items():
        if "-" in identity:
            first, last = map(int, identity.split("-"))
            if "".join(forms[str(number)] for number in range(first, last + 1)) != form:
                range_end = last
                yield form
        elif int(identity) > range_end:
            yield form


def paragraphs(sentences: Sequence[Sentence]) -> Iterator[tuple[str, set[int]]]:
    """Each paragraph's text, and where its sentences end but for the last."""
    text, ends, space = "", set[int](), False
    for sentence in sentences:
        if sentence.starts_paragraph and text:
            yield text, ends
            text, ends, space = "", set(), False
        if text:
            ends.add(len(text))
        text += (" " if space else "") + sentence.text
        space = sentence.space_after
    yield text, ends


def differences(text: str, gold: Offsets, found: Offsets) -> Iterator[tuple[str, str]]:
    """The stretches where the words differ, as in the file and as found."""
    wrong = sorted(set(gold) ^ set(found))
    groups: list[list[int]] = []
    for start, end in wrong:
        if groups and start < groups[-1][1]:
            groups[-1][1] = max(end, groups[-1][1])
        else:
            groups.append([start, end])
    for first, last in groups:
        yield (
            " ".join(text[start:end] for start, end in gold if start >= first and end <= last),
            " ".join(text[start:end] for start, end in found if start >= first and end <= last),
        )


def row(name: str, num_gold: int, num_found: int, num_right: int) -> str:
    """A line of the table."""
    precision, recall = num_right / max(num_found, 1), num_right / max(num_gold, 1)
    return f"{name:24}{100 * precision:10.2f}{100 * recall:10.2f}{200 * num_right / max(num_gold + num_found, 1):10.2f}"


@click.command(help=__doc__)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tokenizer", "names", multiple=True, default=KINDS, help="A kind, or the path of a tokenizer.json.")
@click.option("--errors", default=0, help="Show as many of the most frequent differences.")
def main(files: tuple[Path, ...], names: tuple[str, ...], errors: int) -> None:
    """Prints a table for each file."""
    for path in files:
        sentences = list(read(path))
        click.echo(f"{path}\n{'':24}{'precision':>10}{'recall':>10}{'F1':>10}{'words/s':>10}")
        for name in names:
            tokenizer, wrong = Tokenizer.named(name), Counter[tuple[str, str]]()
            start = time.process_time()
            found = [[(token.start_char, token.end_char) for token in tokenizer.sentence(item.text).tokens] for item in sentences]
            seconds = time.process_time() - start
            num_right = sum(len(set(words) & set(item.words)) for words, item in zip(found, sentences, strict=True))
            num_found = sum(map(len, found))
            line = row(name, sum(len(item.words) for item in sentences), num_found, num_right)
            click.echo(f"{line}{num_found / seconds:10.0f}")
            if errors:
                for words, item in zip(found, sentences, strict=True):
                    wrong.update(differences(item.text, item.words, words))
                for (expected, got), count in wrong.most_common(errors):
                    click.echo(f"{count:8}  {expected!r} was split as {got!r}")
        ends_of = [(ends, {end for _, end in split_sentences(text)[:-1]}) for text, ends in paragraphs(sentences)]
        num_gold, num_found = (sum(len(pair[side]) for pair in ends_of) for side in (0, 1))
        click.echo(row("sentence ends", num_gold, num_found, sum(len(gold & split) for gold, split in ends_of)))


if __name__ == "__main__":
    main()
