import numpy as np
import pytest
import torch

from tagger.build_corpus import build_corpus
from tagger.errors import TaggerError
from tagger.modules.batch import make_batch
from tagger.tagger import Tagger
from tagger.training.checkpoint import TrainingState
from tagger.training.loop import Learner
from tagger.training.optim import rate_factor
from tagger.training_settings import ScheduleSettings


def start(recipe):
    """A learner, its sentences, and the state before the first step."""
    corpus = build_corpus(recipe)
    tagger = Tagger.from_recipe(recipe, corpus)
    return Learner(tagger, recipe), tagger.encode(corpus, "train"), TrainingState(corpus.fingerprint)


def run(recipe):
    learner, sentences, state = start(recipe)
    return learner, list(learner.steps(sentences, state)), state


def training(**settings):
    return {"epochs": 3, "batch_words": 8, "device": "cpu", **settings}


def weights_of(learner):
    return {name: weight.detach().clone() for name, weight in learner.tagger.model.named_parameters()}


def test_one_step_tells_what_it_did(tiny_recipe):
    learner, sentences, state = start(tiny_recipe())
    before = weights_of(learner)
    step = next(learner.steps(sentences, state))
    assert (step.step, step.epoch, step.ends_epoch) == (1, 1, False)
    assert 0 < step.words <= 8
    assert step.loss > 0
    assert step.seconds > 0
    assert (state.step, state.epoch, state.batch) == (1, 0, 1)
    assert state.loss == pytest.approx(step.loss * step.words)
    assert any(not torch.equal(weight, before[name]) for name, weight in learner.tagger.model.named_parameters())


def test_nothing_is_learned_before_the_first_step_is_asked_for(tiny_recipe):
    learner, sentences, state = start(tiny_recipe())
    before = weights_of(learner)
    learner.steps(sentences, state)
    assert state.step == 0
    assert all(torch.equal(weight, before[name]) for name, weight in learner.tagger.model.named_parameters())


def test_each_epoch_sees_every_word_and_says_where_it_ends(tiny_recipe):
    learner, steps, state = run(tiny_recipe())
    _, sentences, _ = start(tiny_recipe())
    for epoch in (1, 2, 3):
        of_epoch = [step for step in steps if step.epoch == epoch]
        assert sum(step.words for step in of_epoch) == sentences.lengths.sum()
        assert [step.ends_epoch for step in of_epoch] == [False] * (len(of_epoch) - 1) + [True]
    assert [step.step for step in steps] == list(range(1, sum(learner.num_steps(sentences)) + 1))
    assert (state.epoch, state.batch, state.step) == (3, 0, len(steps))


def test_the_state_sums_the_losses_of_the_running_epoch(tiny_recipe):
    _, steps, state = run(tiny_recipe())
    last = [step for step in steps if step.epoch == 3]
    assert state.words == sum(step.words for step in last)
    assert state.loss == pytest.approx(sum(step.loss * step.words for step in last))
    assert state.seconds == pytest.approx(sum(step.seconds for step in steps))


@pytest.mark.parametrize(
    "schedule", [{"kind": "linear"}, {"kind": "cosine", "warmup": 0.3}, {"kind": "constant"}, {"kind": "one_cycle"}]
)
def test_the_learning_rate_takes_its_course(tiny_recipe, schedule):
    optimizer = {"kind": "sgd", "learning_rate": 0.1}
    learner, steps, _ = run(tiny_recipe(training=training(schedule=schedule, optimizer=optimizer)))
    expected = [0.1 * rate_factor(ScheduleSettings(**schedule), index / len(steps)) for index in range(len(steps))]
    assert [step.learning_rate for step in steps] == pytest.approx(expected)
    assert learner.optimizer.param_groups[0]["lr"] == pytest.approx(expected[-1])


@pytest.mark.parametrize("optimizer", [{"kind": "adamw"}, {"kind": "sgd"}])
def test_the_same_seed_gives_the_same_losses_and_weights(tiny_recipe, optimizer):
    recipe = tiny_recipe(training=training(optimizer=optimizer))
    (one, steps, _), (other, again, _) = run(recipe), run(recipe)
    assert [step.loss for step in steps] == [step.loss for step in again]
    assert all(torch.equal(weight, weights_of(other)[name]) for name, weight in weights_of(one).items())


def test_another_seed_gives_other_losses(tiny_recipe):
    one, other = (run(tiny_recipe(training=training(seed=seed)))[1] for seed in (1, 2))
    assert [step.loss for step in one] != [step.loss for step in other]


@pytest.mark.parametrize("decoder", ["crf", "softmax"])
def test_the_loss_falls(tiny_recipe, decoder):
    settings = training(epochs=20, optimizer={"kind": "adamw", "learning_rate": 0.05})
    _, steps, _ = run(tiny_recipe(training=settings, tasks={"ner": {"scheme": "iobes", "decoder": decoder}}))
    first, last = ([step.loss for step in steps if step.epoch == epoch] for epoch in (1, 20))
    assert sum(last) < sum(first) / 2


