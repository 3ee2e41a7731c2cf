"""Spans of characters as spans of tokens: which fall on token boundaries, and what becomes of those that do not.

Offsets count code points; `offsets` finds out where a record counts otherwise.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, NamedTuple

from tagger.text.schemes import LabelledRange
from tagger.text.sentence import Sentence, Token

Policy = Literal["error", "snap", "split", "drop"]


class SpanError(ValueError):
    """Spans that no reading makes right: beyond the text, empty, or overlapping."""


class OverlapError(SpanError):
    """Spans that overlap, or do so once they are snapped."""


class CharSpan(NamedTuple):
    """Characters `start` to `end` (exclusive) of a text and their label."""

    start: int
    end: int
    label: str


class Misaligned(NamedTuple):
    """A span that does not fall on token boundaries.

    `tokens` are those that it cuts or touches, or else those beside it; `problem` says it in words. `action` is what the policy
    did, empty where it only tells; `became` are the characters that the span has now, None where it has none.
    """

    span: CharSpan
    text: str
    tokens: tuple[Token, ...]
    problem: str
    action: Literal["", "snapped", "split", "dropped"]
    became: CharSpan | None


@dataclass(frozen=True, slots=True)
class Alignment:
    """Spans over tokens.

    Attributes:
        sentence: The sentence, some of its tokens split where the policy asked for it.
        spans: The spans in order of position; none overlap.
        misaligned: The spans that do not fall on token boundaries, in order of position.
        repeated: The spans that stand there once more with the same label, and count once.
    """

    sentence: Sentence
    spans: tuple[LabelledRange, ...]
    misaligned: tuple[Misaligned, ...] = ()
    repeated: tuple[CharSpan, ...] = ()


def align(sentence: Sentence, spans: Sequence[CharSpan], policy: Policy) -> Alignment:
    """The spans as spans of the sentence's tokens.

    Args:
        sentence: The text and its tokens, in order and without overlap; its tags and spans are not looked at.
        spans: The spans, in any order.
        policy: What becomes of a span off the token boundaries. `error` and `drop`: it is left out; `snap`: it is widened to the
            tokens that it touches; `split`: tokens are split where it begins and ends. White space at its edges never counts.

    Raises:
        SpanError: A span is beyond the text or empty.
        OverlapError: Two spans overlap, or do so once they are snapped.
    """
    distinct, repeated = _distinct(sentence.text, spans)
    problems = [_problem(sentence, span) for span in distinct]
    tokens = sentence.tokens
    if policy == "split":
        off = [trimmed(sentence.text, span) for span, problem in zip(distinct, problems, strict=True) if problem]
        tokens = _split(sentence, {edge for span in off for edge in (span.start, span.end)})
    ranges: list[LabelledRange] = []
    sources: list[CharSpan] = []
    misaligned: list[Misaligned] = []
    for span, problem in zip(distinct, problems, strict=True):
        first, last = _touched(tokens, trimmed(sentence.text, span))
        placed = first < last and (problem is None or policy in ("snap", "split"))
        if placed:
            ranges.append(LabelledRange(first, last, span.label))
            sources.append(span)
        if problem:
            became = CharSpan(tokens[first].start_char, tokens[last - 1].end_char, span.label) if placed else None
            done: Literal["", "snapped", "split", "dropped"] = "snapped" if policy == "snap" else "split"
            done = "" if policy == "error" else done if placed else "dropped"
            cut = _nearest(sentence.tokens, trimmed(sentence.text, span))
            misaligned.append(Misaligned(span, sentence.text[span.start : span.end], cut, problem, done, became))
    _refuse_shared_tokens(sentence.text, tokens, ranges, sources)
    return Alignment(replace(sentence, tokens=tokens), tuple(ranges), tuple(misaligned), repeated)


def shown(text: str, span: CharSpan) -> str:
    """A span as messages name it: `'Merkel' (7-13, PER)`."""
    return f"{quoted(text[span.start : span.end])} ({span.start}-{span.end}, {span.label})"


def quoted(text: str) -> str:
    """A piece of text as messages show it: in one line, and not a long one."""
    text = text.replace("\r", "\\r").replace("\n", "\\n")
    return f"'{text}'" if len(text) <= 60 else f"'{text[:40]}...{text[-15:]}'"


def _distinct(text: str, spans: Sequence[CharSpan]) -> tuple[list[CharSpan], tuple[CharSpan, ...]]:
    """The spans in order, each once, and those that came again; none is out of the text, none overlap."""
    for span in spans:
        if span.start >= span.end:
            raise SpanError(f"span ({span.start}-{span.end}, {span.label}) is empty: it must end behind its start")
        if span.start < 0 or span.end > len(text):
            raise SpanError(f"span ({span.start}-{span.end}, {span.label}) is beyond the text, which has {len(text)} characters")
    distinct: list[CharSpan] = []
    repeated: list[CharSpan] = []
    furthest = before = None
    # Of two that differ in white space only the shorter is kept: it may be on the boundaries.
    for span in sorted(spans, key=lambda span: (*trimmed(text, span), span.end - span.start, span)):
        core = trimmed(text, span)
        if core == before:
            repeated.append(span)
            continue
        # White space that two spans share is no overlap: no token is in both.
        end = trimmed(text, furthest).end if furthest else 0
        if furthest and core.start < min(end, core.end):
            raise OverlapError(f"spans overlap: {shown(text, furthest)} and {shown(text, span)}")
        distinct.append(span)
        before, furthest = core, span if core.end > end else furthest
    return distinct, tuple(repeated)


def trimmed(text: str, span: CharSpan) -> CharSpan:
    """The span without the white space at its edges; empty where it has nothing else."""
    piece = text[span.start : span.end]
    start = span.start + len(piece) - len(piece.lstrip())
    return CharSpan(start, max(start, span.start + len(piece.rstrip())), span.label)


def _touched(tokens: Sequence[Token], span: CharSpan) -> tuple[int, int]:
    """The first token that shares a character with the span, and the one behind the last."""
    first = bisect_right(tokens, span.start, key=lambda token: token.end_char)
    if span.start >= span.end:
        return first, first
    return first, max(first, bisect_left(tokens, span.end, key=lambda token: token.start_char))


def _nearest(tokens: Sequence[Token], span: CharSpan) -> tuple[Token, ...]:
    """The tokens that the span cuts, or those that it touches where it cuts none, or those beside it where it touches none."""
    first, last = _touched(tokens, span)
    if first == last:
        return tuple(tokens[max(0, first - 1) : first + 1])
    # Only the outermost can be cut.
    edges = dict.fromkeys((tokens[first], tokens[last - 1]))
    cut = tuple(token for token in edges if token.start_char < span.start or span.end < token.end_char)
    return cut or tuple(edges)


def _problem(sentence: Sentence, span: CharSpan) -> str | None:
    """In which way a span is off the token boundaries, or None."""
    core = trimmed(sentence.text, span)
    first, last = _touched(sentence.tokens, core)
    nearest = _nearest(sentence.tokens, core)
    names = " and ".join(f"{quoted(token.text)} ({token.start_char}-{token.end_char})" for token in nearest)
    noun = "token" if len(nearest) == 1 else "tokens"
    subject = f"span {shown(sentence.text, span)}"
    if first == last:
        return f"{subject} touches no token" + (f"; beside it: {names}" if names else "")
    start, end = sentence.tokens[first].start_char, sentence.tokens[last - 1].end_char
    if (start, end) == (span.start, span.end):
        return None
    if start >= core.start and end <= core.end:
        reason = "has white space at its edges" if (start, end) == (core.start, core.end) else "goes beyond its tokens"
        return f"{subject} {reason}; it touches {noun} {names}"
    within = len(nearest) == 1 and nearest[0].start_char <= core.start and core.end <= nearest[0].end_char
    return f"{subject} {'is within' if within else 'cuts'} {noun} {names}"


def _split(sentence: Sentence, edges: set[int]) -> tuple[Token, ...]:
    """The tokens, split at the edges that fall within one; white space beside an edge belongs to no token."""
    tokens: list[Token] = []
    places = sorted(edges)
    for token in sentence.tokens:
        inner = places[bisect_right(places, token.start_char) : bisect_left(places, token.end_char)]
        if not inner:
            tokens.append(token)
            continue
        bounds = [token.start_char, *inner, token.end_char]
        pieces = [trimmed(sentence.text, CharSpan(start, end, "")) for start, end in pairwise(bounds)]
        tokens.extend(Token(sentence.text[piece.start : piece.end], *piece[:2]) for piece in pieces if piece.start < piece.end)
    return tuple(tokens)


def _refuse_shared_tokens(text: str, tokens: Sequence[Token], ranges: list[LabelledRange], sources: list[CharSpan]) -> None:
    for index in range(1, len(ranges)):
        if ranges[index].start < ranges[index - 1].end:
            token = tokens[ranges[index].start]
            raise OverlapError(
                f"spans overlap once they are snapped: {shown(text, sources[index - 1])} and {shown(text, sources[index])} "
                f"both touch token {quoted(token.text)} ({token.start_char}-{token.end_char})"
            )
