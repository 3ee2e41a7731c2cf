"""Sentences' labels, beside tags of tokens or alone: from files to a model, its report and what it writes."""

import json
from pathlib import Path

import datasets
import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from click.testing import CliRunner, Result

from tagger.build import class_weights, task_tags
from tagger.build_corpus import build_corpus
from tagger.cli.main import cli
from tagger.deployment.export import compared, export
from tagger.engines import torch_engine
from tagger.engines.onnx_engine import OnnxEngine
from tagger.errors import CorpusError, RecipeError
from tagger.modules.batch import make_batch
from tagger.recipe import Recipe
from tagger.recipe_file import load_recipe
from tagger.tagger import Tagger

# Words with their parts of speech, and the sentence's label.
SENTENCES = [
    ("hello/INTJ there/ADV", "greeting"),
    ("good/ADJ morning/NOUN to/ADP you/PRON", "greeting"),
    ("will/AUX it/PRON rain/VERB", "weather"),
    ("is/AUX it/PRON cold/ADJ today/NOUN", "weather"),
    ("rain/NOUN", "weather"),
    ("play/VERB jazz/NOUN", "music"),
    ("play/VERB it/PRON again/ADV please/INTJ", "music"),
]
WORDS = [[pair.split("/")[0] for pair in text.split()] for text, _ in SENTENCES]
TAGS = [[pair.split("/")[1] for pair in text.split()] for text, _ in SENTENCES]
LABELS = [label for _, label in SENTENCES]


def columns_file(labels=LABELS):
    blocks = []
    for words, tags, label in zip(WORDS, TAGS, labels, strict=True):
        said = [] if label is None else [f"# intent = {label}"]
        blocks.append("\n".join([*said, *(f"{word} {tag}" for word, tag in zip(words, tags, strict=True))]))
    return "\n\n".join(blocks) + "\n"


def conllu_file():
    blocks = []
    for words, tags, label in zip(WORDS, TAGS, LABELS, strict=True):
        rows = [f"{number}\t{word}\t_\t{tag}" + "\t_" * 6 for number, (word, tag) in enumerate(zip(words, tags, strict=True), 1)]
        blocks.append("\n".join(["# sent_id = 1", f"#intent={label}", *rows]))
    return "\n\n".join(blocks) + "\n\n"


def jsonl_file(key="intent"):
    rows = zip(WORDS, TAGS, LABELS, strict=True)
    return "".join(json.dumps({"tokens": words, "tags": {"upos": tags}, key: label}) + "\n" for words, tags, label in rows)


FORMS = {
    "columns": ("txt", columns_file(), {"columns": ["word", "upos"], "comments": "#", "labels": ["intent"]}),
    "conllu": ("conllu", conllu_file(), {"columns": {"word": "form", "upos": "upos", "intent": "comment.intent"}}),
    "jsonl": ("jsonl", jsonl_file(), {}),
    "jsonl, a key called label": ("jsonl", jsonl_file("label"), {}),
    "jsonl, a named key": ("jsonl", jsonl_file("what"), {"columns": {"intent": "what", "upos": "tags.upos"}}),
}
BOTH = {"upos": {}, "intent": {"decoder": "sentence"}}


def recipe_for(corpus, tasks=None, **sections) -> Recipe:
    data = {
        "name": "labels",
        "corpus": corpus,
        "tasks": tasks or BOTH,
        "embeddings": [{"kind": "words", "width": 12, "singleton_dropout": 0}],
        "encoder": {"hidden": 10},
        "dropout": {"words": 0, "input": 0, "output": 0},
        "training": {"epochs": 8, "batch_words": 8, "device": "cpu", "optimizer": {"kind": "adamw", "learning_rate": 0.1}},
    }
    return Recipe.model_validate_json(json.dumps({**data, **sections}))


def corpus_of(folder: Path, form: str, content: str | None = None):
    ending, text, settings = FORMS[form]
    path = folder / f"train.{ending}"
    path.write_text(text if content is None else content, "utf-8")
    return {"kind": form.partition(",")[0], "train": str(path), "dev": str(path), **settings}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labels")
    recipe = recipe_for(corpus_of(folder, "columns"))
    (folder / "labels.yaml").write_text(json.dumps(recipe.model_dump(mode="json")), "utf-8")
    result = run("train", folder / "labels.yaml", "--output", folder / "run")
    assert result.exit_code == 0, result.output
    return folder / "run"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_tags_and_labels(form: str, tmp_path: Path):
    corpus = build_corpus(recipe_for(corpus_of(tmp_path, form)))
    train = corpus["train"]
    assert [train.features["intent"].int2str(label) for label in train["intent"]] == LABELS
    assert [[corpus.tag_names("upos")[tag] for tag in tags] for tags in train["upos"]] == TAGS
    assert corpus.labels("intent") == ["greeting", "music", "weather"]
    assert corpus.notes == []


