"""Parquet: rows to tag from a column `text` or `tokens`, and tagged ones with further columns, called as the keys of JSON Lines.

Tagged rows come as segments, each a table by itself, so that they can be added one by one to a file that a kill may end at any
place; `assemble` makes one parquet file of them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from tagger.corpora.columns import DOCUMENT_MARKER
from tagger.corpora.jsonl.record import document_name
from tagger.corpora.streams.given import GivenColumns, from_json
from tagger.corpora.streams.item import Item
from tagger.corpora.streams.jsonl import OWN_KEYS, as_data, sentence_of
from tagger.errors import CorpusError
from tagger.text.sentence import Sentence

_FORMS = "Give it a column text of strings, or a column tokens of lists of strings, in every row."
_READ = ("text", "tokens", "offsets", "document")
_BATCH_ROWS = 512
_GROUP_ROWS = 20_000
_GROUP_BYTES = 32_000_000
_LENGTH_BYTES = 8


class Rows(NamedTuple):
    """Some rows of a file: as sentences to tag, and as they are."""

    items: list[Item]
    batch: pa.RecordBatch


def read_parquet(path: Path, place: str, *, others: bool, given: GivenColumns = MappingProxyType({})) -> Iterator[Rows]:
    """The rows of a file, some at a time; at least once, if only to tell the columns.

    Args:
        path: The file.
        place: What it is called in messages.
        others: Whether the items hold the values of the further columns.
        given: What is read beside the words, named as the keys of JSON Lines.

    Raises:
        CorpusError: It is no parquet file, or has neither text nor tokens in some row.
    """
    if not path.is_file():
        raise CorpusError("no such file", where=place, fix="Name an existing file.")
    try:
        with pq.ParquetFile(path, pre_buffer=False) as file:
            names = file.schema_arrow.names
            if not {"text", "tokens"} & set(names):
                raise CorpusError(f"neither a column text nor one tokens (there are: {', '.join(names)})", where=place, fix=_FORMS)
            number, before = 0, None
            for batch in file.iter_batches(_BATCH_ROWS):
                items = []
                wanted = {*_READ, *given, *(["tags"] if given else [])}
                read = batch if others else batch.select([name for name in names if name in wanted])
                for data in read.to_pylist():
                    number += 1
                    items.append(_item(data, place, number, before, given))
                    before = items[-1].document
                yield Rows(items, batch)
            if not number:
                yield Rows([], pa.RecordBatch.from_pylist([], schema=file.schema_arrow))
    except (pa.ArrowException, OSError) as error:
        problem = str(error).splitlines()[0]
        raise CorpusError(
            f"can't be read as parquet ({problem})", where=place, fix="Fetch it again, or name another file."
        ) from error


def _item(data: dict[str, Any], place: str, number: int, before: str | int | None, given: GivenColumns) -> Item:
    # A column that is null here says nothing.
    known = {name: data[name] for name in _READ if data.get(name) is not None}
    document = document_name(data)
    mark = (DOCUMENT_MARKER,) if document not in (None, before) else ()
    extra = {name: value for name, value in data.items() if name not in OWN_KEYS}
    sentence = sentence_of(known, f"{place}:{number}", fix=_FORMS)
    if given:
        beside = {name: data[name] for name in ("tags", *given) if data.get(name) is not None}
        sentence = from_json(sentence, {**known, **beside}, given, place, number)
    return Item(sentence, mark=mark, document=document, extra=extra, line=number)


def as_bytes(batch: pa.RecordBatch) -> bytes:
    """A batch by itself, without what it was cut from."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue().to_pybytes())


