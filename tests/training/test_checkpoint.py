import json

import pytest
import torch

from tagger.build_corpus import build_corpus
from tagger.errors import ModelError
from tagger.tagger import Tagger
from tagger.training.checkpoint import TrainingState, load_checkpoint, read_state, save_checkpoint
from tagger.training.loop import Learner

OPTIMIZERS = [{"kind": "adamw"}, {"kind": "sgd", "momentum": 0.9}, {"kind": "sgd", "momentum": 0.0}]


class Run:
    """A run of a recipe, step by step."""

    def __init__(self, recipe):
        corpus = build_corpus(recipe)
        tagger = Tagger.from_recipe(recipe, corpus)
        self.learner = Learner(tagger, recipe)
        self.sentences = tagger.encode(corpus, "train")
        self.state = TrainingState(corpus.fingerprint)

    def steps(self, count=None):
        """Takes so many steps, or all that are left, and gives their losses."""
        steps = self.learner.steps(self.sentences, self.state)
        return [step.loss for step in steps] if count is None else [next(steps).loss for _ in range(count)]

    def save(self, folder):
        learner = self.learner
        save_checkpoint(folder, self.state, learner.tagger.model, learner.optimizer, learner.average)

    def load(self, folder):
        learner = self.learner
        self.state = load_checkpoint(folder, learner.tagger.model, learner.optimizer, learner.average)

    def tensors(self):
        learner = self.learner
        average = learner.average.average if learner.average else {}
        return {**learner.tagger.model.state_dict(), **{f"average/{name}": mean for name, mean in average.items()}}


@pytest.fixture
def recipe(tiny_recipe):
    def make(optimizer=OPTIMIZERS[0], average=0.9, **sections):
        training = {"epochs": 3, "batch_words": 8, "device": "cpu", "optimizer": optimizer, "average": average}
        return tiny_recipe(training=training, **sections)

    return make


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
@pytest.mark.parametrize("average", [None, 0.9])
@pytest.mark.parametrize("before", [1, 4, 6])
def test_a_resumed_run_equals_the_unbroken_one_bit_by_bit(recipe, tmp_path, optimizer, average, before):
    made = recipe(optimizer, average, encoder={"hidden": 6, "initial_state": "random"})
    unbroken = Run(made)
    losses = unbroken.steps()
    broken = Run(made)  # Draws its weights from the seed again, and sets the random state thereby.
    assert broken.steps(before) == losses[:before]
    broken.save(tmp_path / "checkpoint")
    torch.manual_seed(12345)
    resumed = Run(made)
    resumed.load(tmp_path / "checkpoint")
    assert resumed.steps() == losses[before:]
    for name, tensor in unbroken.tensors().items():
        assert torch.equal(tensor, resumed.tensors()[name]), name
    assert (resumed.state.epoch, resumed.state.step) == (unbroken.state.epoch, unbroken.state.step)


def test_the_state_comes_back_as_it_was(recipe, tmp_path):
    run = Run(recipe())
    run.steps(2)
    run.state.best_score, run.state.best_epoch = 0.5, 1
    run.save(tmp_path / "checkpoint")
    assert read_state(tmp_path / "checkpoint") == run.state
    other = Run(recipe())
    other.load(tmp_path / "checkpoint")
    assert other.state == run.state
    assert other.learner.average.num_updates == 2


def test_frozen_weights_are_not_in_the_checkpoint(recipe, tmp_path):
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("the 1 2\noslo 3 4\n", "utf-8")
    embeddings = [{"kind": "words", "vectors": str(vectors), "trainable": False}]
    made = recipe(embeddings=embeddings)
    run, other = Run(made), Run(made)
    run.steps(2)
    run.save(tmp_path / "checkpoint")
    other.load(tmp_path / "checkpoint")
    assert all(torch.equal(tensor, other.tensors()[name]) for name, tensor in run.tensors().items())
    assert b"vectors.weight" not in (tmp_path / "checkpoint" / "state.safetensors").read_bytes()


def test_a_later_checkpoint_replaces_the_earlier_and_leaves_nothing_else(recipe, tmp_path):
    run = Run(recipe())
    for _ in range(2):
        run.steps(1)
        run.save(tmp_path / "checkpoint")
    assert read_state(tmp_path / "checkpoint").step == 2
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]
    assert sorted(path.name for path in (tmp_path / "checkpoint").iterdir()) == ["state.json", "state.safetensors"]


def test_the_state_is_plain_json(recipe, tmp_path):
    run = Run(recipe())
    run.steps(1)
    run.save(tmp_path / "checkpoint")
    assert json.loads((tmp_path / "checkpoint" / "state.json").read_text("utf-8"))["state"]["step"] == 1


def test_without_a_checkpoint_there_is_nothing_to_resume(tmp_path):
    with pytest.raises(ModelError, match="no checkpoint to resume from"):
        read_state(tmp_path / "checkpoint")


def test_the_checkpoint_of_another_model_is_refused(recipe, tmp_path):
    Run(recipe()).save(tmp_path / "checkpoint")
    with pytest.raises(ModelError, match="can't be taken up"):
        Run(recipe(encoder={"hidden": 7})).load(tmp_path / "checkpoint")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("state.safetensors", b"nonsense"),
        ("state.safetensors", None),
        ("state.json", b"{"),
        ("state.json", b"{}"),
        ("state.json", b"\xff\xfe"),
        ("state.json", b'{"state": {"surprise": 1}}'),
        ("state.json", None),
    ],
)
def test_a_damaged_checkpoint_is_refused(recipe, tmp_path, file, content):
    run = Run(recipe())
    run.save(tmp_path / "checkpoint")
    path = tmp_path / "checkpoint" / file
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(ModelError):
        run.load(tmp_path / "checkpoint")
    if file == "state.json":
        with pytest.raises(ModelError):
            read_state(tmp_path / "checkpoint")
