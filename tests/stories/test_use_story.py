"""`tagger tag` and `tagger evaluate` with a trained run."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import Result

from tagger.evaluation import pictures

TEXT = "Ann Lee sees Oslo.\n\nBo sleeps in New York\n   \nrain falls .\n"
TAGGED_TEXT = """\
[PER Ann/PROPN Lee/PROPN] sees/VERB [LOC Oslo/PROPN]./PUNCT

[PER Bo/PROPN] sleeps/VERB in/ADP [LOC New/PROPN York/PROPN]
   \nrain/NOUN falls/VERB ./PUNCT
"""
CONLL = "Ann x\nLee\ty\n\nrain z\n"
CONLLU = """\
# sent_id = 1
# text = Ann Lee sees Oslo.
1-2\tAnnLee\t_\t_\t_\t_\t_\t_\t_\t_
1\tAnn\tann\t_\t_\tCase=Nom\t3\tnsubj\t_\tId=1
2\tLee\tlee\t_\t_\t_\t1\tflat\t_\t_
3\tsees\tsee\tNOUN\t_\t_\t0\troot\t_\t_
3.1\tsaw\tsee\t_\t_\t_\t_\t_\t_\t_
4\tOslo\toslo\t_\t_\t_\t3\tobj\t_\tSpaceAfter=No
5\t.\t.\t_\t_\t_\t3\tpunct\t_\t_

1\train\t_\t_\t_\t_\t_\t_\t_\t_

"""
TAGGED_CONLLU = """\
# sent_id = 1
# text = Ann Lee sees Oslo.
1-2\tAnnLee\t_\t_\t_\t_\t_\t_\t_\t_
1\tAnn\tann\tPROPN\t_\tCase=Nom\t3\tnsubj\t_\tId=1|ner=B-PER
2\tLee\tlee\tPROPN\t_\t_\t1\tflat\t_\tner=I-PER
3\tsees\tsee\tVERB\t_\t_\t0\troot\t_\tner=O
3.1\tsaw\tsee\t_\t_\t_\t_\t_\t_\t_
4\tOslo\toslo\tPROPN\t_\t_\t3\tobj\t_\tSpaceAfter=No|ner=B-LOC
5\t.\t.\tPUNCT\t_\t_\t3\tpunct\t_\tner=O

1\train\t_\tNOUN\t_\t_\t_\t_\t_\tner=O

