"""What `tagger data check` finds: a broken file for each kind of finding, word for word; and nothing where nothing is wrong."""

import ast
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from itertools import product
from pathlib import Path

import pytest
from broken_findings import ROWS, Row
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import tagger
from tagger.cli.main import cli
from tagger.data.check import check
from tagger.data.survey import Layout, survey
from tagger.text.tokenizer import Tokenizer

HERE = Path(__file__).parent
BROKEN, CLEAN = HERE / "broken", HERE / "clean"
CORPORA = HERE.parents[2] / "shared" / "corpora"


def checked(*paths, **layout):
    surveyed = survey([Path(path) for path in paths], Layout(**layout), Tokenizer.named("ptb"))
    return check([(surveyed.settings, surveyed.part)]).to_json()


def found(*paths, **layout):
    return {kind["name"]: kind for kind in checked(*paths, **layout)["findings"]}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_each_broken_file_gives_its_findings_word_for_word(monkeypatch: pytest.MonkeyPatch, row: Row):
    monkeypatch.chdir(BROKEN)
    result = CliRunner().invoke(cli, ["data", "check", "--json", *row.arguments.split()], catch_exceptions=False)
    data = json.loads(result.stdout)
    told = [
        (
            kind["severity"],
            kind["name"],
            kind["count"],
            kind["fix"],
            [(each["where"], each["problem"]) for each in kind["findings"]],
        )
        for kind in data["findings"]
    ]
    assert told == [(*kind[:-1], list(kind.places.items())) for kind in row.kinds]
    totals = Counter[str]()
    for kind in row.kinds:
        totals[kind.severity + "s"] += kind.count
    assert {name: data[name] for name in ("errors", "warnings", "notes")} == {
        name: totals[name] for name in ("errors", "warnings", "notes")
    }
    assert result.exit_code == (1 if totals["errors"] else 0)
    assert result.stderr == ""


def test_each_broken_file_has_its_row():
    there = {path.name for path in BROKEN.iterdir() if not path.name.startswith(".")}
    # The corpora of recipes go with them.
    assert there == ROWS.keys() | {Path(name).with_suffix(".txt").name for name in ROWS if name.endswith(".yaml")}


def _texts(node, assigned):
    """What strings an expression may stand for, as regular expressions; none where it is no string of the source's own."""
    match node:
        case ast.Constant(value=str(text)):
            return [re.escape(text)]
        case ast.IfExp(body=one, orelse=other):
            return _texts(one, assigned) + _texts(other, assigned)
        case ast.Name(id=name):
            return assigned.get(name, [])
        case ast.JoinedStr(values=parts):
            pieces = [_texts(part.value if isinstance(part, ast.FormattedValue) else part, assigned) or [".+"] for part in parts]
            return ["".join(each) for each in product(*pieces)]
    return []


def _kinds_in(path):
    """The kinds of findings that a file of the source can tell, as regular expressions."""
    tree = ast.parse(path.read_text("utf-8"))
    assigned: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            assigned.setdefault(node.targets[0].id, []).extend(_texts(node.value, {}))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            arguments = (
                [*node.args.args[-len(node.args.defaults) :], *node.args.kwonlyargs] if node.args.defaults else node.args.kwonlyargs
            )
            for argument, default in zip(arguments, [*node.args.defaults, *node.args.kw_defaults], strict=True):
                if argument.arg == "kind" and node.name == "__init__":
                    yield from _texts(default, {})
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "add" and len(node.args) >= 4:
            yield from _texts(node.args[0], assigned)
        if name.endswith("Error"):
            yield from (text for keyword in node.keywords if keyword.arg == "kind" for text in _texts(keyword.value, assigned))


def test_there_is_a_broken_file_for_each_kind_that_the_source_can_tell():
    source = Path(tagger.__file__).parent
    files = [*(source / "data").rglob("*.py"), *(source / "corpora").rglob("*.py")]
    told = {kind for path in files for kind in _kinds_in(path)}
    assert len(told) > 20
    shown = {kind.name for row in ROWS.values() for kind in row.kinds}
    assert not [kind for kind in told if not any(re.fullmatch(kind, name) for name in shown)]
    assert not [name for name in shown if not any(re.fullmatch(kind, name) for kind in told)]


