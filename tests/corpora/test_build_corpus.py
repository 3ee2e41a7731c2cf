"""From a recipe's corpus section to a corpus, for each kind of source."""

import json
import os

import pytest
from corpus_tags import conllu, tags_of

from tagger.errors import CorpusError
from tagger.text.partial import UNKNOWN
from tagger.text.schemes import IOB2, IOBES

COLUMNS = {"kind": "columns", "columns": ["word", "ner"], "schemes": {"ner": "iob1"}}
CONLLU = {"kind": "conllu", "columns": {"word": "form", "ner": "upos"}, "schemes": {"ner": "iob2"}}
HUB = {"kind": "hub", "columns": {"word": "tokens", "ner": "ner_tags"}, "schemes": {"ner": "iob2"}}
PLACES = ("Anna I-PER\nrests O\n\n", "Oslo I-LOC\nBergen B-LOC\n\n")


@pytest.fixture
def folder(write):
    """A folder of column files in IOB1: train (ten sentences) and test."""
    write("".join(PLACES) * 5, "folder/eng.train")
    return write(PLACES[0], "folder/eng.testb").parent


def test_iob1_files_are_read_as_such_and_given_as_iob2(build, folder):
    corpus = build({**COLUMNS, "path": str(folder)})
    assert list(corpus.splits) == ["train", "test"]
    assert tags_of(corpus)[:2] == [["B-PER", "O"], ["B-LOC", "B-LOC"]]


def test_files_may_be_named_one_by_one(build, folder):
    corpus = build({**COLUMNS, "train": str(folder / "eng.testb"), "dev": str(folder / "eng.train")})
    assert {split: len(data) for split, data in corpus.splits.items()} == {"train": 1, "dev": 10}


def test_dev_share_counts_where_there_is_no_dev_file(build, folder, write):
    settings = {**COLUMNS, "path": str(folder), "dev_share": 0.2}
    assert {split: len(data) for split, data in build(settings).splits.items()} == {"train": 8, "dev": 2, "test": 1}
    write(PLACES[0], "folder/eng.testa")
    assert {split: len(data) for split, data in build(settings).splits.items()} == {"train": 10, "dev": 1, "test": 1}


def test_another_dev_share_is_another_corpus(build, folder):
    prints = [build({**COLUMNS, "path": str(folder), "dev_share": share}).fingerprint for share in (None, 0.1, 0.2, 0.2)]
    assert len(set(prints)) == 3
    assert prints[2] == prints[3]


def test_too_few_sentences_for_a_dev_share_are_told(build, write):
    with pytest.raises(CorpusError, match="dev holds no sentence"):
        build({**COLUMNS, "train": str(write("a O\n")), "dev_share": 0.5})


def test_an_unchanged_file_comes_from_the_cache_and_a_changed_one_is_read_again(build, folder, write, cache):
    settings = {**COLUMNS, "path": str(folder)}
    first = build(settings)
    (stored,) = (cache / "corpora").iterdir()
    written = (stored / "train.arrow").stat().st_mtime_ns
    os.utime(folder / "eng.train", (0, 0))
    assert build(settings).fingerprint == first.fingerprint
    assert [path.stat().st_mtime_ns for path in cache.rglob("train.arrow")] == [written]
    write(PLACES[1], "folder/eng.train")
    changed = build(settings)
    assert tags_of(changed) == [["B-LOC", "B-LOC"]]
    assert changed.fingerprint != first.fingerprint


@pytest.mark.parametrize("change", [{"comments": "#"}, {"document_marker": None}, {"schemes": {"ner": "ioe1"}}], ids=str)
def test_a_changed_setting_is_read_again(build, write, change):
    path = write("-DOCSTART- O\n# O\nAnna I-PER\n")
    first = build({**COLUMNS, "train": str(path)})
    changed = build({**COLUMNS, "train": str(path), **change})
    assert changed["train"]._fingerprint != first["train"]._fingerprint
    # A span of one word is the same tag in IOB1 and in IOE1.
    assert (changed.fingerprint == first.fingerprint) is ("schemes" in change)


