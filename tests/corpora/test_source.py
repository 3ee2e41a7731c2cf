"""Lines of text that are certainly UTF-8."""

import pytest

from tagger.corpora.source import decode_lines, nothing_found, text_lines
from tagger.errors import CorpusError


def test_lines_come_with_their_numbers_and_without_line_ends(write):
    assert list(text_lines(write("a\nb\r\n\nc"))) == [(1, "a"), (2, "b"), (3, ""), (4, "c")]


@pytest.mark.parametrize("character", ["\u2028", "\u0085", "\x0b", "\x0c", "\x1c", "\u00a0"])
def test_only_line_feeds_end_a_line(write, character):
    assert list(text_lines(write(f"a{character}b\n"))) == [(1, f"a{character}b")]


def test_a_byte_order_mark_belongs_to_no_line(write):
    assert list(text_lines(write(b"\xef\xbb\xbfAnna\nb\n"))) == [(1, "Anna"), (2, "b")]


def test_a_byte_order_mark_further_on_is_a_character_of_its_line(write):
    assert list(text_lines(write("a\n\ufeffb\n"))) == [(1, "a"), (2, "\ufeffb")]


def test_an_empty_file_has_no_lines(write):
    assert list(text_lines(write(b""))) == []


@pytest.mark.parametrize(
    ("content", "place", "problem"),
    [
        (b"ok\nZo\xeb went\n", "2:3", "not UTF-8: byte 0xeb after 'Zo'"),
        (b"\xff\xfea\x00", "1:1", "not UTF-8: byte 0xff after ''"),
        ("\u00e4\u00e4\u00e4".encode() + b"\x80", "1:4", "not UTF-8: byte 0x80 after '\u00e4\u00e4\u00e4'"),
        (b"x" * 100 + b"\xc3", "1:101", "not UTF-8: byte 0xc3 after '" + "x" * 40 + "'"),
        (b"\xef\xbb\xbfZo\xeb\n", "1:3", "not UTF-8: byte 0xeb after 'Zo'"),
    ],
    ids=["latin-1", "utf-16", "column counts characters", "cut character", "after a byte order mark"],
)
def test_bytes_that_are_not_utf8_are_told_with_line_and_column(write, content, place, problem):
    path = write(content)
    with pytest.raises(CorpusError) as caught:
        list(text_lines(path))
    assert caught.value.where == f"{path}:{place}"
    assert caught.value.problem == problem
    assert "iconv" in caught.value.fix


def test_lines_before_a_fault_are_given():
    lines = decode_lines([b"good\n", b"\xff\n"], "standard input")
    assert next(lines) == (1, "good")
    with pytest.raises(CorpusError, match=r"^standard input:2:1: not UTF-8"):
        next(lines)


@pytest.mark.parametrize("name", ["missing.txt", ""], ids=["missing", "a folder"])
def test_what_is_no_file_is_told_with_its_path(tmp_path, name):
    with pytest.raises(CorpusError) as caught:
        list(text_lines(tmp_path / name))
    assert str(caught.value) == f"{tmp_path / name}: no such file\n  Name an existing file."


def test_a_file_without_a_sentence_is_told_with_its_path(tmp_path):
    assert str(nothing_found(str(tmp_path))).startswith(f"{tmp_path}: the file holds no sentence\n")
