"""From sentences to memory-mapped splits: tags as ids, a cache that goes by content, warnings with their place."""

import stat
import threading
import time
from functools import partial
from itertools import count

import pytest
from corpus_tags import tags_of
from datasets.table import MemoryMappedTable

from tagger.corpora.arrow_cache import read_corpus
from tagger.corpora.cache import cache_folder
from tagger.corpora.columns import read_columns
from tagger.corpora.corpus import with_dev_share
from tagger.corpora.source import SourceSentence, text_lines
from tagger.errors import CorpusError
from tagger.text.partial import UNKNOWN
from tagger.text.schemes import IOB2, IOBES, SCHEMES


def sentence(*tags, words=None, **facts):
    words = words or [f"word{index}" for index in range(len(tags))]
    return SourceSentence(words, {"ner": list(tags)}, **{"place": "a.txt", "lines": [*range(1, len(tags) + 1)], **facts})


@pytest.fixture
def corpus(cache):
    """Makes a corpus with one task, `ner`, of the sentences of each split; never the same key twice."""
    keys = count()

    def make(scheme=IOB2, **splits):
        sources = {split: partial(iter, sentences) for split, sentences in splits.items()}
        return read_corpus(sources, {"ner": scheme}, key=[str(next(keys))], cache=cache)

    return make


def test_a_split_has_tokens_tags_places_lines_and_documents(corpus):
    data = corpus(train=[sentence("B-PER", "O", words=["Anna", "rests"], lines=[3, 4], document=2)])["train"]
    assert data.column_names == ["tokens", "ner", "place", "lines", "document"]
    assert data[0] == {"tokens": ["Anna", "rests"], "ner": [0, 1], "place": "a.txt", "lines": [3, 4], "document": 2}


def test_a_split_lies_on_the_disk_and_not_in_memory(corpus):
    assert isinstance(corpus(train=[sentence("O")])["train"].data, MemoryMappedTable)


def test_spaces_are_kept_where_every_source_tells_of_them(corpus):
    told, silent = [sentence("O", "O", spaces_after=[False, True])], [sentence("O")]
    assert corpus(train=told, dev=told)["train"][0]["spaces_after"] == [False, True]
    assert "spaces_after" not in corpus(train=told, dev=silent)["train"].column_names


def test_more_sentences_than_are_written_at_once_stay_in_order(corpus):
    data = corpus(train=[sentence("O", words=[str(number)]) for number in range(5_001)])["train"]
    assert [row[0] for row in data["tokens"]] == [str(number) for number in range(5_001)]


def test_plain_tags_are_given_as_they_are(corpus):
    made = corpus(None, train=[sentence("B-PER", "I-LOC", "X", "I-PER")])
    assert tags_of(made) == [["B-PER", "I-LOC", "X", "I-PER"]]
    assert made.schemes == {"ner": None}


@pytest.mark.parametrize("scheme", [IOB2, IOBES], ids=lambda scheme: scheme.name)
def test_the_scheme_in_which_the_sources_give_their_spans_is_told(corpus, scheme):
    made = corpus(scheme, train=[sentence("B-PER", "O")])
    assert made.schemes == {"ner": scheme}
    assert made.labels("ner") == ["PER"]


def test_a_tag_that_is_not_known_has_no_name_and_no_label(corpus):
    made = corpus(train=[sentence(None, "B-PER"), sentence(None)], dev=[sentence(None, None)])
    assert made["train"]["ner"] == [[UNKNOWN, 0], [UNKNOWN]]
    assert made.tag_names("ner") == ["B-PER"]
    assert (made.labels("ner"), made.labels("ner", "dev"), made.warnings()) == (["PER"], [], [])
    plain = corpus(None, train=[sentence(None, "X")])
    assert (plain.tag_names("ner"), plain.labels("ner")) == (["X"], ["X"])