@pytest.mark.parametrize("texts", [False, True])
@pytest.mark.parametrize("named", [False, True])
def test_a_data_set_has_texts_or_words_and_labels_as_strings_or_class_labels(tmp_path: Path, texts: bool, named: bool):
    data = datasets.Dataset.from_dict({"text": [" ".join(words) if texts else words for words in WORDS], "label": LABELS})
    data = data.class_encode_column("label") if named else data
    datasets.DatasetDict({"train": data}).save_to_disk(str(tmp_path / "saved"))
    corpus = {"kind": "hub", "id": str(tmp_path / "saved"), "columns": {"word": "text", "intent": "label"}}
    train = build_corpus(recipe_for(corpus, {"intent": {"decoder": "sentence"}}))["train"]
    assert [train.features["intent"].int2str(label) for label in train["intent"]] == LABELS
    assert train["tokens"][:] == WORDS


def test_a_text_alone_with_its_label_needs_no_tags_and_one_without_words_is_skipped(tmp_path: Path):
    lines = [{"text": "Hello, Ann!", "intent": "greeting"}, {"text": " ", "intent": "greeting"}, {"text": "Hm", "intent": None}]
    content = "".join(json.dumps(line) + "\n" for line in lines)
    corpus = build_corpus(recipe_for(corpus_of(tmp_path, "jsonl", content), {"intent": {"decoder": "sentence"}}))
    assert corpus["train"]["tokens"][:] == [["Hello", ",", "Ann", "!"], ["Hm"]]
    assert corpus["train"]["intent"][:] == [0, -1]
    path = tmp_path / "train.jsonl"
    assert f"{path}: 1 record was skipped: no words (line 2)" in corpus.notes
    assert f"{path}: 1 of 2 sentences have no intent label" in corpus.notes


def test_a_label_that_is_missing_or_marked_as_unknown_is_not_known(tmp_path: Path):
    labels = [None, "?", *LABELS[2:]]
    source = {**corpus_of(tmp_path, "columns", columns_file(labels)), "unknown": "?"}
    corpus = build_corpus(recipe_for(source))
    names = [*corpus.tag_names("intent"), None]
    assert [names[label] for label in corpus["train"]["intent"]] == [None, None, *LABELS[2:]]
    tagger = Tagger.from_recipe(recipe_for(source), corpus)
    assert tagger.encode(corpus, "train").labels["intent"].tolist() == [-1, -1, 1, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("form", "old", "new", "problem"),
    [
        ("columns", "# intent = music", "# intent = music\n# intent = weather", "train.txt:26: a second comment 'intent ='"),
        ("columns", "# intent = music", "# intent = mu\u200bsic", "the label 'mu\\u200bsic' is empty, begins or ends"),
        ("conllu", "#intent=music", "#intent=", "the label '' is empty"),
        ("jsonl", '"intent": "music"', '"intent": 3', "train.jsonl:6: intent is the number 3 and should be a label"),
        (
            "jsonl",
            '"intent": "music"',
            '"mood": 3',
            "no label for the task 'intent'; the record has the keys 'tokens', 'tags', 'mood'",
        ),
    ],
)
def test_a_label_that_can_not_be_read_is_told_with_its_place(tmp_path: Path, form: str, old: str, new: str, problem: str):
    content = FORMS[form][1].replace(old, new, 1)
    with pytest.raises(CorpusError) as caught:
        build_corpus(recipe_for(corpus_of(tmp_path, form, content)))
    assert problem in str(caught.value)


MISTAKES = {
    "{upos: {}, intent: {}}": "has one label of 'intent' for a sentence: set tasks.intent.decoder to sentence",
    "{upos: {decoder: sentence}}": "has a tag of 'upos' for each token; for a sentence's label name it in corpus.labels",
    "{intent: {decoder: sentence, scheme: iob2}}": "tasks.intent: a sentence's label is no span",
    "{upos: {pool: mean}}": "tasks.upos: pool goes with the decoder sentence, and this is crf",
    "{upos: {label_smoothing: 0.1}}": "tasks.upos: label_smoothing goes with the decoders softmax and sentence: a crf learns whole",
    "{upos: {class_weights: balanced}}": "tasks.upos: class_weights goes with the decoders softmax and sentence",
    "{upos: {decoder: softmax, label_smoothing: 1.0}}": "tasks.upos.label_smoothing",
}


