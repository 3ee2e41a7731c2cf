"""Raw text into words with their offsets: a `tokenizers` pre-tokenizer, kept as JSON in the model.

Three kinds are built in, `Tokenizer.named` makes them:

- `ptb` follows the Penn Treebank where people and tools agree on it: punctuation apart, `don't` as `do` + `n't`, `Anna's` as
  `Anna` + `'s`, and numbers, times, URLs, e-mail addresses, file names and abbreviations such as `U.S.` and `Mr.` whole. The full
  stop at the end of the text stands apart, after an abbreviation too. English, and careful with the words of other languages.
- `unicode` has no language: letters, marks and digits together, any other sign apart.
- `whitespace` leaves together what no white space separates.

Nothing of the text is changed: every token is `text[start_char:end_char]`, and each character but white space is in one token.
"""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

from tokenizers import Regex
from tokenizers import Tokenizer as _Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Sequence, Split

from tagger.errors import TaggerError
from tagger.text.sentence import Sentence, Token

# Words with white space between them. What stands before a name and so never ends a sentence.
TITLES = (
    "Mr Mrs Ms Dr Prof Hon Messrs Mme Gen Col Lt Maj Sgt Capt Cmdr Adm Brig Sen Rep Reps Gov Rev Pres Supt St Ste Ft Mt "
    "vs cf Attn attn"
)
# What keeps its full stop, and may end a sentence as well.
ABBREVIATIONS = (
    "Jr Sr Inc Corp Co Cos Ltd Bros Assn Dept Univ Ave Blvd Rd Ph etc al ca approx ext Ext Sec esp "
    "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun "
    "Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky La Md Mass Mich Minn Miss Mo Mont Neb Nev Okla Ore Pa Tenn Tex Va Vt "
    "Wash Wis Wyo"
)
# What is an abbreviation before a number only.
BEFORE_NUMBERS = "No Nos no nos Fig Figs fig figs Vol vol Art pp p"

