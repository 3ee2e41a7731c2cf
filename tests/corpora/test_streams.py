"""Sentences to tag and tagged sentences as lines; what all formats share stands in contracts/test_formats.py."""

import json
from dataclasses import replace
from functools import partial

import pytest

from tagger.corpora.streams import (
    Item,
    read_conll,
    read_conllu,
    read_jsonl,
    read_text,
    sentences_of,
    write_conll,
    write_conllu,
    write_jsonl,
    write_text,
)
from tagger.errors import CorpusError, TaggerError
from tagger.text.sentence import Alternative, Sentence, Token, sentence_of_words


def items(reader, text):
    """What a reader makes of a text's lines, with all lines alive at once."""
    return list(reader(enumerate(text.split("\n"), 1), "in"))


def words(item):
    return list(item.text.words)


def with_tags(sentence, spans=(), probabilities=None, **tags):
    """A tagged sentence; spans are (start, end, label, task)."""
    made = tuple(sentence.span(start, end, label, task=task, probability=0.875) for start, end, label, task in spans)
    return replace(sentence, tags=tags, spans=made, probabilities=probabilities or {})


ANNA = sentence_of_words(["Anna", "Bo", "rests", "."], [True, True, False, False])
TAGGED = with_tags(ANNA, [(0, 2, "PER", "ner")], ner=("B-PER", "I-PER", "O", "O"), upos=("PROPN", "PROPN", "VERB", "PUNCT"))
SHARES = replace(TAGGED, probabilities={"ner": (1.0, 0.5, 0.25, 1.0), "upos": (0.12345, 1.0, 1.0, 1.0)})
ROW = "\t".join(["{}", "{}", *["_"] * 7, "{}"])


def conllu(*rows):
    return "\n".join(ROW.format(*row) if isinstance(row, tuple) else row for row in rows) + "\n"


def test_each_line_of_text_is_a_sentence_and_an_empty_line_an_empty_one():
    assert items(read_text, " a b \n\n# c") == [Item(" a b "), Item(""), Item("# c")]


@pytest.mark.parametrize("line", ["", " One here.  Two there! And 3. ", "one", " \t", "A. B.\u2028C"])
def test_lines_can_be_split_later_into_the_same_sentences(line):
    (item,) = items(partial(read_text, later=True), line)
    assert item.text == line
    assert list(sentences_of(item)) == items(read_text, line)


def test_a_line_that_is_not_to_be_split_stays_whole():
    (item,) = items(partial(read_text, split=False, later=True), "One here. Two there.")
    assert list(sentences_of(item)) == [item] == [Item("One here. Two there.")]


def test_a_very_long_line_is_split_where_it_is_read():
    found = items(partial(read_text, later=True), "One here. " * 20_000)
    assert len(found) == 20_000
    assert not any(item.is_unsplit for item in found)


def test_every_item_tells_its_line():
    assert [item.line for item in items(read_text, "One here. Two there.\n\nb")] == [1, 1, 2, 3]
    assert [item.line for item in items(read_conll, "a\nb\n\n-DOCSTART-\n\nc\n\n\nd")] == [1, 6, 9]
    assert [item.line for item in items(read_conllu, conllu("# x", (1, "a", "_")) + "\n" + conllu((1, "b", "_")))] == [1, 4]
    assert [item.line for item in items(read_jsonl, '{"text": "a"}\n\n{"text": "b"}')] == [1, 3]


def test_clipped_words_are_named_by_position_in_json_lines_and_by_id_in_conllu():
    assert json.loads(write_jsonl(TAGGED, Item(""), probabilities=False, clipped=[1, 3]))["clipped"] == [1, 3]
    assert "clipped" not in json.loads(write_jsonl(TAGGED, Item("", extra={}), probabilities=False))
    rows = ["# sent_id = 1", "# clipped = 9", ("1-2", "AB", "_"), (1, "A", "_"), (2, "B", "_"), ("2.1", "e", "_"), (3, "c", "_")]
    (item,) = items(read_conllu, conllu(*rows))
    lines = write_conllu(with_tags(item.text, ner=("O",) * 3), item, probabilities=False, clipped=[0, 2]).splitlines()
    assert lines[:3] == ["# sent_id = 1", "# clipped = 1 3", ROW.format("1-2", "AB", "_")]
    again = write_conllu(with_tags(item.text, ner=("O",) * 3), item, probabilities=False).splitlines()
    assert again[:2] == ["# sent_id = 1", ROW.format("1-2", "AB", "_")]


