"""A task of Label Studio's JSON export: its texts, and the annotations that label stretches of one of them."""

from collections.abc import Mapping
from typing import Any

from tagger.corpora.jsonl.record import Record, RecordError, key_names, list_of, object_of
from tagger.corpora.jsonl.spans import FoundSpan, found_span, with_spans


def parse_task(data: Mapping[str, Any], text_key: str | None) -> Record:
    """What a task of Label Studio says; `text_key` names its text where there are several.

    Raises:
        RecordError: Its annotations differ, or label no plain text or several, or it is not certain which text they label.
    """
    key = "annotations" if "annotations" in data else "completions"
    annotations = [object_of(f"{key}[{index}]", one) for index, one in enumerate(list_of(key, data.get(key, [])))]
    used = {index: one for index, one in enumerate(annotations) if not one.get("was_cancelled")}
    if not used:
        return Record(skipped="the annotation was cancelled" if annotations else "not annotated")
    targets: set[str] = set()
    found = [_labelled(f"{key}[{index}].result", one.get("result", []), targets) for index, one in used.items()]
    if any({span[1:4] for span in one} != {span[1:4] for span in found[0]} for one in found[1:]):
        raise RecordError(
            f"{len(used)} annotations that differ", "Leave the one that holds, for example as the only not cancelled one."
        )
    record = Record(text=_text(data["data"], targets, text_key), open_keys=True)
    return with_spans(record, found[0], [one.key for one in found[0]])


def _labelled(where: str, result: Any, targets: set[str]) -> list[FoundSpan]:
    """The labelled stretches of text of an annotation; the names of the texts that they are about are added to `targets`."""
    found = []
    for index, value in enumerate(list_of(where, result)):
        region = object_of(f"{where}[{index}]", value)
        if region.get("type") in ("hypertextlabels", "paragraphlabels"):
            raise RecordError(f"{where}[{index}] labels HTML or a dialogue, not a text", "Export a project whose texts are plain.")
        # Relations, choices for the whole text and the like label no stretch of it.
        if region.get("type", "labels") == "labels":
            found.append(found_span(f"{where}[{index}].value", str(region.get("from_name") or "label"), region.get("value")))
            targets.add(str(region.get("to_name")))
    return found


def _text(texts: Mapping[str, Any], targets: set[str], text_key: str | None) -> str:
    """The text that the labels are about: the one that is named, else the only one, else the one called as the labels' target."""
    if len(targets) > 1:
        raise RecordError(f"labels for several texts: {', '.join(sorted(targets))}", "Export each of the texts apart.")
    strings = {key: text for key, text in texts.items() if isinstance(text, str)}
    named = {text_key} if text_key is not None else targets
    fitting = [key for key in strings if key in named or (text_key is None and len(strings) == 1)]
    if len(fitting) != 1:
        asked = f"no text '{text_key}' in data" if text_key is not None else "it is not certain which of data is the text"
        first = next(iter(strings), "text")
        raise RecordError(
            f"{asked}; strings there are {key_names(strings)}",
            f"Name the text with data. before it: corpus.columns: {{ner: data.{first}}} in the recipe, "
            f"--columns ner=data.{first} of `tagger data`.",
        )
    return strings[fitting[0]]