_UNKNOWN = "[UNK]"
_SPACE = r"\s\x1C-\x1F"
# Zero-width joiner and non-joiner and the soft hyphen stand within words, in Persian and in Indian scripts.
_LETTER = r"[\w\p{M}\u200C\u200D\u00AD]"
_APOSTROPHE = "['\u2019`\u00b4]"
_CLITIC = rf"{_APOSTROPHE}(?i:s|m|d|re|ve|ll)\b"
_NOT = rf"{_APOSTROPHE}[Tt]\b"
_AT_END = rf"(?=\.[\"'\u2019\u201d)\]{_SPACE}]*\z)"
_NOT_AT_END = rf"(?![\"'\u2019\u201d)\]{_SPACE}]*\z)"
_LAST_PARTS = "docx?|xlsx?|pptx?|pdf|txt|rtf|csv|html?|jpe?g|gif|png|zip|exe|com|org|net|edu|gov"
_MODIFIERS = r"[\p{M}\x{1F3FB}-\x{1F3FF}\x{E0020}-\x{E007F}]*"
_EMOJI = rf"[\x{{1F1E6}}-\x{{1F1FF}}]{{2}}|[#*]\uFE0F?\u20E3|\p{{S}}{_MODIFIERS}(?:\u200D\p{{S}}{_MODIFIERS})*"
# The prefixes that the guidelines of the English treebanks leave at their words, where they split at other hyphens.
_PREFIXES = (
    "anti|ante|bi|co|counter|cyber|de|e|eco|ex|extra|inter|intra|macro|mega|meta|micro|mid|mini|multi|neo|non|over|pan|para|post|"
    "pre|pro|pseudo|quasi|re|semi|sub|super|tri|ultra|un|uni"
)
# Tried from top to bottom at each place; what no line takes (white space) separates tokens.
_PTB = (
    # The parts of a contraction that is written together, and then all words that only white space or a comma follows: most words
    # need no other line, and the time is that of the lines that are tried in vain.
    r"\b(?i:can(?=not\b)|gon(?=na\b)|wan(?=na\b)|(?:got|out)(?=ta\b)|gim(?=me\b)|lem(?=me\b)"
    r"|(?:do|does|did|wo|would|ca|could|should|is|are|was|were|has|have|had|ai)(?=nt\b))",
    rf"\p{{L}}++(?=[{_SPACE},])",
    rf"(?:https?://|ftp://|www\.)[^{_SPACE}<>\"]*[^{_SPACE}<>\"'.,;:!?)\]]",
    r"(?<![\w.+%-])(?:mailto:)?[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+",
    rf"\b\w[\w-]{{0,63}}\.(?i:{_LAST_PARTS})\b",
    rf"(?=\p{{L}}{{1,6}}\.)\b(?:{'|'.join([*TITLES.split(), *ABBREVIATIONS.split()])})\.{_NOT_AT_END}",
    rf"\b(?:{'|'.join(BEFORE_NUMBERS.split())})\.(?=[{_SPACE}]?[\d#])",
    rf"(?>(?:\b\p{{L}}\.){{2,}})(?:\p{{L}}\b(?!\.)|{_NOT_AT_END})",
    rf"(?:\b\p{{L}}\.)+\p{{L}}(?:\b(?!\.)|{_AT_END})",
    rf"\b(?:(?!I)\p{{Lu}}|I(?=\.[{_SPACE}]?\p{{Lu}}\.))\.{_NOT_AT_END}",
    r"[#@][\p{L}_]\w*",
    r"\d+(?:-\d+){2,}(?!\w)|\b\d{3}-\d{4}(?!\w)",
    r"\d+(?:[.:]\d+)*(?=(?i:am|pm)\b)",
    rf"\d*0{_APOSTROPHE}s\b",
    r"\d+(?:[.,:/]\d+)*(?:st|nd|rd|th|s)?(?!\w)",
    rf"[Nn]{_APOSTROPHE}[Tt]\b",
    _CLITIC,
    r"\b(?:US|HK|NZ|[ACU])\$",
    r"\b\p{L}{1,3}&\p{L}{1,2}\b",
    rf"(?:(?=\p{{L}}{{1,7}}-{_LETTER})(?i:{_PREFIXES})-)?{_LETTER}++(?!{_NOT})"
    rf"(?:(?<=\p{{L}})(?:\.(?=\p{{Ll}}{{2}})|(?!{_CLITIC})['\u2019](?=\p{{L}})){_LETTER}++(?!{_NOT}))*",
    rf"{_LETTER}+(?=[Nn]{_NOT})|{_LETTER}+",
    r"[.\u2026]{2,}|[.?!]{2,}|[-=]{2,}>?|([*+~#<>|$])\1+|''|``|\u2018\u2018|\u2019\u2019",
    r"[:;=][-'^]?[()DPpOo|]+(?!\w)|\(:(?!\w)|\^_*\^",
    _EMOJI,
    rf"[^{_SPACE}]",
)
_UNICODE = (
    r"[\p{L}\p{N}][\p{L}\p{M}\p{N}\u200C\u200D\u00AD]*"
    r"(?:(?:(?<=[\p{L}\p{M}])['\u2019](?=\p{L})|(?<=\p{N})['\u2019.,](?=\p{N}))[\p{L}\p{M}\p{N}\u200C\u200D\u00AD]+)*",
    _EMOJI,
    rf"[^{_SPACE}]\p{{M}}*",
)
_PATTERNS = {"ptb": _PTB, "unicode": _UNICODE, "whitespace": (rf"[^{_SPACE}]+",)}
KINDS = tuple(_PATTERNS)

_NO_SPACE = re.compile(r"\S+")
_SHOWN = 100