def segment(
    sentences: Sequence[Sentence],
    items: Sequence[Item],
    clipped: Sequence[Sequence[int]],
    tasks: Sequence[str],
    rows: bytes | None,
    *,
    probabilities: bool,
    n_best: int = 1,
    labelled: Sequence[str] = (),
    given: Sequence[str] = (),
) -> bytes:
    """Tagged rows as a segment: the columns of `rows`, if they come from parquet, and what was found.

    `tasks` are those of tags, `labelled` those with one label for a sentence, `given` the columns that were read
    beside the words.
    """
    found = [
        as_data(sentence, item, probabilities=probabilities, n_best=n_best, clipped=words)
        for sentence, item, words in zip(sentences, items, clipped, strict=True)
    ]
    fields: dict[str, pa.Field] = {}
    columns: dict[str, pa.Array] = {}
    metadata = None
    if rows is not None:
        batch = pa.ipc.open_stream(rows).read_next_batch()
        fields, metadata = {field.name: field for field in batch.schema}, batch.schema.metadata
        columns = dict(zip(fields, batch.columns, strict=True))
    else:
        documents = [None if item.document is None else str(item.document) for item in items]
        extras = [json.dumps(dict(item.extra), ensure_ascii=False) if item.extra else None for item in items]
        for name, values in (("document", documents), ("extra", extras)):
            fields[name], columns[name] = pa.field(name, pa.string()), pa.array(values, pa.string())
    for name, kind in _types(tasks, labelled, given, probabilities=probabilities, alternatives=n_best > 1).items():
        # What the source has under such a name is older.
        fields[name], columns[name] = pa.field(name, kind), pa.array([data.get(name, []) for data in found], kind)
    schema = pa.schema(list(fields.values()), metadata)
    data = as_bytes(pa.RecordBatch.from_arrays(list(columns.values()), schema=schema))
    return len(data).to_bytes(_LENGTH_BYTES, "little") + data


def _types(
    tasks: Sequence[str], labelled: Sequence[str], given: Sequence[str], *, probabilities: bool, alternatives: bool
) -> Mapping[str, pa.DataType]:
    """What a writer writes itself."""
    places = ("start", "end", "label", "text", "start_char", "end_char")
    bare = [pa.field(name, pa.string() if name in ("label", "text") else pa.int32()) for name in places]
    task_name = pa.field("task", pa.string())
    span = [*bare, pa.field("probability", pa.float64())] if probabilities else bare
    types: dict[str, pa.DataType] = {"text": pa.string(), "tokens": pa.list_(pa.string())}
    types["offsets"] = pa.list_(pa.list_(pa.int32()))
    # Parquet has no struct of nothing.
    if tasks or given:
        types["tags"] = pa.struct([pa.field(task, pa.list_(pa.string())) for task in (*given, *tasks)])
    types["spans"] = pa.list_(pa.struct([*span, task_name]))
    if probabilities and tasks:
        types["probabilities"] = pa.struct([pa.field(task, pa.list_(pa.float64())) for task in tasks])
        types["sequence_probability"] = pa.struct([pa.field(task, pa.float64()) for task in tasks])
    if alternatives and tasks:
        kinds = {"probability": pa.float64(), "tags": pa.list_(pa.string()), "spans": pa.list_(pa.struct([*bare, task_name]))}
        one = pa.struct([pa.field(name, kind) for name, kind in kinds.items()])
        types["alternatives"] = pa.struct([pa.field(task, pa.list_(one)) for task in tasks])
    if labelled:
        types["labels"] = pa.struct([pa.field(task, pa.string()) for task in labelled])
        if probabilities:
            types["label_probabilities"] = pa.struct([pa.field(task, pa.float64()) for task in labelled])
    return {**types, "clipped": pa.list_(pa.int32())}


def assemble(segments: IO[bytes], target: Path | IO[bytes]) -> None:
    """Makes one parquet file of segments, some of them in memory at a time."""
    writer: pq.ParquetWriter | None = None
    tables: list[pa.Table] = []
    try:
        while length := segments.read(_LENGTH_BYTES):
            tables.append(pa.ipc.open_stream(segments.read(int.from_bytes(length, "little"))).read_all())
            writer = writer or pq.ParquetWriter(target, tables[0].schema, compression="zstd")
            if sum(map(len, tables)) >= _GROUP_ROWS or sum(table.nbytes for table in tables) >= _GROUP_BYTES:
                writer.write_table(pa.concat_tables(tables).unify_dictionaries())
                tables = []
        if writer is not None and tables:
            writer.write_table(pa.concat_tables(tables).unify_dictionaries())
    finally:
        if writer is not None:
            writer.close()