@pytest.mark.parametrize("names", [["."], ["train.txt"], ["dev.txt", "train.txt"]], ids=str)
def test_clean_files_give_no_findings(monkeypatch: pytest.MonkeyPatch, names: list[str]):
    monkeypatch.chdir(CLEAN)
    result = CliRunner().invoke(cli, ["data", "check", "--strict", "--json", *names], catch_exceptions=False)
    data = json.loads(result.stdout)
    assert (result.exit_code, data["findings"], data["errors"], data["warnings"], data["notes"]) == (0, [], 0, 0, 0)


def test_the_numbers_beside_the_findings_are_those_of_the_corpus():
    data = checked(CLEAN)
    assert data["version"] == 1
    assert data["sizes"] == {
        "train": {"sentences": 2, "tokens": 6, "documents": 1},
        "dev": {"sentences": 2, "tokens": 5, "documents": 2},
    }
    assert data["schemes"] == {"column3": "IOB2: all 6 spans begin with B-"}
    assert data["labels"] == {
        "column2": {"train": {"NNP": 4, "VBZ": 2}, "dev": {"NNP": 3, "VBZ": 2}},
        "column3": {"train": {"PER": 2, "LOC": 1}, "dev": {"PER": 2, "LOC": 1}},
    }
    assert data["lengths"] == {"train": {3: 2}, "dev": {2: 1, 3: 1}}


SPACE = st.sampled_from((" ", "\t", "  ", " \t "))
TOKEN = st.sampled_from(("a", "東京", "🙂", "e\u0301", "مرحبا"))


@given(st.lists(st.tuples(TOKEN, SPACE, TOKEN, SPACE), min_size=1, max_size=4), st.data())
def test_a_place_points_at_the_very_character(tmp_path_factory, rows, data):
    at = data.draw(st.integers(0, len(rows) - 1))
    indents = [data.draw(st.sampled_from(("", " ", "\t"))) for _ in rows]
    tags = ["I-X" if index == at else "O" for index in range(len(rows))]
    lines = [indent + "".join((*row, tag)) for indent, row, tag in zip(indents, rows, tags, strict=True)]
    path = tmp_path_factory.mktemp("place") / "corpus.txt"
    path.write_text("\ufeff" + "\n".join(lines), "utf-8")
    (illegal,) = found(path, schemes={"column3": "iob2"})["illegal tag"]["findings"]
    line, column = map(int, illegal["where"].rsplit(":", 2)[1:])
    assert (line, lines[line - 1][column - 1 :]) == (at + 1, "I-X")


def test_a_place_in_conllu_and_behind_single_tabs_points_at_the_very_character(file):
    row = "1\t🙂東 京\t_\tNOUN\t_\t_\t_\t_\t_\tner=E-X"
    (illegal,) = found(file(f"# c\n{row}\n\n", "a.conllu"), columns=["ner=misc.ner"], schemes={"ner": "iob2"})["illegal tag"][
        "findings"
    ]
    line, column = map(int, illegal["where"].rsplit(":", 2)[1:])
    assert (line, row[column - 1 :]) == (2, "ner=E-X")
    row = "🙂東 京\tE-X"
    (illegal,) = found(file(f"a\tO\n{row}\n"), separator="tab", schemes={"column2": "iob2"})["illegal tag"]["findings"]
    assert illegal["where"].endswith(f":2:{row.index('E-X') + 1}")


def test_of_a_thousand_and_more_findings_all_are_counted_and_a_thousand_kept(file):
    kind = found(file("a\u200b O\n" * 1234))["odd character"]
    assert (kind["count"], len(kind["findings"])) == (1234, 1000)
    assert kind["findings"][-1]["where"].endswith(":1000:1")


def test_of_a_pair_of_tags_that_is_illegal_a_hundred_places_are_kept_and_all_are_counted(file):
    data = checked(file("a I-X\n\n" * 150 + "b E-X\n" * 3), schemes={"column2": "iob2"})
    (kind,) = data["findings"]
    assert (kind["count"], data["errors"], len(kind["findings"])) == (153, 153, 103)
    assert kind["findings"][99]["where"].endswith(":199:3")