def test_columns_have_their_first_as_the_word_and_are_kept():
    first, second = items(read_conll, "Anna NNP x\n# NN\n\n\nb\tX")
    assert (words(first), first.rows) == (["Anna", "#"], (("Anna", "NNP", "x"), ("#", "NN")))
    assert (words(second), second.rows) == (["b"], (("b", "X"),))


def test_columns_may_keep_a_no_break_space_in_a_token():
    (item,) = items(read_conll, "10\u00a0000 CD")
    assert words(item) == ["10\u00a0000"]


def test_conllu_words_are_the_syntactic_ones_and_every_line_is_kept():
    text = conllu("# text = x", ("1-2", "don't", "_"), (1, "do", "_"), (2, "n't", "_"), ("2.1", "e", "_"), (3, "#", "_"))
    (item,) = items(read_conllu, text)
    assert words(item) == ["do", "n't", "#"]
    assert ["\t".join(row) for row in item.rows] == text.splitlines()


def test_conllu_text_is_spaced_as_space_after_says():
    (item,) = items(read_conllu, conllu((1, "rests", "SpaceAfter=No"), (2, ".", "Gloss=SpaceAfter=No|X=1"), (3, "So", "_")))
    assert item.text.text == "rests. So"


def test_conllu_text_has_no_spaces_within_a_range_and_the_ranges_own_behind_it():
    rows = [("1-2", "don't", "SpaceAfter=No"), (1, "do", "_"), (2, "n't", "_"), (3, ",", "_"), (4, "go", "_")]
    (item,) = items(read_conllu, conllu(*rows))
    assert item.text.text == "don't, go"


@pytest.mark.parametrize(("line", "column", "count"), [("1 a b", 6, 1), ("1\ta", 4, 2), (ROW.format(1, "a", "_") + "\t_", 21, 11)])
def test_a_conllu_line_without_ten_columns_is_told_with_its_number(line, column, count):
    with pytest.raises(CorpusError, match=rf"^in:2:{column}: {count} columns? where CoNLL-U has 10"):
        items(read_conllu, "# c\n" + line)


@pytest.mark.parametrize("identity", ["x", "", "1-", "_"])
def test_a_conllu_line_with_no_id_is_told_and_not_left_untagged(identity):
    with pytest.raises(CorpusError, match=r"^in:2:1: "):
        items(read_conllu, conllu((1, "a", "_"), (identity, "b", "_")))


def test_json_lines_hold_text_or_tokens():
    lines = '{"text": "a b", "id": 3}\n\n{"tokens": ["a b", "c"]}\n{"tokens": []}\n{"tokens": ["a", "c"], "text": "a  c "}\n'
    text, tokens, none, both = items(read_jsonl, lines)
    assert text == Item("a b", extra={"id": 3})
    assert (words(tokens), words(none), words(both)) == (["a b", "c"], [], ["a", "c"])
    assert (both.text.text, both.text.tokens[1].start_char) == ("a  c ", 3)


@pytest.mark.parametrize("tokens", ['["a b", "c"]', "[]", '["x", "x"]'])
def test_tokens_that_are_not_those_of_the_text_are_refused(tokens):
    with pytest.raises(CorpusError, match=r"^in:1: the tokens are not those of the text"):
        items(read_jsonl, f'{{"tokens": {tokens}, "text": "x"}}\n')


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"text": }', r"^in:2:10: no JSON: "),
        ("Anna rests", r"^in:2:1: no JSON: "),
        ('{"word": "a"}', r"^in:2: neither text nor tokens"),
        ('{"tokens": ["a", 1]}', r"^in:2: neither text nor tokens"),
        ('{"text": null}', r"^in:2: neither text nor tokens"),
        ('["a"]', r"^in:2: neither text nor tokens"),
        (r'{"text": "\ud800"}', r"^in:2: "),
        (r'{"tokens": ["a", "\ud800"]}', r"^in:2: "),
    ],
)
def test_a_json_line_that_holds_neither_is_told_with_its_place_and_an_example(line, message):
    with pytest.raises(CorpusError, match=message) as caught:
        items(read_jsonl, '{"text": "a"}\n' + line)
    assert '{"text": "..."}' in caught.value.fix