@pytest.mark.parametrize("tasks", MISTAKES)
def test_settings_that_do_not_fit_are_refused(tasks: str, tmp_path: Path):
    text = f"corpus: {json.dumps(corpus_of(tmp_path, 'columns'))}\ntasks: {tasks}\nembeddings: [{{kind: words}}]\n"
    (tmp_path / "r.yaml").write_text(text, "utf-8")
    with pytest.raises(RecipeError) as caught:
        load_recipe(str(tmp_path / "r.yaml"))
    assert MISTAKES[tasks] in str(caught.value)
    assert ":2" in str(caught.value)


def test_tags_and_labels_are_learnt_at_once_and_reported(trained: Path):
    report = json.loads((trained / "report" / "report.json").read_text("utf-8"))["splits"]["dev"]
    assert {task: found["scores"]["score"] for task, found in report.items()} == {"upos": 1.0, "intent": 1.0}
    scores = report["intent"]["scores"]["strict"]
    assert scores["macro"]["f1"] == 1.0
    music = {"precision": 1.0, "recall": 1.0, "f1": 1.0, "gold": 2, "predicted": 2, "right": 2}
    assert {name: value for name, value in scores["labels"]["music"].items() if name != "interval"} == music
    lines = (trained / "predictions" / "dev.intent.tsv").read_text("utf-8").splitlines()
    assert lines[0] == "greeting\tgreeting\thello there"
    evaluated = run("evaluate", trained, "--split", "dev").output
    evaluated = " ".join(evaluated.split())
    assert "intent on dev: accuracy 100.00 (95 %: 100.0 to 100.0), macro F1 100.00 (7 sentences)" in evaluated
    assert "one label a sentence" in (trained / "model" / "README.md").read_text("utf-8")


def test_a_sentence_has_its_label_with_a_probability_and_none_without_words(trained: Path):
    tagger = Tagger.load(trained)
    some, empty, more = tagger.tag_all([["play", "jazz"], [], ["hello", "there"]])
    assert (some.labels, empty.labels, more.labels) == ({"intent": "music"}, {"intent": None}, {"intent": "greeting"})
    assert 0.5 < some.label_probabilities["intent"] <= 1
    assert empty.label_probabilities == {}
    assert set(some.tags) == {"upos"}
    assert tagger.tag(["play", "jazz"], probabilities=False).label_probabilities == {}


def test_a_sentence_gets_the_same_label_alone_and_beside_others(trained: Path, monkeypatch: pytest.MonkeyPatch):
    tagger = Tagger.load(trained)
    together = [sentence.label_probabilities["intent"] for sentence in tagger.tag_all([*WORDS, ["it"] * 300])]
    alone = [tagger.tag(words).label_probabilities["intent"] for words in WORDS]
    monkeypatch.setattr(torch_engine, "_SHORT", 0)
    packed = [tagger.tag(words).label_probabilities["intent"] for words in WORDS]
    np.testing.assert_allclose(alone, together[:-1], atol=1e-5)
    np.testing.assert_allclose(packed, alone, atol=1e-5)


def test_every_form_of_output_holds_the_label(trained: Path, tmp_path: Path):
    (tmp_path / "in.txt").write_text("play jazz\n\nwill it rain\n", "utf-8")

    def tagged(*options: str) -> str:
        return run("tag", trained, tmp_path / "in.txt", *options).stdout

    assert tagged() == "{music} play/VERB jazz/NOUN\n\n{weather} will/AUX it/PRON rain/VERB\n"
    assert tagged("--probabilities").startswith("{music ")
    assert tagged("--to", "conll").startswith("# intent = music\nplay VERB\njazz NOUN\n\n")
    assert "# intent = weather\n1\twill\t_\tAUX" in tagged("--to", "conllu")
    assert "\n# intent_probability = 0." in tagged("--to", "conllu", "--probabilities")
    records = [json.loads(line) for line in tagged("--to", "jsonl", "--probabilities").splitlines()]
    assert [record["labels"] for record in records] == [{"intent": "music"}, {"intent": None}, {"intent": "weather"}]
    assert list(records[0]["label_probabilities"]) == ["intent"]
    run("tag", trained, tmp_path / "in.txt", "--to", "parquet", "--output", tmp_path / "out.parquet")
    assert pq.read_table(tmp_path / "out.parquet").column("labels").to_pylist() == [record["labels"] for record in records]


