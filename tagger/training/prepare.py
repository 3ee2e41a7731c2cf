"""What stands before a run: its corpus, the vectors it names, and whether its score can be had."""

from collections.abc import Mapping

from rich.console import Console

from tagger.build_corpus import build_corpus
from tagger.build_featurizers import fetch_all_vectors
from tagger.corpora.corpus import Corpus
from tagger.errors import CorpusError
from tagger.evaluation.evaluate import unscored
from tagger.processes import Processes
from tagger.recipe import Recipe


def prepared(recipe: Recipe, processes: Processes, console: Console) -> Corpus:
    """The recipe's corpus, read in all processes, its vectors at hand; what was read and what is odd about it is said.

    Raises:
        TaggerError: It can't be read, or can't give the score that is to decide.
    """
    with console.status("reading the corpus"):
        corpus = processes.together(lambda: build_corpus(recipe))
    processes.together(lambda: _check_scores(recipe, corpus, console))
    # Before there is another display: a download shows its own.
    processes.together(lambda: fetch_all_vectors(recipe, console))
    return corpus


def _check_scores(recipe: Recipe, corpus: Corpus, console: Console) -> None:
    """Says what was read and what is odd about it.

    Raises:
        CorpusError: The score that is to decide can't be had.
    """
    missing = {(split, task): why for split in corpus.splits for task, why in unscored(corpus, split).items() if split != "train"}
    if why := missing.get(("dev", recipe.training.score or "")):
        fix = "Name another task as training.score, or leave it away."
        raise CorpusError(f"training.score is {recipe.training.score}, but {why}", where="dev", fix=fix)
    undecided = _undecided(recipe, corpus, missing)
    if recipe.training.schedule.kind == "plateau" and undecided:
        fix = "Give the corpus a dev split whose tags are known, or choose another schedule."
        raise CorpusError(f"kind: plateau lowers the rate by the dev score, and {undecided}", where="training.schedule", fix=fix)
    for note in corpus.notes:
        console.print(note, highlight=False, soft_wrap=True)
    if undecided:
        asked = [f"training.{name}" for name in ("patience", "score") if getattr(recipe.training, name) is not None]
        unread = [f"{' and '.join(asked)} can't be followed"] if asked else []
        warn(console, "; ".join([undecided, *unread, "all epochs are run, and the weights of the last are kept"]))
    unscored_tasks = (f"{split}: {task} is not scored, since {why}" for (split, task), why in missing.items())
    for warning in [*corpus.warnings(), *unscored_tasks]:
        warn(console, warning)
    sizes = ", ".join(f"{split} {len(data):,}" for split, data in corpus.splits.items())
    console.print(f"sentences: {sizes}", highlight=False)


def _undecided(recipe: Recipe, corpus: Corpus, missing: Mapping[tuple[str, str], str]) -> str | None:
    """Why no dev score decides which weights are best; None where one does."""
    if "dev" not in corpus.splits:
        return "there is no dev split"
    why = {task: missing.get(("dev", task)) for task in recipe.tasks}
    return f"dev has no score ({'; '.join(f'{task}: {one}' for task, one in why.items())})" if all(why.values()) else None


def warn(console: Console, warning: str) -> None:
    """Says what is odd and does not stop the run."""
    console.print(f"warning: {warning}", highlight=False, soft_wrap=True)
