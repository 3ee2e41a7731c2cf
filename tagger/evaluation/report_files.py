"""The report on the disk, in its three forms."""

from pathlib import Path

from tagger.evaluation.markdown import markdown
from tagger.evaluation.page import page
from tagger.evaluation.report import Report


def write_report(report: Report, folder: Path) -> None:
    """Writes `report.json`, `report.md` and `report.html`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("json", report.to_json()), ("md", markdown(report)), ("html", page(report))):
        (folder / f"report.{name}").write_text(text, "utf-8", newline="\n")
