"""Files of predictions by any tool: what is read of them, and what is refused with place and fix."""

import pytest
from tagged import labels_predictions, spans_predictions

from tagger.corpora.compressed import SUFFIXES, compress
from tagger.errors import CorpusError
from tagger.evaluation.column_tags import PLAIN
from tagger.evaluation.examine import examine
from tagger.evaluation.predictions_file import read_predictions
from tagger.text.schemes import IOB2, SCHEMES


@pytest.fixture
def read(tmp_path):
    """Writes text to a file, and reads it."""

    def read(text, name="found.txt", **options):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_predictions(tmp_path / name, **options)

    return read


def f1_of(found):
    (task,) = examine(found.predictions).values()
    return task.scores.strict.micro.f1


def test_words_gold_and_predicted_tags_are_read_and_columns_between_them_left_out(read):
    found = read("-DOCSTART- -X- O O O\n\nNew NNP x B-LOC B-LOC\nYork NNP x I-LOC O\n\nhi UH x O O\n")
    assert found.predictions.words == [("New", "York"), ("hi",)]
    assert found.predictions.gold == {"spans": [["B-LOC", "I-LOC"], ["O"]]}
    assert found.predictions.predicted == {"spans": [["B-LOC", "O"], ["O"]]}
    assert found.predictions.schemes == {"spans": (IOB2, IOB2)}
    assert (found.split, found.task) == ("all", "spans")
    assert found.notes == ("gold tags are read as IOB2", "predicted tags are read as IOB2")


@pytest.mark.parametrize(
    ("gold", "predicted"),
    [("iob1", "iob1"), ("iob1", "iob2"), ("iob2", "iob1"), ("iob2", "iob2"), ("iobes", "iob2"), ("iob2", "bilou")],
)
def test_each_column_is_read_in_its_own_scheme(gold, predicted, read):
    rows = [[(0, 2, "A"), (2, 3, "A"), (4, 6, "B")], [(0, 1, "B"), (1, 2, "B"), (3, 4, "A")]]
    sides = [[SCHEMES[scheme].write(map(tuple_to_range, row), 6) for row in rows] for scheme in (gold, predicted)]
    lines = ["\n".join(f"w {left} {right}" for left, right in zip(*pair, strict=True)) for pair in zip(*sides, strict=True)]
    found = read("\n\n".join(lines) + "\n")
    assert [scheme.name for scheme in found.predictions.schemes["spans"]] == [gold, predicted]
    assert f1_of(found) == 1


def tuple_to_range(span):
    from tagger.text.schemes import LabelledRange

    return LabelledRange(*span)


def test_predicted_tags_that_break_every_scheme_are_held_against_that_of_gold(read):
    found = read("a B-X B-X\nb I-X I-X\nc O O\nd B-X I-X\ne B-X B-Y\n")
    assert [scheme.name for scheme in found.predictions.schemes["spans"]] == ["iob2", "iob2"]
    assert found.notes[1] == "predicted tags are read as IOB2; 1 place breaks it"


@pytest.mark.parametrize(
    "predicted", ["I-X O I-X I-X", "E-X B-X I-Y O", "B-X E-X S-X I-Y", "I-X I-Y S-Y I-Y", "O O O I-X", "B-X I-X O E-X"]
)
def test_the_places_that_break_a_scheme_are_those_that_the_report_counts(predicted, read):
    gold = ("B-X", "I-X", "O", "B-Y")
    rows = "\n".join(f"w {right} {found}" for right, found in zip(gold, predicted.split(), strict=True))
    # What is not scored, since a gold tag is not known, is not counted either.
    found = read(f"{rows}\n\nw _ I-X\n\n" * 2, scheme=IOB2)
    (task,) = examine(found.predictions).values()
    count = task.scores.illegal_predicted
    assert count > 0
    assert found.notes == (
        "gold tags are read as IOB2",
        f"predicted tags are read as IOB2; {count} {'place breaks' if count == 1 else 'places break'} it",
    )


