"""`tagger data convert`: what is written and read again is the same; what is not to change stays; what can't be held is refused."""

import json
import re
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.data.convert import convert
from tagger.data.survey import Layout, survey
from tagger.data.writers import Target
from tagger.errors import CorpusError
from tagger.text.schemes import IOB2, SCHEMES, LabelledRange, scheme_named
from tagger.text.tokenizer import Tokenizer

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
NAMES = {"conll": ("word", "upos", "ner"), "conllu": ("upos=upos", "ner=misc.ner"), "jsonl": ("upos=tags.upos", "ner=tags.ner")}
SUFFIX = {"conll": ".txt", "conllu": ".conllu", "jsonl": ".jsonl"}
PTB = Tokenizer.named("ptb")


def converted(path, to, *, columns=(), separator="whitespace", comments=None, schemes=None, reading=None, **target):
    """A file in another form, as text; and what was noted."""
    layout = Layout(None, columns, schemes or {}, separator, comments, reading or {})
    source = survey([Path(path)], layout, PTB)
    target["schemes"] = {name: scheme_named(scheme) for name, scheme in target.pop("to_schemes", {}).items()}
    return "".join(convert(source, next(iter(source.part.files)), Target(to, **target), note=lambda text: None))


def through(path, *forms, scheme="iob2"):
    """The text of a column file that went through other forms."""
    at, form = path, "conll" if path.suffix == ".txt" else path.suffix[1:]
    for number, to in enumerate(forms):
        text = converted(at, to, columns=NAMES[form], schemes={"ner": scheme})
        at, form = path.parent / f"{number}{SUFFIX[to]}", to
        at.write_bytes(text.encode())
    return at.read_bytes().decode()


@pytest.fixture
def file(tmp_path):
    def write(text, name="corpus.txt"):
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def refusal(path, to, **options):
    with pytest.raises(CorpusError) as caught:
        converted(path, to, **options)
    return caught.value


# Among them what other programs take for the end of a line, and what looks like a comment, a tag or a field.
PIECES = (
    "a",
    "Zü",
    "e\u0301",
    "東京",
    "مر",
    "🙂",
    "👩\u200d🚀",
    "-",
    "#",
    "_",
    "O",
    "|",
    "=",
    '"',
    "\\",
    "B-X",
    "\u2028",
    "\x85",
    "\x0b",
    "\u00a0",
)
WORD = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join).filter(lambda word: word.strip())
LABEL = st.sampled_from(("PER", "per", "a-b-", "B-x", "geo.loc", "人物", "O", "x_y=z"))
PLAIN = st.sampled_from(("NN", "nn", "_", "-", "#", "a=b", ".", "名"))


@st.composite
def sentences(draw):
    words = draw(st.lists(WORD, min_size=1, max_size=5))
    spans, at = [], 0
    while at < len(words):
        length = draw(st.integers(0, 3))
        if length:
            spans.append(LabelledRange(at, min(at + length, len(words)), draw(LABEL)))
        at += max(length, 1)
    return words, draw(st.lists(PLAIN, min_size=len(words), max_size=len(words))), IOB2.write(spans, len(words))


@st.composite
def corpora(draw):
    """A column file as it is written: one document that is not marked, or several, of which the first need not be marked."""
    text = ""
    for index, document in enumerate(draw(st.lists(st.lists(sentences(), min_size=1, max_size=3), min_size=1, max_size=3))):
        if index or draw(st.booleans()):
            text += "-DOCSTART- -X- O\n\n"
        for sentence in document:
            text += "".join(" ".join(row) + "\n" for row in zip(*sentence, strict=True)) + "\n"
    return text


@pytest.mark.parametrize("form", ["conllu", "jsonl"])
@given(text=corpora())
def test_columns_are_the_same_file_after_another_form(tmp_path_factory, form, text):
    path = tmp_path_factory.mktemp("corpus") / "corpus.txt"
    path.write_bytes(text.encode())
    assert through(path, form, "conll") == text