def test_an_illegal_tag_is_found_behind_hundreds_of_partly_known_sentences(file):
    text = "a B-X\nb _\n\n" * 300 + "c O\nd I-X\ne _\n"
    (illegal,) = found(file(text), reading={"unknown": "_"}, schemes={"column2": "iob2"})["illegal tag"]["findings"]
    assert illegal["where"].endswith(":902:3")


def test_a_scheme_is_detected_from_what_is_known_of_sentences(file):
    data = checked(file("a B-X\nb E-X\nc _\n\nd S-X\ne _\n"), reading={"unknown": "_"})
    assert data["schemes"] == {"column2": "IOBES: 1 spans of several tokens run from B- to E-, 1 of one token are S-"}
    assert data["errors"] == 0


def test_a_sentence_without_a_single_known_tag_is_no_fault(file):
    assert checked(file("a B-X\nb O\n\nc _\nd _\n"), reading={"unknown": "_"})["findings"] == []


def test_what_is_no_tag_in_any_scheme_is_told_where_it_stands(file):
    one = file("Ann B-PER\nLee I-PER\nOslo B-LOC\nCity I-LOC\n", "train.txt")
    two = file("Ann B-PER\nrests O\n\nBo PERSON\n\nBo PERSON\n", "dev.txt")
    (each,) = found(one, two)["scheme"]["findings"]
    assert each == {"where": f"{two}:4:4", "problem": "column2: 'PERSON' is no tag of a span in any scheme"}


def test_files_whose_names_tell_no_split_are_looked_at_each_by_itself(file):
    one, two = file("Ann B-PER\n", "one.txt"), file("Ann B-PER\n\nOslo B-LOC\n", "two.txt")
    (kind,) = checked(one, two)["findings"]
    assert (kind["name"], kind["findings"][0]["where"]) == (f"in {one} and {two}", f"{two}:1:1")


