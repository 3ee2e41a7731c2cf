import gzip

import numpy as np
import pytest

from tagger.errors import CorpusError
from tagger.features.vectors import text as module
from tagger.features.vectors.reading import read_vectors as read_source


def read_vectors(path, **options):
    return read_source(path, cache=path.parent / "cache", **options)


@pytest.fixture
def write(tmp_path):
    def write(content, name="vectors.txt"):
        path = tmp_path / name
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write


def refused(path):
    """The error that reading raises."""
    with pytest.raises(CorpusError) as caught:
        read_vectors(path)
    assert caught.value.fix
    return caught.value


@pytest.mark.parametrize("content", ["the 1 2\ncat 3 4\n", "2 2\nthe 1 2\ncat 3 4\n"])
def test_a_byte_order_mark_is_no_part_of_the_first_word(write, content):
    read = read_vectors(write(f"\ufeff{content}"))
    assert (read.words, read.matrix.tolist()) == (("the", "cat"), [[1, 2], [3, 4]])


@pytest.mark.parametrize("name", ["vectors.txt", "vectors.txt.gz"])
def test_words_and_numbers_are_read_in_their_order(write, name):
    read = read_vectors(write("the 0.5 -1\ncat 2e-1 3\n", name))
    assert read.words == ("the", "cat")
    assert read.width == 2
    assert read.matrix.dtype == np.float32
    np.testing.assert_allclose(read.matrix, [[0.5, -1], [0.2, 3]], rtol=1e-6)


def test_a_last_line_without_an_end_is_read(write):
    assert read_vectors(write("a 1 2\nb 3 4")).words == ("a", "b")


def test_windows_line_ends_are_read(write):
    np.testing.assert_array_equal(read_vectors(write("a 1 2\r\nb 3 4\r\n")).matrix, [[1, 2], [3, 4]])


def test_a_word_may_hold_spaces(write):
    read = read_vectors(write("a 1 2\nNew York 3 4\n. . . 5 6\n"))
    assert read.words == ("a", "New York", ". . .")
    np.testing.assert_array_equal(read.matrix, [[1, 2], [3, 4], [5, 6]])


def test_a_word_may_be_a_number_or_in_another_script(write):
    assert read_vectors(write("1985 1 2\nçà 3 4\n🦊 5 6\n\u00a0 7 8\n")).words == ("1985", "çà", "🦊", "\u00a0")


def test_of_a_word_that_stands_twice_the_first_counts(write):
    read = read_vectors(write("a 1 2\nb 3 4\na 5 6\n"))
    assert read.words == ("a", "b")
    np.testing.assert_array_equal(read.matrix, [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("a 1 2 3\nb 1 2\n", 2),
        ("a 1 2\n\nb 3 4\n", 2),
        ("a 1 2\nb 3 4\nc\n", 3),
        ("a\n", 1),
        ("\n", 1),
    ],
)
def test_a_line_with_too_few_numbers_is_refused_with_its_place(write, content, line):
    path = write(content)
    assert str(refused(path)).startswith(f"{path}:{line}: ")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("a 1 2\nb 3 nan\nc 5 6\n", 2),
        ("a 1 2\nb 3 inf\n", 2),
        ("a 1 2\nb 3 4\nc 5 six\nd 7 8\n", 3),
        ("a 1 2\nb 3  4\nc 5 6\n", 2),
        ("a 1 2\nb 3 1e999\n", 2),
    ],
)
def test_a_number_that_is_none_is_refused_with_its_place(write, content, line):
    path = write(content)
    assert str(refused(path)).startswith((f"{path}:{line}: ", f"{path}, near line {line}: "))


def test_the_place_is_right_after_a_word_that_stands_twice(write):
    path = write("a 1 2\nb 3 nan\na 5 6\nc 7 8\n")
    assert str(refused(path)).startswith((f"{path}:2: ", f"{path}, near line 2: "))


def test_the_place_is_right_in_a_later_chunk(write, monkeypatch):
    monkeypatch.setattr(module, "_LINES_AT_ONCE", 3)
    path = write("".join(f"w{line} 1 {'x' if line == 8 else 2}\n" for line in range(1, 12)))
    assert str(refused(path)).startswith((f"{path}:8: ", f"{path}, near line 8: "))


def test_many_chunks_are_put_together(write, monkeypatch):
    monkeypatch.setattr(module, "_LINES_AT_ONCE", 3)
    for num_lines in (1, 2, 3, 4, 9, 10):
        read = read_vectors(write("".join(f"w{line} {line} 1\n" for line in range(num_lines))))
        assert read.words == tuple(f"w{line}" for line in range(num_lines))
        np.testing.assert_array_equal(read.matrix[:, 0], range(num_lines))


