"""The story of a column that is read beside the words: the tags depend on it alone, so that nothing is found without it."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result

from tagger import Sentence, Tagger
from tagger.build_corpus import build_corpus
from tagger.deployment.export import compared
from tagger.engines import torch_engine
from tagger.engines.onnx_engine import OnnxEngine
from tagger.errors import TaggerError
from tagger.features.sentences import encode_sentences
from tagger.recipe_file import load_recipe

Command = Callable[..., Result]

RECIPE = """\
corpus: {kind: columns, path: DATA, columns: [word, pos, chunk, ner], schemes: {chunk: iob1, ner: iob2}}
tasks: {ner: {scheme: iobes}}
embeddings: [{kind: words, width: 4}, {kind: column, column: pos, width: 8}, {kind: column, column: chunk, width: 4}]
encoder: {hidden: 12}
dropout: {words: 0, input: 0, output: 0}
training: {epochs: 6, batch_words: 30, optimizer: {kind: adamw, learning_rate: 0.05}, device: cpu}
"""
WORDS = ("so", "it", "is")
# What stands in ner follows from pos alone; a place has three words, a person one.
TAGS = {"N": ["B-PER"], "P": ["B-LOC", "I-LOC"], "V": ["O"], "D": ["O"]}
LACKS = "the model reads pos and chunk beside the words"


def sentence(random: Random) -> list[list[str]]:
    """Rows of word, pos, chunk and ner; the words tell nothing."""
    rows = []
    for pos in random.choices("NPVD", k=random.randint(1, 4)):
        for index, tag in enumerate(TAGS[pos]):
            chunk = "O" if pos == "V" else "I-X" if index or not rows or rows[-1][2] == "O" else "B-X"
            rows.append([random.choice(WORDS), pos, chunk, tag])
    return rows


def sentences(count: int, seed: int) -> list[list[list[str]]]:
    random = Random(seed)
    return [sentence(random) for _ in range(count)]


def text_of(several: list[list[list[str]]], last: int = 4) -> str:
    return "".join("".join(" ".join(row[:last]) + "\n" for row in rows) + "\n" for rows in several)


def iob2(chunks: list[str]) -> list[str]:
    """What a column of IOB1 says, in IOB2."""
    before = ["O", *chunks]
    return [
        "B-X" if chunk != "O" and (chunk == "B-X" or left == "O") else chunk for left, chunk in zip(before, chunks, strict=False)
    ]


GIVEN = sentences(6, seed=9)
GOLD = [[row[3] for row in rows] for rows in GIVEN]
AS_SENTENCES = [
    Sentence.of_words([row[0] for row in rows], {"pos": [row[1] for row in rows], "chunk": iob2([row[2] for row in rows])})
    for rows in GIVEN
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recipe and its corpus."""
    folder = tmp_path_factory.mktemp("columns")
    (folder / "data").mkdir()
    for seed, (split, count) in enumerate({"train": 60, "dev": 12, "test": 12}.items()):
        (folder / "data" / f"{split}.txt").write_text(text_of(sentences(count, seed)), "utf-8")
    (folder / "r.yaml").write_text(RECIPE.replace("DATA", str(folder / "data")), "utf-8")
    return folder


@pytest.fixture(scope="module")
def model(place: Path, command: Command) -> Path:
    """A finished run; tests only read it."""
    result = command("train", place / "r.yaml", "--output", place / "run")
    assert result.exit_code == 0, result.stderr
    return place / "run"


def test_what_only_the_column_tells_is_learned_and_scored(model: Path, command: Command):
    report = json.loads((model / "report" / "report.json").read_text("utf-8"))
    assert {split: scores["ner"]["scores"]["score"] for split, scores in report["splits"].items()} == {"dev": 1.0, "test": 1.0}
    result = command("evaluate", model)
    assert "100.00" in result.stdout


def test_without_the_column_it_is_not_learned(place: Path, command: Command):
    result = command("train", place / "r.yaml", "--output", place / "blind", "--set", "embeddings=[{kind: words, width: 4}]")
    assert result.exit_code == 0, result.stderr
    report = json.loads((place / "blind" / "report" / "report.json").read_text("utf-8"))
    assert report["splits"]["dev"]["ner"]["scores"]["score"] < 0.6


