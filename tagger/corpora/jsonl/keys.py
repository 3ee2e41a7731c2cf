"""Under which key of a JSON record each task stands: the one that was named, or the one that is certain."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tagger.corpora.jsonl.record import Record, RecordError, refuse_line_ends
from tagger.errors import CorpusError
from tagger.text.alignment import CharSpan, align
from tagger.text.schemes import IOB2, TagScheme
from tagger.text.sentence import Sentence, Token

_TEXT = "data."


@dataclass
class TaskKeys:
    """Finds the tags or spans of each task, and holds a file to the keys that it began with.

    Attributes:
        tasks: For each task the key that it is read from; None where it is found. A key that begins with `data.` names the text.
        schemes: The scheme of a task's tags where it is not IOB2.
    """

    tasks: Mapping[str, str | None]
    schemes: Mapping[str, TagScheme]
    _chosen: dict[str, tuple[str, int]] = field(default_factory=dict)
    _seen: dict[str, int] = field(default_factory=dict)

    @property
    def texts(self) -> list[str]:
        """The keys that were named as texts."""
        return list(dict.fromkeys(key.removeprefix(_TEXT) for key in self.tasks.values() if key and key.startswith(_TEXT)))

    def found(self, record: Record, number: int) -> tuple[dict[str, Sequence[str]], dict[str, Sequence[CharSpan]]]:
        """The tags of the tasks that a record has tags for, and the spans of all others; `number` is the record's line.

        Raises:
            RecordError: It is not certain where a task stands, or there are not as many tags as tokens.
        """
        for listed, spans in record.spans.items():
            if spans:
                self._seen.setdefault(listed, number)
        keys = {task: self._key(task, record, number) for task in self.tasks}
        for task, key in keys.items():
            twin = next((other for other in keys if other != task and keys[other] == key), None)
            if key is not None and twin is not None and self.tasks[task] is None:
                raise RecordError(f"the tasks '{task}' and '{twin}' would both be read from '{key}'", _name_it(task, key))
        tags = {task: _tags(record, key) for task, key in keys.items() if key in record.tags}
        return tags, {task: record.spans.get(key or "", ()) for task, key in keys.items() if task not in tags}

    def problems(self, place: str) -> Iterator[CorpusError]:
        """What is wrong with the file as a whole: a task without a span, though there are spans under other keys."""
        for task in self.tasks:
            if task not in self._chosen and self._seen:
                names = ", ".join(f"'{name}' (line {line})" for name, line in self._seen.items())
                under = f" under '{named}'" if (named := self._named(task)) else ""
                yield CorpusError(
                    f"no record has spans{under} for the task '{task}'",
                    where=place,
                    fix=f"The file has spans under {names}. {_name_it(task, next(iter(self._seen)))}",
                    kind="unreadable record",
                )

    def _named(self, task: str) -> str | None:
        key = self.tasks[task]
        return None if key is None or key.startswith(_TEXT) else key

    def _key(self, task: str, record: Record, number: int) -> str | None:
        """The key of a record that a task is read from; None where it has no spans."""
        wanted = self._named(task)
        keys = {**record.tags, **record.spans}
        candidates = [wanted] if wanted is not None else [task, f"tags.{task}", f"spans.{task}", "tags"]
        found = next((key for key in candidates if key in keys), None)
        # A list that is said to be a task's is no other task's.
        unnamed = [key for key in record.spans if not key.startswith("spans.")]
        if found is None and wanted is None and len(unnamed) == 1 and (record.spans[unnamed[0]] or not record.tags):
            # An empty list beside lists of as many strings as tokens does not say that there is nothing.
            found = unnamed[0]
        if found is None:
            # An empty `spans` stands for a group of spans too.
            is_empty = wanted is not None and wanted.startswith("spans.") and record.spans.get("spans") == ()
            if is_empty or (record.open_keys and (wanted is not None or not unnamed)):
                return None
            have = ", ".join(f"'{key}'" for key in keys) or "none"
            problem = f"no key '{wanted}' for the task '{task}'" if wanted else f"not certain where the task '{task}' stands"
            raise RecordError(f"{problem}; keys of tags and spans here: {have}", _name_it(task, next(iter(keys), "tags")))
        if found in record.tags or record.spans[found]:
            before, line = self._chosen.setdefault(task, (found, number))
            if before != found:
                problem = f"the task '{task}' stands under '{found}' here, and under '{before}' in line {line}"
                raise RecordError(problem, _name_it(task, before))
            if wanted is None:
                self._refuse_other_spans(task, found, record)
        return found

    def _refuse_other_spans(self, task: str, key: str, record: Record) -> None:
        """Refuses a record whose tags and spans of a task say different things."""
        other = {"tags": "spans", f"tags.{task}": f"spans.{task}"}.get(key, "")
        spans = record.spans.get(other)
        if not spans or key not in record.tags or record.text is None or record.tokens is None or record.offsets is None:
            return
        tokens = tuple(Token(word, *place) for word, place in zip(record.tokens, record.offsets, strict=True))
        made = align(Sentence(record.text, tokens), spans, "error")
        written = self.schemes.get(task, IOB2).write(made.spans, len(tokens))
        if made.misaligned or tuple(written) != record.tags[key]:
            raise RecordError(f"'{key}' and '{other}' differ, and the task '{task}' could be read from either", _name_it(task, key))


def _name_it(task: str, key: str) -> str:
    return f"Name the key: corpus.columns: {{{task}: {key}}} in the recipe, --columns {task}={key} of `tagger data`."


def _tags(record: Record, key: str | None) -> Sequence[str]:
    tags, count = record.tags[key or ""], len(record.tokens or ())
    if len(tags) != count:
        raise RecordError(f"{key} has {len(tags)} strings for {count} tokens", "Give one tag for each token.")
    for index, tag in enumerate(tags):
        if not tag.strip():
            raise RecordError(f"{key}[{index}] is empty", "Give one tag for each token; O where it is in no span.")
        refuse_line_ends(f"{key}[{index}]", tag)
    return tags
