"""Rows to tag, and tagged rows."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tagger.corpora.streams import Item
from tagger.corpora.streams.parquet import as_bytes, assemble, read_parquet, segment
from tagger.errors import CorpusError
from tagger.text.sentence import Alternative, Sentence, sentence_of_words


def table(tmp_path, **columns):
    path = tmp_path / "in.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def items(path, *, others=True):
    return [item for rows in read_parquet(path, "in.parquet", others=others) for item in rows.items]


def tagged(item):
    """An item's sentence, its first word a person."""
    sentence = item.text if isinstance(item.text, Sentence) else sentence_of_words(item.text.split())
    spans = (sentence.span(0, 1, "PER", task="ner", probability=0.5),)
    tags = {"ner": ("B-PER", *["O"] * (len(sentence.tokens) - 1))}
    one = Alternative(0.25, tags["ner"], (sentence.span(0, 1, "PER", task="ner"),))
    shares = {"ner": (0.5,) * len(sentence.tokens)}
    return Sentence(sentence.text, sentence.tokens, tags, spans, shares, {"ner": 0.25}, {"ner": (one,)})


def written(path, *, probabilities=False, n_best=1, clipped=()):
    """The table that becomes of a file."""
    segments = [
        segment(
            [tagged(item) for item in rows.items],
            rows.items,
            [clipped] * len(rows.items),
            ["ner"],
            as_bytes(rows.batch),
            probabilities=probabilities,
            n_best=n_best,
        )
        for rows in read_parquet(path, "in.parquet", others=False)
    ]
    target = path.with_name("out.parquet")
    assemble(io.BytesIO(b"".join(segments)), target)
    return pq.read_table(target)


def test_rows_hold_text_or_tokens_and_are_counted(tmp_path):
    path = table(tmp_path, text=["Ann sleeps", None], tokens=[None, ["a b", "c"]], id=[7, 8])
    text, tokens = items(path)
    assert (text.text, text.extra, text.line) == ("Ann sleeps", {"id": 7}, 1)
    assert (tokens.text.words, tokens.line) == (("a b", "c"), 2)
    assert [item.extra for item in items(path, others=False)] == [{}, {}]


def test_documents_are_those_of_their_column(tmp_path):
    found = items(table(tmp_path, text=["a", "b", "c"], document=["x", "x", "y"]))
    assert [(item.document, bool(item.mark)) for item in found] == [("x", True), ("x", False), ("y", True)]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"txt": ["a"]}, r"^in\.parquet: neither a column text nor one tokens \(there are: txt\)"),
        ({"text": ["a", None]}, r"^in\.parquet:2: neither text nor tokens"),
        ({"tokens": [[1, 2]]}, r"^in\.parquet:1: neither text nor tokens"),
    ],
)
def test_a_row_that_holds_neither_is_told_with_its_number(tmp_path, columns, message):
    with pytest.raises(CorpusError, match=message):
        items(table(tmp_path, **columns))


def test_columns_are_given_back_with_their_types_and_what_was_found_behind_them(tmp_path):
    times = pa.array([1, None], pa.timestamp("ns"))
    kinds = pa.array(["x", "y"]).dictionary_encode()
    path = table(tmp_path, when=times, text=["Ann sleeps", "Bo"], kind=kinds, spans=["old", "older"])
    found = written(path)
    assert found.column_names == ["when", "text", "kind", "spans", "tokens", "offsets", "tags", "clipped"]
    assert found["when"].type == pa.timestamp("ns")
    assert found["when"].to_pylist()[1] is None
    assert found["kind"].to_pylist() == ["x", "y"]
    assert found["tags"].to_pylist() == [{"ner": ["B-PER", "O"]}, {"ner": ["B-PER"]}]
    assert found["offsets"].to_pylist() == [[[0, 3], [4, 10]], [[0, 2]]]
    span = {"start": 0, "end": 1, "label": "PER", "text": "Ann", "start_char": 0, "end_char": 3, "task": "ner"}
    assert found["spans"].to_pylist()[0] == [span]
    assert found["clipped"].to_pylist() == [[], []]


def test_probabilities_and_clipped_words_are_columns_too(tmp_path):
    found = written(table(tmp_path, text=["Ann sleeps"]), probabilities=True, clipped=[1])
    assert found["probabilities"].to_pylist() == [{"ner": [0.5, 0.5]}]
    assert found["spans"].to_pylist()[0][0]["probability"] == 0.5
    assert found["clipped"].to_pylist() == [[1]]


def test_a_file_without_rows_becomes_one_with_all_columns(tmp_path):
    found = written(table(tmp_path, text=pa.array([], pa.string()), id=pa.array([], pa.int8())))
    assert (found.num_rows, found.column_names[:3]) == (0, ["text", "id", "tokens"])
    assert found["id"].type == pa.int8()


def test_many_rows_come_in_order_and_in_groups(tmp_path):
    path = table(tmp_path, tokens=[[str(number)] for number in range(50_000)])
    found = written(path)
    assert found["text"].to_pylist() == [str(number) for number in range(50_000)]
    assert 2 <= pq.ParquetFile(tmp_path / "out.parquet").num_row_groups <= 4


def test_sentences_of_other_forms_become_rows_with_what_stood_beside_them():
    item = Item("Ann", document=3, extra={"id": [1]})
    target = io.BytesIO()
    assemble(io.BytesIO(segment([tagged(item)], [item], [()], ["ner"], None, probabilities=False)), target)
    (row,) = pq.read_table(io.BytesIO(target.getvalue())).to_pylist()
    assert (row["document"], row["extra"], row["text"], row["tokens"]) == ("3", '{"id": [1]}', "Ann", ["Ann"])


def test_sequences_stand_in_columns_of_their_own_where_they_are_asked_for(tmp_path):
    path = table(tmp_path, text=["Ann sleeps"], alternatives=["older"])
    assert written(path)["alternatives"].to_pylist() == ["older"]
    found = written(path, probabilities=True, n_best=2)
    assert found["sequence_probability"].to_pylist() == [{"ner": 0.25}]
    span = {"start": 0, "end": 1, "label": "PER", "text": "Ann", "start_char": 0, "end_char": 3, "task": "ner"}
    assert found["alternatives"].to_pylist() == [{"ner": [{"probability": 0.25, "tags": ["B-PER", "O"], "spans": [span]}]}]