def test_confidences_stand_beside_their_tags_and_are_one_where_a_source_has_none(cache):
    source = [sentence("O", "B-PER", weights={"ner": [0.25, 1.0]}), sentence("O")]
    made = read_corpus({"train": lambda: source}, {"ner": IOB2}, key=["x"], cache=cache, weighted=["ner"])
    assert made["train"]["ner_confidence"] == [[0.25, 1.0], [1.0]]
    again = read_corpus({"train": list}, {"ner": IOB2}, key=["x"], cache=cache, weighted=["ner"])
    assert again["train"]["ner_confidence"] == [[0.25, 1.0], [1.0]]


def test_what_a_source_notes_while_it_is_read_is_kept_in_the_cache(cache):
    notes = {}

    def source():
        yield sentence("O")
        notes["a note with ünïcode"] = None

    for _ in range(2):
        assert read_corpus({"train": source}, {"ner": IOB2}, key=["x"], cache=cache, notes=notes).notes == ["a note with ünïcode"]
        notes = {}


def test_all_splits_share_their_tag_names(corpus):
    made = corpus(train=[sentence("B-PER", "O")], dev=[sentence("O", "B-LOC")])
    assert made.tag_names("ner") == ["B-PER", "O", "B-LOC"]
    assert made["dev"].features["ner"] == made["train"].features["ner"]
    assert tags_of(made, "dev") == [["O", "B-LOC"]]


def test_labels_are_those_of_the_split_sorted(corpus):
    splits = {"train": [sentence("B-PER", "I-PER", "O", "B-LOC")], "dev": [sentence("B-ORG")], "test": [sentence("O")]}
    made = corpus(**splits)
    assert [made.labels("ner"), made.labels("ner", "dev"), made.labels("ner", "test")] == [["LOC", "PER"], ["ORG"], []]
    plain = corpus(None, **splits)
    assert plain.labels("ner") == ["B-LOC", "B-PER", "I-PER", "O"]


def test_a_split_that_there_is_not_is_told_with_those_that_there_are(corpus):
    with pytest.raises(CorpusError, match="the corpus has no test split") as caught:
        corpus(train=[sentence("O")], dev=[sentence("O")])["test"]
    assert "It has train, dev;" in caught.value.fix


@pytest.mark.parametrize(("scheme", "kind", "label"), [(IOB2, "label", "ORG"), (None, "tag", "I-ORG")])
@pytest.mark.parametrize("split", ["dev", "test"])
def test_a_label_that_train_does_not_hold_is_warned_of_with_its_first_place(corpus, split, scheme, kind, label):
    held_out = [sentence("O", "B-PER"), sentence("O", "B-ORG", "I-ORG", lines=[4, 5, 6], place="b.txt"), sentence("B-ORG")]
    made = corpus(scheme, train=[sentence("B-PER", "O", "B-LOC")], **{split: held_out})
    line = 5 if scheme else 6
    expected = f"b.txt:{line}: ner {kind} '{label}' is in {split} but not in train: it will be scored as missed"
    assert expected in made.warnings()
    assert len(made.warnings()) == (1 if scheme else 2)


def test_a_corpus_whose_labels_train_knows_has_no_warnings(corpus):
    assert corpus(train=[sentence("B-PER", "O")], dev=[sentence("B-PER")], test=[sentence("O")]).warnings() == []


@pytest.mark.parametrize(("share", "dev"), [(0.5, [1, 3, 5, 7, 9]), (0.3, [2, 5, 8]), (0.1, [9]), (0.9, [1, 3, 5, 7, 9])])
def test_dev_share_takes_every_nth_sentence_out_of_train(share, dev):
    def train():
        return iter([sentence("O", words=[str(number)]) for number in range(10)])

    sources = with_dev_share({"train": train, "test": train}, share)
    assert list(sources) == ["train", "dev", "test"]
    numbers = {split: [int(found.words[0]) for found in source()] for split, source in sources.items()}
    assert numbers == {"train": [number for number in range(10) if number not in dev], "dev": dev, "test": list(range(10))}


