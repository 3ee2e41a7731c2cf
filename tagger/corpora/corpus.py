"""A corpus: train, dev and test as memory-mapped `datasets.Dataset`s, written once to a cache that goes by content."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from datasets import ClassLabel, Dataset, DatasetInfo, Features, List, Value
from datasets.table import MemoryMappedTable

from tagger.corpora.source import SourceSentence
from tagger.errors import CorpusError
from tagger.text.partial import UNKNOWN
from tagger.text.schemes import TagScheme, split_tag

SPLITS = ("train", "dev", "test")
Source = Callable[[], Iterable[SourceSentence]]
"""What opens a split: called anew for each reading."""

_FORMAT = 3  # Part of each cache key: raised whenever what is written to the cache changes.
_SENTENCES_AT_ONCE = 5_000


@dataclass(frozen=True)
class Corpus:
    """The splits that there are, and what they are made of.

    Each split has the columns `tokens`, one of `ClassLabel`s for each task (spans in the scheme that `schemes` names, whatever
    the source is in; `UNKNOWN` where a tag is not known), for a task with confidences `<task>_confidence`, `place` and `lines`
    (where each token stands), `document` (a number), and `spaces_after` where the source tells.

    Attributes:
        splits: `train`, `dev` and `test`, those that there are.
        schemes: For each task the scheme of its tags here, None for plain tags.
        fingerprint: Names the content; equal for equal content.
        notes: What was noticed while reading: schemes that were detected, tags that were repaired or are unknown.
    """

    splits: Mapping[str, Dataset]
    schemes: Mapping[str, TagScheme | None]
    fingerprint: str
    notes: Sequence[str] = ()

    def __getitem__(self, split: str) -> Dataset:
        """A split.

        Raises:
            CorpusError: The corpus has no such split.
        """
        if split not in self.splits:
            raise CorpusError(
                f"the corpus has no {split} split", fix=f"It has {', '.join(self.splits)}; give it the file that is missing."
            )
        return self.splits[split]

    def tag_names(self, task: str) -> list[str]:
        """The tags of a task in all splits, in the order of their ids."""
        names: list[str] = next(iter(self.splits.values())).features[task].feature.names
        return names

    def labels(self, task: str, split: str = "train") -> list[str]:
        """The labels of a task that occur in a split, sorted; for a task without spans its tags."""
        names, used = self.tag_names(task), _used(self[split], task)
        if not self.schemes[task]:
            return sorted(names[index] for index in used)
        return sorted({split_tag(names[index])[1] for index in used} - {""})

    def warnings(self) -> list[str]:
        """What is no error but should be known: labels that dev or test hold and train does not, with their first place."""
        found = []
        for task, scheme in self.schemes.items():
            known = set(self.labels(task))
            for split in ("dev", "test"):
                if split not in self.splits:
                    continue
                for label in self.labels(task, split):
                    if label not in known:
                        kind = "label" if scheme else "tag"
                        place = self._first_place(split, task, label)
                        found.append(
                            f"{place}: {task} {kind} '{label}' is in {split} but not in train: it will be scored as missed"
                        )
        return found

    def _first_place(self, split: str, task: str, label: str) -> str:
        names = self.tag_names(task)
        wanted = [index for index, name in enumerate(names) if label in (name, split_tag(name)[1] if self.schemes[task] else name)]
        for row in self[split]:
            for tag, line in zip(row[task], row["lines"], strict=True):
                if tag in wanted:
                    return f"{row['place']}:{line}"
        raise AssertionError(f"{label} is not in {split}")


def read_corpus(
    sources: Mapping[str, Source],
    schemes: Mapping[str, TagScheme | None],
    *,
    key: Sequence[str],
    cache: Path,
    weighted: Sequence[str] = (),
    notes: Mapping[str, str] | None = None,
) -> Corpus:
    """Reads each split through its source, or takes it from the cache where the same content was read before.

    Args:
        sources: For each split what opens it, its tags in `schemes`.
        schemes: For each task the scheme in which the sources give its spans, or None for plain tags.
        key: What names the content: digests of the files, and all settings that decide how they are read.
        cache: The folder of the cache.
        weighted: The tasks whose tags have confidences; where a source has none, they are 1.
        notes: What the sources note while they are read; kept in the cache.

    Raises:
        CorpusError: A source can't be read, or a tag sequence breaks its scheme.
    """
    schemes_key = [f"{task}={scheme.name if scheme else 'none'}" for task, scheme in schemes.items()]
    digest = digest_of(json.dumps([_FORMAT, *key, *schemes_key, *weighted, *sources]))
    folder = cache / "corpora" / digest
    if not (folder / "info.json").is_file():
        _write_cache(folder, sources, tuple(schemes), weighted, {} if notes is None else notes)
    info = json.loads((folder / "info.json").read_text("utf-8"))
    splits = {split: _open_split(folder / f"{split}.arrow", info, f"{digest}-{split}") for split in sources}
    return Corpus(splits, dict(schemes), digest, info["notes"])


def digest_of(text: str) -> str:
    """A short name of a text's content."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def with_dev_share(sources: Mapping[str, Source], share: float) -> dict[str, Source]:
    """Sources whose dev split is taken out of train: every n-th sentence, n being 1 / `share` rounded."""
    step = max(2, round(1 / share))

    def pick(*, dev: bool) -> Iterator[SourceSentence]:
        for index, sentence in enumerate(sources["train"]()):
            if (index % step == step - 1) == dev:
                yield sentence

    new: dict[str, Source] = {**sources, "train": partial(pick, dev=False), "dev": partial(pick, dev=True)}
    return {split: new[split] for split in SPLITS if split in new}