"""


@pytest.fixture
def tag(command: Callable[..., Result], trained: Path) -> Callable[..., str]:
    """What `tagger tag` prints."""

    def run(*arguments: object, stdin: str | bytes | None = None) -> str:
        result = command("tag", trained, *arguments, stdin=stdin)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    return run


def test_text_comes_out_line_by_line_with_brackets_and_tags_and_empty_lines_kept(tag):
    assert tag(stdin=TEXT) == TAGGED_TEXT
    assert tag("-", stdin=TEXT) == TAGGED_TEXT
    assert tag("-", "--format", "text", stdin=TEXT) == TAGGED_TEXT


def test_columns_keep_what_they_held_and_get_a_column_for_each_task(tag):
    expected = "Ann x PROPN B-PER\nLee y PROPN I-PER\n\nrain z NOUN O\n\n"
    assert tag("--format", "conll", stdin=CONLL) == expected


def test_conllu_keeps_comments_ranges_empty_nodes_and_other_fields(tag):
    assert tag("--format", "conllu", stdin=CONLLU) == TAGGED_CONLLU


def test_json_lines_hold_text_tokens_offsets_tags_and_spans(tag):
    lines = tag("--format", "jsonl", stdin='{"text": "Ann  Lee sleeps."}\n{"tokens": ["New", "York"]}\n{"text": ""}\n').splitlines()
    first, second, third = map(json.loads, lines)
    assert first == {
        "text": "Ann  Lee sleeps.",
        "tokens": ["Ann", "Lee", "sleeps", "."],
        "offsets": [[0, 3], [5, 8], [9, 15], [15, 16]],
        "tags": {"upos": ["PROPN", "PROPN", "VERB", "PUNCT"], "ner": ["B-PER", "I-PER", "O", "O"]},
        "spans": [{"start": 0, "end": 2, "label": "PER", "text": "Ann  Lee", "start_char": 0, "end_char": 8, "task": "ner"}],
    }
    assert (second["text"], second["tags"]["ner"]) == ("New York", ["B-LOC", "I-LOC"])
    assert third == {"text": "", "tokens": [], "offsets": [], "tags": {"upos": [], "ner": []}, "spans": []}


@pytest.mark.parametrize("suffix", ["txt", "conll", "bio", "iob", "conllu", "jsonl"])
def test_the_format_is_that_of_the_files_name(tag, tmp_path: Path, suffix: str):
    form = {"txt": "text", "bio": "conll", "iob": "conll"}.get(suffix, suffix)
    content = {"text": TEXT, "conll": CONLL, "conllu": CONLLU, "jsonl": '{"text": "Ann sleeps"}\n'}[form]
    (tmp_path / f"input.{suffix}").write_text(content, "utf-8")
    assert tag(tmp_path / f"input.{suffix}") == tag("--format", form, stdin=content) != ""


INPUTS = {"text": "Ann sees Oslo\n", "conll": "Ann\nsees\nOslo\n", "jsonl": '{"tokens": ["Ann", "sees", "Oslo"]}\n'}
INPUTS["conllu"] = "".join(f"{index}\t{word}" + "\t_" * 8 + "\n" for index, word in enumerate(("Ann", "sees", "Oslo"), 1))
TAGS = [("Ann", "PROPN", "B-PER"), ("sees", "VERB", "O"), ("Oslo", "PROPN", "B-LOC")]


@pytest.mark.parametrize("to", ["text", "conll", "conllu", "jsonl"])
@pytest.mark.parametrize("form", ["text", "conll", "conllu", "jsonl"])
def test_every_format_can_be_written_as_every_other(tag, form: str, to: str):
    written = tag("--format", form, "--to", to, stdin=INPUTS[form])
    rows = [line.split() for line in written.splitlines() if line and not line.startswith("#")]
    match to:
        case "text":
            assert written == "[PER Ann/PROPN] sees/VERB [LOC Oslo/PROPN]\n"
        case "conll":
            assert [(row[0], *row[-2:]) for row in rows] == TAGS
            assert written.endswith("LOC\n\n")
        case "conllu":
            assert [(row[1], row[3], row[9].removeprefix("ner=")) for row in rows] == TAGS
        case "jsonl":
            data = json.loads(written)
            assert list(zip(data["tokens"], data["tags"]["upos"], data["tags"]["ner"], strict=True)) == TAGS


def test_probabilities_stand_beside_tags_and_spans(tag):
    text, columns, conllu, data = (
        tag("--probabilities", "--to", to, stdin="Ann sleeps\n") for to in ("text", "conll", "conllu", "jsonl")
    )
    sequences = json.loads(tag("--n-best", "99", "--to", "jsonl", stdin="Ann sleeps\n"))["alternatives"]["ner"]
    shares = json.loads(data)["probabilities"]
    assert all(0.5 < share <= 1 for task in shares.values() for share in task)
    span = json.loads(data)["spans"][0]["probability"]
    # `B-PER` begins this span and every longer one.
    found = [(one["tags"], one["probability"]) for one in sequences]
    assert sum(share for tags, share in found if tags[0] == "B-PER") == pytest.approx(shares["ner"][0], abs=2e-4)
    assert sum(share for tags, share in found if tags[0] == "B-PER" and tags[1] != "I-PER") == pytest.approx(span, abs=2e-4)
    assert text == f"[PER {span:.2f} Ann/PROPN] sleeps/VERB\n"
    rows = [("Ann", "PROPN", "B-PER"), ("sleeps", "VERB", "O")]
    expected = [f"{row[0]} {row[1]} {upos:.4f} {row[2]} {ner:.4f}" for row, upos, ner in zip(rows, *shares.values(), strict=True)]
    assert columns.splitlines() == [*expected, ""]
    assert f"\tupos_probability={shares['upos'][0]:.4f}|ner=B-PER|ner_probability={shares['ner'][0]:.4f}\n" in conllu


def test_the_most_probable_sequences_stand_beside_the_best(tag, tmp_path: Path):
    data = json.loads(tag("--n-best", "3", "--to", "jsonl", stdin="Ann sleeps\n"))
    assert "sequence_probability" not in data
    assert {task: len(several) for task, several in data["alternatives"].items()} == {"upos": 3, "ner": 3}
    assert all(several[0]["tags"] == data["tags"][task] for task, several in data["alternatives"].items())
    shares = [one["probability"] for one in data["alternatives"]["ner"]]
    assert 1 >= sum(shares) >= shares[0] > 0.5 > shares[1] >= shares[2] > 0
    columns = tag("--n-best", "2", "--to", "conll", stdin="Ann sleeps\n").splitlines()
    assert [len(line.split()) for line in columns] == [1 + 2 + 2 * 2 * 2] * 2 + [0]
    tag("--n-best", "3", "--to", "parquet", "--output", tmp_path / "out.parquet", stdin="Ann sleeps\n")
    assert pq.read_table(tmp_path / "out.parquet")["alternatives"].to_pylist() == [data["alternatives"]]


@pytest.mark.parametrize(("to", "why"), [("conllu", "--n-best: conllu has one place for each tag"), ("text", "text can show")])
def test_several_sequences_are_refused_where_there_is_no_place_for_them(command: Callable[..., Result], trained: Path, to, why):
    result = command("tag", trained, "--n-best", "2", "--to", to, stdin="Ann sleeps\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert why in result.stderr
    assert "Write jsonl, parquet or conll with --to." in result.stderr


def test_everything_that_comes_in_comes_out(tag):
    long = " ".join(["word"] * 3000)
    odd = [
        "\u00a0",
        "a\u00a0b \U0001f600 \u0e01\u0e33",
        "x" * 500,
        "\u200b",
        "[Ann/PROPN]",
        long,
        "",
        "e\u0301te\u0301",
        "\ufeffAnn",
    ]
    lines = tag("--to", "jsonl", stdin="".join(line + "\n" for line in odd).encode()).splitlines()
    assert [json.loads(line)["text"] for line in lines] == odd
    for line in map(json.loads, lines):
        assert line["tokens"] == [line["text"][start:end] for start, end in line["offsets"]]
        assert all(len(tags) == len(line["tokens"]) for tags in line["tags"].values())
    assert len(json.loads(lines[5])["tokens"]) == 3000
    assert tag(stdin="") == ""


def test_windows_line_ends_and_a_byte_order_mark_are_no_part_of_the_text(tag):
    assert tag(stdin=b"\xef\xbb\xbfAnn sleeps\r\nrain\r\n") == "[PER Ann/PROPN] sleeps/VERB\nrain/NOUN\n"


def test_output_holds_what_would_be_printed(tag, tmp_path: Path):
    assert tag("--output", tmp_path / "tagged.txt", stdin=TEXT) == ""
    assert (tmp_path / "tagged.txt").read_text("utf-8") == TAGGED_TEXT
    assert [path.name for path in tmp_path.iterdir()] == ["tagged.txt"]


def test_output_appears_whole_or_not_at_all(command: Callable[..., Result], trained: Path, tmp_path: Path):
    (tmp_path / "tagged.jsonl").write_text("older\n", "utf-8")
    lines = '{"text": "Ann"}\n' * 3 + "no json\n"
    result = command("tag", trained, "--format", "jsonl", "--output", tmp_path / "tagged.jsonl", stdin=lines)
    assert result.exit_code == 1
    assert {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()} == {"tagged.jsonl": "older\n"}


def test_a_model_folder_serves_as_well_as_its_run_folder(command: Callable[..., Result], trained: Path, tmp_path: Path):
    shutil.copytree(trained / "model", tmp_path / "alone")
    assert command("tag", tmp_path / "alone", stdin=TEXT).stdout == TAGGED_TEXT


def test_evaluate_prints_the_scores_of_the_split_that_was_asked_for(command: Callable[..., Result], trained: Path):
    test, dev = (command("evaluate", trained, *split).stdout for split in ((), ("--split", "dev")))
    test, dev = (" ".join(text.split()) for text in (test, dev))
    assert "upos on test: accuracy 100.00" in test
    assert "ner on test: F1 100.00 (95 %: 100.0 to 100.0), precision 100.00, recall 100.00" in test
    assert "upos on dev: accuracy 100.00" in dev
    assert "expected calibration error: tags " in test
    assert "3 sentences" in test


def test_evaluate_reads_another_corpus_and_counts_its_mistakes(command: Callable[..., Result], trained: Path, tmp_path: Path):
    folder, output = tmp_path / "other", tmp_path / "scores"
    folder.mkdir()
    (folder / "test.txt").write_text("Ann PROPN B-PER\nsleeps NOUN O\n\nOslo PROPN B-PER\n", "utf-8")
    result = command("evaluate", trained, "--corpus", folder, "--output", output)
    assert result.exit_code == 0
    assert result.stdout.endswith(f"report  {output}/report/report.html\n")
    report = json.loads((output / "report" / "report.json").read_text("utf-8"))
    assert report["splits"]["test"]["upos"]["scores"]["score"] == pytest.approx(2 / 3)
    assert report["splits"]["test"]["ner"]["scores"]["score"] == pytest.approx(1 / 2)
    lines = (output / "predictions" / "test.ner.conll").read_text("utf-8").splitlines()
    assert lines == ["Ann B-PER B-PER", "sleeps O O", "", "Oslo B-PER B-LOC", ""]


def test_the_page_of_an_evaluation_shows_its_pictures(
    command: Callable[..., Result], trained: Path, tmp_path: Path, drawn: Callable[..., str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pictures, "_svg", drawn)
    assert command("evaluate", trained, "--output", tmp_path).exit_code == 0
    page = (tmp_path / "report" / "report.html").read_text("utf-8")
    # Two tasks, each with the F1 of labels, confusions, lengths where there are several, reliability and thresholds.
    assert page.count('<svg role="img"') >= 8
    assert page.count("<path ") > 50


def test_evaluate_gives_the_scores_that_training_reported(command: Callable[..., Result], trained: Path, tmp_path: Path):
    assert command("evaluate", trained, "--output", tmp_path).exit_code == 0
    again, before = (json.loads((folder / "report" / "report.json").read_text("utf-8")) for folder in (tmp_path, trained))
    assert again["splits"]["test"] == before["splits"]["test"]
    assert again["facts"]["corpus"] == before["facts"]["corpus"]
    for task in ("upos", "ner"):
        files = [folder / "predictions" / f"test.{task}.conll" for folder in (tmp_path, trained)]
        assert files[0].read_bytes() == files[1].read_bytes()
