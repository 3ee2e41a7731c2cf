"""What only the bytes of a file tell: its mark, its line ends, how its columns are separated."""

import re
from collections.abc import Sequence
from pathlib import Path

from tagger.data.findings import Findings

_MARK = b"\xef\xbb\xbf"


def check_lines(path: Path, findings: Findings) -> None:
    """Notes a byte order mark and Windows' line ends, or a mixture of line ends."""
    first_crlf = first_lf = num_crlf = num_lines = 0
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if number == 1 and line.startswith(_MARK):
                problem = "the file begins with a byte order mark, which is left out"
                findings.add(
                    "byte order mark", "note", f"{path}:1:1", problem, fix="Other tools may take it for part of the first token."
                )
            num_lines += 1
            if line.endswith(b"\r\n"):
                num_crlf, first_crlf = num_crlf + 1, first_crlf or number
            elif line.endswith(b"\n"):
                first_lf = first_lf or number
    if num_crlf and first_lf:
        odd = max(first_crlf, first_lf)
        problem = f"{num_crlf:,} of {num_lines:,} lines end with CR LF, the others with LF; the first that differs is line {odd}"
        findings.add("line ends", "warning", f"{path}:{odd}:1", problem, fix="Bring them to one form, for example with dos2unix.")
    elif num_crlf:
        problem = f"all {num_crlf:,} lines end with CR LF, which is read as LF"
        findings.add("line ends", "note", f"{path}:1:1", problem, fix="Other tools may take the CR for part of the last column.")


def check_separators(path: Path, findings: Findings, comments: str | None, names: Sequence[str]) -> None:
    """Notes, for columns separated by any white space, lines with tabs among lines with spaces, and what may be a comment."""
    mark = comments.encode() if comments else None
    # How many lines there are of each sort, and where the first of them has its first separator.
    counts = {"tabs": 0, "spaces": 0, "both": 0}
    places: dict[str, str] = {}
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            whole = (line.removeprefix(_MARK) if number == 1 else line).rstrip(b"\r\n")
            text = whole.strip(b" \t")
            if mark and text and whole.startswith(mark):
                if len(re.split(rb"[ \t]+", text)) == len(names):
                    problem = f"left out as a comment, though it has as many columns as a row: '{text.decode('utf-8', 'replace')}'"
                    fix = "If it is a token, choose another mark than corpus.comments has, or none."
                    findings.add("comment like a row", "warning", f"{path}:{number}:1", problem, fix=fix)
                continue
            if not mark and text.startswith(b"#"):
                problem = f"read as a token, not as a comment: '{text[:80].decode('utf-8', 'replace')}'"
                fix = "If these lines are comments, say so: corpus.comments: '#' in the recipe, or --comments '#'."
                findings.add("# at the start", "note", f"{path}:{number}:{whole.index(text) + 1}", problem, fix=fix)
            kind = "both" if b"\t" in text and b" " in text else "tabs" if b"\t" in text else "spaces" if b" " in text else None
            if kind:
                counts[kind] += 1
                if kind not in places:
                    before = whole[: whole.index(text) + text.index(b" " if kind == "spaces" else b"\t")]
                    places[kind] = f"{path}:{number}:{len(before.decode('utf-8', 'replace')) + 1}"
    if len(places) > 1 or counts["both"]:
        rarest = min(places, key=lambda kind: counts[kind])
        told = ", ".join(f"{count:,} by {kind}" for kind, count in counts.items() if count)
        problem = f"columns are separated by tabs and by spaces ({told})"
        fix = "Where tokens hold spaces, say that columns are separated by tabs: corpus.separator: tab, or --tab."
        findings.add("tabs and spaces", "warning", places[rarest], problem, fix=fix)