def cache_folder() -> Path:
    """Where corpora are cached: `TAGGER_CACHE`, or `tagger` in the user's cache folder."""
    if folder := os.environ.get("TAGGER_CACHE"):
        return Path(folder)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tagger"


def _write_cache(
    folder: Path, sources: Mapping[str, Source], tasks: Sequence[str], weighted: Sequence[str], notes: Mapping[str, str]
) -> None:
    """Writes the whole folder beside its place and renames it: a reader never sees half of it."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=folder.name + ".", dir=folder.parent))
    except OSError as error:
        raise CorpusError(
            f"the cache can't be written ({error.strerror})",
            where=str(folder.parent),
            fix="Set the environment variable TAGGER_CACHE to a folder that can be written.",
        ) from error
    try:
        tag_ids: dict[str, dict[str, int]] = {task: {} for task in tasks}
        has_spaces: dict[str, bool | None] = {}
        for split, source in sources.items():
            has_spaces[split] = _write_split(temporary / f"{split}.arrow", source(), weighted, tag_ids)
            if has_spaces[split] is None:
                raise CorpusError(f"{split} holds no sentence", where="corpus", fix="Give it a larger file, or leave it away.")
        info = {
            "tags": {task: list(ids) for task, ids in tag_ids.items()},
            "weighted": list(weighted),
            "spaces": all(has_spaces.values()),
            "notes": list(notes.values()),
        }
        (temporary / "info.json").write_text(json.dumps(info, ensure_ascii=False), "utf-8")
        temporary.chmod(0o755)
        if not folder.exists():
            temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _write_split(
    path: Path, sentences: Iterable[SourceSentence], weighted: Sequence[str], tag_ids: Mapping[str, dict[str, int]]
) -> bool | None:
    """Streams sentences to an Arrow file; new tags get the next id. Whether the source tells of spaces; None without sentences."""
    strings, labels = pa.list_(pa.string()), pa.list_(pa.int64())
    fields = {"tokens": strings, **dict.fromkeys(tag_ids, labels)}
    schema = pa.schema(
        {
            **fields,
            **{f"{task}_confidence": pa.list_(pa.float32()) for task in weighted},
            "place": pa.string(),
            "lines": pa.list_(pa.int32()),
            "document": pa.int32(),
            "spaces_after": pa.list_(pa.bool_()),
        }
    )
    has_spaces: bool | None = None
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, schema) as writer:
        for chunk in _chunks(sentences):
            columns: dict[str, list[Any]] = {name: [] for name in schema.names}
            for sentence in chunk:
                columns["tokens"].append(sentence.words)
                for task, ids in tag_ids.items():
                    columns[task].append(_tag_ids(sentence.columns[task], ids))
                for task in weighted:
                    columns[f"{task}_confidence"].append(sentence.weights.get(task) or [1.0] * len(sentence.words))
                columns["place"].append(sentence.place)
                columns["lines"].append(sentence.lines)
                columns["document"].append(sentence.document)
                columns["spaces_after"].append(sentence.spaces_after)
                has_spaces = has_spaces is not False and sentence.spaces_after is not None
            writer.write_batch(pa.record_batch(columns, schema=schema))
    return has_spaces


def _tag_ids(tags: Sequence[str | None], ids: dict[str, int]) -> list[int]:
    """The ids of tags; a new tag gets the next."""
    try:
        return [ids[tag] for tag in tags]  # type: ignore[index]
    except KeyError:
        return [UNKNOWN if tag is None else ids.setdefault(tag, len(ids)) for tag in tags]


def _chunks(sentences: Iterable[SourceSentence]) -> Iterator[list[SourceSentence]]:
    chunk: list[SourceSentence] = []
    for sentence in sentences:
        chunk.append(sentence)
        if len(chunk) == _SENTENCES_AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _open_split(path: Path, info: Mapping[str, Any], fingerprint: str) -> Dataset:
    features = {
        "tokens": List(Value("string")),
        **{task: List(ClassLabel(names=names)) for task, names in info["tags"].items()},
        **{f"{task}_confidence": List(Value("float32")) for task in info["weighted"]},
        "place": Value("string"),
        "lines": List(Value("int32")),
        "document": Value("int32"),
        "spaces_after": List(Value("bool")),
    }
    dataset = Dataset(
        MemoryMappedTable.from_file(str(path)), info=DatasetInfo(features=Features(features)), fingerprint=fingerprint
    )
    return dataset if info["spaces"] else dataset.remove_columns("spaces_after")


def _used(dataset: Dataset, task: str) -> list[int]:
    used: list[int] = pc.unique(pc.list_flatten(dataset.data.column(task))).to_pylist()
    return [index for index in used if index != UNKNOWN]