def test_text_shows_spans_in_brackets_and_plain_tags_behind_words():
    assert write_text(TAGGED, Item(""), probabilities=False) == "[PER Anna/PROPN Bo/PROPN] rests/VERB./PUNCT\n"


def test_text_shows_probabilities_of_spans():
    assert write_text(TAGGED, Item(""), probabilities=True).startswith("[PER 0.88 Anna/PROPN Bo/PROPN]")


def test_text_keeps_the_white_space_of_the_original():
    sentence = Sentence("  New  York! ", (Token("New", 2, 5), Token("York", 7, 11), Token("!", 11, 12)))
    made = with_tags(sentence, [(0, 2, "LOC", "ner")], ner=("B-LOC", "I-LOC", "O"))
    assert write_text(made, Item(""), probabilities=False) == "  [LOC New  York]! \n"


def test_text_shows_adjacent_spans_and_spans_of_one_token():
    made = with_tags(sentence_of_words(["a", "b"]), [(0, 1, "X", "ner"), (1, 2, "X", "ner")], ner=("B-X", "B-X"))
    assert write_text(made, Item(""), probabilities=False) == "[X a] [X b]\n"


def test_text_without_spans_shows_no_outside_tags():
    made = with_tags(ANNA, ner=("O",) * 4, upos=("PROPN", "PROPN", "VERB", "PUNCT"))
    assert write_text(made, Item(""), probabilities=False) == "Anna/PROPN Bo/PROPN rests/VERB./PUNCT\n"


def test_text_shows_no_outside_tags_of_a_second_task_that_found_nothing():
    made = with_tags(ANNA, [(0, 2, "PER", "ner")], ner=("B-PER", "I-PER", "O", "O"), chunk=("O",) * 4)
    assert write_text(made, Item(""), probabilities=False) == "[PER Anna Bo] rests.\n"


def test_text_can_not_show_the_spans_of_two_tasks():
    made = with_tags(ANNA, [(0, 2, "PER", "ner"), (0, 3, "NP", "chunk")], ner=("B-PER",) * 4, chunk=("B-NP",) * 4)
    with pytest.raises(TaggerError, match="those of chunk, ner") as caught:
        write_text(made, Item(""), probabilities=False)
    assert "--to" in caught.value.fix


def test_columns_are_given_back_with_a_column_for_each_task():
    (item,) = items(read_conll, "Anna NNP\nBo\nrests VBZ x\n. .")
    expected = "Anna NNP B-PER PROPN\nBo I-PER PROPN\nrests VBZ x O VERB\n. . O PUNCT\n\n"
    assert write_conll(TAGGED, item, probabilities=False) == expected


def test_columns_show_each_probability_behind_its_tag():
    assert write_conll(SHARES, Item(""), probabilities=True).splitlines()[0] == "Anna B-PER 1.0000 PROPN 0.1235"


@pytest.mark.parametrize(
    ("word", "written"),
    [("New York", "New_York"), ("a\tb\n", "a_b"), ("", "_"), (" ", "_"), ("\x1c", "\x1c"), ("10\u00a0000", "10\u00a0000")],
)
def test_a_token_that_columns_can_not_hold_is_written_with_underscores(word, written):
    made = with_tags(sentence_of_words(["a", word]), ner=("O", "O"))
    assert write_conll(made, Item(""), probabilities=False) == f"a O\n{written} O\n\n"


def test_conllu_fills_in_upos_and_xpos_and_gives_all_else_back():
    rows = ["# sent_id = 1", ("1-2", "AnnaBo", "_"), (1, "Anna", "_"), (2, "Bo", "Gloss=x"), ("2.1", "e", "_"), (3, "rests", "_")]
    (item,) = items(read_conllu, conllu(*rows, (4, ".", "SpaceAfter=No")))
    made = with_tags(
        ANNA, upos=("PROPN", "PROPN", "VERB", "PUNCT"), xpos=("NNP", "NNP", "VBZ", "."), ner=("B-PER", "I-PER", "O", "O")
    )
    lines = write_conllu(made, item, probabilities=False).splitlines()
    assert [lines[0], lines[1], lines[4]] == ["# sent_id = 1", ROW.format("1-2", "AnnaBo", "_"), ROW.format("2.1", "e", "_")]
    assert lines[2] == "1\tAnna\t_\tPROPN\tNNP\t_\t_\t_\t_\tner=B-PER"
    assert lines[3].endswith("Gloss=x|ner=I-PER")
    assert lines[6].endswith("SpaceAfter=No|ner=O")
    assert lines[7:] == [""]