def as_conllu(rows: list[list[str]]) -> str:
    lines = [f"{number}\t{row[0]}" + "\t_" * 7 + f"\tpos={row[1]}|chunk={row[2]}" for number, row in enumerate(rows, 1)]
    return "\n".join(lines) + "\n\n"


def as_json(made: Sentence) -> dict[str, object]:
    return {"tokens": list(made.words), "tags": {task: list(tags) for task, tags in made.tags.items()}, "id": 1}


def test_files_of_columns_are_tagged_by_what_stands_beside_the_words(model: Path, command: Command):
    for last in (3, 4):
        result = command("tag", model, "-", "--format", "conll", stdin=text_of(GIVEN, last))
        found = [[line.split()[-1] for line in block.splitlines()] for block in result.stdout.strip().split("\n\n")]
        assert found == GOLD


def test_json_lines_are_and_keep_what_was_given(model: Path, command: Command):
    text = "".join(json.dumps(as_json(made)) + "\n" for made in AS_SENTENCES)
    result = command("tag", model, "-", "--format", "jsonl", stdin=text)
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["tags"]["ner"] for one in found] == GOLD
    assert [one["tags"]["chunk"] for one in found] == [list(made.tags["chunk"]) for made in AS_SENTENCES]
    assert command("tag", model, "-", "--format", "jsonl", stdin=result.stdout).stdout == result.stdout
    tops = "".join(
        json.dumps({"tokens": list(made.words), **{task: list(tags) for task, tags in made.tags.items()}}) + "\n"
        for made in AS_SENTENCES
    )
    found = [json.loads(line) for line in command("tag", model, "-", "--format", "jsonl", stdin=tops).stdout.splitlines()]
    assert [one["tags"]["ner"] for one in found] == GOLD


def test_conllu_is_where_our_own_outputs_have_it(model: Path, command: Command):
    rows = [
        [[*row[:2], chunk, row[3]] for row, chunk in zip(one, made.tags["chunk"], strict=True)]
        for one, made in zip(GIVEN, AS_SENTENCES, strict=True)
    ]
    result = command("tag", model, "-", "--format", "conllu", stdin="".join(map(as_conllu, rows)))
    tags = [[line.rpartition("ner=")[2] for line in block.splitlines()] for block in result.stdout.strip().split("\n\n")]
    assert tags == GOLD


def test_parquet_is_and_keeps_what_was_given(model: Path, command: Command, tmp_path: Path):
    rows = [as_json(made) for made in AS_SENTENCES]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "in.parquet")
    for target in ("out.parquet", "out.jsonl"):
        result = command("tag", model, tmp_path / "in.parquet", "--output", tmp_path / target)
        assert result.exit_code == 0, result.stderr
    table = pq.read_table(tmp_path / "out.parquet").to_pylist()
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    for found in (table, lines):
        assert [one["tags"]["ner"] for one in found] == GOLD
        assert [one["tags"]["pos"] for one in found] == [list(made.tags["pos"]) for made in AS_SENTENCES]


def test_many_files_are_tagged_in_processes(model: Path, command: Command, tmp_path: Path):
    for number in range(3):
        (tmp_path / f"{number}.conll").write_text(text_of(GIVEN, 3), "utf-8")
    result = command(
        "tag", model, *sorted(tmp_path.glob("*.conll")), "--output", f"{tmp_path}/out/", "--workers", "2", "--to", "jsonl"
    )
    assert result.exit_code == 0, result.stderr
    for number in range(3):
        lines = (tmp_path / "out" / f"{number}.jsonl").read_text("utf-8").splitlines()
        assert [json.loads(line)["tags"]["ner"] for line in lines] == GOLD


def test_sentences_in_python_are_tagged_alone_and_together(model: Path):
    tagger = Tagger.load(model)
    assert tagger.columns_read == ("pos", "chunk")
    assert [list(tagger.tag(made).tags["ner"]) for made in AS_SENTENCES] == GOLD
    together = list(tagger.tag_all(AS_SENTENCES))
    assert [list(made.tags["ner"]) for made in together] == GOLD
    for made, alone in zip(together, map(tagger.tag, AS_SENTENCES), strict=True):
        assert made.probabilities["ner"] == pytest.approx(alone.probabilities["ner"], abs=1e-5)
    assert tagger.tag(Sentence.of_words([], {"pos": [], "chunk": []})).tags == {"ner": ()}


