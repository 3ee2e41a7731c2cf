"""What frozen transformers give is kept, found again, and never taken for another's."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_transformer import write_bert

from tagger.build_corpus import build_corpus
from tagger.engines import context_cache as module
from tagger.engines.context_cache import ContextCache
from tagger.engines.torch_engine import TorchEngine
from tagger.errors import ModelError
from tagger.features.contexts import Kept
from tagger.features.sentences import encode_sentences
from tagger.modules.batch import make_batch
from tagger.tagger import Tagger

pytest.importorskip("transformers")
SENTENCES = [["Bob", "met", "Anna"], [], ["Oslo"], ["nothing", "happened", "in", "New", "York"] * 12, [], ["rain", "."]]


@pytest.fixture
def made(tiny_recipe, tmp_path):
    """Makes a tagger; keywords are settings of its transformer."""

    def make(seed=0, **settings):
        folder = tmp_path / f"bert{seed}"
        if not folder.exists():
            write_bert(folder, seed=seed)
        embeddings = [{"kind": "words", "width": 8}, {"kind": "transformer", "name": "bert", "model": str(folder), **settings}]
        recipe = tiny_recipe(embeddings=embeddings)
        return Tagger.from_recipe(recipe, build_corpus(recipe))

    return make


def kept(tagger, folder, sentences=SENTENCES):
    cache = ContextCache(tagger.engine, {"bert": tagger.featurizers["bert"]}, folder)
    return cache.kept(tagger.predictor.with_contexts(encode_sentences(sentences)))


def vectors_of(tagger, encoded):
    rows = np.flatnonzero(encoded.lengths)
    features = {"words": tagger.featurizers["words"].encode(encoded.types)}
    return tagger.model.embedding(make_batch(replace(encoded, features=features), rows))


@pytest.mark.parametrize("words", [4, 1000])
def test_what_is_kept_is_what_would_be_made_anew(made, tmp_path, monkeypatch, words):
    # Sentences in stretches of so many words.
    monkeypatch.setattr(module, "_WORDS_AT_ONCE", words)
    tagger = made()
    anew = tagger.predictor.with_contexts(encode_sentences(SENTENCES))
    found = kept(tagger, tmp_path / "cache")
    assert isinstance(found.contexts["bert"], Kept)
    assert isinstance(found.contexts["bert"].vectors, np.memmap)
    torch.testing.assert_close(vectors_of(tagger, found), vectors_of(tagger, anew), atol=2e-3, rtol=2e-3)


def test_it_is_worked_out_once_and_found_by_another_tagger(made, tmp_path, monkeypatch):
    tagger, calls = made(), []
    original = type(tagger.engine).states
    monkeypatch.setattr(type(tagger.engine), "states", lambda *given: calls.append(1) or original(*given))
    first = kept(tagger, tmp_path / "cache")
    before = len(calls)
    assert before > 0
    tagger.save(tmp_path / "model")
    again = [kept(one, tmp_path / "cache") for one in (tagger, made(), Tagger.load(tmp_path / "model"))]
    assert len(calls) == before
    for other in again:
        assert np.array_equal(first.contexts["bert"].vectors, other.contexts["bert"].vectors)
    assert len(list((tmp_path / "cache").glob("*.npy"))) == 1


def test_other_weights_layers_windows_and_sentences_have_files_of_their_own(made, tmp_path):
    kept(made(), tmp_path)
    kept(made(seed=1), tmp_path)
    kept(made(layers=[1]), tmp_path)
    kept(made(pool="first"), tmp_path)
    kept(made(window=12), tmp_path)
    kept(made(), tmp_path, [*SENTENCES, ["Oslo"]])
    # The same words, in other sentences.
    kept(made(), tmp_path, [SENTENCES[0] + SENTENCES[2], *SENTENCES[3:]])
    assert len(list(tmp_path.glob("*.npy"))) == 7


def test_another_arithmetic_has_a_file_of_its_own(made, tmp_path):
    tagger = made()
    exact = kept(tagger, tmp_path).contexts["bert"].vectors
    rounded = kept(replaced_engine(tagger, torch.bfloat16), tmp_path).contexts["bert"].vectors
    assert len(list(tmp_path.glob("*.npy"))) == 2
    assert not np.array_equal(exact, rounded)


def replaced_engine(tagger, dtype):
    return Tagger(*tagger.parts._replace(engine=TorchEngine(tagger.model, dtype)))


def test_sentences_without_words_are_left_as_they_are(made, tmp_path):
    assert "bert" in kept(made(), tmp_path, [[], []]).contexts
    assert list(tmp_path.glob("*.npy")) == []


def test_several_processes_wait_for_the_one_that_works(made, tmp_path, monkeypatch):
    tagger = made()
    locked = []
    original = module.FileLock

    def lock(path):
        # Meanwhile another process has finished it.
        other = tmp_path / "other"
        if not locked:
            locked.append(path)
            kept(tagger, other)
            for file in other.glob("*.npy"):
                shutil.copy(file, tmp_path / "cache" / file.name)
            monkeypatch.setattr(type(tagger.engine), "states", None)
        return original(path)

    monkeypatch.setattr(module, "FileLock", lock)
    assert isinstance(kept(tagger, tmp_path / "cache").contexts["bert"], Kept)


def test_what_can_not_be_written_is_told(made, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, os.strerror(28))

    tagger = made()
    monkeypatch.setattr(np.lib.format, "write_array_header_2_0", full)
    with pytest.raises(ModelError) as caught:
        kept(tagger, tmp_path / "cache")
    assert "can't be written (No space left on device)\n  Free some space, name another folder as TAGGER_CACHE" in str(caught.value)
    assert [path for path in Path(tmp_path / "cache").iterdir() if path.suffix != ".lock"] == []


def test_a_folder_that_can_not_be_made_is_told(made, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ModelError) as caught:
        kept(made(), tmp_path / "file" / "cache")
    assert f"{tmp_path / 'file' / 'cache'}: can't be written (Not a directory)\n  Free some space, name another" in str(
        caught.value
    )
