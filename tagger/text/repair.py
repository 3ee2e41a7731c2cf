"""Reading tag sequences that break their scheme: three policies, each a definition of which spans they mean.

Nothing here is applied unless a recipe asks for it, and every fault that was read over is given back to be counted.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from tagger.text.schemes import IllegalTag, LabelledRange, TagScheme, split_tag, stretches

RepairPolicy = Literal["error", "conlleval", "strict-drop", "promote"]

# conlleval knows B, I and E, and S in its later forms; the letters of other spellings are read as these.
_CONLLEVAL = {"M": "I", "L": "E", "U": "S", "W": "S"}
_CONLLEVAL_INNER = frozenset(("BI", "BE", "II", "IE"))


class Repair(NamedTuple):
    """The spans of a tag sequence, and where it breaks its scheme."""

    spans: list[LabelledRange]
    faults: list[IllegalTag]


def repair(tags: Sequence[str], scheme: TagScheme, policy: RepairPolicy) -> Repair:
    """The spans that tags mean by a policy.

    Args:
        tags: One for each token.
        scheme: What they should be in.
        policy: `conlleval`: as the shared task's script reads them (Tjong Kim Sang and Buchholz 2000), prefixes of several schemes
            among each other; `promote`: where the scheme does not let two tags stand together, the second opens a span and the
            first closes one; `strict-drop`: only spans whose every tag is legal, the others count as outside; `error`: none of it.

    Raises:
        ValueError: The policy is `error` and there is a fault, or something is no tag under any policy.
    """
    faults = list(scheme.faults(tags))
    if not faults:
        return Repair(stretches(tags, scheme.inner), faults)
    if policy == "error":
        raise ValueError(f"tag {faults[0].position}: {faults[0].reason}")
    if policy == "conlleval":
        if bad := unreadable(tags):
            raise ValueError(f"tag {bad.position}: {bad.reason}")
        return Repair(conlleval_spans(tags), faults)
    for position, tag in enumerate(tags):
        if reason := scheme.problem(tag):
            raise ValueError(f"tag {position}: {reason}")
    spans = stretches(tags, scheme.inner)
    return Repair(spans if policy == "promote" else [span for span in spans if _is_legal(span, tags, scheme)], faults)


def conlleval_spans(tags: Sequence[str]) -> list[LabelledRange]:
    """The spans as conlleval reads them, whatever the scheme."""
    letters = []
    for tag in tags:
        prefix, label = split_tag(tag)
        letters.append(f"{_CONLLEVAL.get(prefix, prefix)}-{label}" if label else tag)
    return stretches(letters, _CONLLEVAL_INNER)


def unreadable(tags: Sequence[str]) -> IllegalTag | None:
    """The first that is neither `O` nor a known prefix with a label, or None."""
    for position, tag in enumerate(tags):
        prefix, label = split_tag(tag)
        if tag != "O" and not (len(prefix) == 1 and prefix in "BIESMLUW" and label):
            return IllegalTag(position, f"'{tag}' is no tag of a span in any scheme")
    return None


def _is_legal(span: LabelledRange, tags: Sequence[str], scheme: TagScheme) -> bool:
    """Whether a span's first tag may open it and its last may close it, given its neighbours."""
    first, last = split_tag(tags[span.start])[0], split_tag(tags[span.end - 1])[0]
    before = split_tag(tags[span.start - 1])[1] if span.start else ""
    after = split_tag(tags[span.end])[1] if span.end < len(tags) else ""
    opening = {pair[1] for pair in scheme.adjacent} if before == span.label else scheme.first
    closing = {pair[0] for pair in scheme.adjacent} if after == span.label else scheme.last
    return first in opening and last in closing