@given(text=corpora())
def test_json_lines_are_the_same_file_after_conllu_and_after_themselves(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("corpus")
    path = folder / "corpus.txt"
    path.write_bytes(text.encode())
    lines = folder / "corpus.jsonl"
    lines.write_bytes(through(path, "jsonl").encode())
    assert through(lines, "conllu", "jsonl") == lines.read_bytes().decode()
    assert through(lines, "jsonl") == lines.read_bytes().decode()


def test_json_lines_hold_what_the_columns_held(file):
    path = file("-DOCSTART- -X- O\n\nAnn NN B-PER\nLee _ I-PER\n\n-DOCSTART- -X- O\n\n東京 NN B-LOC\n")
    records = [json.loads(line) for line in converted(path, "jsonl", columns=NAMES["conll"]).splitlines()]
    assert records == [
        {"document": 0, "tokens": ["Ann", "Lee"], "tags": {"upos": ["NN", "_"], "ner": ["B-PER", "I-PER"]}},
        {"document": 1, "tokens": ["東京"], "tags": {"upos": ["NN"], "ner": ["B-LOC"]}},
    ]


def test_conllu_holds_what_the_columns_held(file):
    path = file("Ann NN B-PER\nrests _ O\n\n-DOCSTART- -X- O\n\n東京 NN B-LOC\n")
    assert converted(path, "conllu", columns=NAMES["conll"]) == (
        "# text = Ann rests\n1\tAnn\t_\tNN\t_\t_\t_\t_\t_\tner=B-PER\n2\trests\t_\t_\t_\t_\t_\t_\t_\tner=O\n\n"
        "# newdoc\n# text = 東京\n1\t東京\t_\tNN\t_\t_\t_\t_\t_\tner=B-LOC\n\n"
    )


def test_the_spaces_of_a_text_are_kept_in_conllu(file):
    path = file('{"text": "Ann (Lee) rests.", "spans": [{"start": 0, "end": 3, "label": "PER"}]}\n', "a.jsonl")
    text = converted(path, "conllu")
    assert text.startswith("# text = Ann (Lee) rests.\n1\tAnn")
    assert [line.rpartition("|")[2] == "SpaceAfter=No" for line in text.splitlines()[1:-1]] == [
        False,
        True,
        True,
        False,
        True,
        False,
    ]


ROW = st.tuples(
    st.sampled_from(("", " ", "\t ")),
    WORD,
    st.sampled_from((" ", "\t", " \t ")),
    PLAIN,
    st.sampled_from((" ", "  ")),
    st.sampled_from(("B-X", "O", "B-y-Z")),
    st.sampled_from(("", " ", "\t")),
)
NO_ROW = st.sampled_from(("", " ", "\t", "-DOCSTART- -X- O", "-DOCSTART-\tO O ", "%", "% a comment", "%a b c"))
LINE = ROW.map("".join) | NO_ROW


@given(lines=st.lists(LINE, min_size=1, max_size=12), end=st.booleans())
def test_columns_without_a_change_are_the_same_bytes(tmp_path_factory, lines, end):
    path = tmp_path_factory.mktemp("corpus") / "corpus.txt"
    # At least one sentence, anywhere: blank lines, comments and marks behind the last one belong to the file too.
    text = "\n".join([*lines[: len(lines) // 2], "a NN O", *lines[len(lines) // 2 :]])
    path.write_bytes((text + "\n" * end).encode())
    assert converted(path, "conll", columns=("word", "upos", "ner"), comments="%", schemes={"ner": "iob2"}) == text.rstrip(
        "\r"
    ) + "\n" * (end or not text.endswith("\n"))


def test_conllu_without_a_change_is_the_same_bytes(file):
    row = "\t_" * 6
    text = (
        "\n# newdoc id = a\n# sent_id = 1\n# text = don't go\n1-2\tdon't"
        + "\t_" * 8
        + f"\n1\tdo\tdo\tAUX{row}\n2\tn't\tnot\tPART{row}\n"
        "2.1\tx" + "\t_" * 8 + "\n3\t10 000\t_\tNUM" + "\t_" * 5 + "\tner=O|Gloss=x\n\n\n# newpar\n\n# the end\n \n"
    )
    path = file(text, "a.conllu")
    assert converted(path, "conllu") == text
    assert converted(path, "conllu", columns=["ner=misc.ner"]) == text
    assert converted(file(text.rstrip() + "\n", "b.conllu"), "conllu") == text.rstrip() + "\n"


def test_what_is_normalised_are_the_mark_and_the_ends_of_lines(file):
    assert converted(file(b"\xef\xbb\xbfAnn B-X\r\n\r\nLee O"), "conll") == "Ann B-X\n\nLee O\n"


@pytest.mark.parametrize("tail", ["\n\n", "\n-DOCSTART- O\n", "\n\n-DOCSTART- O\n\n", "% the end\n", "\n% the end\n \n", "\n\t"])
def test_lines_behind_the_last_sentence_are_kept(file, tail):
    text = "Ann B-X\n\nLee O\n" + tail
    assert converted(file(text), "conll", comments="%") == text + "\n" * (not text.endswith("\n"))


def test_tokens_with_spaces_stay_where_tabs_separate_columns(file):
    text = "New  York\tB-LOC\n in\tO\n\n"
    path = file(text)
    assert converted(path, "conll", separator="tab") == text
    assert converted(path, "conll", separator="tab", tab=True) == text
    assert converted(path, "conll", separator="tab", to_schemes={"column2": "iobes"}) == "New  York\tS-LOC\n in\tO\n\n"
    assert converted(path, "conll", separator="tab", tab=True, keep=("column2",)) == text


def test_a_change_of_scheme_leaves_all_else_in_its_place(file):
    path = file("% c\n -DOCSTART-  O O\n\n  Ann\tB-X \t NN\nLee I-X  B-X\n\n\nOslo\tB-X\tB-X\n%\n")
    text = converted(
        path, "conll", columns=("word", "ner", "pos"), comments="%", schemes={"ner": "iob2"}, to_schemes={"ner": "bilou"}
    )
    assert text == "% c\n -DOCSTART-  O O\n\n  Ann\tB-X \t NN\nLee L-X  B-X\n\n\nOslo\tU-X\tB-X\n%\n"


def test_a_change_within_misc_leaves_all_else_in_its_place(file):
    head = "# sent_id = 1\n1\tAnn\tann\tPROPN\tNNP\tNumber=Sing\t2\tnsubj\t2:nsubj\t"
    path = file(f"{head}Gloss=A|ner=B-X|SpaceAfter=No\n2\t.\t.\tPUNCT\t.\t_\t0\troot\t_\t_\n\n", "a.conllu")
    options = {"columns": ["ner=misc.ner"], "schemes": {"ner": "iob2"}, "reading": {"unknown": "_"}}
    text = converted(path, "conllu", **options, hide={"ner": 1})
    assert text == f"{head}Gloss=A|ner=_|SpaceAfter=No\n2\t.\t.\tPUNCT\t.\t_\t0\troot\t_\t_\n\n"
    path = file(f"{head}Gloss=A|ner=B-X|SpaceAfter=No\n2\t.\t.\tPUNCT\t.\t_\t0\troot\t_\tner=O\n\n", "a.conllu")
    text = converted(path, "conllu", columns=["ner=misc.ner"], to_schemes={"ner": "iobes"})
    assert text == f"{head}Gloss=A|ner=S-X|SpaceAfter=No\n2\t.\t.\tPUNCT\t.\t_\t0\troot\t_\tner=O\n\n"


def _all_spans(length, labels=("A", "b-c.d")):
    """Every way to have spans over so many tokens."""
    if length == 0:
        return [[]]
    found = [[*before] for before in _all_spans(length - 1, labels)]
    for start in range(length):
        found += [[*before, LabelledRange(start, length, label)] for before in _all_spans(start, labels) for label in labels]
    return found


def test_every_scheme_becomes_every_other_and_comes_back(file):
    cases = [(length, spans) for length in (1, 2, 3) for spans in _all_spans(length)]

    def text(scheme):
        return "".join("".join(f"w {tag}\n" for tag in scheme.write(spans, length)) + "\n" for length, spans in cases)

    paths = {name: file(text(scheme), f"{name}.txt") for name, scheme in SCHEMES.items()}
    for source, target in product(SCHEMES, repeat=2):
        found = converted(paths[source], "conll", schemes={"column2": source}, to_schemes={"column2": target})
        assert found == paths[target].read_text("utf-8"), (source, target)


def test_hidden_tags_are_drawn_by_a_seed_and_nothing_else_changes(file):
    lines = [f"w{index}  NN\tB-X " for index in range(2000)]
    path = file("\n".join(lines) + "\n")

    def hidden(seed, share=0.3):
        return converted(path, "conll", columns=NAMES["conll"], hide={"ner": share}, seed=seed, unknown="?")

    assert hidden(1) == hidden(1)
    assert hidden(1) != hidden(2)
    assert (hidden(1, 0), hidden(1, 1)) == ("\n".join(lines) + "\n", "\n".join(lines).replace("B-X", "?") + "\n")
    for line, new in zip(lines, hidden(1).splitlines(), strict=True):
        assert new in (line, line.replace("B-X", "?"))
    # Four deviations of a binomial of 2,000 at 0.3.
    assert abs(hidden(1).count("?") - 600) < 4 * (2000 * 0.3 * 0.7) ** 0.5


@pytest.mark.parametrize("form", ["conllu", "jsonl"])
def test_tags_can_be_hidden_while_the_form_changes_and_are_read_as_unknown(file, form):
    path = file("Ann NN B-PER\nLee NN I-PER\nrests VB O\n" * 20)
    hidden = converted(path, form, columns=NAMES["conll"], hide={"ner": 0.5})
    back = converted(
        file(hidden, f"a{SUFFIX[form]}"), "conll", columns=NAMES[form], schemes={"ner": "iob2"}, reading={"unknown": "_"}
    )
    rows = [line.split() for line in back.splitlines() if line]
    assert [row[:2] for row in rows] == [["Ann", "NN"], ["Lee", "NN"], ["rests", "VB"]] * 20
    assert 10 < sum(row[2] == "_" for row in rows) < 50
    assert {row[2] for row in rows} == {"_", "B-PER", "I-PER", "O"}


def test_beside_unknown_tags_only_what_says_as_much_or_less_can_be_written(file):
    path = file("Ann B-PER\nLee _\nBo S-PER\nrests O\n")
    options = {"schemes": {"column2": "iobes"}, "reading": {"unknown": "_"}}
    assert converted(path, "conll", **options, to_schemes={"column2": "iob2"}) == "Ann B-PER\nLee _\nBo B-PER\nrests O\n"
    assert converted(path, "conll", **options, to_schemes={"column2": "bilou"}) == "Ann B-PER\nLee _\nBo U-PER\nrests O\n"
    path = file("Ann B-PER\nLee _\n")
    error = refusal(path, "conll", schemes={"column2": "iob2"}, reading={"unknown": "_"}, to_schemes={"column2": "iobes"})
    assert str(error) == (
        "--to-scheme: column2: beside unknown tags B- of IOB2 can't be written in IOBES\n"
        "  Convert before tags are hidden, or leave the scheme as it is."
    )


def test_columns_are_kept_in_the_order_that_is_asked_for(file):
    path = file("Ann NN B-PER\n\nOslo NN B-LOC\n")
    assert converted(path, "conll", columns=NAMES["conll"], keep=("ner", "upos")) == "Ann B-PER NN\n\nOslo B-LOC NN\n\n"
    assert converted(path, "conll", columns=NAMES["conll"], keep=("ner",), tab=True) == "Ann\tB-PER\n\nOslo\tB-LOC\n\n"
    assert json.loads(converted(path, "jsonl", columns=NAMES["conll"], keep=("ner",)).splitlines()[0]) == {
        "tokens": ["Ann"],
        "tags": ["B-PER"],
    }
    error = refusal(path, "conll", columns=NAMES["conll"], keep=("pos",))
    assert str(error) == "--keep: there is no column 'pos' (there are upos, ner)\n  Name the columns with --columns."


def test_a_file_of_words_alone_becomes_json_lines_without_tags(file):
    assert converted(file("Ann\n\nLee\n"), "jsonl") == '{"tokens": ["Ann"], "tags": {}}\n{"tokens": ["Lee"], "tags": {}}\n'


def test_spans_are_written_with_characters(file):
    path = file("東京 B-LOC NN\n🙂 O NN\nAnn B-PER NN\nLee I-PER NN\n")
    columns = ("word", "ner", "pos")
    (record,) = map(json.loads, converted(path, "jsonl", columns=columns, keep=("ner",), spans=True).splitlines())
    assert record["text"] == "東京 🙂 Ann Lee"
    assert [(record["text"][span["start"] : span["end"]], span["label"]) for span in record["spans"]] == [
        ("東京", "LOC"),
        ("Ann Lee", "PER"),
    ]
    again = file(json.dumps(record) + "\n", "again.jsonl")
    assert converted(again, "conll") == "東京 B-LOC\n🙂 O\nAnn B-PER\nLee I-PER\n\n"
    error = refusal(path, "jsonl", columns=columns, spans=True)
    assert (str(error).splitlines()[0], error.fix) == (
        f"{path}:1:10: pos: plain or unknown tags are no spans",
        "Name the columns of spans with --keep, or leave --spans away.",
    )
    error = refusal(path, "jsonl", columns=columns, keep=("ner",), spans=True, hide={"ner": 1})
    assert str(error).startswith(f"{path}:1:4: ner: plain or unknown tags are no spans\n")


def test_spans_of_several_columns_tell_their_task(file):
    path = file("Ann B-PER B-NP\nrests O B-VP\n")
    (record,) = map(json.loads, converted(path, "jsonl", columns=("word", "ner", "chunk"), spans=True).splitlines())
    assert record["spans"] == [
        {"start": 0, "end": 3, "label": "PER", "task": "ner"},
        {"start": 0, "end": 3, "label": "NP", "task": "chunk"},
        {"start": 4, "end": 9, "label": "VP", "task": "chunk"},
    ]


@pytest.mark.parametrize(
    ("policy", "tags"), {"promote": "O B-X I-X O B-Y", "conlleval": "O B-X I-X O B-Y", "strict-drop": "O O O O B-Y"}.items()
)
def test_illegal_tags_are_repaired_where_that_is_asked_for(file, policy, tags):
    path = file("a O\nb I-X\nc I-X\nd O\ne B-Y\n")
    found = converted(path, "conll", schemes={"column2": "iob2"}, reading={"repair": policy})
    assert [line.split()[1] for line in found.splitlines() if line] == tags.split()


def test_illegal_tags_are_refused_where_no_repair_is_asked_for(file):
    path = file("a O\nb I-X\n")
    error = refusal(path, "conllu", schemes={"column2": "iob2"})
    assert (error.where, error.problem) == (f"{path}:2:3", "column2: 'I-X' may not stand after 'O' in IOB2")


def record(tokens, tags):
    return json.dumps({"tokens": tokens, "tags": tags}) + "\n"


NO_TOKEN = "would not be read as a token there"
REFUSED = {
    "a space in a column": (record(["a", "New York"], ["O", "B-X"]), "conll", {}, "word: 'New York' holds what ends a column"),
    "a space in a tag": (record(["a"], ["B-New York"]), "conll", {}, "tags: 'B-New York' holds what ends a column"),
    "a tab in a column": (record(["a\tb"], ["O"]), "conll", {"tab": True}, "word: 'a\\tb' holds what ends a column"),
    "a line end in a column": (record(["a\nb"], ["O"]), "conll", {"tab": True}, "word: 'a\\nb' holds what ends a column"),
    "a word that opens a document": (record(["-DOCSTART-"], ["O"]), "conll", {}, f"word: '-DOCSTART-' {NO_TOKEN}"),
    "a word that begins with the mark": (record(["\ufeffa"], ["O"]), "conll", {}, f"word: '\\ufeffa' {NO_TOKEN}"),
    "a tab in a word": (record(["a\tb"], ["NN"]), "conllu", {}, "word: CoNLL-U can't hold 'a\\tb' there"),
    "a line end in a word": (record(["a\nb"], ["NN"]), "conllu", {}, "word: CoNLL-U can't hold 'a\\nb' there"),
    "what ends a key": (record(["a"], ["NN|SYM"]), "conllu", {}, "tags: CoNLL-U can't hold 'NN|SYM' there"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "form", "options", "problem"), REFUSED.values(), ids=REFUSED)
def test_what_a_form_can_not_hold_is_refused_with_its_place(file, text, form, options, problem):
    path = file(text, "a.jsonl")
    error = refusal(path, form, **options)
    assert (error.where, error.problem) == (f"{path}:1", problem)
    tab = "Separate the columns by tabs with --to-tab, or write JSON Lines with --to jsonl."
    assert error.fix == (tab if "' holds" in problem and not options else "Write JSON Lines with --to jsonl.")


def test_what_is_empty_can_not_be_written(file):
    path = file("1\ta\t_\t" + "\t_" * 5 + "\tner=\n\n", "a.conllu")
    error = refusal(path, "conll", columns=["upos=upos"])
    assert (error.where, error.problem) == (f"{path}:1:7", "upos: a column can't be empty")
    error = refusal(path, "conllu", columns=["ner=misc.ner"], keep=("ner",))
    assert (error.where, error.problem) == (f"{path}:1:18", "ner: CoNLL-U can't hold '' there")


def test_the_place_of_what_is_refused_is_that_of_the_very_column(file):
    path = file("a\tO\n東京\tNew York\n")
    assert refusal(path, "conll", separator="tab", keep=("column2",)).where == f"{path}:2:4"


def test_a_space_in_a_token_is_held_by_tabs_and_by_conllu(file):
    path = file(record(["New York"], ["B-X"]), "a.jsonl")
    assert converted(path, "conll", tab=True) == "New York\tB-X\n\n"
    assert converted(path, "conllu").splitlines()[1].startswith("1\tNew York\t")


DOCUMENTS = {
    "none": ([{}, {}, {}], "a b c"),
    "numbers": ([{"document": 3}, {"document": 3}, {"document": 0}], "| a b | c"),
    "names": ([{"document": "x"}, {"document": "y"}, {"document": "y"}], "| a | b c"),
    "ids of records": ([{"id": 1}, {"id": 2}, {"id": 3}], "a b c"),
    "a name among none": ([{}, {}, {"document": "x"}], "a b | c"),
}


@pytest.mark.parametrize(("named", "expected"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_documents_of_records_are_those_that_they_name(file, named, expected):
    records = [{**names, "tokens": [word], "tags": ["B-X"]} for names, word in zip(named, "abc", strict=True)]
    path = file("".join(json.dumps(one) + "\n" for one in records), "a.jsonl")
    text = converted(path, "conll")
    assert " ".join("|" if line.startswith("-DOCSTART-") else line[0] for line in text.splitlines() if line) == expected
    text = converted(path, "conllu")
    told = [
        line.split("\t")[1] if "\t" in line else "|" for line in text.splitlines() if "\t" in line or line.startswith("# newdoc")
    ]
    assert " ".join(told) == expected
    assert re.findall("# newdoc id = (.*)", text) == list(
        dict.fromkeys(name for one in named for name in one.values() if isinstance(name, str))
    )


def test_names_of_documents_come_back_from_conllu(file):
    text = "".join(json.dumps({"document": name, "tokens": ["a"], "tags": ["B-X"]}) + "\n" for name in ("x 1", "x 1", "y"))
    path = file(text, "a.jsonl")
    again = file(converted(path, "conllu"), "a.conllu")
    assert converted(again, "jsonl", columns=["tags=misc.tags"]) == text


def test_a_text_that_is_split_into_sentences_is_one_document(file):
    record = {"text": "Ann rests. Lee sees Bo.", "spans": [{"start": 0, "end": 3, "label": "PER"}]}
    path = file(json.dumps(record) + "\n" + json.dumps(record) + "\n", "a.jsonl")
    text = converted(path, "conll", reading={"split_sentences": True})
    assert text.count("-DOCSTART- O\n\nAnn B-PER\nrests O\n. O\n\nLee O\n") == 2


real = pytest.mark.skipif(not CORPORA.is_dir(), reason=f"the real corpora are not there: {CORPORA}")


@pytest.mark.corpora
@real
def test_the_real_corpora_are_the_same_files_after_conversion_to_their_own_form():
    paths = [path for folder in ("conll2003", "conll2000", "ud_english_ewt") for path in sorted((CORPORA / folder).iterdir())]
    assert len(paths) == 8
    for path in paths:
        to = "conllu" if path.suffix == ".conllu" else "conll"
        assert converted(path, to).encode() == path.read_bytes(), path


@pytest.mark.corpora
@real
@pytest.mark.parametrize("form", ["conllu", "jsonl"])
def test_conll_2003_is_the_same_file_after_another_form(file, form):
    source = CORPORA / "conll2003" / "eng.testb"
    schemes = {"chunk": "iob1", "ner": "iob1"}
    text = converted(source, form, columns=("word", "xpos", "chunk", "ner"), schemes=schemes)
    columns = {
        "conllu": ["xpos=xpos", "chunk=misc.chunk", "ner=misc.ner"],
        "jsonl": ["xpos=tags.xpos", "chunk=tags.chunk", "ner=tags.ner"],
    }
    back = converted(file(text, f"a{SUFFIX[form]}"), "conll", columns=columns[form], schemes=schemes)
    assert back.encode() == source.read_bytes()