def test_a_corpus_of_the_same_sentences_is_the_same_one_wherever_it_lies(build, write):
    rows = "-DOCSTART- O\n\n{}Anna I-PER\nMay I-PER\nleft O\n\n-DOCSTART- O\n\nOslo I-LOC\n"
    first, other, later = (write(rows.format(blank), f"{name}/eng.train") for name, blank in (("a", ""), ("b", ""), ("c", "\n\n")))
    records = [
        {"tokens": ["Anna", "May", "left"], "tags": {"ner": ["B-PER", "E-PER", "O"]}, "document": "1"},
        {"tokens": ["Oslo"], "tags": {"ner": ["S-LOC"]}, "document": "2"},
    ]
    lines = write("".join(json.dumps(record) + "\n" for record in records), "d/train.jsonl")
    corpora = [build({**COLUMNS, "train": str(path)}) for path in (first, other, later)]
    corpora.append(build({"kind": "jsonl", "train": str(lines), "schemes": {"ner": "iobes"}}))
    assert len({corpus["train"]._fingerprint for corpus in corpora}) == 4
    assert len({corpus.fingerprint for corpus in corpora}) == 1


@pytest.mark.parametrize(
    "rows",
    [
        "Anna I-ORG\nMay I-ORG\nleft O\n",
        "Anna I-PER\nMay I-PER\nleft I-LOC\n",
        "Anna I-PER\nMay I-PER\nLeft O\n",
        "Anna I-PER\nMay I-PER\n\nleft O\n",
        "Anna I-PER\nMay B-PER\nleft O\n",
    ],
)
def test_another_tag_word_sentence_or_span_is_another_corpus(build, write, rows):
    whole = "Anna I-PER\nMay I-PER\nleft O\n"
    first, other = (build({**COLUMNS, "train": str(write(text, name))}) for text, name in ((whole, "a.txt"), (rows, "b.txt")))
    assert first.fingerprint != other.fingerprint


def test_sentences_in_another_split_or_document_are_another_corpus(build, write):
    one, other, marked = write("a I-PER\n"), write("b O\n", "b.txt"), write("a I-PER\n\n-DOCSTART- O\n\nb O\n", "c.txt")
    apart = build({**COLUMNS, "train": str(one), "dev": str(other)})
    swapped = build({**COLUMNS, "train": str(other), "dev": str(one)})
    whole = build({**COLUMNS, "train": str(write("a I-PER\n\nb O\n", "d.txt"))})
    documents = build({**COLUMNS, "train": str(marked)})
    assert len({corpus.fingerprint for corpus in (apart, swapped, whole, documents)}) == 4


def test_conllu_files_are_read_by_their_fields(build, write):
    rows = "".join(
        "\t".join([str(index), word, "_", tag, *["_"] * 6]) + "\n" for index, (word, tag) in enumerate([("a", "B-X")], 1)
    )
    corpus = build({**CONLLU, "path": str(write(rows, "ud/en-ud-train.conllu").parent)})
    assert (corpus["train"][0]["tokens"], tags_of(corpus)) == (["a"], [["B-X"]])
    assert "spaces_after" in corpus["train"].column_names


@pytest.mark.parametrize("way", ["save_to_disk", "parquet"])
def test_a_folder_of_a_data_set_is_read_with_validation_as_dev(build, conll_splits, tmp_path, way):
    if way == "save_to_disk":
        conll_splits.save_to_disk(tmp_path / "news")
    else:
        (tmp_path / "news").mkdir()
        for name, data in conll_splits.items():
            data.to_parquet(tmp_path / "news" / f"{name}.parquet")
    corpus = build({**HUB, "id": str(tmp_path / "news")})
    assert list(corpus.splits) == ["train", "dev", "test"]
    assert tags_of(corpus) == [["B-PER", "I-PER", "O", "O"]]
    assert build({**HUB, "id": str(tmp_path / "news")}).fingerprint == corpus.fingerprint


