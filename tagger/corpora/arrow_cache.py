"""Sentences -> memory-mapped Arrow files, written once to a cache that goes by content."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
from datasets import ClassLabel, Dataset, DatasetInfo, Features, List, Value
from datasets.table import MemoryMappedTable
from filelock import FileLock

from tagger.corpora.cache import digest_of
from tagger.corpora.corpus import Corpus, Source
from tagger.corpora.source import SourceSentence, no_cycles
from tagger.errors import CorpusError
from tagger.text.partial import UNKNOWN
from tagger.text.schemes import TagScheme

_FORMAT = 5  # Part of each cache key: raised whenever what is written to the cache changes.
_SENTENCES_AT_ONCE = 5_000
_PLACES = ("place", "lines")  # The same corpus may lie elsewhere.


def read_corpus(
    sources: Mapping[str, Source],
    schemes: Mapping[str, TagScheme | None],
    *,
    key: Sequence[str],
    cache: Path,
    weighted: Sequence[str] = (),
    labelled: Sequence[str] = (),
    inputs: Sequence[str] = (),
    notes: Collection[str] = (),
) -> Corpus:
    """Reads each split through its source, or takes it from the cache where the same content was read before.

    Args:
        sources: For each split what opens it, its tags in `schemes`.
        schemes: For each task the scheme in which the sources give its spans, or None for plain tags.
        key: What names the content: digests of the files, and all settings that decide how they are read.
        cache: The folder of the cache.
        weighted: The tasks whose tags have confidences; where a source has none, they are 1.
        labelled: The tasks with one label for a sentence.
        inputs: The columns that are no task's, but read beside the words.
        notes: What the sources note while they are read; kept in the cache.

    Raises:
        CorpusError: A source can't be read, or a tag sequence breaks its scheme.
    """
    schemes_key = [f"{task}={scheme.name if scheme else 'none'}" for task, scheme in schemes.items()]
    digest = digest_of(
        json.dumps([_FORMAT, *key, *schemes_key, *weighted, list(labelled), *sources, *([list(inputs)] if inputs else [])])
    )
    folder = cache / "corpora" / digest
    if not (folder / "info.json").is_file():
        with _one_writer(folder):
            # Another process may have written it meanwhile: of several that train together one reads, and the others wait.
            if not (folder / "info.json").is_file():
                _write_cache(folder, sources, (*schemes, *inputs), weighted, labelled, notes)
    info = json.loads((folder / "info.json").read_text("utf-8"))
    splits = {split: _open_split(folder / f"{split}.arrow", info, f"{digest}-{split}") for split in sources}
    return Corpus(splits, dict(schemes), digest_of(json.dumps([schemes_key, info["tags"], info["content"]])), info["notes"])


@contextmanager
def _one_writer(folder: Path) -> Iterator[None]:
    """Within it no other process writes the folder; the lock ends with its process."""
    lock = FileLock(folder.with_name(f".{folder.name}.lock"))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        yield
    finally:
        with suppress(OSError):
            Path(lock.lock_file).unlink()
        lock.release()


def _unwritable(folder: Path, error: OSError) -> CorpusError:
    return CorpusError(
        f"the cache can't be written ({error.strerror})",
        where=str(folder.parent),
        fix="Set the environment variable TAGGER_CACHE to a folder that can be written.",
    )


def _write_cache(
    folder: Path,
    sources: Mapping[str, Source],
    tasks: Sequence[str],
    weighted: Sequence[str],
    labelled: Sequence[str],
    notes: Collection[str],
) -> None:
    """Writes the whole folder beside its place and renames it: a reader never sees half of it."""
    try:
        temporary = Path(tempfile.mkdtemp(prefix=folder.name + ".", dir=folder.parent))
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        tag_ids: dict[str, dict[str | None, int]] = {task: {None: UNKNOWN} for task in tasks}
        has_spaces: dict[str, bool | None] = {}
        content = hashlib.blake2b(digest_size=16)
        for split, source in sources.items():
            with no_cycles():
                content.update(split.encode())
                has_spaces[split] = _write_split(temporary / f"{split}.arrow", source(), weighted, labelled, tag_ids, content)
            if has_spaces[split] is None:
                raise CorpusError(f"{split} holds no sentence", where="corpus", fix="Give it a larger file, or leave it away.")
        info = {
            "tags": {task: [tag for tag in ids if tag is not None] for task, ids in tag_ids.items()},
            "weighted": list(weighted),
            "labelled": list(labelled),
            "spaces": all(has_spaces.values()),
            "notes": list(notes),
            "content": content.hexdigest(),
        }
        (temporary / "info.json").write_text(json.dumps(info, ensure_ascii=False), "utf-8")
        temporary.chmod(0o755)
        if not (folder / "info.json").is_file():
            # What stands there is no whole corpus.
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):  # Another process was as fast.
                temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _write_split(
    path: Path,
    sentences: Iterable[SourceSentence],
    weighted: Sequence[str],
    labelled: Sequence[str],
    tag_ids: Mapping[str, dict[str | None, int]],
    content: "hashlib.blake2b",
) -> bool | None:
    """Streams sentences to an Arrow file; new tags get the next id. Whether the source tells of spaces; None without sentences.

    `content` reads all of it but where it stands.
    """
    strings, labels = pa.list_(pa.string()), pa.list_(pa.int64())
    fields = {"tokens": strings, **{task: pa.int64() if task in labelled else labels for task in tag_ids}}
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
                    if task in labelled:
                        columns[task] += _tag_ids([sentence.labels.get(task)], ids)
                    else:
                        columns[task].append(_tag_ids(sentence.columns[task], ids))
                for task in weighted:
                    columns[f"{task}_confidence"].append(sentence.weights.get(task) or [1.0] * len(sentence.words))
                columns["place"].append(sentence.place)
                columns["lines"].append(sentence.lines)
                columns["document"].append(sentence.document)
                columns["spaces_after"].append(sentence.spaces_after)
                has_spaces = has_spaces is not False and sentence.spaces_after is not None
            content.update(json.dumps({name: cells for name, cells in columns.items() if name not in _PLACES}).encode())
            writer.write_batch(pa.record_batch(columns, schema=schema))
    return has_spaces


def _tag_ids(tags: Sequence[str | None], ids: dict[str | None, int]) -> list[int]:
    """The ids of tags; a new tag gets the next."""
    try:
        return [ids[tag] for tag in tags]
    except KeyError:
        # One of the entries is that of no tag.
        return [ids.setdefault(tag, len(ids) - 1) for tag in tags]


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
        **{
            task: ClassLabel(names=names) if task in info["labelled"] else List(ClassLabel(names=names))
            for task, names in info["tags"].items()
        },
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
