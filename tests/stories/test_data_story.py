"""`tagger data` from the command line: check, mend, convert, count; what it says, how it exits, and what it writes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from mistakes import RECIPE

Command = Callable[..., Result]
GOOD = "Ann PROPN B-PER\nLee PROPN I-PER\nsleeps VERB O\n\nBo PROPN B-PER\nsees VERB O\nOslo PROPN B-LOC\n"
LONG = "a-folder-with-a-name-that-is-longer-than-a-terminal-is-wide-so-that-any-line-would-be-cut-there"


@pytest.fixture(autouse=True)
def folder(elsewhere: Path) -> Path:
    """This folder holds a corpus of two files and a recipe for it."""
    Path("corpus").mkdir()
    Path("corpus/train.txt").write_text(GOOD, "utf-8")
    Path("corpus/dev.txt").write_text(GOOD.replace("sleeps", "rests").replace("Bo", "Ann"), "utf-8")
    Path("recipe.yaml").write_text(RECIPE, "utf-8")
    Path("a.conllu").write_text("1\tAnn" + "\t_" * 8 + "\n\n", "utf-8")
    Path("a.jsonl").write_text('{"tokens": ["Ann"], "tags": ["B-PER"]}\n', "utf-8")
    return elsewhere


def tree() -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "arguments", ["corpus", "recipe.yaml", "corpus/train.txt", "corpus/train.txt corpus/dev.txt", "recipe.yaml --corpus corpus"]
)
def test_a_check_of_what_is_right_finds_nothing(command: Command, arguments: str):
    before = tree()
    result = command("data", "check", "--strict", *arguments.split())
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.endswith("\n0 errors, 0 warnings, 0 notes\n")
    assert tree() == before
    assert command("data", "check", "--strict", *arguments.split()).stdout == result.stdout


def test_errors_exit_with_1_and_warnings_only_where_it_is_strict(command: Command):
    Path("corpus/dev.txt").write_text("Ann\u200b PROPN B-PER\n", "utf-8")
    assert command("data", "check", "corpus").exit_code == 0
    assert command("data", "check", "corpus", "--strict").exit_code == 1
    Path("corpus/dev.txt").write_text("Ann PROPN B-PER\nrests VERB I-LOC\n", "utf-8")
    assert command("data", "check", "corpus", "--scheme", "column3=iob2").exit_code == 1
    result = command("data", "check", "recipe.yaml", "--json")
    assert (result.exit_code, json.loads(result.stdout)["errors"]) == (1, 1)
    Path("corpus/dev.txt").write_text("# PROPN B-PER\n", "utf-8")
    result = command("data", "check", "corpus", "--strict")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "0 errors, 0 warnings, 1 note")


def test_a_check_as_json_holds_everything(command: Command):
    Path("corpus/dev.txt").write_text("Ann PROPN I-LOC\n", "utf-8")
    result = command("data", "check", "recipe.yaml", "--json")
    data = json.loads(result.stdout)
    assert data == {
        "version": 1,
        "errors": 1,
        "warnings": 0,
        "notes": 0,
        "findings": [
            {
                "name": "illegal tag",
                "severity": "error",
                "fix": "Mend it, or name the scheme (corpus.schemes.ner, --scheme ner=...); corpus.repair reads over it.",
                "count": 1,
                "findings": [
                    {
                        "where": "corpus/dev.txt:1:11",
                        "problem": "ner: 'I-LOC' may not stand at the start of a sentence in IOB2",
                    }
                ],
            }
        ],
        "schemes": {"ner": "IOB2, as declared"},
        "sizes": {
            "train": {"sentences": 2, "tokens": 6, "documents": 1},
            "dev": {"sentences": 1, "tokens": 1, "documents": 1},
        },
        "labels": {"ner": {"train": {"PER": 2, "LOC": 1}, "dev": {"LOC": 1}}},
        "lengths": {"train": {"3": 2}, "dev": {"1": 1}},
    }


def test_a_check_of_a_folder_tells_what_it_leaves_out(command: Command):
    Path("corpus/eval.txt").write_text(GOOD, "utf-8")
    result = command("data", "check", "corpus", "--json")
    assert json.loads(result.stdout)["findings"] == [
        {
            "name": "left out",
            "severity": "note",
            "fix": "To read them too, name the files.",
            "count": 1,
            "findings": [{"where": "corpus", "problem": "left out: eval.txt, whose name tells of no split"}],
        }
    ]
    notes = json.loads(command("data", "stats", "corpus", "--json").stdout)["notes"]
    assert "corpus: left out: eval.txt, whose name tells of no split" in notes


def test_as_many_places_are_shown_as_are_asked_for(command: Command):
    Path("corpus/dev.txt").write_text("Ann\u200b PROPN B-PER\n" * 5, "utf-8")

    def shown(*options: object) -> list[str]:
        output = command("data", "check", "corpus/dev.txt", *options).stdout
        return [
            line.strip() for line in output[output.index("odd character") :].splitlines() if "/dev.txt:" in line or " more" in line
        ]

    assert [line.split(":")[1] if ":" in line else line for line in shown()] == ["1", "2", "3", "and 2 more"]
    assert len(shown("--show", 4)) == 5
    assert [line.split(":")[1] for line in shown("--show", 0)] == ["1", "2", "3", "4", "5"]
    assert command("data", "check", "corpus", "--show", -1).exit_code == 2


def test_no_line_of_a_finding_is_cut_at_the_edge_of_the_terminal(command: Command, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "80")
    path = Path(LONG, "train.txt")
    path.parent.mkdir()
    path.write_text(GOOD + "\nHere ADV\n", "utf-8")
    lines = command("data", "check", path).stdout.splitlines()
    assert f"    {path}:9:9: 2 columns where 3 were expected: 'Here ADV'" in lines
    assert "    Each line must hold word, column2 and column3: corpus.columns in the recipe, or --columns." in lines


def test_what_looks_like_markup_is_shown_as_it_is(command: Command):
    Path("a[b].txt").write_text("[b]x[/b] [red] B-[i]\n\n[b]x[/b] [/red] B-[i]\n", "utf-8")
    for name in ("check", "stats"):
        output = command("data", name, "a[b].txt", "--columns", "word,[bold],ner").stdout
        for text in ("a[b].txt", "[red]", "[/red]", "[i]", "[bold]"):
            assert text in output, (name, text)
    output = command("data", "check", "a[b].txt").stdout
    line = "a[b].txt:3:10: column2: '[b]x[/b]' is [/red] here, but [red] in the same sentence at a[b].txt:1:1"
    assert f"    {line}\n" in output


RECIPE_SAYS = "a recipe says itself how its corpus is read\n  Leave it away, or change the recipe.\n"
REFUSED = {
    "check none.txt": "none.txt: no such file\n  Name files, one folder, or a recipe.\n",
    "stats none.txt": "none.txt: no such file\n  Name files, one folder, or a recipe.\n",
    "convert none.txt": "none.txt: no such file\n  Name files, one folder, or a recipe.\n",
    "check recipe.yaml --format conll": f"--format: {RECIPE_SAYS}",
    "check recipe.yaml --columns word,ner": f"--columns: {RECIPE_SAYS}",
    "check recipe.yaml --scheme ner=iob2": f"--scheme: {RECIPE_SAYS}",
    "check recipe.yaml --tab": f"--tab: {RECIPE_SAYS}",
    "check recipe.yaml --comments %": f"--comments: {RECIPE_SAYS}",
    "check recipe.yaml --unknown _": f"--unknown: {RECIPE_SAYS}",
    "stats recipe.yaml --tokenizer unicode": f"--tokenizer: {RECIPE_SAYS}",
    "check corpus --corpus corpus": "--corpus: --corpus goes with a recipe\n  Name the folder itself.\n",
    "check corpus --scheme ner": "--scheme: 'ner' is no NAME=VALUE\n  Write it as --scheme ner=...\n",
    "check corpus --scheme ner=iob3": "--scheme: there is no scheme 'iob3'\n"
    "  There are bilou, biluo, bio, bio2, bioes, bmeow, bmes, bmewo, detect, iob1, iob2, iobes, ioe1, ioe2.\n",
    "convert corpus": "corpus: a folder, and one file is converted at a time\n  Name one of its files.\n",
    "convert corpus/train.txt --to-scheme iob3": "--to-scheme: there is no scheme 'iob3'\n"
    "  There are bilou, biluo, bio, bio2, bioes, bmeow, bmes, bmewo, iob1, iob2, iobes, ioe1, ioe2.\n",
    "convert corpus/train.txt --to-scheme ner=iob2": "--to-scheme: there is no column 'ner' (there are column2, column3)\n"
    "  Name the columns with --columns.\n",
    "convert corpus/train.txt --to-scheme column2=iob2": "--to-scheme: column 'column2' does not write spans\n  Leave it away.\n",
    "convert corpus/train.txt --hide column3=2": "--hide: '2' is no share from 0 to 1\n  Write it as --hide ner=0.5.\n",
    "convert corpus/train.txt --hide column3=half": "--hide: 'half' is no share from 0 to 1\n  Write it as --hide ner=0.5.\n",
    "convert corpus/train.txt --hide 0.5": "--hide: '0.5' is no NAME=VALUE\n  Write it as --hide ner=...\n",
    "convert corpus/train.txt --spans": "--spans: goes with --to jsonl, and conll is written\n  Leave it away.\n",
    "convert corpus/train.txt out.jsonl --to-tab": "--to-tab: goes with --to conll, and jsonl is written\n  Leave it away.\n",
    "convert corpus/train.txt none/out.txt": "none/out.txt: can't be written (No such file or directory)\n  Name another file.\n",
    "convert corpus/train.txt corpus": "corpus: can't be written (Is a directory)\n  Name another file.\n",
    "convert none.txt corpus": "corpus: can't be written (Is a directory)\n  Name another file.\n",
    "check corpus --scheme ner=iob2": "--scheme: there is no column 'ner' (there are column2, column3)\n"
    "  Name the columns with --columns.\n",
    "check corpus --columns word,": "--columns: a column has no name\n"
    "  Name the columns as they stand, from left to right: --columns word,pos,ner.\n",
    "check corpus --columns=": "--columns: a column has no name\n"
    "  Name the columns as they stand, from left to right: --columns word,pos,ner.\n",
    "check corpus --unknown=": "--unknown: the mark is empty\n"
    "  Give the mark that stands where a tag is not known, such as _ or ?; or leave it away.\n",
    "check recipe.yaml --unknown=": f"--unknown: {RECIPE_SAYS}",
    "check a.conllu --tab": "--tab: goes with conll, and the file is conllu\n  Leave it away.\n",
    "stats corpus/train.txt --tab --format jsonl": "--tab: goes with conll, and the file is jsonl\n  Leave it away.\n",
    "check a.conllu --comments #": "--comments: goes with conll, and the file is conllu\n  Leave it away.\n",
    "check a.jsonl --comments #": "--comments: goes with conll, and the file is jsonl\n  Leave it away.\n",
    "check a.conllu --tokenizer ptb": "--tokenizer: goes with jsonl, and the file is conllu\n  Leave it away.\n",
    "stats corpus --tokenizer unicode": "--tokenizer: goes with jsonl, and the files are conll\n  Leave it away.\n",
    "check recipe.yaml --tokenizer ptb": f"--tokenizer: {RECIPE_SAYS}",
    "convert corpus/train.txt --misaligned snap": "--misaligned: goes with jsonl, and the file is conll\n  Leave it away.\n",
    "convert a.conllu --split-sentences": "--split-sentences: goes with jsonl, and the file is conllu\n  Leave it away.\n",
    "convert corpus/train.txt --seed 1": "--seed: goes with --hide\n  Leave it away.\n",
    "stats corpus --vectors none.txt": "none.txt: no such vectors file\n  Name an existing file with --vectors FILE.\n",
}


@pytest.mark.parametrize(("arguments", "message"), REFUSED.items(), ids=REFUSED)
def test_what_can_not_be_done_is_told_in_one_message(command: Command, arguments: str, message: str):
    before = tree()
    result = command("data", *arguments.split())
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", message)
    assert tree() == before


@pytest.mark.parametrize("output", ["out.txt", "out.conllu", "corpus/dev.txt"])
def test_nothing_is_written_where_the_last_line_can_not_be_read(command: Command, output: str):
    Path("corpus/train.txt").write_text(GOOD * 500 + "Here ADV\n", "utf-8")
    before = tree()
    result = command("data", "convert", "corpus/train.txt", output, "--scheme", "column3=iob2")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "2 columns where 3 were expected" in result.stderr
    assert tree() == before


def test_nothing_is_written_where_the_last_token_does_not_fit(command: Command):
    Path("a.jsonl").write_text(
        '{"tokens": ["a"], "tags": ["B-X"]}\n' * 500 + '{"tokens": ["New York"], "tags": ["B-X"]}\n', "utf-8"
    )
    before = tree()
    result = command("data", "convert", "a.jsonl", "out.txt", "--to", "conll")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "a.jsonl:501: word: 'New York' holds what ends a column\n"
        "  Separate the columns by tabs with --to-tab, or write JSON Lines with --to jsonl.\n"
    )
    assert tree() == before


def test_the_form_goes_by_the_name_of_the_output(command: Command):
    columns = ["--columns", "word,upos,ner"]
    assert command("data", "convert", "corpus/train.txt", "a.conllu", *columns).exit_code == 0
    assert command("data", "convert", "a.conllu", "b.jsonl", "--columns", "upos=upos,ner=misc.ner").exit_code == 0
    result = command("data", "convert", "b.jsonl", "--to", "conll", "--columns", "upos=tags.upos,ner=tags.ner")
    assert result.exit_code == 0
    assert result.stdout == GOOD + "\n"


def test_hidden_tags_are_counted_and_checked_as_unknown(command: Command):
    hide = ["--columns", "word,upos,ner", "--hide", "ner=0.5", "--unknown", "?"]
    for name, seed in (("one", 7), ("two", 7), ("three", 8)):
        assert command("data", "convert", "corpus/train.txt", f"{name}.txt", *hide, "--seed", seed).exit_code == 0
    one, two, three = (Path(f"{name}.txt").read_text("utf-8") for name in ("one", "two", "three"))
    assert one == two != three
    assert 0 < one.count("?") < 6
    assert json.loads(command("data", "stats", "one.txt", "--unknown", "?", "--json").stdout)["splits"]["one.txt"]["labels"][
        "column3"
    ]["(unknown)"] == one.count("?")
    assert command("data", "check", "one.txt", "--strict", "--unknown", "?").exit_code == 0
    assert command("data", "check", "one.txt", "--strict", "--scheme", "column3=iob2").exit_code == 1


def test_repairs_are_noted(command: Command):
    Path("a.txt").write_text("a O\nb I-X\n", "utf-8")
    result = command("data", "convert", "a.txt", "--scheme", "column2=iob2", "--repair", "promote")
    assert (result.exit_code, result.stdout) == (0, "a O\nb B-X\n")
    assert result.stderr == (
        "a.txt: 1 column2 tag breaks IOB2 in 1 sentence, read by the repair 'promote'; the first: "
        "a.txt:2:3: 'I-X' may not stand after 'O' in IOB2\n"
    )


@pytest.mark.parametrize(
    ("policy", "output"), {"snap": "Ann B-PER\nLee I-PER\nrests O\n\n", "drop": "Ann O\nLee O\nrests O\n\n"}.items()
)
def test_spans_within_tokens_are_read_as_it_is_said(command: Command, policy: str, output: str):
    Path("a.jsonl").write_text('{"text": "Ann Lee rests", "spans": [{"start": 0, "end": 6, "label": "PER"}]}\n', "utf-8")
    assert command("data", "convert", "a.jsonl", "--to", "conll", "--scheme", "tags=iob2").exit_code == 1
    result = command("data", "convert", "a.jsonl", "--to", "conll", "--misaligned", policy, "--scheme", "tags=iob2")
    assert (result.exit_code, result.stdout) == (0, output)


def test_the_numbers_of_a_corpus_are_shown(command: Command):
    Path("vectors.txt").write_text("ann 1 2\nlee 3 4\n", "utf-8")
    output = command("data", "stats", "recipe.yaml", "--vectors", "vectors.txt").stdout
    for text in ("train", "dev", "PER", "LOC", "ner: tokens of a span", "lower-cased"):
        assert text in output
    assert "most frequent without a vector in train: sleeps (1), Bo (1), sees (1), Oslo (1)\n" in output
    assert command("data", "stats", "corpus", "--json").exit_code == 0


def test_no_cell_of_a_table_is_cut_at_the_edge_of_the_terminal(command: Command, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "80")
    Path(LONG).mkdir()
    Path(LONG, "one").write_text(GOOD, "utf-8")
    Path(LONG, "two").write_text(GOOD, "utf-8")
    Path("vectors.txt").write_text("ann 1 2\nlee 3 4\n", "utf-8")
    for name, options in (("check", ()), ("stats", ("--vectors", "vectors.txt"))):
        output = command("data", name, Path(LONG, "one"), Path(LONG, "two"), *options).stdout
        assert "…" not in output


@pytest.mark.parametrize(
    "arguments", ["data convert a.txt a.txt", "data convert a.txt ./a.txt", "tag nothing a.txt --output a.txt"]
)
def test_the_file_that_is_read_is_never_written_over(elsewhere, command, arguments):
    (elsewhere / "a.txt").write_text("Ann B-PER\n\n")
    result = command(*arguments.split())
    assert result.exit_code == 1
    assert result.stderr.endswith("the file that is read would be overwritten\n  Name another file.\n")
    assert (elsewhere / "a.txt").read_text() == "Ann B-PER\n\n"


def test_tags_in_conllu_that_convert_wrote_are_found_again(elsewhere, command):
    (elsewhere / "a.txt").write_text("Ann B-PER\nrests O\n\n")
    assert command("data", "convert", "a.txt", "a.conllu", "--columns", "word,ner").exit_code == 0
    assert command("data", "convert", "a.conllu", "b.txt").exit_code == 0
    assert (elsewhere / "b.txt").read_text() == "Ann B-PER\nrests O\n\n"


def test_a_split_that_nothing_would_follow_is_refused(elsewhere, command):
    result = command("tag", "nothing", "a.jsonl", "--no-split")
    assert (result.exit_code, result.stderr) == (1, "--no-split: goes with text, and the input is jsonl\n  Leave it away.\n")
