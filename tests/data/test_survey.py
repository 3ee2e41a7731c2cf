"""What is found out about files that no recipe describes, and what is said where that can't be."""

import pytest

from tagger.data.survey import Layout, survey
from tagger.errors import CorpusError
from tagger.text.tokenizer import Tokenizer

PTB = Tokenizer.named("ptb")
CONLLU = "1\ta\t_\tNOUN\tNN" + "\t_" * 5 + "\n\n"
RECORD = '{"tokens": ["a"], "tags": ["B-X"]}\n'


def put(elsewhere, files):
    for name, text in files.items():
        path = elsewhere / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return [elsewhere / name for name in files]


def look(elsewhere, files, **layout):
    return survey(put(elsewhere, files), Layout(**layout), PTB)


@pytest.mark.parametrize(
    ("name", "text", "form", "tasks"),
    [
        ("a.txt", "a NN B-X\n", "conll", {"column2": False, "column3": True}),
        ("a.train", "a\n", "conll", {}),
        ("a.conllu", CONLLU, "conllu", {"upos": False, "xpos": False}),
        ("a.jsonl", RECORD, "jsonl", {"tags": True}),
        ("a.json", '{"text": "a", "spans": []}\n', "jsonl", {"tags": False}),
    ],
)
def test_the_form_and_the_columns_are_found(elsewhere, name, text, form, tasks):
    found = look(elsewhere, {name: text})
    assert (found.form, found.tasks) == (form, tasks)


def test_what_is_said_goes_before_what_is_found(elsewhere):
    found = look(elsewhere, {"a.jsonl": "a B-X NN\n"}, form="conll", columns=["word", "ner", "pos"], schemes={"pos": "iob2"})
    assert (found.form, found.tasks) == ("conll", {"ner": True, "pos": True})


@pytest.mark.parametrize(
    ("text", "options", "count"),
    [
        ("\n \na NN B-X\n", {}, 2),
        ("\n\t\na b\tNN\n", {"separator": "tab"}, 1),
        ("# c\na NN\n", {"comments": "#"}, 1),
        ("-DOCSTART- -X- O O\n\na NN\n", {}, 1),
        (" a\t NN  B-X \n", {}, 2),
        ("a\u00a0b NN\n", {}, 1),
        ("\ufeffa NN\n", {}, 1),
    ],
    ids=["blank lines", "blank lines and tabs", "comments", "a document mark", "blanks", "a no-break space", "a mark"],
)
def test_the_first_row_tells_how_many_columns_there_are(elsewhere, text, options, count):
    assert len(look(elsewhere, {"a.txt": text}, **options).tasks) == count


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("B-X O", True),
        ("S-X E-X", True),
        ("O O", False),
        ("NN VB", False),
        ("B-X NN", False),
        ("A-B -", False),
        ("B-X I-X B-Y I-Y O PERSON", True),
        ("_ _", False),
    ],
)
def test_columns_of_spans_are_those_whose_tags_all_but_a_few_look_so(elsewhere, tags, spans):
    text = "".join(f"w {tag}\n" for tag in tags.split())
    assert look(elsewhere, {"a.txt": text}, reading={"unknown": "_"}).tasks == {"column2": spans}


def test_files_are_named_by_their_splits_or_else_by_themselves(elsewhere):
    one, two = put(elsewhere, {"my.dev.txt": "a O\n", "eng.train": "b B-X\n"})
    assert survey([one, two], Layout(), PTB).files == {"dev": one, "train": two}
    other = put(elsewhere, {"more.train": "a B-X\n"})[0]
    assert survey([two, other], Layout(), PTB).files == {str(two): two, str(other): other}
    assert survey([one, two, other], Layout(), PTB).files == {str(path): path for path in (one, two, other)}


@pytest.mark.parametrize(
    ("files", "form"),
    [({"c/train.txt": "a B-X\n"}, "conll"), ({"c/train.conllu": CONLLU}, "conllu"), ({"c/train.jsonl": RECORD}, "jsonl")],
)
def test_a_folder_holds_the_files_of_one_form(elsewhere, files, form):
    (path,) = put(elsewhere, files)
    found = survey([path.parent], Layout(), PTB)
    assert (found.form, found.files) == (form, {"train": path})


def refused(paths, **layout):
    with pytest.raises(CorpusError) as caught:
        survey(paths, Layout(**layout), PTB)
    return str(caught.value)


def test_what_can_not_be_found_is_told(elsewhere):
    assert refused([elsewhere / "no.txt"]) == f"{elsewhere}/no.txt: no such file\n  Name files, one folder, or a recipe."
    paths = put(elsewhere, {"train.txt": "a B-X\n", "dev.jsonl": RECORD})
    assert refused(paths) == (
        "files: the files differ in their form: train.txt conll, dev.jsonl jsonl\n  Give those of one form, or say --format."
    )
    assert refused(paths[:1], columns=["ner", "pos"]) == (
        "--columns: columns must name the column of the tokens 'word'\n"
        "  Name the columns as they stand, from left to right: --columns word,pos,ner."
    )
    (elsewhere / "empty").mkdir()
    assert refused([elsewhere / "empty"]) == (
        f"{elsewhere}/empty: no corpus files: it holds nothing\n"
        "  The usual names are train.txt, dev.txt, test.txt or eng.train, eng.testa, eng.testb."
    )