def test_a_changed_parquet_file_is_read_again(build, conll_dataset, tmp_path):
    folder, prints = tmp_path / "news", set()
    folder.mkdir()
    for tag in (0, 1, 3):
        conll_dataset([["Oslo"]], [[tag]]).to_parquet(folder / "train.parquet")
        prints.add(build({**HUB, "id": str(folder)}).fingerprint)
    assert len(prints) == 3


def test_a_data_set_without_usual_split_names_is_told_with_those_that_it_has(build, conll_dataset, tmp_path):
    conll_dataset().to_parquet(tmp_path / "everything.parquet")
    with pytest.raises(CorpusError, match="everything"):
        build({**HUB, "id": str(tmp_path)})


def test_the_hub_that_can_not_be_reached_is_answered_with_local_files(build):
    with pytest.raises(CorpusError, match="the Hugging Face Hub can't be reached") as caught:
        build({**HUB, "id": "eriktks/conll2003", "revision": "refs/convert/parquet"})
    assert "--corpus PATH" in caught.value.fix


def test_a_corpus_without_the_needed_split_is_refused(build, folder):
    with pytest.raises(CorpusError, match=r"the corpus has no dev split \(it has train, test\)") as caught:
        build({**COLUMNS, "path": str(folder)}, needs="dev")
    assert caught.value.where == str(folder)
    assert build({**COLUMNS, "path": str(folder)}, needs="test")


def test_a_recipe_that_names_no_files_is_told_how_to_name_them(build):
    with pytest.raises(CorpusError, match="the recipe names no files") as caught:
        build(COLUMNS)
    assert "--corpus PATH" in caught.value.fix


def test_the_sample_that_ships_with_the_package_is_found(build):
    corpus = build({"kind": "columns", "columns": ["word", "upos", "ner"], "schemes": {"ner": "iob2"}, "path": "package:sample"})
    assert list(corpus.splits) == ["train", "dev", "test"]
    assert corpus.warnings() == []


DETECTED = {"kind": "columns", "columns": ["word", "ner"]}
IOB1, IOB2_TEXT = "a I-PER\nb B-PER\nc O\n", "a B-PER\nb I-PER\nc B-PER\n"


@pytest.mark.parametrize("settings", [{}, {"schemes": {"ner": "detect"}}], ids=["left away", "asked for"])
def test_a_scheme_that_is_not_named_is_detected_and_the_evidence_noted(build, folder, settings, cache):
    note = "the scheme of ner is detected as IOB1: 11 spans begin with I-, 5 with B- and only right after a span of the same label"
    for _ in range(2):
        corpus = build({**DETECTED, **settings, "path": str(folder)})
        assert list(corpus.notes) == [f"{folder}: {note}"]
        assert tags_of(corpus)[:2] == [["B-PER", "O"], ["B-LOC", "B-LOC"]]
    assert len(list((cache / "corpora").iterdir())) == 1


def test_what_was_detected_is_forgotten_where_a_file_changes(build, write):
    path = write(IOB1)
    assert "IOB1" in build({**DETECTED, "train": str(path)}).notes[0]
    write(IOB2_TEXT)
    changed = build({**DETECTED, "train": str(path)})
    assert list(changed.notes) == [f"{path}: the scheme of ner is detected as IOB2: all 2 spans begin with B-"]
    assert tags_of(changed) == [["B-PER", "I-PER", "B-PER"]]


def test_a_scheme_that_is_named_is_taken_and_not_noted(build, folder):
    assert list(build({**COLUMNS, "path": str(folder)}).notes) == []


def test_splits_in_different_schemes_are_refused_with_both_named(build, write):
    train, dev = write(IOB1, "train.txt"), write(IOB2_TEXT + "\n" + IOB2_TEXT, "dev.txt")
    with pytest.raises(CorpusError) as caught:
        build({**DETECTED, "train": str(train), "dev": str(dev)})
    assert caught.value.where == str(train)
    assert caught.value.problem == (
        "ner: the scheme can't be detected: no scheme fits for certain (pairs of tags that break it: IOB2 1, IOB1 2, IOBES 7, "
        "BILOU 7; of 11)"
    )
    assert caught.value.fix == (
        "Name it as corpus.schemes.ner; where tags are wrong, `tagger data check` lists them.\n"
        "train alone: IOB1: 1 spans begin with I-, 1 with B- and only right after a span of the same label\n"
        "dev alone: IOB2: all 4 spans begin with B-"
    )


