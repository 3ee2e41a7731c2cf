"""`tagger tag`: its options."""

from typing import Any

import click

_FORMS = ("text", "conll", "conllu", "jsonl", "parquet")
_COMPRESSIONS = ("none", "gzip", "bz2", "xz", "zstd")


@click.command()
@click.argument("model")
@click.argument("sources", metavar="[INPUT...|-]", nargs=-1)
@click.option(
    "--format", "form", type=click.Choice(_FORMS), help="The form of the input.  [default: by the file's name, else text]"
)
@click.option("--to", type=click.Choice(_FORMS), help="The form of the output.  [default: by its name, else that of the input]")
@click.option("--output", metavar="FILE|FOLDER/", help="Write here instead of to the terminal; several inputs need a folder.")
@click.option("--device", default="cpu", show_default=True, help="Where to run, as torch names it: cpu, cuda, mps.")
@click.option(
    "--engine",
    type=click.Choice(("torch", "onnx")),
    help="What computes; onnx needs no torch for what `tagger export` wrote.  [default: what fits the model and the dtype]",
)
@click.option(
    "--dtype",
    type=click.Choice(("float32", "bf16", "int8")),
    help="In what it computes; int8 is faster, with slightly other scores.  [default: the model's]",
)
@click.option("--threads", type=click.IntRange(1), metavar="N", help="Threads on one batch.  [default: as many as processors]")
@click.option("--probabilities", is_flag=True, help="Add the probability of each tag, span and sequence.")
@click.option(
    "--n-best",
    type=click.IntRange(1),
    default=1,
    metavar="N",
    help="Add the N most probable tag sequences, each with its probability.",
)
@click.option("--split/--no-split", default=None, help="Whether the lines of text are split into sentences.  [default: split]")
@click.option(
    "--workers",
    type=click.IntRange(1),
    metavar="N",
    help="Tag in so many processes of one thread each.  [default: one for each processor where a folder is written, else this one]",
)
@click.option("--resume", is_flag=True, help="Go on where the same command was interrupted; what is whole is left alone.")
@click.option("--overwrite", is_flag=True, help="Write outputs anew that are there already.")
@click.option(
    "--compress", type=click.Choice(_COMPRESSIONS), help="Compress the outputs.  [default: by FILE's name, or as each input is]"
)
def tag(**options: Any) -> None:
    """Tag INPUTs (files, folders, or - for standard input) with a MODEL.

    The lines of text are split into sentences. Columns hold a token first on each line and a blank line after each sentence.
    Parquet has a column text, or tokens. Names may end in .gz, .bz2, .xz or .zst.

    A folder as --output gets a file for each input. A run that writes a folder, or has --workers, can be interrupted, even killed:
    --resume goes on, and what comes out is the same.
    """
    # Here, because `tagger --help` needs none of it.
    from tagger.cli.tag_run import Asked, run

    run(Asked(names=options.pop("sources") or ("-",), **options))
