"""CoNLL-U: syntactic words are the tokens, and fields stay the strings that they are."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.corpora.conllu import FIELDS, read_conllu
from tagger.corpora.source import text_lines
from tagger.errors import CorpusError


def row(identity, form, misc="_", **fields):
    """A line of ten columns; those that are not named hold `_`."""
    values = {"form": form, "misc": misc, **fields}
    return "\t".join([str(identity), *(values.get(name, "_") for name in FIELDS)]) + "\n"


def read(path, **fields):
    return list(read_conllu(text_lines(path), str(path), {"word": "form", **fields}))


def test_a_sentence_has_its_words_its_fields_and_the_lines_of_its_tokens(write):
    path = write("# sent_id = 1\n# text = Anna rests\n" + row(1, "Anna", upos="PROPN") + row(2, "rests", upos="VERB") + "\n")
    (sentence,) = read(path, upos="upos")
    assert (list(sentence.words), dict(sentence.columns)) == (["Anna", "rests"], {"upos": ["PROPN", "VERB"]})
    assert (sentence.place, list(sentence.lines)) == (str(path), [3, 4])


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", ["_", "Case=Nom|Number=Sing", "3", "a b", "é\u00a0#", "NER=B-PER|SpaceAfter=No"])
def test_every_field_is_given_as_the_string_that_the_file_holds(write, field, value):
    (sentence,) = read(write(row(1, **{"form": "x", field: value}) + "\n"), tag=field)
    assert list(sentence.columns["tag"]) == [value]


def test_the_words_may_be_read_from_another_field(write):
    (sentence,) = read_conllu(text_lines(write(row(1, "rests", lemma="rest") + "\n")), "in", {"word": "lemma", "form": "form"})
    assert (list(sentence.words), dict(sentence.columns)) == (["rest"], {"form": ["rests"]})


def test_multiword_ranges_and_empty_nodes_are_no_tokens(write):
    content = row("1-2", "don't") + row(1, "do") + row(2, "n't") + row("2.1", "really") + row(3, "go")
    (sentence,) = read(write(content + "\n"))
    assert (list(sentence.words), list(sentence.lines)) == (["do", "n't", "go"], [2, 3, 5])


def test_an_empty_node_may_stand_before_the_first_word(write):
    (sentence,) = read(write(row("0.1", "I") + row(1, "go") + "\n"))
    assert list(sentence.words) == ["go"]


def test_a_space_follows_unless_space_after_says_no(write):
    content = row(1, "a") + row(2, "b", "SpaceAfter=No") + row(3, "c", "Gloss=x|SpaceAfter=No") + row(4, "d", "Other=SpaceAfter=No")
    (sentence,) = read(write(content + "\n"))
    assert sentence.spaces_after == [True, False, False, True]


@pytest.mark.parametrize(("misc", "space"), [("_", True), ("SpaceAfter=No", False)])
def test_the_spacing_of_a_range_is_that_of_its_last_word(write, misc, space):
    content = row("1-3", "dámelo", misc) + row(1, "da") + row(2, "me") + row(3, "lo") + row(4, "ya") + "\n"
    (sentence,) = read(write(content))
    assert sentence.spaces_after == [False, False, space, True]


def test_a_range_of_one_sentence_means_nothing_in_the_next(write):
    first, second = read(write(row("1-2", "don't") + row(1, "do") + row(2, "n't") + "\n" + row(1, "a") + row(2, "b") + "\n"))
    assert (first.spaces_after, second.spaces_after) == ([False, True], [True, True])


def test_a_number_sign_is_a_form_and_no_comment(write):
    (sentence,) = read(write(row(1, "#") + "\n"))
    assert list(sentence.words) == ["#"]


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\n \t\n"], ids=repr)
def test_the_end_of_the_file_ends_a_sentence(write, end):
    assert [list(sentence.words) for sentence in read(write(row(1, "a") + "\n" + row(1, "b") + end))] == [["a"], ["b"]]


def test_crlf_and_a_byte_order_mark_are_no_part_of_a_field(write):
    (sentence,) = read(write(("\ufeff" + row(1, "Anna", misc="SpaceAfter=No") + row(2, "b") + "\n").replace("\n", "\r\n")))
    assert (list(sentence.words), sentence.spaces_after) == (["Anna", "b"], [False, True])


@pytest.mark.parametrize("end", ["\n", ""], ids=["with a last blank line", "without"])
def test_newdoc_begins_a_document(write, end):
    parts = ["# newdoc id = 1\n" + row(1, "a"), row(1, "b"), "# sent_id = 3\n# newdoc\n" + row(1, "c")]
    assert [sentence.document for sentence in read(write("\n".join(parts) + end))] == [0, 0, 1]


def test_what_stands_before_the_first_newdoc_is_a_document_of_its_own(write):
    assert [sentence.document for sentence in read(write(row(1, "a") + "\n# newdoc\n" + row(1, "b") + "\n"))] == [0, 1]


def test_a_block_of_comments_alone_is_no_sentence(write):
    assert [list(sentence.words) for sentence in read(write("# global.columns = x\n\n" + row(1, "a") + "\n# end\n"))] == [["a"]]


def test_a_block_of_empty_nodes_alone_is_no_sentence(write):
    assert [list(sentence.words) for sentence in read(write(row("0.1", "e") + "\n" + row(1, "a") + "\n"))] == [["a"]]


@pytest.mark.parametrize("before", [0, 1, 3])
@pytest.mark.parametrize(
    ("line", "column", "problem"),
    [
        ("1 a _ _ _ _ _ _ _ _\n", 20, "1 column where CoNLL-U has 10: '1 a _ _ _ _ _ _ _ _'"),
        ("1\ta\t_\n", 6, "3 columns where CoNLL-U has 10: '1\ta\t_'"),
        (row(1, "a").rstrip("\n") + "\t_\n", 21, "11 columns where CoNLL-U has 10: '1\ta" + "\t_" * 9 + "'"),
    ],
    ids=["spaces", "too few", "too many"],
)
def test_a_line_without_ten_columns_is_told_wherever_it_stands(write, before, line, column, problem):
    path = write("# text\n" + "".join(row(number, "w") for number in range(1, before + 1)) + line + "\n")
    with pytest.raises(CorpusError) as caught:
        read(path)
    assert (caught.value.where, caught.value.problem) == (f"{path}:{before + 2}:{column}", problem)


@pytest.mark.parametrize("identity", ["x", "", "1-", "-1", "1.x", "_"])
def test_a_line_with_no_id_is_told_with_its_own_number(write, identity):
    path = write("# text\n" + row(1, "a") + row(identity, "b") + "\n")
    with pytest.raises(CorpusError, match=re.escape(f"'{identity}' is no id")) as caught:
        read(path)
    assert caught.value.where == f"{path}:3:1"


@pytest.mark.parametrize(
    ("ids", "line", "problem"),
    [
        ((1, 3), 2, "word 3 where 2 was expected"),
        ((2,), 1, "word 2 where 1 was expected"),
        ((1, 1), 2, "word 1 where 2 was expected"),
        ((0, 1), 1, "word 0 where 1 was expected"),
        (("1-2", 1, "1.1", 3), 4, "word 3 where 2 was expected"),
    ],
)
def test_word_ids_must_follow_each_other(write, ids, line, problem):
    path = write("".join(row(identity, "a") for identity in ids) + "\n")
    with pytest.raises(CorpusError) as caught:
        read(path)
    assert (caught.value.where, caught.value.problem) == (f"{path}:{line}:1", problem)
    assert caught.value.fix.startswith("A word is missing, or the ids are not counted from 1; ")


def test_a_block_of_faults_alone_is_told_once_where_the_reading_goes_on(write):
    faults = []
    path = write("1\ta\n\n" + row(1, "b") + "\n" + row(1, "c") + "\n")
    sentences = list(read_conllu(text_lines(path), str(path), {"word": "form"}, fault=faults.append))
    assert [fault.where for fault in faults] == [f"{path}:1:4"]
    assert [list(sentence.words) for sentence in sentences] == [["b"], ["c"]]


def test_a_gap_in_the_ids_is_told_once_where_the_reading_goes_on(write):
    faults = []
    path = write("".join(row(identity, "a") for identity in (1, 3, 4, 5)) + "\n" + row(1, "b") + "\n")
    sentences = list(read_conllu(text_lines(path), str(path), {"word": "form"}, fault=faults.append))
    assert [fault.problem for fault in faults] == ["word 3 where 2 was expected"]
    assert [list(sentence.words) for sentence in sentences] == [["a"] * 4, ["b"]]


@pytest.mark.parametrize("broken", ["2\ta\t_\n", row(2, "")], ids=["ragged", "empty"])
def test_a_word_that_can_not_be_read_is_told_once_and_leaves_no_gap(write, broken):
    faults = []
    path = write(row(1, "a") + broken + row(3, "c") + "\n")
    (sentence,) = read_conllu(text_lines(path), str(path), {"word": "form"}, fault=faults.append)
    assert (list(sentence.words), list(sentence.lines)) == (["a", "c"], [1, 3])
    assert len(faults) == 1


@pytest.mark.parametrize(
    ("misc", "value"),
    [
        ("NER=B-PER|SpaceAfter=No", "B-PER"),
        ("SpaceAfter=No|NER=B-PER", "B-PER"),
        ("NER=a=b", "a=b"),
        ("NER=", ""),
        ("ner=x", "_"),
        ("XNER=x", "_"),
        ("_", "_"),
        ("Case=Nom", "_"),
    ],
)
@pytest.mark.parametrize("field", ["misc", "feats"])
def test_what_stands_behind_a_key_of_misc_or_feats_can_be_read_alone(write, field, misc, value):
    (sentence,) = read(write(row(1, "x", **{field: misc}) + "\n"), ner=f"{field}.NER")
    assert list(sentence.columns["ner"]) == [value]


def test_newdoc_gives_its_document_a_name(write):
    parts = [row(1, "z"), "# newdoc id = weblog-1\n" + row(1, "a"), row(1, "b"), "# newdoc\n" + row(1, "c")]
    found = read(write("\n".join(parts) + "\n"))
    assert [(sentence.document, sentence.document_id) for sentence in found] == [(0, ""), (1, "weblog-1"), (1, "weblog-1"), (2, "")]


def test_every_line_stands_in_the_source_of_exactly_one_sentence(write):
    content = "# global\n\n" + row("1-2", "ab") + row(1, "a") + row(2, "b") + "\n\n# text\n" + row("0.1", "e") + row(1, "c") + "\n"
    sentences = read(write(content))
    assert "".join(f"{line}\n" for sentence in sentences for _, line in sentence.source) == content


def test_a_token_tells_the_character_at_which_each_of_its_columns_begins(write):
    path = write("# text\n" + row("1-2", "ab") + row(1, "\u00e4\u00e4", lemma="x y", upos="NOUN") + row(2, "b") + "\n")
    (sentence,) = read(path, upos="upos", ner="misc.NER")
    assert [sentence.where(0, name) for name in ("word", "upos", "ner")] == [f"{path}:3:{at}" for at in (3, 10, 25)]


def test_an_empty_form_is_told(write):
    path = write(row(1, "a") + row(2, "") + "\n")
    with pytest.raises(CorpusError) as caught:
        read(path)
    assert (caught.value.where, caught.value.problem) == (f"{path}:2:3", "the word is empty")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# text = a\n\n", b"\xef\xbb\xbf"])
def test_a_file_without_a_sentence_is_refused(write, content):
    with pytest.raises(CorpusError, match="the file holds no sentence"):
        read(write(content))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(CorpusError, match=r"none\.conllu: no such file"):
        read(tmp_path / "none.conllu")


def test_latin_1_is_refused_with_line_and_column(write):
    with pytest.raises(CorpusError, match=r"corpus\.txt:1:5: not UTF-8: byte 0xeb"):
        read(write(row(1, "Zoë").encode("latin-1")))


FORMS = st.text(st.characters(codec="utf-8", exclude_characters="\t\r\n"), min_size=1, max_size=5)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.tuples(FORMS, FORMS), min_size=1, max_size=3), min_size=1, max_size=3))
def test_any_form_and_any_tag_is_read_as_it_is_written(tmp_path_factory, sentences):
    path = tmp_path_factory.mktemp("conllu") / "out.conllu"
    blocks = ("".join(row(index, word, upos=tag) for index, (word, tag) in enumerate(rows, 1)) for rows in sentences)
    path.write_bytes("\n".join(blocks).encode())
    found = read(path, tag="upos")
    assert [list(zip(sentence.words, sentence.columns["tag"], strict=True)) for sentence in found] == sentences


@pytest.mark.parametrize("mark", ["# newdoc", "#newdoc", "# newdoc ", "# newdoc id = a", "#newdoc id=a"])
def test_a_document_begins_however_its_mark_is_spaced(write, mark):
    sentences = read(write(row(1, "a") + "\n" + mark + "\n" + row(1, "b") + "\n"))
    assert [sentence.document for sentence in sentences] == [0, 1]
    assert sentences[1].document_id == ("a" if "id" in mark else "")


def test_a_key_that_stands_twice_is_refused(write):
    path = write(row(1, "a", misc="ner=B-PER|ner=O") + "\n")
    with pytest.raises(CorpusError, match=r":1:\d+: misc holds 'ner=' 2 times"):
        read(path, ner="misc.ner")