def test_bytes_that_are_not_utf_8_are_told_once(file, tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_bytes(b"Z\xfcrich B-LOC\nlost\xef\xbf\xbd O\n")
    kinds = found(path)
    assert [each["where"] for each in kinds["not UTF-8"]["findings"]] == [f"{path}:1:2"]
    assert [each["where"] for each in kinds["odd character"]["findings"]] == [f"{path}:2:1"]


def test_the_mark_within_a_file_is_part_of_its_token(file):
    path = file("Ann B-X\n\ufeffLee O\n")
    (kind,) = checked(path)["findings"]
    problem = "the token '\\ufeffLee' holds U+FEFF (zero width no-break space)"
    assert (kind["name"], kind["findings"]) == ("odd character", [{"where": f"{path}:2:1", "problem": problem}])


def test_a_tag_is_rare_only_at_a_frequent_word_with_one_usual_tag(file):
    def rare(usual, others):
        return "rare tag" in found(file("".join(["the DT\n"] * usual + [f"the {tag}\n" for tag in others])))

    assert rare(49, ["NN"])
    assert not rare(48, ["NN"])
    assert rare(98, ["NN", "NN"])
    assert not rare(97, ["NN", "NN"])
    assert not rare(196, ["NN"] * 3)


def test_joiners_and_combining_marks_and_spaces_that_are_meant_are_no_finding(file):
    assert checked(file("می\u200cخواهم O\ne\u0301 B-X\n👩\u200d🚀 O\n❤\ufe0f O\n"))["findings"] == []
    assert checked(file("New York\tB-X\nis\tO\n"), separator="tab")["findings"] == []


def test_what_a_check_tells_does_not_hang_on_the_order_of_sets():
    code = """
import sys
from tagger.cli.main import cli
for arguments in (["not_in_train", "--columns", "word,pos,ner"], ["other_tags.txt"]):
    cli(["data", "check", "--json", *arguments], standalone_mode=False)
"""
    told = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        run = subprocess.run([sys.executable, "-c", code], cwd=BROKEN, env=environment, capture_output=True, text=True, check=True)
        told.add(run.stdout)
    assert len(told) == 1


@pytest.mark.corpora
@pytest.mark.skipif(not CORPORA.is_dir(), reason=f"the real corpora are not there: {CORPORA}")
@pytest.mark.parametrize(
    ("folder", "kinds"),
    {
        "conll2003": {
            "other tags": 17,
            "in train and dev": 193,
            "in train and test": 126,
            "in dev and test": 7,
            "long token": 1,
            "rare tag": 217,
        },
        "conll2000": {"other tags": 6, "in train and test": 14, "# at the start": 47, "rare tag": 161},
        "ud_english_ewt": {
            "odd character": 1,
            "other tags": 12,
            "in train and dev": 68,
            "in train and test": 94,
            "in dev and test": 21,
            "multiword ranges": 3327,
            "empty nodes": 43,
            "long token": 93,
            "rare tag": 247,
        },
    }.items(),
)
def test_the_real_corpora_hold_no_errors_and_these_findings(folder, kinds):
    started = time.process_time()
    data = checked(CORPORA / folder)
    assert time.process_time() - started < 20
    assert {kind["name"]: kind["count"] for kind in data["findings"]} == kinds
    assert data["errors"] == 0
    for kind in data["findings"]:
        for each in kind["findings"]:
            _hold_to_the_file(kind["name"], each["where"], each["problem"])


_LINES: dict[str, list[str]] = {}


def _line(where):
    path, number, column = where.rsplit(":", 2)
    if path not in _LINES:
        _LINES[path] = Path(path).read_text("utf-8").split("\n")
    return _LINES[path][int(number) - 1][int(column) - 1 :]


def _hold_to_the_file(kind, where, problem):
    """What is told stands in the file, at that very place."""
    match kind:
        case "rare tag":
            tag = re.search(r": '.+' is (\S+) (?:once|twice), ", problem)[1]
            assert re.match(rf"\S*{re.escape(tag)}(\s|$)", _line(where)), (where, problem)
        case "other tags":
            here = re.search(r"' is (\S+) here, but \S+ in the same sentence", problem)[1]
            assert _line(where).startswith(here), (where, problem)
        case "long token":
            assert len(re.split(r"\s", _line(where))[0]) > 60
        case "# at the start":
            assert _line(where).startswith("# # ")
        case "multiword ranges" | "empty nodes":
            assert re.match(r"\d+[-.]\d+\t", _line(where))
        case "odd character":
            assert _line(where).startswith("basic\u00adally\t")
        case _:
            other = problem.rsplit(" at ", 1)[1]
            assert kind.startswith("in ")
            assert [_words(where)] == [_words(other)], (where, problem)


def _words(where):
    path, number, _ = where.rsplit(":", 2)
    _line(where)
    words = []
    for line in _LINES[path][int(number) - 1 :]:
        if not line:
            break
        if path.endswith(".conllu"):
            fields = line.split("\t")
            words += [fields[1]] if fields[0].isdigit() else []
        else:
            words.append(line.split(" ")[0])
    return words


def test_the_sources_of_a_mixed_corpus_are_counted_together(elsewhere):
    Path("one.txt").write_text("Ann B-PER\n\n-DOCSTART- O\n\nBo B-PER\nrests O\n\n")
    Path("two.txt").write_text("Oslo I-LOC\nLee I-PER\n\n")
    columns = "kind: columns, columns: [word, ner]"
    Path("mixed.yaml").write_text(
        f"corpus: {{kind: mixed, parts: [{{{columns}, train: one.txt}}, {{{columns}, train: two.txt, schemes: {{ner: iob1}}}}]}}\n"
        "tasks: {ner: {scheme: iobes}}\nembeddings: [{kind: words, width: 4}]\n"
    )
    result = CliRunner().invoke(cli, ["data", "check", "mixed.yaml", "--json"], catch_exceptions=False)
    data = json.loads(result.stdout)
    assert data["sizes"] == {"train": {"sentences": 3, "tokens": 5, "documents": 3}}
    assert data["labels"] == {"ner": {"train": {"PER": 3, "LOC": 1}}}
    assert data["schemes"] == {"ner": "IOB2: all 2 spans begin with B-; IOB1, as declared"}
