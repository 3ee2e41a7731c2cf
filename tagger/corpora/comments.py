"""What comments say of a sentence as a whole: `# intent = greeting`, as CoNLL-U writes it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tagger.corpora.source import FaultHandler
from tagger.errors import CorpusError


def said(line: str, mark: str) -> tuple[str, str] | None:
    """The key and the value of a comment that begins with `mark`; None where it has none."""
    if not line.startswith(mark):
        return None
    key, equals, value = line.removeprefix(mark).partition("=")
    return (key.strip(), value.strip()) if equals else None


def labels_said(
    lines: Iterable[tuple[int, str]], mark: str, keys: Mapping[str, str], place: str, fault: FaultHandler
) -> dict[str, str | None]:
    """The label of each task, by the key of its comment, among the lines of a sentence; None where no comment says it.

    Raises:
        CorpusError: By `fault`: two comments of a sentence say it.
    """
    found: dict[str, str] = {}
    for number, line in lines:
        pair = said(line, mark)
        if pair is None or pair[0] not in keys.values():
            continue
        key, value = pair
        if key in found:
            problem = f"a second comment '{key} =' of the same sentence"
            fault(CorpusError(problem, where=f"{place}:{number}", fix="Leave one of them.", kind="key twice"))
        found.setdefault(key, value)
    return {task: found.get(key) for task, key in keys.items()}


def with_labels(comments: Sequence[str], labels: Mapping[str, str], mark: str = "#") -> Iterator[str]:
    """Comments that say these labels, in the place of older ones; what is new comes last."""
    left = dict(labels)
    for line in comments:
        pair = said(line, mark)
        if pair is None or pair[0] not in labels:
            yield line
        elif pair[0] in left:
            yield f"{mark} {pair[0]} = {left.pop(pair[0])}"
    for key, value in left.items():
        yield f"{mark} {key} = {value}"