def test_one_word_with_other_values_is_another_in_the_cache(model: Path):
    tagger = Tagger.load(model)
    for pos, tag in (("N", "B-PER"), ("V", "O"), ("N", "B-PER")):
        chunk = "O" if pos == "V" else "B-X"
        assert tagger.tag(Sentence.of_words(["so"], {"pos": [pos], "chunk": [chunk]})).tags["ner"] == (tag,)


def test_what_is_exported_answers_the_same(model: Path, command: Command, tmp_path: Path):
    result = command("export", model, tmp_path / "onnx")
    assert result.exit_code == 0, result.stderr
    exported = Tagger.load(tmp_path / "onnx")
    assert isinstance(exported.engine, OnnxEngine)
    assert compared(Tagger.load(model), exported.engine).difference < 1e-4
    assert [list(made.tags["ner"]) for made in exported.tag_all(AS_SENTENCES)] == GOLD
    result = command("tag", tmp_path / "onnx", "-", "--format", "conll", stdin=text_of(GIVEN, 3))
    assert result.stdout == command("tag", model, "-", "--format", "conll", stdin=text_of(GIVEN, 3)).stdout


def test_the_ways_of_torch_agree(model: Path, monkeypatch: pytest.MonkeyPatch):
    tagger = Tagger.load(model)
    short = [tagger.tag(made).probabilities["ner"] for made in AS_SENTENCES]
    monkeypatch.setattr(torch_engine, "_SHORT", 0)
    for one, made in zip(short, AS_SENTENCES, strict=True):
        assert tagger.tag(made).probabilities["ner"] == pytest.approx(one, abs=1e-5)


def test_a_run_that_was_broken_off_goes_on_as_if_it_were_not(place: Path, model: Path, command: Command):
    # One epoch of a recipe of six, and the rest.
    def train(*arguments: object) -> None:
        result = command("train", place / "r.yaml", "--output", place / "broken", *arguments)
        assert result.exit_code == 0, result.stderr

    from tagger.training import train as module

    stop = module.Learner.steps

    def few(self, sentences, state):
        for step in stop(self, sentences, state):
            yield step
            if step.step == 9:
                raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.Learner, "steps", few)
        assert command("train", place / "r.yaml", "--output", place / "broken").exit_code != 0
    train("--resume")
    files = [folder / "model" / "model.safetensors" for folder in (place / "broken", model)]
    assert files[0].read_bytes() == files[1].read_bytes()


def refused(command: Command, model: Path, form: str, text: str) -> str:
    result = command("tag", model, "-", "--format", form, stdin=text)
    assert (result.exit_code, result.stdout) == (1, "")
    return result.stderr.removeprefix("Error: ")


def test_inputs_that_lack_the_column_are_refused(model: Path, command: Command):
    assert refused(command, model, "text", "so it is") == (
        f"standard input: {LACKS}, and raw text has no such column\n"
        "  Give columns, CoNLL-U, JSON Lines or parquet, with --format where the file's name does not tell.\n"
    )
    assert refused(command, model, "conll", "so N\nit V\n") == (
        "standard input:1: the model reads chunk beside the words, and column 3 is missing: 'so N'\n"
        "  Each line must hold word, pos, chunk, as those that the model was trained on.\n"
    )
    assert refused(command, model, "jsonl", '{"tokens": ["so"], "tags": {"pos": ["N"]}}\n') == (
        "standard input:1: the model reads chunk beside the words, and there is no 'tags.chunk' (lists of strings: 'tags.pos')\n"
        '  Each record must be like {"tokens": ["...", "..."], "tags": {"chunk": ["...", "..."]}}.\n'
    )
    assert refused(command, model, "jsonl", '{"text": "so it is"}\n') == (
        "standard input:1: the model reads pos beside the words, and a text without tokens has no such column\n"
        '  Each record must be like {"tokens": ["...", "..."], "tags": {"pos": ["...", "..."]}}.\n'
    )
    assert refused(command, model, "jsonl", '{"tokens": ["so", "it"], "tags": {"pos": ["N"], "chunk": ["O", "O"]}}\n') == (
        "standard input:1: tags.pos has 1 strings for 2 tokens\n  Give one for each token.\n"
    )
    assert refused(command, model, "conllu", "1\tso" + "\t_" * 8 + "\n\n") == (
        "standard input:1: the model reads pos beside the words, and there is nothing but '_'\n"
        "  Fill it in, with tags such as D, N, P, V\n"
    )
    assert "standard input:2:" in refused(command, model, "conll", "so N O\nit V S-X\n")