def test_the_named_scheme_is_that_of_both_columns(read):
    found = read("a I-X I-X\nb I-X O\n", scheme=IOB2)
    assert found.predictions.schemes == {"spans": (IOB2, IOB2)}
    assert found.notes[0] == "gold tags are read as IOB2; 1 place breaks it"


def test_where_gold_has_no_span_the_scheme_is_that_of_the_predicted_tags(read):
    found = read("a O B-X\nb O I-X\n")
    assert found.predictions.schemes == {"spans": (IOB2, IOB2)}


def test_an_underscore_in_gold_is_not_known(read):
    found = read("a B-X B-X\nb _ I-X\n\nc B-X O\n")
    assert found.predictions.gold["spans"] == [["B-X", None], ["B-X"]]
    (task,) = examine(found.predictions).values()
    assert (task.scores.num_sentences, task.scores.num_unscored) == (1, 2)


def test_tags_that_write_no_spans_are_plain_tags(read):
    found = read("a NOUN NOUN\nb VERB _\n")
    assert (found.task, found.predictions.schemes, found.notes) == ("tags", {}, ("tags are read as plain tags",))
    assert found.facts == {"tags": "plain"}
    assert found.predictions.predicted == {"tags": [["NOUN", "_"]]}


def test_with_tabs_words_may_hold_spaces_and_a_no_break_space_ends_no_column(read):
    found = read("New York\tB-LOC\tB-LOC\n", separator="tab")
    assert found.predictions.words == [("New York",)]
    found = read("10\N{NO-BREAK SPACE}000 B-N B-N\n")
    assert found.predictions.words == [("10\N{NO-BREAK SPACE}000",)]
    assert read("a\tB-X\tO\n").predictions.words == [("a",)]


@pytest.mark.parametrize(
    ("name", "split", "task"),
    [
        ("dev.ner.conll", "dev", "ner"),
        ("test.conll", "test", "spans"),
        ("dev.a.b.conll", "dev", "a.b"),
        ("flair.conll", "all", "spans"),
        ("my.dev.conll", "all", "spans"),
    ],
)
def test_the_name_tells_split_and_task(name, split, task, read):
    found = read("a B-X B-X\n", name)
    assert (found.split, found.task, list(found.predictions.gold)) == (split, task, [task])


def test_what_a_run_wrote_is_read_back(tmp_path):
    made = spans_predictions([["B-A", None], ["O"]], [["B-A", "O"], ["B-B"]])
    (path,) = made.write(tmp_path, "dev")
    again = read_predictions(path, scheme=IOB2).predictions
    assert [list(row) for row in again.words] == made.words
    assert (again.gold["spans"], again.predicted["spans"]) == (made.gold["ner"], made.predicted["ner"])


def test_labels_of_sentences_are_read_back(tmp_path):
    made = labels_predictions(["a", None, "b"], ["a", "b", None], [["x", "y"], ["z"], []])
    (path,) = made.write(tmp_path, "test")
    again = read_predictions(path)
    assert path.name == "test.tsv"
    assert (again.split, again.task, again.predictions.labelled) == ("test", "labels", ("labels",))
    assert again.predictions.words == made.words
    assert (again.predictions.gold["labels"], again.predictions.predicted["labels"]) == (
        made.gold["intent"],
        made.predicted["intent"],
    )


COLUMNS = "Ann\tB-PER\tB-PER\nsaw\tO\tO\n"


@pytest.mark.parametrize(
    ("text", "task"),
    [
        (COLUMNS, "spans"),
        (f"{COLUMNS}\n", "spans"),
        (f"{COLUMNS}\n{COLUMNS}", "spans"),
        ("a\tx\tO\tO\nb\tx\tO\tO\n", "tags"),
        # No label and no tag is right, but a blank line stands between.
        ("Ann\tNN\tVB\n\nsaw\tJJ\tRB\n", "tags"),
        ("mail\tmail\tRead it\nmusic\tmail\tPlay some jazz\n", "labels"),
        # Of sentences of one length each, which might be columns.
        ("mail\tmail\tRead\nmusic\tmail\tPlay\n", "labels"),
        ("mail\tmusic\tRead it\nmusic\tmail\tPlay\n", "labels"),
        ("mail\t_\t\n", "labels"),
    ],
)
def test_what_a_tsv_holds_decides_whether_it_is_columns_or_labels(text, task, read):
    assert read(text, "x.tsv").task == task