def test_plain_tags_where_spans_are_to_be_learned_are_refused(build, write):
    with pytest.raises(CorpusError) as caught:
        build({**DETECTED, "train": str(write("a NOUN\n"))})
    assert caught.value.problem == "ner: the scheme can't be detected: 'NOUN' is no tag of a span in any scheme"


def test_a_scheme_that_needs_its_neighbours_is_not_detected_beside_unknown_tags(build, write):
    with pytest.raises(CorpusError, match=r"IOB1: .*; but beside unknown tags only iob2, iobes, bmes, bmeow, bilou can be read"):
        build({**DETECTED, "train": str(write(IOB1 + "\nd ?\n")), "unknown": "?"})


def test_a_scheme_is_detected_without_the_unknown_tags(build, write):
    corpus = build({**DETECTED, "train": str(write("a B-PER\nb I-PER\nc ?\nd B-LOC\ne O\n")), "unknown": "?"})
    assert corpus["train"]["ner"][0][2] == UNKNOWN
    assert "IOB2" in corpus.notes[0]
    assert corpus.notes[1].endswith("corpus.txt: 1 of 5 ner tags are unknown")


@pytest.mark.parametrize(
    ("scheme", "tags", "inside"),
    [("iobes", "S-PER ? O", IOBES), ("bilou", "U-PER ? O", IOBES), ("iob2", "B-PER ? O", IOB2)],
)
def test_spans_are_iobes_inside_where_partly_known_tags_tell_of_ends(build, write, scheme, tags, inside):
    text = "".join(f"w {tag}\n" for tag in tags.split())
    corpus = build({**DETECTED, "schemes": {"ner": scheme}, "train": str(write(text)), "unknown": "?"})
    assert corpus.schemes == {"ner": inside}
    assert corpus.tag_names("ner") == ["S-PER" if inside is IOBES else "B-PER", "O"]


def test_repairs_are_made_noted_and_kept_in_the_cache(build, write):
    path = write("a I-PER\nb O\n\nc O\nd I-LOC\n")
    settings = {**COLUMNS, "schemes": {"ner": "iob2"}, "train": str(path)}
    with pytest.raises(CorpusError, match="'I-PER' may not stand at the start of a sentence in IOB2") as caught:
        build(settings)
    assert caught.value.where == f"{path}:1:3"
    for _ in range(2):
        corpus = build({**settings, "repair": "promote"})
        assert tags_of(corpus) == [["B-PER", "O"], ["O", "B-LOC"]]
        assert list(corpus.notes) == [
            f"{path}: 2 ner tags break IOB2 in 2 sentences, read by the repair 'promote'; the first: {path}:1:3: 'I-PER' may not "
            "stand at the start of a sentence in IOB2"
        ]
    assert tags_of(build({**settings, "repair": "strict-drop"})) == [["O", "O"], ["O", "O"]]


def test_notes_of_each_split_stand_beside_each_other(build, write):
    train, dev = write("a ?\n", "train.txt"), write("a ?\nb O\n", "dev.txt")
    corpus = build({**COLUMNS, "schemes": {"ner": "iob2"}, "unknown": "?", "train": str(train), "dev": str(dev)})
    assert list(corpus.notes) == [f"{train}: 1 of 1 ner tags are unknown", f"{dev}: 1 of 2 ner tags are unknown"]


