"""Compressed files: whole, in pieces, and damaged."""

import subprocess

import pytest

from tagger.corpora.compressed import SUFFIXES, compress, compression_of, open_compressed
from tagger.errors import CorpusError

PIECES = [b"Ann sleeps\n" * 500, b"", "Zoë\n".encode() * 700]


@pytest.mark.parametrize("suffix", ["", *SUFFIXES])
def test_pieces_that_stand_one_behind_the_other_are_one_file(tmp_path, suffix):
    path = tmp_path / f"in.txt{suffix}"
    path.write_bytes(b"".join(compress(piece, compression_of(path)) for piece in PIECES))
    with open_compressed(path) as (content, file):
        assert b"".join(content) == b"".join(PIECES)
        assert file.tell() == path.stat().st_size


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_compressing_twice_gives_the_same_bytes_and_fewer(suffix):
    first, second = (compress(PIECES[0], SUFFIXES[suffix]) for _ in range(2))
    assert first == second
    assert len(first) < len(PIECES[0]) / 5


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("damage", ["cut", "another"])
def test_a_damaged_file_is_told_by_its_name(tmp_path, suffix, damage):
    path = tmp_path / f"in.txt{suffix}"
    whole = compress(b"".join(b"%d\n" % number for number in range(5000)), SUFFIXES[suffix])
    path.write_bytes(whole[:-6] if damage == "cut" else b"no compressed file at all")
    with (
        pytest.raises(CorpusError, match=rf"in\.txt\{suffix}: the compressed file is damaged \("),
        open_compressed(path) as (content, _),
    ):
        list(content)


def test_a_file_that_is_missing_is_told(tmp_path):
    with pytest.raises(CorpusError, match=r"none\.gz: no such file"), open_compressed(tmp_path / "none.gz"):
        pass


def test_gzip_itself_reads_what_was_written(tmp_path):
    path = tmp_path / "in.gz"
    path.write_bytes(b"".join(compress(piece, "gzip") for piece in PIECES))
    assert subprocess.run(["gzip", "-dc", path], capture_output=True, check=True).stdout == b"".join(PIECES)