BOTH = "mail\tmail\tmail\nmusic\tmusic\tmusic\n"


@pytest.mark.parametrize("text", [BOTH, "mail\tmusic\tRead it\n"])
def test_a_tsv_that_may_be_either_is_refused(text, read, tmp_path):
    with pytest.raises(CorpusError) as caught:
        read(text, "x.tsv")
    assert caught.value.where == str(tmp_path / "x.tsv")
    assert caught.value.problem == "its lines may hold sentences with their labels, or words with their tags"
    assert caught.value.fix == "Say which: --labels for sentences; for words --separator, or another ending than .tsv."


def test_what_a_tsv_holds_can_be_said(read):
    assert read(BOTH, "x.tsv", separator="tab").task == read(BOTH, "x.tsv", labels=False).task == "tags"
    assert read(BOTH, "x.tsv", separator="whitespace").task == "tags"
    assert read(BOTH, "x.tsv", labels=True).task == read(BOTH, "x.txt", labels=True).task == "labels"


@pytest.mark.parametrize(
    ("content", "name", "where", "problem", "fix"),
    [
        (
            "a B-X B-X\nb B-X\n",
            "f.txt",
            "f.txt:2:6",
            "2 columns where 3 were expected: 'b B-X'",
            "Each line must hold the word first",
        ),
        ("a\nb\n", "f.txt", "f.txt", "1 column where at least 3 were expected", "Each line must hold the word first"),
        ("a B-X\n", "f.txt", "f.txt", "2 columns where at least 3 were expected", "Each line must hold the word first"),
        ("", "f.txt", "f.txt", "the file holds no sentence", "Give a file with at least one sentence"),
        ("-DOCSTART- O O\n\n", "f.txt", "f.txt", "the file holds no sentence", "Give a file"),
        (b"a B-X B-X\n\xe9 O O\n", "f.txt", "f.txt:2:1", "not UTF-8: byte 0xe9", "Convert it"),
        (
            "a B-X O\nb O O\nc I-X O\n",
            "f.txt",
            "f.txt",
            "the scheme of the gold tags can't be told: no scheme fits",
            "Name it with --scheme.",
        ),
        ("a\tb\n", "f.tsv", "f.tsv:1", "2 fields where 3 were expected", "Each line must hold gold label"),
        ("a\ta\ta b\na\n", "f.tsv", "f.tsv:2", "1 field where 3 were expected", "Each line must hold gold label"),
        ("a\tO\tO\n\nb\tO\n", "f.tsv", "f.tsv:3:4", "2 columns where 3 were expected", "Each line must hold the word first"),
        ("", "f.tsv", "f.tsv", "the file holds no sentence", "Give a file"),
    ],
)
def test_what_cannot_be_read_is_refused_with_place_and_fix(content, name, where, problem, fix, read, tmp_path):
    with pytest.raises(CorpusError) as caught:
        read(content, name)
    assert caught.value.where == str(tmp_path / where)
    assert caught.value.problem.startswith(problem)
    assert fix in caught.value.fix