class Tokenizer:
    """Splits raw text into words; made of a `tokenizers.Tokenizer`, whose JSON is saved with the model."""

    def __init__(self, tokenizer: _Tokenizer) -> None:
        self._tokenizer = tokenizer

    @classmethod
    def named(cls, name: str) -> "Tokenizer":
        """The tokenizer of a kind (`ptb`, `unicode`, `whitespace`), or the pre-tokenizer in a `tokenizer.json` by its path.

        Raises:
            TaggerError: There is neither such a kind nor such a file, or the file holds no pre-tokenizer.
        """
        if name in _PATTERNS:
            return cls(_shell(Split(Regex("|".join(_PATTERNS[name])), behavior="removed", invert=True)))
        return cls(_from_file(Path(name).expanduser(), name))

    @classmethod
    def from_json(cls, text: str) -> "Tokenizer":
        """The tokenizer that `to_json` wrote.

        Raises:
            ValueError: It did not write this.
        """
        return cls(_parsed(text))

    def to_json(self) -> str:
        """The `tokenizers` JSON."""
        return str(self._tokenizer.to_str(pretty=True))

    def sentence(self, text: str) -> Sentence:
        """`text` as one sentence, its tokens with their offsets; no tokens where it holds only white space."""
        offsets = [offset for _, offset in self._tokenizer.pre_tokenizer.pre_tokenize_str(text)]
        words = [text[start:end] for start, end in offsets]
        if " ".join(words).split() != words or "".join(words) != "".join(text.split()):
            offsets = _whole(text, offsets)
            words = [text[start:end] for start, end in offsets]
        return Sentence(text, tuple(Token(word, start, end) for word, (start, end) in zip(words, offsets, strict=True)))


def _whole(text: str, pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """`text` cut where a piece starts or ends, without white space.

    The pre-tokenizer of a file may leave white space in its pieces, leave signs out, or give two pieces for one character, its
    bytes.
    """
    cuts = sorted({0, len(text), *(place for piece in pieces for place in piece)})
    return [
        (start + match.start(), start + match.end())
        for start, end in pairwise(cuts)
        for match in _NO_SPACE.finditer(text[start:end])
    ]


def _shell(pre_tokenizer: Any) -> _Tokenizer:
    """A `tokenizers.Tokenizer` needs a model, which is never asked."""
    tokenizer = _Tokenizer(WordLevel({_UNKNOWN: 0}, unk_token=_UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizer
    return tokenizer


def _from_file(path: Path, name: str) -> _Tokenizer:
    """The pre-tokenizer of a file, in a shell; the file's normalizer and model have no part in it.

    Raises:
        TaggerError: There is no such file, or no pre-tokenizer in it that can be read.
    """
    kinds = f"Give one of {', '.join(KINDS)}, or the path of a tokenizer.json of the tokenizers library."
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        problem = "neither a kind of tokenizer nor a file" if not path.exists() else f"can't be read ({error.strerror})"
        raise TaggerError(problem, where=name, fix=kinds) from error
    except (ValueError, RecursionError) as error:
        raise TaggerError("no tokenizer.json: this is no JSON", where=name, fix=kinds) from error
    if not isinstance(content, dict) or "model" not in content or "pre_tokenizer" not in content:
        raise TaggerError("no tokenizer.json: it has no 'model' or no 'pre_tokenizer'", where=name, fix=kinds)
    if content["pre_tokenizer"] is None:
        raise TaggerError("this tokenizer.json has no pre-tokenizer, so it says nothing about words", where=name, fix=kinds)
    empty = json.loads(_shell(Sequence([])).to_str())
    try:
        return _parsed(json.dumps({**empty, "pre_tokenizer": content["pre_tokenizer"]}))
    except ValueError as error:
        told = json.dumps(content["pre_tokenizer"], ensure_ascii=False)
        told = told if len(told) <= _SHOWN else f"{told[:_SHOWN]}..."
        raise TaggerError(f"tokenizers can't read the pre-tokenizer {told} ({error})", where=name, fix=kinds) from error


def _parsed(text: str) -> _Tokenizer:
    """A tokenizer from its JSON.

    Raises:
        ValueError: The library can't read it, for this reason.
    """
    try:
        return _Tokenizer.from_str(text)
    # The library raises no narrower kind, whatever is wrong.
    except Exception as error:
        reason = str(error).partition(" at line ")[0]
        raise ValueError("it knows no such kind" if "PreTokenizerUntagged" in reason else reason) from error
