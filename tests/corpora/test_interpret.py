"""What the strings of a source mean: schemes, repairs, unknown tags, confidences; every message and every note word for word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.corpora.columns import read_columns
from tagger.corpora.interpret import Reading, interpret
from tagger.corpora.source import SourceSentence
from tagger.errors import CorpusError
from tagger.text.schemes import IOB2, IOBES, SCHEMES, LabelledRange

MEND = "Mend the tag, or name the scheme of the file: corpus.schemes.ner or --scheme ner=... (now {});\n"
REPAIRS = "corpus.repair or --repair (conlleval, promote, strict-drop) reads over such faults and counts them."


def sentence(*tags, **facts):
    words = [f"word{index}" for index in range(len(tags))]
    return SourceSentence(words, {"ner": list(tags)}, **{"place": "a.txt", "lines": [*range(1, len(tags) + 1)], **facts})


def understood(*sentences, **reading):
    """The tags of each sentence as they are meant, and the notes."""
    notes = []
    chosen = Reading(**{"scheme": IOB2, "inside": IOB2, **reading})
    found = list(interpret(sentences, {"ner": chosen}, note=notes.append))
    return [list(each.columns["ner"]) for each in found], notes


def refused(*sentences, **reading):
    """The error that the sentences are refused with."""
    with pytest.raises(CorpusError) as caught:
        understood(*sentences, **reading)
    return caught.value


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        ("iob1", "I-PER I-PER B-PER O I-LOC"),
        ("iob2", "B-PER I-PER B-PER O B-LOC"),
        ("ioe1", "I-PER E-PER I-PER O I-LOC"),
        ("ioe2", "I-PER E-PER E-PER O E-LOC"),
        ("iobes", "B-PER E-PER S-PER O S-LOC"),
        ("bmes", "B-PER E-PER S-PER O S-LOC"),
        ("bmeow", "B-PER E-PER W-PER O W-LOC"),
        ("bilou", "B-PER L-PER U-PER O U-LOC"),
    ],
)
def test_spans_are_given_in_the_scheme_inside_whatever_the_source_writes(scheme, tags):
    source = sentence(*tags.split())
    assert understood(source, scheme=SCHEMES[scheme]) == ([["B-PER", "I-PER", "B-PER", "O", "B-LOC"]], [])
    assert understood(source, scheme=SCHEMES[scheme], inside=IOBES) == ([["B-PER", "E-PER", "S-PER", "O", "S-LOC"]], [])


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.sampled_from(["PER", "LOC", "a-b"])), max_size=5),
    st.sampled_from(list(SCHEMES.values())),
    st.sampled_from([IOB2, IOBES]),
)
def test_spans_survive_the_way_into_the_scheme_inside(laid, scheme, inside):
    spans, position = [], 0
    for gap, size, label in laid:
        spans.append(LabelledRange(position + gap, position + gap + size, label))
        position += gap + size
    (tags,), _ = understood(sentence(*scheme.write(spans, position + 1)), scheme=scheme, inside=inside)
    assert inside.spans(tags) == spans


def test_plain_tags_are_given_as_they_are():
    tags = ["B-PER", "I-LOC", "X", "_"]
    assert understood(sentence(*tags), scheme=None, inside=None) == ([tags], [])


def test_all_else_of_a_sentence_is_kept():
    source = sentence("O", document=3, document_id="d", spaces_after=[True], source=((1, "w O"),))
    (found,) = interpret([source], {"ner": Reading(IOB2, IOB2)})
    assert (found.words, found.place, found.lines, found.document, found.document_id) == (["word0"], "a.txt", [1], 3, "d")
    assert (found.spaces_after, found.source) == ([True], ((1, "w O"),))


def test_a_task_that_the_source_lacks_is_not_known_and_not_noted():
    notes = []
    (found,) = interpret([sentence("O", "O")], {"ner": Reading(IOB2, IOB2), "upos": None}, note=notes.append)
    assert dict(found.columns) == {"ner": ["O", "O"], "upos": [None, None]}
    assert notes == []


@pytest.mark.parametrize(
    ("scheme", "tags", "line", "problem"),
    [
        ("iob2", "O I-PER", 8, "'I-PER' may not stand after 'O' in IOB2"),
        ("iob2", "I-PER O", 7, "'I-PER' may not stand at the start of a sentence in IOB2"),
        ("iob1", "O B-PER", 8, "'B-PER' may not stand after 'O' in IOB1"),
        ("iobes", "O B-PER", 8, "'B-PER' may not end a sentence in IOBES"),
        ("bmes", "B-PER M-LOC", 8, "'M-LOC' may not stand after 'B-PER' in BMES"),
    ],
)
def test_an_illegal_tag_is_told_with_file_line_scheme_and_setting(scheme, tags, line, problem):
    error = refused(sentence("O"), sentence(*tags.split(), lines=[7, 8]), scheme=SCHEMES[scheme])
    assert (error.where, error.problem, error.kind) == (f"a.txt:{line}", f"ner: {problem}", "illegal tag")
    assert error.fix == MEND.format(scheme) + REPAIRS


def test_what_is_no_tag_in_any_scheme_is_told_without_a_word_of_repairs():
    error = refused(sentence("O", "PERSON", lines=[7, 8]), scheme=SCHEMES["iob2"])
    assert (error.where, error.problem) == ("a.txt:8", "ner: 'PERSON' is no IOB2 tag (expected O, B-..., I-...)")
    assert error.fix == "Mend the tag: no scheme has such a one, and no repair reads it."


@pytest.mark.parametrize("mark", ["_", "?"])
def test_what_looks_like_a_mark_for_unknown_tags_is_answered_with_the_setting(mark):
    error = refused(sentence("O", mark))
    assert (error.where, error.problem) == ("a.txt:2", f"ner: '{mark}' is no IOB2 tag (expected O, B-..., I-...)")
    assert error.fix == f"If it means that the tag is not known, say so: corpus.unknown: '{mark}'."


def test_an_illegal_tag_is_told_with_its_character_where_the_format_has_one():
    lines = enumerate(["Zoë NNP   B-PER", "rests\tVBZ I-LOC"], 1)
    source = read_columns(lines, "a.txt", ("word", "pos", "ner"), wanted=("ner",))
    with pytest.raises(CorpusError) as caught:
        list(interpret(source, {"ner": Reading(IOB2, IOB2)}))
    assert caught.value.where == "a.txt:2:11"


@pytest.mark.parametrize(
    ("repair", "reason"),
    [
        ("conlleval", "tag of a span in any scheme"),
        ("promote", "IOB2 tag (expected O, B-..., I-...)"),
        ("strict-drop", "IOB2 tag (expected O, B-..., I-...)"),
    ],
)
def test_what_no_repair_can_read_is_told_at_its_own_place(repair, reason):
    error = refused(sentence("O", "I-PER", "NN"), repair=repair)
    assert (error.where, error.problem) == ("a.txt:3", f"ner: 'NN' is no {reason}")


@pytest.mark.parametrize(
    ("repair", "tags"),
    [("conlleval", "B-PER I-PER O B-LOC"), ("promote", "B-PER I-PER O B-LOC"), ("strict-drop", "O O O B-LOC")],
)
def test_repairs_follow_their_policy_and_are_noted_with_their_first_place(repair, tags):
    broken = sentence("I-PER", "I-PER", "O", "B-LOC")
    found, notes = understood(sentence("O"), broken, sentence("O", "I-X", "O", "I-X"), repair=repair)
    assert found[1] == tags.split()
    assert notes == [
        f"a.txt: 3 ner tags break IOB2 in 2 sentences, read by the repair '{repair}'; the first: a.txt:1: 'I-PER' may not stand at "
        "the start of a sentence in IOB2"
    ]


def test_one_repair_is_noted_in_the_singular():
    _, notes = understood(sentence("O", "I-PER", lines=[5, 6]), repair="promote")
    assert notes == [
        "a.txt: 1 ner tag breaks IOB2 in 1 sentence, read by the repair 'promote'; the first: a.txt:6: 'I-PER' may not stand after "
        "'O' in IOB2"
    ]


def test_the_letters_of_other_schemes_are_read_by_conlleval_alone():
    broken = sentence("B-PER", "E-PER", "S-LOC")
    assert understood(broken, repair="conlleval")[0] == [["B-PER", "I-PER", "B-LOC"]]
    assert refused(broken, repair="promote").problem == "ner: 'E-PER' is no IOB2 tag (expected O, B-..., I-...)"


def test_what_even_conlleval_can_not_read_is_told_at_its_own_place():
    error = refused(sentence("B-PER", "E-PER", "NN"), repair="conlleval")
    assert (error.where, error.problem) == ("a.txt:3", "ner: 'NN' is no tag of a span in any scheme")


def test_unknown_tags_are_none_and_counted():
    found, notes = understood(sentence("B-PER", "?", "O"), sentence("O"), sentence("?", "?"), unknown="?")
    assert found == [["B-PER", None, "O"], ["O"], [None, None]]
    assert notes == ["a.txt: 3 of 6 ner tags are unknown"]


def test_unknown_plain_tags_are_none_and_counted():
    found, notes = understood(sentence("X", "_"), scheme=None, inside=None, unknown="_")
    assert found == [["X", None]]
    assert notes == ["a.txt: 1 of 2 ner tags are unknown"]


def test_a_tag_that_the_source_itself_does_not_know_needs_no_mark():
    found, notes = understood(sentence("B-PER", None, "I-LOC"))
    assert found == [["B-PER", None, "I-LOC"]]
    assert notes == ["a.txt: 1 of 3 ner tags are unknown"]


@pytest.mark.parametrize(
    ("scheme", "inside", "tags", "meant"),
    [
        ("iob2", "iob2", "B-A ? I-A", "B-A ? I-A"),
        ("iobes", "iob2", "B-A ? E-A ? S-A", "B-A ? I-A ? B-A"),
        ("bmeow", "iob2", "? M-A ? W-A", "? I-A ? B-A"),
        ("iobes", "iobes", "B-A ? E-A", "B-A ? E-A"),
        ("bilou", "iobes", "? L-A U-A ?", "? E-A S-A ?"),
        ("bmes", "iobes", "B-A ? M-A ?", "B-A ? I-A ?"),
    ],
)
def test_tags_beside_unknown_ones_are_rewritten_one_by_one(scheme, inside, tags, meant):
    (found,), _ = understood(sentence(*tags.split()), scheme=SCHEMES[scheme], inside=SCHEMES[inside], unknown="?")
    assert [tag or "?" for tag in found] == meant.split()


@pytest.mark.parametrize("repair", ["error", "promote", "conlleval", "strict-drop"])
@pytest.mark.parametrize(
    ("scheme", "tags", "line", "problem"),
    [
        ("iob2", "? O I-A", 3, "'I-A' can't stand here in IOB2, whatever the unknown tags before it are"),
        ("iobes", "? B-A", 2, "'B-A' may not end a sentence in IOBES"),
        ("iob2", "? X", 2, "'X' is no IOB2 tag (expected O, B-..., I-...)"),
    ],
)
def test_what_can_not_be_beside_unknown_tags_is_told_and_never_repaired(scheme, tags, line, problem, repair):
    error = refused(sentence(*tags.split()), scheme=SCHEMES[scheme], unknown="?", repair=repair)
    assert (error.where, error.problem, error.kind) == (f"a.txt:{line}", f"ner: {problem}", "illegal tag")
    assert error.fix == "Mend the tag, or mark it as unknown too; beside unknown tags nothing is repaired."


def sure(*confidences):
    return SourceSentence(
        ["a"] * len(confidences), {"ner": ["O"] * len(confidences), "sure": confidences}, "a.txt", [*range(4, 4 + len(confidences))]
    )


def test_confidences_are_given_as_numbers():
    readings = {"ner": Reading(IOB2, IOB2, confidence="sure"), "upos": None}
    (found,) = interpret([sure("0", "0.25", "1", "1e-1")], readings)
    assert dict(found.weights) == {"ner": [0.0, 0.25, 1.0, 0.1]}
    assert set(found.columns) == {"ner", "upos"}


@pytest.mark.parametrize("text", ["-0.1", "1.01", "x", "nan", "inf", "_", "", "0,5"])
def test_what_is_no_confidence_is_told_with_its_place(text):
    with pytest.raises(CorpusError) as caught:
        list(interpret([sure("1", text)], {"ner": Reading(IOB2, IOB2, confidence="sure")}))
    assert (caught.value.where, caught.value.kind) == ("a.txt:5", "no confidence")
    assert caught.value.problem == f"sure: '{text}' is no confidence from 0 to 1"
    assert caught.value.fix == "Write a number such as 0.8, or leave corpus.confidence away."


def test_a_handler_that_goes_on_gets_every_fault_and_the_sentence_counts_as_unknown():
    faults = []
    sentences = [sentence("O", "I-A"), sentence("B-A", "O"), sentence("?", "O", "I-A"), sure("1", "x")]
    readings = {"ner": Reading(IOB2, IOB2, unknown="?")}
    found = interpret(sentences, readings, fault=faults.append)
    assert [list(each.columns["ner"]) for each in found] == [[None, None], ["B-A", "O"], [None] * 3, ["O", "O"]]
    (weighed,) = interpret([sure("1", "x")], {"ner": Reading(IOB2, IOB2, confidence="sure")}, fault=faults.append)
    assert weighed.weights["ner"] == [1.0, 0.0]
    assert [error.where for error in faults] == ["a.txt:2", "a.txt:3", "a.txt:5"]


def test_notes_are_told_at_the_end_of_the_source_and_of_each_task():
    notes = []
    both = SourceSentence(["a", "b"], {"ner": ["?", "O"], "upos": ["?", "?"]}, "b.txt", [1, 2])
    found = interpret([both], {"ner": Reading(IOB2, IOB2, unknown="?"), "upos": Reading(unknown="?")}, note=notes.append)
    next(found)
    assert notes == []
    assert list(found) == []
    assert notes == ["b.txt: 1 of 2 ner tags are unknown", "b.txt: 2 of 2 upos tags are unknown"]


@pytest.mark.parametrize("tag", ["B-PER\u00a0", " B-PER", "B-PER\u200b", "B-P\rER"])
def test_a_tag_that_differs_from_another_in_nothing_visible_is_refused(tag):
    error = refused(sentence("O", tag, lines=[7, 8]), scheme=SCHEMES["iob2"])
    assert (error.where, error.kind) == ("a.txt:8", "odd tag")
    assert error.problem == f"ner: the tag {tag!a} begins or ends with white space, or holds what can't be seen"