@pytest.mark.parametrize(
    ("text", "place", "odd"),
    [
        # What is odd is predicted, and gold is spans alone.
        ("a O O\n\na O O\nb B-PER I_PER\n", "4:9", "'I_PER' is no tag of a span in any scheme, where others are, such as 'B-PER'"),
        ("a B-PER _\n", "1:9", "'_' is no tag"),
        ("a B-PER Q-LOC\nb O PER\n", "1:9", "'Q-LOC' is no tag"),
        # Whatever is predicted: with gold there is no doubt.
        ("a B-PER x\nb O y\nc O z\n", "1:9", "'x' is no tag"),
        # Most of all are those of spans.
        ("word gold pred\nAnn B-PER B-PER\nsaw O O\n", "1:6", "'gold' is no tag of a span in any scheme, where others are"),
        ("word gold pred\nAnn O B-PER\nsaw O B-PER\n", "1:6", "'gold' is no tag"),
        ("a\tB-PER\tB-PER\n\nb\tB-PER\tB-PER\nc\t I_PER\tI_PER\n", "4:4", "'I_PER' is no tag"),
    ],
)
@pytest.mark.parametrize("scheme", [None, IOB2])
def test_an_odd_tag_among_those_of_spans_is_refused_with_its_place(text, place, odd, scheme, read, tmp_path):
    with pytest.raises(CorpusError) as caught:
        read(text, scheme=scheme)
    assert caught.value.where == f"{tmp_path / 'found.txt'}:{place}"
    assert caught.value.fix.endswith("If all of these are plain tags, say so: --scheme none.")
    assert caught.value.problem.startswith(odd)


@pytest.mark.parametrize("scheme", [None, PLAIN])
@pytest.mark.parametrize(
    "tags",
    [
        ("-LRB-", "NN-X", "B-", "O"),
        ("NN", "B-", "-", "O-X"),
        # Such as of the Arabic treebank of Prague, where I is an interjection and S a pronoun.
        ("S----3MS1-", "N---S1", "P---", "I-----"),
    ],
)
def test_plain_tags_that_look_like_those_of_spans_stay_plain(tags, scheme, read):
    found = read("".join(f"w {tag} {tag}\n" for tag in (*tags, "VERB", "VERB")), scheme=scheme)
    assert (found.task, found.predictions.schemes) == ("tags", {})


def test_gold_decides_that_tags_are_plain_whatever_is_predicted(read):
    found = read("a NN NN\nb VB VB\nc NN B-PER\n")
    assert found.predictions.schemes == {}
    assert found.notes == ("tags are read as plain tags", "some tags look like those of spans ('B-PER'), most do not ('NN')")


@pytest.mark.parametrize("tag", ["B_PER", "PER-B", "b-per", "PER"])
def test_plain_tags_beside_o_are_told(tag, read):
    hint = "O is among them: were they meant to write spans, each would be a prefix, a hyphen and a label, such as B-PER"
    assert read(f"a {tag} {tag}\nb O O\n").notes == ("tags are read as plain tags", hint)
    assert read("b O O\n").notes == ("tags are read as plain tags",)


def test_plain_tags_can_be_said_to_be_plain(read):
    found = read("a B-PER I_PER\nb O O\n", scheme=PLAIN)
    assert (found.task, found.predictions.schemes, found.notes) == ("tags", {}, ("tags are read as plain tags",))


@pytest.mark.parametrize("ending", SUFFIXES)
def test_compressed_files_are_read_and_named_as_what_they_hold(ending, read, tmp_path):
    packed = [compress(text.encode(), SUFFIXES[ending]) for text in ("a B-X B-X\n", COLUMNS, "mail\tmail\tRead it\nx\tx\ty\n")]
    found = read(packed[0], f"dev.ner.conll{ending}")
    assert (found.split, found.task, found.predictions.words) == ("dev", "ner", [("a",)])
    assert read(packed[1], f"x.tsv{ending}").task == "spans"
    found = read(packed[2], f"test.tsv{ending}")
    assert (found.split, found.task) == ("test", "labels")
    with pytest.raises(CorpusError, match="'X' is no tag") as caught:
        read(compress(b"a B-X B-X\nb O X\n", SUFFIXES[ending]), f"x.conll{ending}")
    assert caught.value.where == f"{tmp_path}/x.conll{ending}:2:5"
    with pytest.raises(CorpusError):
        read(packed[0][:8], f"x.conll{ending}")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CorpusError, match="no such file"):
        read_predictions(tmp_path / "nothing.conll")