def test_dev_share_leaves_the_given_sources_alone_and_can_be_read_twice():
    given_sources = {"train": partial(iter, [sentence("O"), sentence("O", "O")])}
    sources = with_dev_share(given_sources, 0.5)
    assert list(given_sources) == ["train"]
    assert [[len(found.words) for found in sources["dev"]()] for _ in range(2)] == [[2], [2]]


@pytest.mark.parametrize("split", ["train", "dev"])
def test_a_split_without_a_sentence_is_told(corpus, cache, split):
    with pytest.raises(CorpusError, match=f"{split} holds no sentence"):
        corpus(**{"train": [sentence("O")], split: []})
    assert list(cache.rglob("*.arrow")) == []


@pytest.fixture
def read_file(cache):
    """Reads a column file as `train` under a key; tells whether the file was opened."""

    def read(path, key=("digest",), scheme="iob1", task="ner"):
        opened = []

        def source():
            opened.append(path)
            return read_columns(text_lines(path), str(path), ("word", task), wanted=(task,))

        made = read_corpus({"train": source}, {task: SCHEMES[scheme]}, key=key, cache=cache)
        return made, bool(opened)

    return read


def test_the_same_key_is_read_once(read_file, write):
    first, opened = read_file(write("a I-PER\n"))
    second, opened_again = read_file(write("b O\n"))
    assert (opened, opened_again) == (True, False)
    assert first.fingerprint == second.fingerprint
    assert second["train"][0] == first["train"][0]
    assert second["train"]._fingerprint == first["train"]._fingerprint


@pytest.mark.parametrize("change", [{"key": ("other",)}, {"scheme": "ioe1"}, {"task": "chunk"}], ids=str)
def test_another_key_scheme_or_task_is_read_anew(read_file, write, change):
    first, _ = read_file(write("a I-PER\n"))
    second, opened = read_file(write("a I-PER\n"), **change)
    assert opened
    assert second["train"]._fingerprint != first["train"]._fingerprint
    assert (second.fingerprint == first.fingerprint) is ("key" in change)


def test_a_source_that_fails_leaves_nothing_behind_and_can_be_mended(read_file, write, cache):
    with pytest.raises(CorpusError, match="2 were expected"):
        read_file(write("a I-PER\n\nragged\n"))
    assert [path for path in cache.rglob("*") if path.is_file()] == []
    assert tags_of(read_file(write("a I-PER\n"))[0]) == [["I-PER"]]


def test_a_cache_that_can_not_be_written_is_told_with_the_variable_that_moves_it(write):
    blocked = write("a file where the cache should be", "blocked")
    with pytest.raises(CorpusError, match="the cache can't be written") as caught:
        read_corpus({"train": lambda: [sentence("O")]}, {"ner": IOB2}, key=["a"], cache=blocked)
    assert "TAGGER_CACHE" in caught.value.fix
    assert str(blocked) in caught.value.where


def test_a_cached_corpus_can_be_read_by_others(corpus, cache):
    corpus(train=[sentence("O")])
    (folder,) = (cache / "corpora").iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE(folder.parent.stat().st_mode)


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("TAGGER_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "tagger"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "tagger"


def test_of_several_that_want_a_corpus_at_once_one_reads_it_and_the_others_wait(cache):
    """Threads stand for processes: each opens the lock for itself."""
    reads, made = [], []

    def source():
        reads.append(1)
        time.sleep(0.05)
        return iter([sentence("B-PER", words=["Anna"])])

    def read():
        made.append(read_corpus({"train": source}, {"ner": IOB2}, key=["several"], cache=cache))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [corpus["train"][0]["tokens"] for corpus in made] == [["Anna"]] * 4
    assert len(reads) == 1
    assert not list(cache.rglob("*.lock"))