def test_conllu_of_other_sources_has_text_ids_and_spacing():
    lines = write_conllu(TAGGED, Item(""), probabilities=False).splitlines()
    assert lines[0] == "# text = Anna Bo rests."
    assert lines[1] == "1\tAnna\t_\tPROPN\t_\t_\t_\t_\t_\tner=B-PER"
    assert lines[3] == "3\trests\t_\tVERB\t_\t_\t_\t_\t_\tSpaceAfter=No|ner=O"


def test_conllu_shows_probabilities_in_its_last_column():
    line = write_conllu(SHARES, Item(""), probabilities=True).splitlines()[1]
    assert line.endswith("\tner=B-PER|ner_probability=1.0000|upos_probability=0.1235")


def test_conllu_gives_a_block_of_comments_back():
    (item,) = items(read_conllu, "# the end")
    assert write_conllu(with_tags(item.text, ner=()), item, probabilities=False) == "# the end\n\n"


def test_json_lines_hold_text_tokens_offsets_tags_and_spans():
    line = write_jsonl(TAGGED, Item(""), probabilities=False)
    assert line.endswith("\n")
    assert json.loads(line) == {
        "text": "Anna Bo rests.",
        "tokens": ["Anna", "Bo", "rests", "."],
        "offsets": [[0, 4], [5, 7], [8, 13], [13, 14]],
        "tags": {"ner": ["B-PER", "I-PER", "O", "O"], "upos": ["PROPN", "PROPN", "VERB", "PUNCT"]},
        "spans": [{"start": 0, "end": 2, "label": "PER", "text": "Anna Bo", "start_char": 0, "end_char": 7, "task": "ner"}],
    }


def test_json_lines_show_probabilities_of_tags_and_spans():
    data = json.loads(write_jsonl(SHARES, Item(""), probabilities=True))
    assert data["probabilities"] == {"ner": [1.0, 0.5, 0.25, 1.0], "upos": [0.1235, 1.0, 1.0, 1.0]}
    assert data["spans"][0]["probability"] == 0.875


def test_json_lines_keep_other_scripts_readable():
    made = with_tags(sentence_of_words(["我", "😀"]), ner=("O", "O"))
    assert '"我 😀"' in write_jsonl(made, Item(""), probabilities=False)


def test_columns_that_are_separated_by_tabs_may_hold_spaces():
    (item,) = items(read_conll, "New York\tB-LOC\nis\tO\n")
    assert words(item) == ["New York", "is"]
    tagged = replace(item.text, tags={"ner": ("B-LOC", "O")})
    assert write_conll(tagged, item, probabilities=False) == "New York\tB-LOC\tB-LOC\nis\tO\tO\n\n"


def test_columns_are_read_with_the_comments_and_the_word_of_the_model():
    (item,) = items(partial(read_conll, comments="#", word=1), "# first\nDT the\nNN cat\n")
    assert words(item) == ["the", "cat"]
    tagged = replace(item.text, tags={"ner": ("O", "O")})
    assert write_conll(tagged, item, probabilities=False) == "# first\nDT the O\nNN cat O\n\n"


def test_a_tag_in_conllu_takes_the_place_of_an_older_one():
    (item,) = items(read_conllu, "1\tAnn" + "\t_" * 7 + "\tner=B-OLD|SpaceAfter=No\n\n")
    tagged = replace(item.text, tags={"ner": ("B-PER",)})
    assert write_conllu(tagged, item, probabilities=False).split("\t")[9] == "ner=B-PER|SpaceAfter=No\n\n"


