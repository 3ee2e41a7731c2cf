"""Everything that is wrong, odd or worth knowing in a corpus, in one reading, each matter with its place."""

import re
from collections import Counter
from collections.abc import Collection, Sequence

from tagger.corpora.columns import DOCUMENT_MARKER
from tagger.corpora.conllu import ID
from tagger.corpora.interpret import Counts, check_characters, confidences, label_of
from tagger.corpora.source import SourceSentence
from tagger.corpus_parts import Part
from tagger.corpus_settings import ColumnsCorpus, ConlluCorpus, OneCorpus
from tagger.data.beside_words import BesideWords
from tagger.data.findings import Checked, Findings
from tagger.data.raw_lines import check_lines, check_separators
from tagger.data.sentence_memory import SentenceMemory
from tagger.data.tag_pairs import TagPairs
from tagger.errors import CorpusError

# White space and control characters, what is invisible and joins nothing, and the mark of a character that was lost. Where a form
# can hold a space within a token, it is meant.
_ODD = re.compile(r"^ | $|[^\S ]|[\x00-\x1f\x7f-\x9f\u00ad\u200b\u2060\ufeff\ufffd]")
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u00ad\ufe0e\ufe0f]*")
_LONG_SENTENCE, _LONG_WORD = 200, 60


def check(parts: Sequence[tuple[OneCorpus, Part]], *, to_train: bool = False) -> Checked:
    """Reads all of a corpus and tells what it finds.

    Args:
        parts: Each source with its settings.
        to_train: Whether it is to be trained on, so that it needs a train split with labels.
    """
    result = Checked(Findings())
    memory, beside = SentenceMemory(), BesideWords()
    undecoded: set[str] = set()

    def fault(error: CorpusError) -> None:
        if error.kind == "not UTF-8":
            undecoded.add(str(error.where).rpartition(":")[0])
        result.findings.fault(error)

    for settings, part in parts:
        for text in part.notes:
            result.findings.add("left out", "note", part.place, text, fix="To read them too, name the files.")
        for path in part.files.values():
            check_lines(path, result.findings)
            if isinstance(settings, ColumnsCorpus) and settings.separator == "whitespace":
                check_separators(path, result.findings, settings.comments, settings.columns)

        def note(text: str, *, settings: OneCorpus = settings) -> None:
            # What a reader of columns notes is told of line by line.
            if not isinstance(settings, ColumnsCorpus):
                result.findings.add("reading", "note", "", text)

        tags = TagPairs()
        documents = {split: sizes["documents"] for split, sizes in result.sizes.items()}
        readings = {task: reading for task, reading in part.readings.items() if reading}
        seen: dict[str, set[str | None]] = {task: set() for task in readings}
        labelled = {task: Counts() for task in part.labels}
        for split, opener in part.openers.items():
            try:
                for sentence in opener(fault, note):
                    _check_sentence(sentence, split, result, undecoded, documents.get(split, 0))
                    if isinstance(settings, ConlluCorpus):
                        _check_rows(sentence, result.findings)
                    for task, reading in readings.items():
                        check_characters(sentence, task, seen[task], fault)
                        confidences(sentence, task, reading, fault)
                    for task, mark in part.labels.items():
                        label_of(sentence, task, mark, labelled[task], fault)
                    tags.add(sentence, split, part)
                    memory.add(sentence, split, part, result)
                    beside.add(sentence, split, part)
            except CorpusError as error:
                result.findings.fault(error)
        tags.conclude(part, result)
    memory.conclude(result)
    beside.conclude(result.findings)
    if to_train:
        memory.check_train(parts[0][1].place, result)
    return result


def _check_sentence(sentence: SourceSentence, split: str, result: Checked, undecoded: Collection[str], documents: int) -> None:
    """Counts and looks at one sentence; `documents` are those of its split in the sources before its own."""
    sizes = result.sizes.setdefault(split, {"sentences": 0, "tokens": 0, "documents": 0})
    sizes["sentences"] += 1
    sizes["tokens"] += len(sentence.words)
    sizes["documents"] = max(sizes["documents"], documents + sentence.document + 1)
    result.lengths.setdefault(split, Counter())[len(sentence.words)] += 1
    add = result.findings.add
    for index, word in enumerate(sentence.words):
        if odd := _ODD.search(word):
            if odd[0] == "\ufffd" and f"{sentence.place}:{sentence.lines[index]}" in undecoded:
                # It stands for the bytes that were told of.
                continue
            problem = f"the token {word!r} holds {_character(odd[0])}"
            add("odd character", "warning", sentence.where(index, "word"), problem, fix="Take it out, or write it otherwise.")
        elif not word.isascii() and _INVISIBLE.fullmatch(word):
            problem = f"the token {word!a} can't be seen"
            add("odd character", "warning", sentence.where(index, "word"), problem, fix="Take the token out.")
        if len(word) > _LONG_WORD:
            problem = f"a token of {len(word):,} characters: '{word[:40]}...'"
            add("long token", "note", sentence.where(index, "word"), problem, fix=f"Told from {_LONG_WORD + 1} characters on.")
    if len(sentence.words) > _LONG_SENTENCE:
        problem = f"a sentence of {len(sentence.words):,} tokens: '{' '.join(sentence.words[:6])} ...'"
        fix = f"Told from {_LONG_SENTENCE + 1} tokens on: is a blank line missing?"
        add("long sentence", "note", sentence.where(0, "word"), problem, fix=fix)
    first = sentence.words[0]
    if first != DOCUMENT_MARKER and first.strip("-").upper() == DOCUMENT_MARKER.strip("-") and len(sentence.words) == 1:
        problem = f"'{first}' is read as a token; {DOCUMENT_MARKER} begins a document"
        fix = f"Write {DOCUMENT_MARKER}, or say corpus.document_marker."
        add("document mark?", "warning", sentence.where(0, "word"), problem, fix=fix)


def _check_rows(sentence: SourceSentence, findings: Findings) -> None:
    """Notes the lines of CoNLL-U that are no tokens."""
    for number, line in sentence.source:
        identity = line.partition("\t")[0]
        if "\t" in line and not identity.isdigit() and (match := ID.fullmatch(identity)):
            kind = "multiword range" if match[2] == "-" else "empty node"
            problem = f"{kind} {identity} is no token" + (": its words are" if match[2] == "-" else "")
            place = f"{sentence.place}:{number}:1"
            findings.add(f"{kind}s", "note", place, problem, fix="So Universal Dependencies want it.")


def _character(character: str) -> str:
    import unicodedata

    return f"U+{ord(character):04X} ({unicodedata.name(character, 'a control character').lower()})"
