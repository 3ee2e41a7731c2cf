"""Inputs in pieces."""

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tagger.corpora.streams import READERS
from tagger.deployment import pieces
from tagger.deployment.pieces import Source, digest_of, read_pieces
from tagger.errors import CorpusError


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(pieces, "PIECE_WORDS", 10)


def read(path, form="text", *, keep_rows=False):
    return list(read_pieces(Source(path, form), READERS.get(form), keep_rows=keep_rows))


def texts(found):
    return [[item.text for item in piece.items] for piece in found]


def test_pieces_hold_about_as_many_words_and_all_sentences_in_order(tmp_path):
    path = tmp_path / "in.txt"
    path.write_text("".join(f"line {number:02d} ab\n" for number in range(20)), "utf-8")
    found = read(path)
    assert [len(piece.items) for piece in found] == [4] * 5
    assert [text for piece in texts(found) for text in piece] == [f"line {number:02d} ab" for number in range(20)]


def test_sentences_without_words_count_too(tmp_path):
    path = tmp_path / "in.txt"
    path.write_text("\n" * 25, "utf-8")
    assert [len(piece.items) for piece in read(path)] == [10, 10, 5]


def test_long_keys_beside_a_text_end_a_piece(tmp_path, monkeypatch):
    monkeypatch.setattr(pieces, "_PIECE_BYTES", 1000)
    path = tmp_path / "in.jsonl"
    path.write_text(('{"text": "a", "more": "' + "x" * 600 + '"}\n') * 6, "utf-8")
    assert len(read(path, "jsonl")) >= 3


@pytest.mark.parametrize("form", READERS)
def test_a_source_without_sentences_is_one_empty_piece(tmp_path, form):
    path = tmp_path / "in"
    path.touch()
    (piece,) = read(path, form)
    assert piece.items == ()


def test_the_digest_names_all_content_up_to_the_end_of_a_piece(tmp_path):
    first, second, zipped = tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / "c.txt.gz"
    first.write_text("a b c d e f\n" * 20, "utf-8")
    second.write_text("a b c d e f\n" * 15 + "other\n", "utf-8")
    zipped.write_bytes(gzip.compress(first.read_bytes()))
    one, other, same = ([piece.digest for piece in read(path)] for path in (first, second, zipped))
    assert one == same
    assert one[:3] == other[:3]
    assert not set(one[3:]) & set(other)
    assert len(set(one)) == len(one)
    assert digest_of(Source(zipped, "text")) == one[-1]


def test_positions_grow_to_the_size_of_the_file(tmp_path):
    path = tmp_path / "in.txt"
    path.write_text("a b c d e f\n" * 20_000, "utf-8")
    positions = [piece.position for piece in read(path)]
    assert positions == sorted(positions)
    assert positions[0] < positions[-1] == path.stat().st_size


def test_a_fault_comes_behind_all_whole_pieces_before_it(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "a"}\n' * 25 + "no json\n", "utf-8")
    found = read_pieces(Source(path, "jsonl"), READERS["jsonl"], keep_rows=False)
    assert [len(next(found).items) for _ in range(2)] == [10, 10]
    with pytest.raises(CorpusError, match=r"in\.jsonl:26:1: no JSON"):
        next(found)


def test_rows_of_parquet_are_cut_as_sentences_are(tmp_path):
    path = tmp_path / "in.parquet"
    pq.write_table(pa.table({"text": [f"line {number:02d} ab" for number in range(18)], "id": range(18)}), path)
    found = read(path, "parquet", keep_rows=True)
    assert [len(piece.items) for piece in found] == [4, 4, 4, 4, 2]
    rows = [pa.ipc.open_stream(piece.rows).read_all() for piece in found]
    assert pa.concat_tables(rows)["id"].to_pylist() == list(range(18))
    assert found[-1].position == path.stat().st_size
    assert found[-1].digest == digest_of(Source(path, "parquet"))
    assert found[0].items[0].extra == {}
    assert read(path, "parquet")[0].items[3].extra == {"id": 3}
    assert read(path, "parquet")[0].rows is None


def test_a_parquet_file_that_was_written_again_has_another_digest(tmp_path):
    path = tmp_path / "in.parquet"
    digests = set()
    for text in ("abc", "abd"):
        pq.write_table(pa.table({"text": [text]}), path)
        digests.add(digest_of(Source(path, "parquet")))
    assert len(digests) == 2
