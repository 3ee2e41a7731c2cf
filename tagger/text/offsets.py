"""How the offsets of spans count: in code points, or in UTF-16 code units, as tools written in JavaScript count them.

An emoji is one code point and two code units, so that behind it the two ways differ.
"""

from collections.abc import Sequence

from tagger.text.alignment import CharSpan, SpanError, quoted


def code_points(
    text: str, spans: Sequence[CharSpan], pieces: Sequence[str | None], *, certain: bool
) -> tuple[list[CharSpan], bool]:
    """The spans counted in code points, and whether they had to be converted from UTF-16 code units.

    Args:
        text: The text that they count in.
        spans: The spans as their record has them.
        pieces: For each span the text that the record says it has, or None.
        certain: Whether spans without a text of their own certainly count code points. If not, and if the text has characters of
            two code units, then that way of counting is taken in which every span begins and ends at the edge of a word.

    Raises:
        SpanError: A span has another text than its record says, or it can't be told how the offsets count.
    """
    converted = _from_utf16(text, spans)
    if any(piece is not None for piece in pieces):
        wrong = next((pair for pair in zip(spans, pieces, strict=True) if not _holds(text, *pair)), None)
        if wrong is None:
            return list(spans), False
        if converted is not None and all(_holds(text, *pair) for pair in zip(converted, pieces, strict=True)):
            return converted, True
        span, piece = wrong
        found = quoted(text[span.start : span.end]) if 0 <= span.start < span.end <= len(text) else "not in the text"
        raise SpanError(f"span ({span.start}-{span.end}, {span.label}) should be {quoted(piece or '')} and is {found}")
    # Offsets that one way of counting has no place for count the other way.
    if certain or converted is None or converted == list(spans):
        return list(spans), False
    if any(span.end > len(text) for span in spans):
        return converted, True
    plain, units = _at_word_edges(text, spans), _at_word_edges(text, converted)
    if plain == units:
        span, other = next(pair for pair in zip(spans, converted, strict=True) if pair[0] != pair[1])
        raise SpanError(
            f"it can't be told how the offsets count: span ({span.start}-{span.end}, {span.label}) is "
            f"{quoted(text[span.start : span.end])} in characters and {quoted(text[other.start : other.end])} in UTF-16 code units"
        )
    return (converted, True) if units else (list(spans), False)


def _from_utf16(text: str, spans: Sequence[CharSpan]) -> list[CharSpan] | None:
    """The spans with their UTF-16 offsets as code points; None where one is past the end or within a character."""
    if max(text, default="") <= "\uffff":
        return list(spans)
    places: dict[int, int] = {}
    unit = 0
    for index, character in enumerate(text):
        places[unit] = index
        unit += 2 if character > "\uffff" else 1
    places[unit] = len(text)
    if not all(span.start in places and span.end in places for span in spans):
        return None
    return [CharSpan(places[span.start], places[span.end], span.label) for span in spans]


def _holds(text: str, span: CharSpan, piece: str | None) -> bool:
    """Whether the span has the text that its record says; line ends don't count, as Label Studio drops or escapes them."""
    if not 0 <= span.start < span.end <= len(text):
        return False
    return piece is None or _without_line_ends(text[span.start : span.end]) == _without_line_ends(piece)


def _without_line_ends(text: str) -> str:
    return text.replace("\\r", "").replace("\\n", "").replace("\r", "").replace("\n", "")


def _at_word_edges(text: str, spans: Sequence[CharSpan]) -> bool:
    """Whether each span begins and ends with a character that is no white space, and cuts no run of letters and digits."""
    for start, end, _ in spans:
        if not 0 <= start < end <= len(text) or text[start].isspace() or text[end - 1].isspace():
            return False
        for edge in (start, end):
            if 0 < edge < len(text) and text[edge - 1].isalnum() and text[edge].isalnum():
                return False
    return True