def test_texts_and_words_alone_are_refused_in_python(model: Path):
    tagger = Tagger.load(model)
    example = 'Sentence.of_words(words, tags={"pos": [...], "chunk": [...]})'
    for call, argument, what in (
        (tagger.tag, "so it is", "raw text has none"),
        (tagger.tag, ["so", "it"], "words alone have none"),
        (lambda texts: list(tagger.tag_all(texts)), ["so it"], "raw text has none"),
        (tagger.tag_document, "so it is", "raw text has none"),
    ):
        with pytest.raises(TaggerError) as caught:
            call(argument)
        assert str(caught.value) == f"{LACKS}, and {what}\n  Give a Sentence with them: {example}, or what another tagger gave."
    with pytest.raises(KeyError):
        tagger.predict(encode_sentences([["so"]]))


def test_a_corpus_of_other_values_is_not_scored(model: Path, command: Command, tmp_path: Path):
    (tmp_path / "test.txt").write_text("so NOUN O O\n\n", "utf-8")
    result = command("evaluate", model, "--corpus", tmp_path)
    assert result.exit_code == 1
    assert result.stderr.endswith(
        "test: the model reads pos beside the words, and no value is one of train's\n"
        "  There is NOUN, where train has D, N, P, V: is it the same column, with the same tags?\n"
    )


def test_a_test_set_of_other_values_is_refused_before_training(place: Path, command: Command, tmp_path: Path):
    (tmp_path / "train.txt").write_text("so D O B-PER\n\n", "utf-8")
    (tmp_path / "dev.txt").write_text("it D O O\n\n", "utf-8")
    (tmp_path / "test.txt").write_text("is _ O O\n\n", "utf-8")
    result = command("train", place / "r.yaml", "--corpus", tmp_path, "--output", tmp_path / "run")
    assert result.exit_code == 1
    assert result.stderr.endswith(
        "test: the model reads pos beside the words, and no value is one of train's\n"
        "  There is _, where train has D: is it the same column, with the same tags?\n"
    )
    assert not (tmp_path / "run").exists()
    # So says who looks before.
    result = command("data", "check", place / "r.yaml", "--corpus", tmp_path, "--json")
    assert result.exit_code == 1
    (kind,) = (kind for kind in json.loads(result.stdout)["findings"] if kind["severity"] == "error")
    assert (kind["name"], kind["count"], kind["findings"][0]["where"]) == ("other values in a column", 1, "test")


def test_the_vocabulary_of_the_column_is_in_the_model_folder(model: Path):
    featurizers = json.loads((model / "model" / "vocabulary.json").read_text("utf-8"))["featurizers"]
    assert featurizers["pos"] == {"kind": "column", "column": "pos", "values": ["D", "N", "P", "V"], "singletons": []}
    # As IOB2, whatever the file writes.
    assert featurizers["chunk"]["values"] == ["B-X", "I-X", "O"]


def test_the_corpus_has_the_column_and_no_task_more(place: Path):
    corpus = build_corpus(load_recipe(str(place / "r.yaml")))
    assert dict(corpus.schemes).keys() == {"ner"}
    assert set(corpus.tag_names("pos")) == set("NPVD")
    assert corpus.warnings() == []


def test_data_check_does_not_take_the_column_for_a_task(place: Path, command: Command):
    result = command("data", "check", place / "r.yaml")
    assert "chunk" not in result.stdout + result.stderr
