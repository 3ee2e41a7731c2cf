"""What the stories share: a few sentences as files, a small recipe for them, the command line, and one trained run."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from empty_pictures import leave_out_pictures
from story_sentences import SENTENCES

from tagger.cli.main import cli
from tagger.evaluation import pictures

Command = Callable[..., Result]

_RECIPE = """\
# Two tasks on six sentences.
corpus: {{kind: columns, path: {corpus}, columns: [word, upos, ner], schemes: {{ner: iob2}}}}
tasks: {{upos: {{}}, ner: {{scheme: iobes}}}}
embeddings: [{{kind: words, width: 16, singleton_dropout: 0.1}}, {{kind: characters, width: 4, filters: 6}}]
encoder: {{hidden: 16}}
dropout: {{words: 0.05, input: 0.05, output: 0.05}}
training: {{epochs: 16, batch_words: 10, optimizer: {{kind: adamw, learning_rate: 0.06}}, average: 0.7, device: cpu}}
"""


def column_text(sentences: tuple[str, ...]) -> str:
    return "\n".join("".join(word.replace("/", " ") + "\n" for word in sentence.split()) for sentence in sentences)


_DRAWS = pictures._svg


# Around each story alone, before what it asks for is made: other tests of this process see pictures.
@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    leave_out_pictures()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    pictures._svg = _DRAWS


@pytest.fixture
def drawn() -> Callable[..., str]:
    """What draws the pictures, for who wants to see them: the stories do without."""
    return _DRAWS


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of six sentences to learn; dev and test hold three of them each."""
    folder = tmp_path_factory.mktemp("corpus")
    for split, sentences in {"train": SENTENCES, "dev": SENTENCES[:3], "test": SENTENCES[3:]}.items():
        (folder / f"{split}.txt").write_text(column_text(sentences), "utf-8")
    return folder


@pytest.fixture(scope="session")
def recipe(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file of a small recipe for the corpus."""
    path = tmp_path_factory.mktemp("recipe") / "story.yaml"
    path.write_text(_RECIPE.format(corpus=corpus), "utf-8")
    return str(path)


@pytest.fixture(scope="session")
def command() -> Command:
    """Runs `tagger` in this process; what is no user's mistake is raised here with its traceback."""

    def run(*arguments: object, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(cli, [str(argument) for argument in arguments], input=stdin, catch_exceptions=False)

    return run


@pytest.fixture(scope="session")
def train(recipe: str, command: Command) -> Callable[..., Path]:
    """Trains by the small recipe into a folder, each `change` a --set, and gives the folder."""

    def run(output: Path, *changes: str) -> Path:
        result = command("train", recipe, "--output", output, *(part for change in changes for part in ("--set", change)))
        assert result.exit_code == 0, result.stderr
        return output

    return run


@pytest.fixture(scope="session")
def trained(train: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run; tests only read it."""
    return train(tmp_path_factory.mktemp("runs") / "story")