def test_a_label_takes_the_place_of_an_older_one_and_what_was_tagged_can_be_trained_on(trained: Path, tmp_path: Path):
    (tmp_path / "in.conllu").write_text(conllu_file().replace("#intent=music", "#intent=old"), "utf-8")
    found = run("tag", trained, tmp_path / "in.conllu").stdout
    assert found == conllu_file().replace("#intent=", "# intent = ")
    (tmp_path / "train.jsonl").write_text(run("tag", trained, tmp_path / "in.conllu", "--to", "jsonl").stdout, "utf-8")
    corpus = build_corpus(recipe_for({"kind": "jsonl", "train": str(tmp_path / "train.jsonl")}))
    assert [corpus.tag_names("intent")[label] for label in corpus["train"]["intent"]] == LABELS


@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("pool", ["last", "mean", "max", "attention"])
def test_an_exported_model_pools_as_torch_does(pool: str, bidirectional: bool, tmp_path: Path):
    tasks = {"intent": {"decoder": "sentence", "pool": pool}, **({"upos": {}} if bidirectional else {})}
    recipe = recipe_for(corpus_of(tmp_path, "jsonl"), tasks, encoder={"hidden": 10, "layers": 2, "bidirectional": bidirectional})
    tagger = Tagger.from_recipe(recipe, build_corpus(recipe))
    torch.manual_seed(3)
    with torch.no_grad():
        for weight in tagger.model.parameters():
            weight.normal_()
    check = export(tagger, tmp_path / "exported")
    assert check.difference < 1e-4 * check.largest
    assert check.num_changed == 0
    exported = Tagger.load(tmp_path / "exported")
    assert isinstance(exported.engine, OnnxEngine)
    assert [sentence.labels for sentence in exported.tag_all([*WORDS, []])] == [
        sentence.labels for sentence in tagger.tag_all([*WORDS, []])
    ]
    assert compared(tagger, exported.engine) == check


def test_the_loss_of_a_batch_is_that_of_its_sentences_one_by_one(tmp_path: Path):
    recipe = recipe_for(corpus_of(tmp_path, "columns"))
    corpus = build_corpus(recipe)
    tagger = Tagger.from_recipe(recipe, corpus)
    encoded = tagger.encode(corpus, "train")
    whole = tagger.model(make_batch(encoded, range(len(WORDS))))
    alone = sum(tagger.model(make_batch(encoded, [row])) for row in range(len(WORDS)))
    torch.testing.assert_close(whole, alone)


def test_balanced_weights_make_all_labels_count_the_same(tmp_path: Path):
    tasks = {
        "upos": {"decoder": "softmax", "class_weights": {"VERB": 3}},
        "intent": {"decoder": "sentence", "class_weights": "balanced"},
    }
    recipe = recipe_for(corpus_of(tmp_path, "columns"), tasks)
    corpus = build_corpus(recipe)
    tags = task_tags(recipe, corpus)
    weights = class_weights(recipe, corpus, tags)
    assert weights["intent"] == pytest.approx([7 / 6, 7 / 6, 7 / 9])
    assert dict(zip(tags["upos"][1], weights["upos"], strict=True))["VERB"] == 3
    assert sum(weights["upos"]) == len(weights["upos"]) + 2
    tagger = Tagger.from_recipe(recipe, corpus)
    assert tagger.model.sentence_decoders["intent"].class_weights.tolist() == pytest.approx(weights["intent"])


def test_a_class_weight_of_spans_is_that_of_all_their_tags(tiny_recipe):
    recipe = tiny_recipe(tasks={"ner": {"scheme": "iob2", "decoder": "softmax", "class_weights": {"LOC": 2, "O": 0.5}}})
    corpus = build_corpus(recipe)
    tags = task_tags(recipe, corpus)
    found = dict(zip(tags["ner"][1], class_weights(recipe, corpus, tags)["ner"], strict=True))
    assert found == {"O": 0.5, "B-LOC": 2, "I-LOC": 2, "B-PER": 1, "I-PER": 1}
    recipe = tiny_recipe(tasks={"ner": {"scheme": "iob2", "decoder": "softmax", "class_weights": {"ORG": 2}}})
    with pytest.raises(CorpusError, match="train holds no ner label ORG"):
        class_weights(recipe, corpus, tags)


