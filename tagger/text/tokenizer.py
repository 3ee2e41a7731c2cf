"""Raw text into words with their offsets: a `tokenizers` pre-tokenizer, kept as JSON in the model.

The rules follow the Penn Treebank where people and tools agree on it: punctuation apart, `don't` as `do` + `n't`, `Anna's` as
`Anna` + `'s`, and numbers, times, URLs, e-mail addresses and abbreviations such as `U.S.` and `Mr.` whole. Nothing of the text
is changed: every token is `text[start_char:end_char]`.
"""

from tokenizers import Regex
from tokenizers import Tokenizer as _Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split

from tagger.text.sentence import Sentence, Token

_UNKNOWN = "[UNK]"
_APOSTROPHE = "['\u2019]"
_TITLES = "Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|Gen|Col|Lt|Sgt|Capt|Sen|Rep|Gov|Rev|Inc|Corp|Co|Ltd|No|vs|etc|e\\.g|i\\.e|a\\.m|p\\.m"
# Tried from top to bottom at each place; what no line takes (white space) separates tokens.
_PATTERN = "|".join(
    (
        r"(?:https?://|ftp://|www\.)[^\s<>\"]*[^\s<>\"'.,;:!?)\]]",
        r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+",
        rf"\b(?:{_TITLES})\.",
        r"(?:\b\p{L}\.){2,}",
        r"[#@]\w+",
        r"\d+(?:[.,:/]\d+)*(?:st|nd|rd|th|s)?(?!\w)",
        rf"(?i:[\w\p{{M}}]+(?=n{_APOSTROPHE}t\b))",
        rf"(?i:n{_APOSTROPHE}t\b)",
        rf"(?i:{_APOSTROPHE}(?:s|m|d|re|ve|ll)\b)",
        r"(?i:\bcan(?=not\b)|\b(?:gon|wan)(?=na\b)|\bgot(?=ta\b))",
        rf"\b[ODL]{_APOSTROPHE}\p{{Lu}}[\w\p{{M}}]+",
        r"[\w\p{M}]+(?:(?<=\p{L})\.(?=\p{Ll}{2})[\w\p{M}]+)*",
        r"\.{2,}|-{2,}|!{2,}|\?{2,}|[?!]{2,}",
        r"[:;=]-?[()DPp](?!\w)",
        r"\p{S}[\p{M}\x{200D}\x{FE0F}\x{1F3FB}-\x{1F3FF}\p{So}]*",
        r"[^\s]",
    )
)


class Tokenizer:
    """Splits raw text into words; made of a `tokenizers.Tokenizer`, whose JSON is saved with the model."""

    def __init__(self, tokenizer: _Tokenizer) -> None:
        self._tokenizer = tokenizer

    @classmethod
    def penn(cls) -> "Tokenizer":
        """The Penn-Treebank-like rules of this module."""
        tokenizer = _Tokenizer(WordLevel({_UNKNOWN: 0}, unk_token=_UNKNOWN))
        tokenizer.pre_tokenizer = Split(Regex(_PATTERN), behavior="removed", invert=True)
        return cls(tokenizer)

    @classmethod
    def from_json(cls, text: str) -> "Tokenizer":
        """The tokenizer that `to_json` wrote."""
        return cls(_Tokenizer.from_str(text))

    def to_json(self) -> str:
        """The `tokenizers` JSON."""
        return self._tokenizer.to_str(pretty=True)

    def sentence(self, text: str) -> Sentence:
        """`text` as one sentence, its tokens with their offsets; no tokens where it holds only white space."""
        pieces = self._tokenizer.pre_tokenizer.pre_tokenize_str(text)
        return Sentence(text, tuple(Token(text[start:end], start, end) for _, (start, end) in pieces))
