"""What is found out about files that no recipe describes, and what is said where that can't be."""

import pytest

from tagger.data.survey import Layout, survey
from tagger.errors import CorpusError
from tagger.text.tokenizer import Tokenizer

PTB = Tokenizer.named("ptb")
CONLLU = "1\ta\t_\tNOUN\tNN" + "\t_" * 5 + "\n\n"
RECORD = '{"tokens": ["a"], "tags": ["B-X"]}\n'


def spans_of(surveyed):
    """For each column that holds tags whether it writes spans."""
    return {task: surveyed.part.writes_spans(task) for task in surveyed.part.readings}


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
    assert (found.form, spans_of(found)) == (form, tasks)


def test_what_is_said_goes_before_what_is_found(elsewhere):
    found = look(elsewhere, {"a.jsonl": "a B-X NN\n"}, form="conll", columns=["word", "ner", "pos"], schemes={"pos": "iob2"})
    assert (found.form, spans_of(found)) == ("conll", {"ner": True, "pos": True})


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
    assert len(look(elsewhere, {"a.txt": text}, **options).part.readings) == count


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
        ("B-PER I-PER O PER", True),
        ("B-PER I-PER PER LOC", True),
        ("B-PER O PER LOC", False),
        ("B-PER I-PER O PER LOC", False),
        ("S-N S-A NN VB", False),
        ("B- I- O -LRB-", False),
        ("NN -LRB- -RRB- HYPH :", False),
        ("N-NOM V-PRS O E-", False),
        ("_ _", False),
    ],
)
def test_columns_of_spans_are_those_whose_tags_all_but_a_few_look_so(elsewhere, tags, spans):
    text = "".join(f"w {tag}\n" for tag in tags.split())
    assert spans_of(look(elsewhere, {"a.txt": text}, reading={"unknown": "_"})) == {"column2": spans}


def test_files_are_named_by_their_splits_or_else_by_themselves(elsewhere):
    one, two = put(elsewhere, {"my.dev.txt": "a O\n", "eng.train": "b B-X\n"})
    assert survey([one, two], Layout(), PTB).part.files == {"dev": one, "train": two}
    other = put(elsewhere, {"more.train": "a B-X\n"})[0]
    assert survey([two, other], Layout(), PTB).part.files == {str(two): two, str(other): other}
    assert survey([one, two, other], Layout(), PTB).part.files == {str(path): path for path in (one, two, other)}


@pytest.mark.parametrize(
    ("files", "form"),
    [({"c/train.txt": "a B-X\n"}, "conll"), ({"c/train.conllu": CONLLU}, "conllu"), ({"c/train.jsonl": RECORD}, "jsonl")],
)
def test_a_folder_holds_the_files_of_one_form(elsewhere, files, form):
    (path,) = put(elsewhere, files)
    found = survey([path.parent], Layout(), PTB)
    assert (found.form, found.part.files) == (form, {"train": path})


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
    assert refused([elsewhere, paths[0]]) == f"{elsewhere}: is a folder\n  Name files, one folder, or a recipe."
    (elsewhere / "empty").mkdir()
    assert refused([elsewhere / "empty"]) == (
        f"{elsewhere}/empty: no corpus files: it holds nothing\n"
        "  The usual names are train.txt, dev.txt, test.txt or eng.train, eng.testa, eng.testb."
    )


NAMES = "Name the columns as they stand, from left to right: --columns word,pos,ner."
FIELDS = "Name columns and the fields that they are read from: --columns upos=upos,ner=misc.ner."
KEYS = "Name columns and the keys that they are read from: --columns ner=tags.ner."


