"""Raw text into sentences by rules: final punctuation, what follows it, and the tokenizer's abbreviations.

A blank line always ends a sentence, a single line end alone does not: many texts are wrapped.
"""

import re

from tagger.text.tokenizer import ABBREVIATIONS, BEFORE_NUMBERS, TITLES

# Final in texts whose words stand apart; those of Arabic, Urdu, Indian, Ethiopian, Armenian, Khmer and Burmese texts among them.
_SPACED = ".!?\u2026\u203c\u2047\u2048\u2049\u061f\u06d4\u0964\u0965\u1362\u0589\u17d4\u104b"
# Final in Chinese and Japanese texts, where no white space follows.
_WIDE = "\u3002\uff01\uff1f\uff61"
_FINAL = _SPACED + _WIDE
# Final only before a capital, since `.` also stands in abbreviations, and `!` and `?` in names and before `he said`.
_DOUBTFUL = ".!?\u2026"
_CLOSING = "\"')]}*_\u2019\u201d\u00bb\u203a\u300d\u300f\uff09\u3011\u3009\u300b\uff02"
_OPENING = "\"'([{*_-\u2018\u201c\u201e\u00ab\u2039\u2013\u2014\u00bf\u00a1"

_WORD = re.compile(r"\S+")
_LINE_END = re.compile(r"\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028]")
_ENDS_INSIDE = re.compile(rf"[{re.escape(_FINAL)}]+[{re.escape(_CLOSING)}]*")
_ADDRESS = re.compile(r"://|@|www\.", re.IGNORECASE)
_EMOTICON = re.compile(r"[:;=8]['^-]?[()DPpOo|]+|\^_*\^")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_ABBREVIATIONS = frozenset(ABBREVIATIONS.split())
_NEVER_LAST = frozenset([*TITLES.split(), "e.g", "i.e", "E.g", "I.e"])
_BEFORE_NUMBERS = frozenset(BEFORE_NUMBERS.split())
# After an abbreviation a capital is no sign, most often a name follows; these words start a sentence there.
_STARTERS = (
    "A After All Also An And Are As At Because But By Can Did Do Does For From Have He Her Here His How However I I'm I've If In "
    "Is It Its It's Many My No Not Now On One Or Our Please She Since So Some Thanks That The Their Then There There's These They "
    "This Those To Under Was We What When Where Which While Who Why Will With Would Yes You Your"
)
_STARTING = frozenset(_STARTERS.split())


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Start and end (exclusive) of each sentence, in code points, without the white space at its edges.

    Every character that is no white space is in exactly one sentence.
    """
    sentences: list[tuple[int, int]] = []
    words = list(_WORD.finditer(text))
    start = None
    for index, word in enumerate(words):
        # What stands behind a colon may be numbered as well.
        first = start is None or words[index - 1].group().endswith(":")
        if start is None:
            start = word.start()
        for end in _ends_inside(word.group()):
            sentences.append((start, word.start() + end))
            start, first = word.start() + end, False
        following = words[index + 1] if index + 1 < len(words) else None
        if following is None or _ends(word.group(), text[word.end() : following.start()], following.group(), first=first):
            sentences.append((start, word.end()))
            start = None
    return sentences


def _ends(word: str, space: str, following: str, *, first: bool) -> bool:
    """Whether a sentence ends between two words; `first` says that `word` is the sentence's first."""
    line_ends = len(_LINE_END.findall(space))
    if line_ends > 1 or "\u2029" in space:
        return True
    if _EMOTICON.fullmatch(word):
        return not first and following[0].isupper()
    core = word.rstrip(_CLOSING)
    stem = core.rstrip(_FINAL)
    final = core[len(stem) :]
    # `. . .` and `! !!` are one end.
    if not final or not following.strip(_FINAL):
        return False
    if final[-1] not in _DOUBTFUL:
        return True
    stem = stem.lstrip(_OPENING)
    if final == "." and _keeps_full_stop(stem, following, first=first):
        return False
    if _EMOTICON.fullmatch(following):
        return False
    if not following.lstrip(_OPENING)[:1].islower() or _ADDRESS.search(following):
        return True
    return core == word and _ends_before_small(stem, final)


def _ends_before_small(stem: str, final: str) -> bool:
    """Whether a sentence ends though the next word is written small, as by people who write no capitals.

    Not after `...`, nor where a name may end in the sign (`Yahoo! is`), nor after what may be an abbreviation (`approx. five`).
    """
    if "\u2026" in final or ".." in final:
        return False
    if "." in final:
        return len(stem) > 1 and stem.isalpha() and stem.islower()
    return stem.isupper() or not stem[:1].isupper()


def _keeps_full_stop(stem: str, following: str, *, first: bool) -> bool:
    """Whether the full stop behind `stem` belongs to it and ends nothing."""
    if stem in _NEVER_LAST:
        return True
    if stem in _BEFORE_NUMBERS and following[0].isdigit():
        return True
    # `1.` or `B.` that opens a sentence numbers it.
    if first and (stem.isdigit() or len(stem) == 1):
        return True
    if stem in _ABBREVIATIONS or _INITIALS.fullmatch(stem) or (len(stem) == 1 and stem.isupper()):
        return following.lstrip(_OPENING).rstrip(_CLOSING + ",;:") not in _STARTING
    return False


def _ends_inside(word: str) -> list[int]:
    """Where sentences end within a word, as no white space stands between them: in Chinese, or by a slip."""
    ends = []
    address = _ADDRESS.search(word)
    for match in _ENDS_INSIDE.finditer(word):
        after = word[match.end() : match.end() + 10]
        final = match.group().rstrip(_CLOSING)[-1:]
        if not after:
            continue
        if final in _WIDE:
            # A quotation in Japanese goes on with a particle.
            if match.group()[-1] in _WIDE or not "\u3041" <= after[0] <= "\u309f":
                ends.append(match.end())
        elif final not in _DOUBTFUL:
            if after[0].isalpha():
                ends.append(match.end())
        elif not address and _is_slip(word[max(0, match.start() - 2) : match.start()], after):
            ends.append(match.end())
    return ends


def _is_slip(before: str, after: str) -> bool:
    """Whether a space was forgotten (`it.Then`, `it.I'm`), as it was not in `Node.Js` or `a.B`."""
    starts = after in _STARTING or (after[0].isupper() and after[1:3].islower() and len(after) > 2)
    return starts and len(before) == 2 and before.islower()