def test_the_most_probable_sequences_stand_beside_labels_which_have_none(trained: Path, tmp_path: Path):
    sentence = Tagger.load(trained).tag(["rain", "please"], n_best=2)
    assert set(sentence.alternatives) == set(sentence.sequence_probability) == {"upos"}
    assert len(sentence.alternatives["upos"]) == 2
    assert set(sentence.labels) == set(sentence.label_probabilities) == {"intent"}

    source = tmp_path / "in.txt"
    source.write_text("rain please\n", "utf-8")
    label = sentence.labels["intent"]
    written = {}
    for ending in ("jsonl", "parquet", "conll", "txt"):
        written[ending] = tmp_path / f"out.{ending}"
        form = {"txt": "text"}.get(ending, ending)
        result = run("tag", trained, source, "--n-best", 2, "--probabilities", "--output", written[ending], "--to", form)
        assert result.exit_code == 0, result.output
    record = json.loads(written["jsonl"].read_text("utf-8"))
    row = pq.read_table(written["parquet"]).to_pylist()[0]
    for found in (record, row):
        assert [one["tags"] for one in found["alternatives"]["upos"]] == [list(one.tags) for one in sentence.alternatives["upos"]]
        assert found["labels"] == {"intent": label}
        assert set(found["alternatives"]) == set(found["sequence_probability"]) == {"upos"}
        assert set(found["label_probabilities"]) == {"intent"}
    comment, _, first, *_ = written["conll"].read_text("utf-8").splitlines()
    assert comment.startswith(f"# intent = {label}")
    assert len(first.split()) == 1 + 2 + 2 * 2
    lines = written["txt"].read_text("utf-8").splitlines()
    shown = f"{{{label} {sentence.label_probabilities['intent']:.2f}}} rain/"
    assert [line.partition("\t")[2].startswith(shown) for line in lines] == [True, True, False]


def test_a_temperature_is_fitted_to_tags_and_to_labels(trained: Path):
    tagger = Tagger.load(trained)
    assert set(tagger.temperatures) == set(tagger.facts["temperatures"]) == {"upos", "intent"}
    scores = json.loads((trained / "report" / "report.json").read_text("utf-8"))["splits"]["dev"]
    for task, what in (("upos", "tags"), ("intent", "labels")):
        assert scores[task]["scores"]["calibration"]["temperature"] == tagger.temperatures[task] != 1
        assert f"expected calibration error: {what} " in (trained / "report" / "report.md").read_text("utf-8")


def test_a_model_of_labels_alone_writes_them_though_many_sequences_are_asked_for(tmp_path: Path):
    recipe = recipe_for(corpus_of(tmp_path, "columns"), {"intent": {"decoder": "sentence"}})
    (tmp_path / "labels.yaml").write_text(json.dumps(recipe.model_dump(mode="json")), "utf-8")
    assert run("train", tmp_path / "labels.yaml", "--output", tmp_path / "run").exit_code == 0
    (tmp_path / "in.txt").write_text("play jazz\n", "utf-8")
    for form in ("text", "jsonl", "parquet", "conll"):
        path = tmp_path / f"out.{form}"
        options = ("--n-best", 3, "--probabilities", "--output", path, "--to", form)
        result = run("tag", tmp_path / "run", tmp_path / "in.txt", *options)
        assert result.exit_code == 0, result.output
        assert b"music" in path.read_bytes()
    assert run("evaluate", tmp_path / "run", "--split", "dev").exit_code == 0


def test_tasks_may_have_the_names_of_what_torch_s_modules_have(tmp_path: Path):
    text = columns_file().replace("# intent", "# type")
    settings = {**corpus_of(tmp_path, "columns", text), "columns": ["word", "values"], "labels": ["type"]}
    recipe = recipe_for(settings, {"values": {"decoder": "crf"}, "type": {"decoder": "sentence"}})
    (tmp_path / "r.yaml").write_text(json.dumps(recipe.model_dump(mode="json")), "utf-8")
    assert run("train", tmp_path / "r.yaml", "--output", tmp_path / "run").exit_code == 0
    sentence = Tagger.load(tmp_path / "run").tag(["play", "jazz"])
    assert (sentence.tags["values"], sentence.labels["type"]) == (("VERB", "NOUN"), "music")
