"""`tagger evaluate`."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from tagger.cli.predicted import ANOTHER_FOLDER, scheme_option
from tagger.cli.seeds import one_model
from tagger.errors import TaggerError

if TYPE_CHECKING:
    from rich.console import Console

    from tagger.evaluation.predictions import Predictions
    from tagger.evaluation.report import Report


@click.command()
@click.argument("model", required=False)
@click.option("--corpus", metavar="PATH", help="Score on this folder in place of the corpus that it was trained by.")
@click.option("--split", type=click.Choice(["train", "dev", "test"]), default="test", show_default=True, help="The split to score.")
@click.option("--device", default="cpu", show_default=True, help="Where to run, as torch names it: cpu, cuda, mps.")
@click.option("--engine", type=click.Choice(("torch", "onnx")), help="What computes.  [default: what fits the model and the dtype]")
@click.option("--dtype", type=click.Choice(("float32", "bf16", "int8")), help="In what it computes.  [default: the model's]")
@click.option("--output", metavar="DIR", help="Write report and predictions into this folder.")
@click.option(
    "--predictions",
    metavar="FILE",
    help="In place of a model: columns by any tool, the word first, the gold tag last but one, the predicted tag last.",
)
@click.option(
    "--scheme", help="With --predictions: the scheme of both tags; none where they write no spans.  [default: found out for each]"
)
@click.option(
    "--separator",
    type=click.Choice(("whitespace", "tab")),
    help="With --predictions: what stands between columns.  [default: whitespace]",
)
@click.option(
    "--labels", is_flag=True, help="With --predictions: a sentence on each line: gold label, predicted label, words, between tabs."
)
@click.option(
    "--train",
    metavar="FILE",
    help="With --predictions: the columns that the tool was trained by, word first, gold tag last; tells what is new to it.",
)
def evaluate(
    model: str | None,
    corpus: str | None,
    split: str,
    device: str,
    engine: Literal["torch", "onnx"] | None,
    dtype: Literal["float32", "bf16", "int8"] | None,
    output: str | None,
    predictions: str | None,
    scheme: str | None,
    separator: Literal["whitespace", "tab"] | None,
    labels: bool,
    train: str | None,
) -> None:
    """Score a MODEL (a run folder, a model folder, what `tagger export` wrote, or a Hub id) on a corpus.

    Or, with --predictions, score what any tool predicted.
    """
    from rich.console import Console

    from tagger.whole_files import writing

    if (model is None) == (predictions is None):
        raise click.UsageError("Give either a MODEL or --predictions FILE.")
    _refuse_unread(of_model=model is not None, of_labels=labels)
    console = Console(stderr=True)
    if output is not None:
        with writing(Path(output), ANOTHER_FOLDER):
            Path(output).mkdir(parents=True, exist_ok=True)
    if model is not None:
        found, report = _by_model(console, one_model(model), corpus, split, device, engine, dtype)
    else:
        assert predictions is not None
        found, report, split = _by_file(console, Path(predictions), scheme, separator, train, labels=labels or None)
    from tagger.evaluation.terminal import table

    Console().print(table(report))
    if output is not None:
        from tagger.evaluation.report_files import write_report

        with console.status("writing the report"), writing(Path(output)):
            write_report(report, Path(output) / "report")
            found.write(Path(output) / "predictions", split)
        click.echo(f"report  {Path(output) / 'report' / 'report.html'}")


_OF_MODEL = ("corpus", "split", "device", "engine", "dtype")
_OF_COLUMNS = ("scheme", "separator", "train")
_OF_FILE = (*_OF_COLUMNS, "labels")


def _refuse_unread(*, of_model: bool, of_labels: bool) -> None:
    """Refuses an option that nothing would read."""
    context = click.get_current_context()
    unread = dict.fromkeys(_OF_FILE, "--predictions") if of_model else dict.fromkeys(_OF_MODEL, "a MODEL")
    if of_labels and not of_model:
        unread |= dict.fromkeys(_OF_COLUMNS, "columns")
    for name, whose in unread.items():
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} is for {whose}: leave it away.")


def _by_model(
    console: "Console",
    model: str,
    corpus: str | None,
    split: str,
    device: str,
    engine: Literal["torch", "onnx"] | None,
    dtype: Literal["float32", "bf16", "int8"] | None,
) -> "tuple[Predictions, Report]":
    with console.status("starting"):
        from tagger.build_corpus import build_corpus
        from tagger.evaluation.calibration import calibration
        from tagger.evaluation.evaluate import predict_split, read_once, unscored
        from tagger.evaluation.examine import examine
        from tagger.evaluation.known import Known, known_of
        from tagger.evaluation.report import Report
        from tagger.recipe_file import with_corpus
        from tagger.tagger import Tagger

        tagger = Tagger.load(model, engine=engine, dtype=dtype, device=device)
    recipe = tagger.recipe if corpus is None else with_corpus(tagger.recipe, corpus)
    with console.status("reading the corpus"):
        data = build_corpus(recipe, needs=split, tokenizer=tagger.tokenizer)
    # Predictions and calibration both read the split.
    read_once(tagger, data, [split], console)
    with console.status(f"scoring {split}"):
        found = predict_split(tagger, data, split, certain=True)
        known = {task: Known(tagger.known_words) for task in tagger.tags} | known_of(data, tagger.tags)
        scores = examine(found, known, calibration(tagger, data, split))
        report = Report(name=recipe.name or "", splits={split: scores}, facts={"corpus": data.fingerprint})
    missing = (f"{split}: {task} is not scored, since {why}" for task, why in unscored(data, split).items())
    for note in [*data.notes, *missing]:
        console.print(note, highlight=False, soft_wrap=True, markup=False)
    return found, report


def _by_file(
    console: "Console",
    path: Path,
    scheme: str | None,
    separator: Literal["whitespace", "tab"] | None,
    train: str | None,
    *,
    labels: bool | None,
) -> "tuple[Predictions, Report, str]":
    from tagger.evaluation.examine import examine
    from tagger.evaluation.predictions_file import read_predictions
    from tagger.evaluation.report import Report
    from tagger.evaluation.train_file import read_train

    given = scheme_option(scheme)
    with console.status("reading"):
        read = read_predictions(path, scheme=given, separator=separator, labels=labels)
        if train is not None and read.predictions.labelled:
            raise TaggerError(f"is for columns, and {path} holds labels of sentences", where="--train", fix="Leave it away.")
        trained = train and read_train(Path(train), read.predictions, separator or "whitespace")
    with console.status("scoring"):
        scores = examine(read.predictions, trained.known if trained else None)
    if not scores:
        raise TaggerError("no tag in it is known: nothing can be scored", where=str(path), fix="Give a file with gold tags.")
    facts = {**read.facts}
    for note in read.notes:
        console.print(f"{path}: {note}", highlight=False, soft_wrap=True, markup=False)
    if trained:
        facts |= trained.facts
        console.print(f"{train}: {trained.told}", highlight=False, soft_wrap=True, markup=False)
    return read.predictions, Report(name=path.name, splits={read.split: scores}, facts=facts), read.split
