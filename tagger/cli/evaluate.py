"""`tagger evaluate`."""

from pathlib import Path
from typing import Literal

import click

from tagger.cli.seeds import one_model
from tagger.errors import TaggerError


@click.command()
@click.argument("model")
@click.option("--corpus", metavar="PATH", help="Score on this folder in place of the corpus that it was trained by.")
@click.option("--split", type=click.Choice(["train", "dev", "test"]), default="test", show_default=True, help="The split to score.")
@click.option("--device", default="cpu", show_default=True, help="Where to run, as torch names it: cpu, cuda, mps.")
@click.option("--engine", type=click.Choice(("torch", "onnx")), help="What computes.  [default: what fits the model and the dtype]")
@click.option("--dtype", type=click.Choice(("float32", "bf16", "int8")), help="In what it computes.  [default: the model's]")
@click.option("--output", metavar="DIR", help="Write report and predictions into this folder.")
def evaluate(
    model: str,
    corpus: str | None,
    split: str,
    device: str,
    engine: Literal["torch", "onnx"] | None,
    dtype: Literal["float32", "bf16", "int8"] | None,
    output: str | None,
) -> None:
    """Score a MODEL (a run folder, a model folder, what `tagger export` wrote, or a Hub id) on a corpus."""
    from rich.console import Console

    console = Console(stderr=True)
    model = one_model(model)
    with console.status("starting"):
        from tagger.build_corpus import build_corpus
        from tagger.evaluation.calibration import calibration
        from tagger.evaluation.evaluate import predict_split, read_once, score_predictions, unscored
        from tagger.evaluation.report import Report
        from tagger.recipe_file import with_corpus
        from tagger.tagger import Tagger

        tagger = Tagger.load(model, engine=engine, dtype=dtype, device=device)
    recipe = tagger.recipe if corpus is None else with_corpus(tagger.recipe, corpus)
    if output is not None:
        try:
            Path(output).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TaggerError(
                f"can't be written ({error.strerror})", where=output, fix="Name another folder with --output."
            ) from error
    with console.status("reading the corpus"):
        data = build_corpus(recipe, needs=split, tokenizer=tagger.tokenizer)
    # Predictions and calibration both read the split.
    read_once(tagger, data, [split], console)
    with console.status(f"scoring {split}"):
        predictions = predict_split(tagger, data, split)
        scores = score_predictions(tagger, predictions, calibration(tagger, data, split))
        report = Report(recipe.name or "", {split: scores}, {"corpus": data.fingerprint})
    missing = (f"{split}: {task} is not scored, since {why}" for task, why in unscored(data, split).items())
    for note in [*data.notes, *missing]:
        console.print(note, highlight=False, soft_wrap=True)
    Console().print(report.table())
    if output is not None:
        report.write(Path(output) / "report")
        predictions.write(Path(output) / "predictions", split)
        click.echo(f"report  {Path(output) / 'report' / 'report.md'}")
