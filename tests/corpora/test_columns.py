"""Column files: what is a sentence, what is a token, and what is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.corpora.columns import read_columns, write_columns
from tagger.corpora.source import text_lines
from tagger.errors import CorpusError


def read(path, names=("word", "ner"), wanted=("ner",), **options):
    return list(read_columns(text_lines(path), str(path), names, wanted=wanted, **options))


def words_of(path, **options):
    return [list(sentence.words) for sentence in read(path, **options)]


def test_a_sentence_has_its_words_its_columns_and_the_lines_of_its_tokens(write):
    path = write("Anna NNP B-PER\nrests VBZ O\n\n\nOslo NNP B-LOC\n")
    first, second = read(path, ("word", "pos", "ner"), ("ner", "pos"))
    assert list(first.words) == ["Anna", "rests"]
    assert {name: list(tags) for name, tags in first.columns.items()} == {"ner": ["B-PER", "O"], "pos": ["NNP", "VBZ"]}
    assert (first.place, list(first.lines), first.spaces_after) == (str(path), [1, 2], None)
    assert (list(second.words), list(second.lines)) == (["Oslo"], [5])


def test_only_the_wanted_columns_are_given_wherever_the_word_stands(write):
    (sentence,) = read(write("1 NNP Anna B-PER\n"), ("id", "pos", "word", "ner"))
    assert list(sentence.words) == ["Anna"]
    assert set(sentence.columns) == {"ner"}


def test_words_alone_are_a_column_file_too(write):
    (sentence,) = read(write("Anna\nrests\n"), ("word",), ())
    assert (list(sentence.words), dict(sentence.columns)) == (["Anna", "rests"], {})


@pytest.mark.parametrize("blank", ["\n", "\r\n", " \n", "\t\n", " \t \r\n"], ids=repr)
def test_blank_line_ends_a_sentence(write, blank):
    assert words_of(write(f"a O\n{blank}b O\n")) == [["a"], ["b"]]


def test_blank_lines_at_start_and_end_make_no_sentence(write):
    assert words_of(write("\n\na O\n\n\n")) == [["a"]]


def test_the_last_line_needs_no_line_end(write):
    assert words_of(write("a O\nb O")) == [["a", "b"]]


def test_crlf_and_a_byte_order_mark_are_no_part_of_a_column(write):
    (sentence,) = read(write("\ufeffAnna B-PER\r\nrests O\r\n\r\n"))
    assert (list(sentence.words), list(sentence.columns["ner"])) == (["Anna", "rests"], ["B-PER", "O"])


def test_runs_of_spaces_and_tabs_separate_columns(write):
    assert words_of(write("  a \t O \nb\tO\n")) == [["a", "b"]]


@pytest.mark.parametrize("space", ["\u00a0", "\u3000", "\u2028", "\u0085"], ids=repr)
def test_a_no_break_space_is_part_of_its_token(write, space):
    assert words_of(write(f"10{space}000 O\n{space} O\n")) == [[f"10{space}000", space]]


def test_tabs_alone_separate_where_tokens_may_hold_spaces(write):
    assert words_of(write("New York\tB-LOC\n \tO\n"), separator="tab") == [["New York", " "]]


def test_an_empty_column_between_tabs_is_told(write):
    path = write("a\tO\n\tO\n")
    with pytest.raises(CorpusError, match=r":2:1: an empty column where 2 were expected: '\tO'"):
        read(path, separator="tab")


@pytest.mark.parametrize(
    ("line", "separator", "column"),
    [
        ("Merkel", "whitespace", 7),
        ("Merkel ", "whitespace", 8),
        ("\u00c4nn\u00e9 B O", "whitespace", 8),
        ("a O x y", "whitespace", 5),
        ("  a \t O\t x", "whitespace", 10),
        ("a", "tab", 2),
        ("New York\tB\tO", "tab", 12),
        ("a\t", "tab", 3),
        ("\tO", "tab", 1),
        ("a\tO\t", "tab", 5),
    ],
)
def test_a_ragged_line_is_told_with_the_character_where_it_goes_wrong(write, line, separator, column):
    path = write(f"x\tO\n{line}\n" if separator == "tab" else f"x O\n{line}\n")
    with pytest.raises(CorpusError) as caught:
        read(path, separator=separator)
    assert caught.value.where == f"{path}:2:{column}"


def test_a_reader_that_goes_on_leaves_out_what_it_could_not_read(write):
    faults = []
    sentences = read(write("a O\nragged\nb O\n\nragged\n\nc O x\n"), fault=faults.append)
    assert [(list(sentence.words), list(sentence.lines)) for sentence in sentences] == [(["a", "b"], [1, 3])]
    assert [(fault.where.rpartition("corpus.txt:")[2], fault.kind) for fault in faults] == [
        ("2:7", "ragged row"),
        ("5:7", "ragged row"),
        ("7:5", "ragged row"),
    ]


def test_every_line_stands_in_the_source_of_exactly_one_sentence(write):
    content = "# c\n\n-DOCSTART- O\n\na O\n# d\nb  O\n\n\n\nc O\n-DOCSTART- O\nd O\n\n"
    sentences = read(write(content), comments="#")
    assert [number for sentence in sentences for number, _ in sentence.source] == list(range(1, 15))
    assert "".join(f"{line}\n" for sentence in sentences for _, line in sentence.source) == content


@pytest.mark.parametrize(("line", "places"), [("a O", (1, 3)), ("  a \t O ", (3, 7)), ("\u00e4\u00e4 O", (1, 4))])
def test_a_token_tells_the_character_at_which_each_of_its_columns_begins(write, line, places):
    path = write(f"\n\nx O\n{line}\n")
    (sentence,) = read(path, wanted=("ner",))
    assert [sentence.where(1, name) for name in ("word", "ner")] == [f"{path}:4:{place}" for place in places]


def test_a_number_sign_is_a_token_where_no_comments_are_named(write):
    assert words_of(write("# O\n#1 O\n")) == [["#", "#1"]]


def test_comment_lines_are_left_out_where_they_are_named(write):
    sentences = read(write("# a comment of five words\na O\n#\nb# O\n"), comments="#")
    assert [list(sentence.words) for sentence in sentences] == [["a", "b#"]]
    assert list(sentences[0].lines) == [2, 4]


def test_a_docstart_line_is_no_token_and_begins_a_document(write):
    sentences = read(write("-DOCSTART- O\n\na O\n\nb O\n-DOCSTART- O\nc O\n"))
    assert [(list(sentence.words), sentence.document) for sentence in sentences] == [(["a"], 0), (["b"], 0), (["c"], 1)]


def test_a_docstart_line_may_have_any_number_of_columns(write):
    assert words_of(write("-DOCSTART- -X- -X- O\n\na O\n")) == [["a"]]


def test_a_docstart_line_is_a_token_where_there_is_no_document_marker(write):
    assert words_of(write("-DOCSTART- O\na O\n"), document_marker=None) == [["-DOCSTART-", "a"]]


def test_a_document_marker_of_ones_own_begins_a_document(write):
    sentences = read(write("<doc> O\na O\n<doc> O\nb O\n"), document_marker="<doc>")
    assert [sentence.document for sentence in sentences] == [0, 1]


def test_what_stands_before_the_first_document_marker_is_a_document_of_its_own(write):
    sentences = read(write("a O\n\n-DOCSTART- O\n\nb O\n\n-DOCSTART- O\n\nc O\n"))
    assert [sentence.document for sentence in sentences] == [0, 1, 2]


@pytest.mark.parametrize("line", [1, 2, 4, 5])
@pytest.mark.parametrize(
    ("ragged", "column", "problem"),
    [
        ("Merkel", 7, "1 column where 2 were expected: 'Merkel'"),
        ("Merkel NNP O", 12, "3 columns where 2 were expected: 'Merkel NNP O'"),
        ("x" * 90, 91, "1 column where 2 were expected: '" + "x" * 77 + "...'"),
    ],
)
def test_a_ragged_line_is_told_wherever_it_stands(write, line, ragged, column, problem):
    lines = ["a O", "b O", "", "c O", "d O"]
    lines[line - 1] = ragged
    path = write("\n".join(lines))
    with pytest.raises(CorpusError) as caught:
        read(path)
    assert (caught.value.where, caught.value.problem) == (f"{path}:{line}:{column}", problem)
    assert caught.value.fix == "Each line must hold word and ner: corpus.columns in the recipe, or --columns."


def test_a_ragged_line_that_looks_like_a_comment_is_answered_with_the_setting_for_comments(write):
    with pytest.raises(CorpusError, match=r"comment, say so: corpus\.comments: '#' in the recipe, or --comments '#'\."):
        read(write("# sent_id = 1 of 3\na O\n"))


def test_one_expected_column_is_named_alone(write):
    with pytest.raises(CorpusError, match="Each line must hold word alone"):
        read(write("a O\n"), ("word",), ())


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"-DOCSTART- O\n\n"])
def test_a_file_without_a_sentence_is_refused(write, content):
    with pytest.raises(CorpusError, match="the file holds no sentence"):
        read(write(content))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(CorpusError, match=r"none\.txt: no such file"):
        read(tmp_path / "none.txt")


def test_latin_1_is_refused_with_line_and_column(write):
    with pytest.raises(CorpusError, match=r"corpus\.txt:2:3: not UTF-8: byte 0xeb after 'Zo'"):
        read(write("a O\nZoë O\n".encode("latin-1")))


def test_sentences_come_one_at_a_time(write):
    sentences = read_columns(text_lines(write("a O\n\nragged\n")), "corpus.txt", ("word", "ner"), wanted=("ner",))
    assert list(next(sentences).words) == ["a"]
    with pytest.raises(CorpusError, match=r"corpus\.txt:3:7: 1 column"):
        next(sentences)


def test_written_columns_stand_apart_by_one_space_and_sentences_by_one_blank_line(tmp_path):
    write_columns(tmp_path / "out", [[("Zoë", "B-PER"), ("rests", "O")], [("Oslo", "B-LOC")]])
    assert (tmp_path / "out").read_bytes() == "Zoë B-PER\nrests O\n\nOslo B-LOC\n\n".encode()


@pytest.mark.parametrize(
    ("token", "written"),
    [("New York", "New_York"), ("a\tb", "a_b"), ("a\nb", "a_b"), ("a \r\n b", "a_b"), ("", "_"), (" ", "_"), ("\u00a0", "\u00a0")],
)
def test_white_space_that_the_form_can_not_hold_is_written_as_an_underscore(tmp_path, token, written):
    write_columns(tmp_path / "out", [[(token, "O")]])
    assert (tmp_path / "out").read_text("utf-8") == f"{written} O\n\n"


# Whatever the form can hold: no separators, no line ends.
FIELDS = st.text(st.characters(codec="utf-8", exclude_characters=" \t\r\n"), min_size=1, max_size=5)
SENTENCES = st.lists(st.lists(st.tuples(FIELDS, FIELDS), min_size=1, max_size=4), min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(SENTENCES.filter(lambda sentences: not sentences[0][0][0].startswith("\ufeff")))
def test_what_was_written_is_read_again(tmp_path_factory, sentences):
    path = tmp_path_factory.mktemp("columns") / "out"
    write_columns(path, sentences)
    found = read(path, document_marker=None)
    assert [list(zip(sentence.words, sentence.columns["ner"], strict=True)) for sentence in found] == sentences