@pytest.mark.parametrize(
    ("name", "layout", "message"),
    [
        ("a.txt", {"columns": ["ner", "pos"]}, f"--columns: columns must name the column of the tokens 'word'\n  {NAMES}"),
        ("a.txt", {"columns": ["word", "ner", "ner"]}, f"--columns: ner stands there twice\n  {NAMES}"),
        ("a.txt", {"columns": ["word", ""]}, f"--columns: a column has no name\n  {NAMES}"),
        ("a.conllu", {"columns": ["upos", ""]}, f"--columns: a column has no name\n  {FIELDS}"),
        ("a.conllu", {"columns": ["=upos"]}, f"--columns: a column has no name\n  {FIELDS}"),
        ("a.conllu", {"columns": ["x=upos", "x=xpos"]}, f"--columns: x stands there twice\n  {FIELDS}"),
        ("a.conllu", {"columns": ["pos"]}, f"--columns: CoNLL-U has no field 'pos'\n  {FIELDS}"),
        ("a.jsonl", {"columns": ["ner=a", "ner=b"]}, f"--columns: ner stands there twice\n  {KEYS}"),
        ("a.jsonl", {"columns": ["ner", ""]}, f"--columns: a column has no name\n  {KEYS}"),
        (
            "a.txt",
            {"reading": {"unknown": ""}},
            "--unknown: the mark is empty\n  Give the mark that stands where a tag is not known, such as _ or ?; or leave it away.",
        ),
        (
            "a.txt",
            {"comments": ""},
            "--comments: the mark is empty\n  Give what comment lines begin with, such as '#'; or leave it away.",
        ),
        (
            "a.txt",
            {"schemes": {"ner": "iob2"}},
            "--scheme: there is no column 'ner' (there are column2)\n  Name the columns with --columns.",
        ),
        (
            "a.txt",
            {"schemes": {"word": "iob2"}},
            "--scheme: there is no column 'word' (there are column2)\n  Name the columns with --columns.",
        ),
        (
            "a.jsonl",
            {"schemes": {"ner": "iob2"}},
            "--scheme: there is no column 'ner' (there are tags)\n  Name the columns with --columns.",
        ),
        (
            "a.txt",
            {"schemes": {"column2": "iob1"}, "reading": {"unknown": "_"}},
            "--scheme: a tag of iob1 means nothing without its neighbours, and with `unknown` these may not be known: "
            "give 'column2' in one of iob2, iobes, bmes, bmeow, bilou (tagger data convert)\n  Or leave --unknown away.",
        ),
    ],
)
def test_a_mistake_is_told_at_the_option_that_is_wrong(elsewhere, name, layout, message):
    text = {"a.txt": "a B-X\n", "a.conllu": CONLLU, "a.jsonl": RECORD}[name]
    assert refused(put(elsewhere, {name: text}), **layout) == message


def test_a_folder_of_two_forms_is_refused(elsewhere):
    put(elsewhere, {"c/train.txt": "a B-X\n", "c/test.conllu": CONLLU, "c/more.jsonl": RECORD})
    folder = elsewhere / "c"
    assert refused([folder]) == (
        f"{folder}: the folder holds corpus files of two forms: test.conllu conllu, train.txt conll\n"
        "  Name the files of one form, or say --format."
    )
    assert survey([folder], Layout("conllu"), PTB).part.files == {"test": folder / "test.conllu"}
    assert survey([folder], Layout("conll"), PTB).part.files == {"train": folder / "train.txt"}


def test_the_raw_text_of_a_treebank_is_no_second_form(elsewhere):
    names = ("a-train", "a-dev")
    put(elsewhere, {f"c/{name}.{end}": CONLLU if end == "conllu" else "a\n" for name in names for end in ("conllu", "txt")})
    found = survey([elsewhere / "c"], Layout(), PTB)
    assert (found.form, [*found.part.files]) == ("conllu", ["train", "dev"])
    assert found.part.notes == ("left out: a-dev.txt, a-train.txt, taken for raw text since there is CoNLL-U of the same name",)


def test_two_files_for_one_split_are_told_whatever_their_form(elsewhere):
    put(elsewhere, {"c/a-train.conllu": CONLLU, "c/b-train.conllu": CONLLU})
    assert refused([elsewhere / "c"]).startswith(f"{elsewhere}/c: two files may be train: a-train.conllu and b-train.conllu\n")


def test_files_of_a_folder_that_are_left_out_are_noted_once(elsewhere):
    put(elsewhere, {f"c/{name}.txt": "a B-X\n" for name in ("train", "development", "eval", "more")})
    found = survey([elsewhere / "c"], Layout(), PTB)
    assert [*found.part.files] == ["train", "dev"]
    assert found.part.notes == ("left out: eval.txt, more.txt, whose names tell of no split",)
    (elsewhere / "c" / "more.txt").unlink()
    assert survey([elsewhere / "c"], Layout(), PTB).part.notes == ("left out: eval.txt, whose name tells of no split",)
