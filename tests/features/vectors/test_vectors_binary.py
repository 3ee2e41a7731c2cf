"""word2vec's binary form: written here by its description, read back, and every damage told with its place."""

import struct

import numpy as np
import pytest

from tagger.errors import CorpusError
from tagger.features.vectors import binary as module
from tagger.features.vectors.reading import read_vectors

ROWS = {"</s>": [0.5, -1.0, 2.0], "the": [1.0, 2.0, 3.0], "Zürich": [4.0, 5.0, 6.5], "12": [7.0, 8.0, 9.0]}


def content(rows=ROWS, *, header=None, line_end=b"\n"):
    lines = b"".join(word.encode() + b" " + struct.pack(f"<{len(row)}f", *row) + line_end for word, row in rows.items())
    return (header or f"{len(rows)} {len(next(iter(rows.values())))}\n").encode() + lines


@pytest.fixture
def read(tmp_path):
    def read(data, *, name="vectors.bin", **options):
        (tmp_path / name).write_bytes(data)
        return read_vectors(tmp_path / name, cache=tmp_path / "cache", **options)

    return read


@pytest.fixture
def refused(read, tmp_path):
    def refused(data):
        with pytest.raises(CorpusError) as caught:
            read(data)
        assert caught.value.fix
        return str(caught.value).splitlines()[0].removeprefix(str(tmp_path / "vectors.bin"))

    return refused


@pytest.mark.parametrize("line_end", [b"\n", b""])
@pytest.mark.parametrize("at_once", [10, 1 << 22])
def test_words_and_numbers_are_read_in_their_order(read, monkeypatch, line_end, at_once):
    monkeypatch.setattr(module, "_BYTES_AT_ONCE", at_once)
    monkeypatch.setattr(module, "_LONGEST_WORD", 20)
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 3)
    found = read(content(line_end=line_end))
    assert found.words == tuple(ROWS)
    assert found.matrix.dtype == np.float32
    np.testing.assert_array_equal(found.matrix, list(ROWS.values()))


def test_the_form_is_told_by_the_content_and_not_by_the_name(read):
    assert read(content(), name="vectors.txt").words == tuple(ROWS)
    assert read(b"2 3\nthe 1 2 3\ncat 4 5 6\n").words == ("the", "cat")


def test_numbers_may_hold_the_bytes_of_line_ends_and_spaces(read):
    odd = struct.unpack("<2f", b"\n a 3 4\n")
    found = read(content({"a": odd, "b": (1.0, 0.0)}))
    np.testing.assert_array_equal(found.matrix, np.array([odd, (1, 0)], dtype=np.float32))


def test_only_wanted_words_are_kept_and_of_a_word_that_comes_twice_the_first(read):
    data = content(header="5 3\n") + b"the " + bytes(12)
    found = read(data, only={"the", "12"})
    assert found.words == ("the", "12")
    np.testing.assert_array_equal(found.matrix, [ROWS["the"], ROWS["12"]])


# The first line has 4 bytes, and the rows of the four words 18, 17, 21 and 16.
FAULTS = {
    "no header": (b"the \0\0\0\0", ", byte 0: the numbers of words and dimensions were expected in the first line"),
    "no width": (b"4 0\n" + bytes(9), ", byte 0: the numbers of words and dimensions were expected in the first line"),
    "cut within a row": (content()[:-5], ", byte 60: the file ends within word 4 of 4"),
    "cut between rows": (content()[:60], ", byte 60: the file ends within word 4 of 4"),
    "more than the header says": (content(header="3 3\n"), ", byte 60: more follows the 3 words of the first line"),
    "less than the header says": (content(header="5 3\n"), ", byte 76: the file ends within word 5 of 5"),
    "not UTF-8": (content().replace("Zürich".encode(), b"Z\xfcrich!"), ", byte 39: word 3 of 4 is not UTF-8"),
    "an empty word": (content().replace(b"the ", b" "), ", byte 22: word 2 of 4 is empty"),
    "no number": (
        content({**ROWS, "the": [1.0, float("nan"), 3.0]}),
        ", byte 22: 3 finite numbers were expected after the word",
    ),
    "no finite number": (
        content({**ROWS, "12": [1.0, 2.0, float("inf")]}),
        ", byte 60: 3 finite numbers were expected after the word",
    ),
    "a word without an end": (b"1 3\n" + b"\0" * 5000, ", byte 4: no word and space for word 1 of 1"),
    "no words": (b"0 3\n\0", ": the vectors file is empty"),
    "a fastText model": (module.FASTTEXT + bytes(100), ": a fastText model, not vectors"),
}


@pytest.mark.parametrize(("data", "message"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_with_its_place(refused, data, message):
    assert refused(data) == message


@pytest.mark.parametrize("width", [2, 4])
def test_a_header_of_another_width_is_not_read_over(refused, width):
    assert ", byte " in refused(content(header=f"4 {width}\n"))