def test_documents_of_json_lines_are_given_back():
    lines = '{"document": "a", "text": "x"}\n{"document": "a", "text": "y"}\n{"document": 7, "tokens": ["z"]}\n'
    found = items(read_jsonl, lines)
    assert [item.document for item in found] == ["a", "a", 7]
    assert [bool(item.mark) for item in found] == [True, False, True]


@pytest.mark.parametrize("line", ["[" * 100_000, '{"text": "a", "n": ' + "1" * 5_000 + "}", '{"text": "a", "text": "b"}'])
def test_json_that_python_can_not_read_is_told_without_a_traceback(line):
    with pytest.raises(CorpusError, match=r"^in:1"):
        items(read_jsonl, line + "\n")


def test_what_else_a_record_holds_is_given_back():
    (item,) = items(read_jsonl, '{"id": 5, "meta": {"a": [1]}, "tokens": ["Ann"], "tags": ["OLD"]}\n')
    found = json.loads(write_jsonl(with_tags(item.text, ner=("B-PER",)), item, probabilities=False))
    assert (found["id"], found["meta"], found["tags"]) == (5, {"a": [1]}, {"ner": ["B-PER"]})


SEVERAL = replace(
    with_tags(ANNA, [(0, 2, "PER", "ner")], ner=("B-PER", "I-PER", "O", "O")),
    probabilities={"ner": (1.0, 0.5, 0.25, 1.0)},
    sequence_probability={"ner": 0.87654},
    alternatives={
        "ner": (
            Alternative(0.87654, ("B-PER", "I-PER", "O", "O"), (ANNA.span(0, 2, "PER", task="ner"),)),
            Alternative(0.0000123456, ("O", "O", "O", "O"), ()),
        )
    },
)


def test_json_lines_hold_the_probability_of_the_sequence_and_the_alternatives():
    assert "alternatives" not in json.loads(write_jsonl(SEVERAL, Item(""), probabilities=False))
    data = json.loads(write_jsonl(SEVERAL, Item(""), probabilities=True, n_best=3))
    assert data["sequence_probability"] == {"ner": 0.8765}
    span = {"start": 0, "end": 2, "label": "PER", "text": "Anna Bo", "start_char": 0, "end_char": 7, "task": "ner"}
    assert data["alternatives"] == {
        "ner": [
            {"probability": 0.8765, "tags": ["B-PER", "I-PER", "O", "O"], "spans": [span]},
            {"probability": 1.235e-05, "tags": ["O", "O", "O", "O"], "spans": []},
        ]
    }


def test_columns_have_a_pair_for_each_rank_and_marks_where_there_are_fewer_sequences():
    item = Item("", mark=("-DOCSTART-",))
    lines = write_conll(SEVERAL, item, probabilities=False, n_best=3).splitlines()
    assert lines == [
        "-DOCSTART- O O O O O O O",
        "",
        "Anna B-PER B-PER 0.8765 O 1.235e-05 _ _",
        "Bo I-PER I-PER 0.8765 O 1.235e-05 _ _",
        "rests O O 0.8765 O 1.235e-05 _ _",
        ". O O 0.8765 O 1.235e-05 _ _",
        "",
    ]
    first = write_conll(SEVERAL, item, probabilities=True, n_best=2).splitlines()
    assert first[0] == "-DOCSTART- O O O O O O"
    assert first[2] == "Anna B-PER 1.0000 B-PER 0.8765 O 1.235e-05"


def test_text_has_a_line_for_each_sequence_and_a_blank_one_behind_the_sentence():
    expected = "0.8765\t[PER Anna Bo] rests.\n1.235e-05\tAnna Bo rests.\n\n"
    assert write_text(SEVERAL, Item(""), probabilities=True, n_best=3) == expected


def test_what_has_no_place_for_several_sequences_is_refused():
    two = replace(SEVERAL, alternatives={**SEVERAL.alternatives, "upos": SEVERAL.alternatives["ner"]})
    with pytest.raises(TaggerError) as caught:
        write_text(two, Item(""), probabilities=False, n_best=2)
    assert str(caught.value) == (
        "text can show the best sequences of one task, and here are those of ner, upos\n  Write jsonl, parquet or conll with --to."
    )
    with pytest.raises(TaggerError, match="conllu has one place for each tag, and none for those of a second sequence"):
        write_conllu(SEVERAL, Item(""), probabilities=False, n_best=2)