def test_a_column_of_confidences_stands_beside_its_tags(build, write):
    path = write("a B-PER 0.5\nb O 1\n")
    settings = {"kind": "columns", "columns": ["word", "ner", "sure"], "schemes": {"ner": "iob2"}, "confidence": {"ner": "sure"}}
    assert build({**settings, "train": str(path)})["train"]["ner_confidence"] == [[0.5, 1.0]]
    write("a B-PER 0.5\nb O 2\n")
    with pytest.raises(CorpusError) as caught:
        build({**settings, "train": str(path)})
    assert (caught.value.where, caught.value.problem) == (f"{path}:2:5", "sure: '2' is no confidence from 0 to 1")


def test_another_confidence_or_unknown_mark_or_repair_is_another_corpus(build, write):
    path = write("a B-PER 0.5 1\n")
    settings = {"kind": "columns", "columns": ["word", "ner", "x", "y"], "schemes": {"ner": "iob2"}, "train": str(path)}
    changes = [
        {},
        {"confidence": {"ner": "x"}},
        {"confidence": {"ner": "y"}},
        {"unknown": "?"},
        {"unknown": "_"},
        {"repair": "promote"},
    ]
    assert len({build({**settings, **change})["train"]._fingerprint for change in changes}) == len(changes)


def test_spans_may_stand_among_the_other_facts_of_conllu(build, write):
    path = write(conllu(("Ann", "NER=B-PER|SpaceAfter=No"), ("Lee", "NER=I-PER"), (".", "NER=O")), "x.conllu")
    settings = {"kind": "conllu", "columns": {"word": "form", "ner": "misc.NER"}, "train": str(path)}
    corpus = build(settings)
    assert tags_of(corpus) == [["B-PER", "I-PER", "O"]]
    assert list(corpus.notes) == [f"{path}: the scheme of ner is detected as IOB2: all 1 spans begin with B-"]
    write(conllu(("Ann", "NER=B-PER"), ("x", "Gloss=y"), ("Lee", "NER=O")), "x.conllu")
    partly = build({**settings, "unknown": "_"})
    assert partly["train"]["ner"][0][1] == UNKNOWN
    with pytest.raises(CorpusError, match="'_' is no tag of a span in any scheme"):
        build(settings)


def test_a_mark_of_unknown_tags_that_never_stands_is_noted(build, write):
    path = write("a O\nb B-PER\n")
    corpus = build({**COLUMNS, "schemes": {"ner": "iob2"}, "train": str(path), "unknown": "?"})
    assert list(corpus.notes) == [f"{path}: the mark '?' of unknown tags never stands in ner"]


def test_comments_that_look_like_rows_are_noted(build, write):
    path = write("a O\n# B-PER\n#1 O\n# a longer one\nb B-PER\n")
    corpus = build({**COLUMNS, "schemes": {"ner": "iob2"}, "train": str(path), "comments": "#"})
    assert list(corpus["train"]["tokens"]) == [["a", "b"]]
    assert list(corpus.notes) == [
        f"{path}: 2 comment lines have as many columns as a row, and count as comments; the first: {path}:2: '# B-PER'"
    ]


@pytest.mark.parametrize(
    ("corpus", "problem"),
    [
        ({"kind": "jsonl", "train": "x", "schemes": {"ner": "iob1"}, "unknown": "_"}, "a tag of iob1 means nothing"),
        ({"kind": "jsonl", "train": "x", "columns": {"word": "forms", "ner": "tags"}}, "tokens of a record are found"),
        ({**COLUMNS, "train": "x", "schemes": {"word": "iob1"}}, "schemes names word, which are the tokens"),
        ({**COLUMNS, "train": "x", "comments": ""}, "at least 1 character"),
    ],
)
def test_settings_that_nothing_could_follow_are_refused(build, corpus, problem):
    with pytest.raises(ValueError, match=problem):
        build(corpus)


def test_a_file_of_the_folder_whose_name_tells_of_no_split_is_noted(build, folder, write):
    write("a O\n", "folder/extra.txt")
    corpus = build({**COLUMNS, "path": str(folder)})
    assert f"{folder}: left out: extra.txt, whose name tells of no split" in corpus.notes
    assert corpus.notes == build({**COLUMNS, "path": str(folder)}).notes