def test_an_empty_file_is_refused(write):
    assert "empty" in refused(write("")).problem


def test_a_missing_file_is_refused(tmp_path):
    assert "no such" in refused(tmp_path / "nothing.txt").problem


def test_a_word_that_is_not_utf8_is_refused_with_its_place(write):
    path = write(b"a 1 2\n" + "ä 3 4\n".encode("latin-1"))
    error = refused(path)
    assert error.where == f"{path}:2"
    assert "UTF-8" in error.problem


@pytest.mark.parametrize("damage", ["plain", "cut"])
def test_a_damaged_compressed_file_is_refused(tmp_path, damage):
    path = tmp_path / "vectors.txt.gz"
    path.write_bytes(b"a 1 2\n" if damage == "plain" else gzip.compress(b"a 1 2\n" * 1000)[:-20])
    assert "damaged" in refused(path).problem


def test_a_compressed_file_with_wrong_bytes_is_refused(tmp_path):
    path = tmp_path / "vectors.txt.gz"
    data = bytearray(gzip.compress(b"".join(b"word%d 0.%d 2\n" % (i, i * 7919) for i in range(2000))))
    data[len(data) // 2 : len(data) // 2 + 40] = bytes(40)
    path.write_bytes(data)
    refused(path)


def test_the_header_of_word2vec_is_not_taken_for_a_word(write):
    read = read_vectors(write("2 3\nthe 1 2 3\ncat 4 5 6\n"))
    assert (read.words, read.width) == (("the", "cat"), 3)


@pytest.mark.parametrize("ending", ["\n", " \n", "\r\n"])
def test_fasttext_and_word2vec_begin_with_two_counts_and_may_end_lines_with_a_space(write, ending):
    read = read_vectors(write(f"2 3\nthe 1 2 3{ending}cat 4 5 6{ending}", "vectors.vec"))
    assert read.words == ("the", "cat")
    np.testing.assert_array_equal(read.matrix, [[1, 2, 3], [4, 5, 6]])


@pytest.mark.parametrize(("count", "problem"), [(3, "says 3 words, but 2 follow"), (1, "says 1 words, but 2 follow")])
def test_a_header_of_another_number_of_words_is_refused(write, count, problem):
    path = write(f"{count} 2\na 1 2\nb 3 4\n")
    error = refused(path)
    assert (error.where, problem in error.problem) == (f"{path}:1", True)


def test_words_that_stand_twice_count_for_the_header(write):
    assert read_vectors(write("3 2\na 1 2\na 3 4\nb 5 6\n")).words == ("a", "b")


def test_a_header_of_another_width_is_refused(write):
    path = write("2 3\na 1 2\nb 3 4\n")
    assert refused(path).where == f"{path}:2"


def test_a_header_alone_is_an_empty_file(write):
    assert "empty" in refused(write("0 300\n")).problem


@pytest.mark.parametrize(
    ("content", "line"), [("a 1 2\nb 3 4 5\n", 2), ("a 1 2\nb  3 4\n", 2), ("a 1  2\nb 3  4\n", 1), ("a  1 2\nb  3 4\n", 1)]
)
def test_a_number_or_a_space_too_many_is_no_word_with_spaces(write, content, line):
    path = write(content)
    assert refused(path).where == f"{path}:{line}"


def test_the_first_word_may_hold_spaces_too(write):
    read = read_vectors(write(". . . 1 2\nNew York 3 4\n"))
    assert (read.words, read.width) == ((". . .", "New York"), 2)


@pytest.mark.parametrize("number", ["+1", "1.", ".5", "1E2", "-0", "1e-40"])
def test_numbers_are_read_however_they_are_written(write, number):
    np.testing.assert_allclose(read_vectors(write(f"a 0 {number}\nb 1 2\n")).matrix, [[0, float(number)], [1, 2]], rtol=1e-5)


def test_of_words_that_are_not_wanted_nothing_is_kept(write, monkeypatch):
    monkeypatch.setattr(module, "_LINES_AT_ONCE", 2)
    path = write("".join(f"w{line} {line} 1\n" for line in range(9)))
    read = read_vectors(path, only={"w7", "w2", "w5", "other"})
    assert read.words == ("w2", "w5", "w7")
    np.testing.assert_array_equal(read.matrix, [[2, 1], [5, 1], [7, 1]])


def test_lines_of_words_that_are_not_wanted_are_still_counted_through(write):
    path = write("a 1 2\nb 3\nc 5 6\n")
    with pytest.raises(CorpusError, match=":2: a word and 2 numbers"):
        read_vectors(path, only={"c"})


def test_where_no_word_is_wanted_the_width_is_still_known(write):
    read = read_vectors(write("a 1 2\nb 3 4\n"), only=set())
    assert (read.words, read.matrix.shape) == ((), (0, 2))
