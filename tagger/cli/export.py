"""`tagger export`."""

from pathlib import Path

import click

from tagger.cli.seeds import one_model


@click.command()
@click.argument("model")
@click.argument("folder", metavar="DIR")
@click.option("--int8", is_flag=True, help="Let the LSTM work with 8 bits: faster and smaller, with slightly other emissions.")
def export(model: str, folder: str, *, int8: bool) -> None:
    """Write a MODEL (a run folder, a model folder or a Hub id) as ONNX into DIR, to be used without torch.

    The new model is tried out against the old one before it takes its place.
    """
    from rich.console import Console

    model = one_model(model)
    with Console(stderr=True).status("exporting"):
        from tagger.deployment.export import export as write
        from tagger.tagger import Tagger

        check = write(Tagger.load(model), Path(folder), int8=int8)
    files = sorted(Path(folder).iterdir())
    click.echo(f"model  {folder}  {_size(sum(path.stat().st_size for path in files))}")
    for path in files:
        click.echo(f"  {path.name:<20}{_size(path.stat().st_size):>10}")
    click.echo(
        f"check  on {check.num_words} words beside torch: emissions differ by at most {check.difference:.1e} "
        f"(the largest is {check.largest:.1f}), {check.num_changed} words change their highest tag"
    )


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"
