import pytest
import torch
from safetensors.torch import save

from tagger.build_corpus import build_corpus
from tagger.errors import ModelError, TaggerError
from tagger.tagger import Tagger
from tagger.training.checkpoint import TrainingState, load_checkpoint, random_states, read_state, save_checkpoint
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
        self.learner.save(folder, self.state)

    def load(self, folder):
        self.state = self.learner.load(folder)

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
    assert [path.name for path in (tmp_path / "checkpoint").iterdir()] == ["state.safetensors"]


def test_without_a_checkpoint_there_is_nothing_to_resume(tmp_path):
    with pytest.raises(ModelError, match="no checkpoint to resume from"):
        read_state(tmp_path / "checkpoint")


def test_the_checkpoint_of_another_model_is_refused(recipe, tmp_path):
    Run(recipe()).save(tmp_path / "checkpoint")
    with pytest.raises(ModelError, match="can't be taken up"):
        Run(recipe(encoder={"hidden": 7})).load(tmp_path / "checkpoint")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense",
        save({"weight/x": torch.zeros(2)}),
        save({"weight/x": torch.zeros(2)}, {"data": "{"}),
        save({"weight/x": torch.zeros(2)}, {"data": "{}"}),
        save({"weight/x": torch.zeros(2)}, {"data": '{"state": {"surprise": 1}}'}),
    ],
)
def test_a_damaged_checkpoint_is_refused(recipe, tmp_path, content):
    run = Run(recipe())
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / "checkpoint" / "state.safetensors").write_bytes(content)
    for read in (run.load, read_state):
        with pytest.raises(ModelError, match=r"(?s)the checkpoint can't be taken up \(.+\)\n  Train anew with --overwrite\."):
            read(tmp_path / "checkpoint")


def test_a_checkpoint_cut_short_is_refused(recipe, tmp_path):
    run = Run(recipe())
    run.save(tmp_path / "checkpoint")
    path = tmp_path / "checkpoint" / "state.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelError, match="the checkpoint can't be taken up"):
        run.load(tmp_path / "checkpoint")


def test_what_a_dead_writer_left_is_removed(recipe, tmp_path):
    (tmp_path / "checkpoint" / ".state.safetensors.new").mkdir(parents=True)
    (tmp_path / "checkpoint" / ".state.safetensors.new" / ".tmp123").write_bytes(b"half of it")
    Run(recipe()).save(tmp_path / "checkpoint")
    assert [path.name for path in (tmp_path / "checkpoint").iterdir()] == ["state.safetensors"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_ran_away_never_replace_good_ones(recipe, tmp_path, value):
    run = Run(recipe())
    run.steps(1)
    run.save(tmp_path / "checkpoint")
    run.steps(1)
    with torch.no_grad():
        run.learner.tagger.model.encoder.lstm.weight_hh_l0[0, 0] = value
    with pytest.raises(TaggerError, match=r"^training: after step 2 the weights of encoder\.lstm\.weight_hh_l0 are not finite\n"):
        run.save(tmp_path / "checkpoint")
    assert read_state(tmp_path / "checkpoint").step == 1


def test_each_process_has_its_own_random_state_in_the_checkpoint(recipe, tmp_path):
    run = Run(recipe())
    states = []
    for seed in (5, 6):
        torch.manual_seed(seed)
        states.append(random_states())
    save_checkpoint(tmp_path / "checkpoint", run.state, run.learner.parts, dict(enumerate(states)))
    for rank, expected in ((0, states[0]), (1, states[1]), (2, states[1])):
        # The third is new: it keeps the numbers that it has.
        load_checkpoint(tmp_path / "checkpoint", run.learner.parts, rank)
        assert torch.equal(torch.get_rng_state(), expected["cpu"])