def test_the_loss_is_a_mean_over_words(tiny_recipe):
    learner, sentences, state = start(tiny_recipe(dropout={"words": 0.0, "input": 0.0, "output": 0.0}))
    learner.model.train()
    torch.manual_seed(3)
    before = weights_of(learner)
    step = next(learner.steps(sentences, state))
    with torch.no_grad():
        for name, weight in learner.tagger.model.named_parameters():
            weight.copy_(before[name])
        torch.manual_seed(3)
        batch = make_batch(sentences, learner._batches(sentences, 0)[0])
        assert step.loss == pytest.approx(learner.model(batch).item() / batch.num_words)


def test_the_gradient_is_clipped(tiny_recipe):
    settings = {"optimizer": {"kind": "sgd", "learning_rate": 1.0, "momentum": 0.0}, "schedule": {"kind": "constant"}}
    learner, sentences, state = start(tiny_recipe(training=training(clip=0.001, **settings)))
    before = weights_of(learner)
    next(learner.steps(sentences, state))
    moved = [(weight - before[name]).norm() for name, weight in weights_of(learner).items()]
    assert torch.stack(moved).norm().item() == pytest.approx(0.001, rel=0.01)


@pytest.mark.parametrize("average", [None, 0.9])
def test_the_average_is_kept_where_the_recipe_asks_for_it(tiny_recipe, average):
    learner, steps, _ = run(tiny_recipe(training=training(average=average)))
    assert (learner.average.num_updates if learner.average else None) == (len(steps) if average else None)


def test_the_loop_goes_on_from_where_the_state_stands(tiny_recipe):
    _, steps, _ = run(tiny_recipe())
    in_second = sum(step.epoch == 1 for step in steps) + 1
    learner, sentences, state = start(tiny_recipe())
    state.epoch, state.batch, state.step = 1, 1, in_second
    rest = list(learner.steps(sentences, state))
    assert [(step.step, step.epoch, step.words) for step in rest] == [
        (step.step, step.epoch, step.words) for step in steps[in_second:]
    ]


def test_a_device_that_is_not_there_is_named(tiny_recipe):
    missing = "mps" if not torch.backends.mps.is_available() else "cuda"
    recipe = tiny_recipe(training=training(device=missing))
    with pytest.raises(TaggerError, match=f"device '{missing}' is not available") as caught:
        start(recipe)
    assert caught.value.where == "training.device"


PLAIN = {"words": 0.0, "input": 0.0, "output": 0.0}
WORDS = [{"kind": "words", "width": 8, "singleton_dropout": 0.0}, {"kind": "characters", "width": 4, "filters": 5}]


def test_batches_that_make_one_step_together_equal_one_large_batch(tiny_recipe, monkeypatch):
    small = {"batch_words": 8, "average": None, "clip": 0.05, "optimizer": {"kind": "sgd", "learning_rate": 0.5}}
    learner, sentences, state = start(
        tiny_recipe(training=training(accumulate=2, epochs=2, **small), dropout=PLAIN, embeddings=WORDS)
    )
    # The same sentences, each two batches as one.
    pairs = [
        [np.concatenate(batches[index : index + 2]) for index in range(0, len(batches), 2)]
        for batches in (learner._batches(sentences, epoch) for epoch in range(2))
    ]
    steps = list(learner.steps(sentences, state))
    other, same, begun = start(tiny_recipe(training=training(epochs=2, **small), dropout=PLAIN, embeddings=WORDS))
    monkeypatch.setattr(other, "_batches", lambda _, epoch: pairs[epoch])
    large = list(other.steps(same, begun))
    assert [(step.step, step.epoch, step.words, step.ends_epoch) for step in steps] == [
        (step.step, step.epoch, step.words, step.ends_epoch) for step in large
    ]
    assert len(steps) == sum(learner.num_steps(sentences)) < sum(map(len, pairs)) * 2
    assert [step.loss for step in steps] == pytest.approx([step.loss for step in large], abs=1e-6)
    for name, weight in weights_of(learner).items():
        torch.testing.assert_close(weight, weights_of(other)[name], rtol=0, atol=1e-6)


def test_a_part_learns_by_its_factor_of_the_rate(tiny_recipe):
    settings = {"optimizer": {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.0}, "clip": None, "average": None}
    moved = []
    for factors in ({}, {"words": 0.5, "encoder": 2.0}):
        learner, sentences, state = start(tiny_recipe(training=training(rate_factors=factors, **settings), dropout=PLAIN))
        before = weights_of(learner)
        next(learner.steps(sentences, state))
        moved.append({name: weight - before[name] for name, weight in weights_of(learner).items()})
    expected = {"embedding.embeddings.words": 0.5, "embedding.embeddings.characters": 1.0, "encoder": 2.0, "_decoders": 1.0}
    seen = set()
    for name, step in moved[1].items():
        part = next(part for part in expected if name.startswith(part))
        seen.add(part)
        torch.testing.assert_close(step, moved[0][name] * expected[part], rtol=1e-3, atol=1e-7)
        assert moved[0][name].any()
    assert seen == set(expected)
