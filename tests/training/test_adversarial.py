"""Adversarial training against its definition, written out."""

import contextlib

import pytest
import torch

from tagger.build_corpus import build_corpus
from tagger.modules.batch import make_batch
from tagger.tagger import Tagger
from tagger.training.adversarial import adversarial_gradient, worst_direction
from tagger.training.checkpoint import TrainingState
from tagger.training.loop import Learner

SIZE = 0.05


@pytest.fixture
def learner_of(tiny_recipe):
    """A learner of the tiny recipe without dropout, with further training settings, and its sentences."""

    def make(**settings):
        training = {"epochs": 2, "batch_words": 8, "device": "cpu", **settings}
        recipe = tiny_recipe(training=training, dropout={"words": 0.0, "input": 0.0, "output": 0.0})
        corpus = build_corpus(recipe)
        tagger = Tagger.from_recipe(recipe, corpus)
        return Learner(tagger, recipe), tagger.encode(corpus, "train"), TrainingState(corpus.fingerprint)

    return make


def gradients(model):
    return {name: weight.grad.to_dense().clone() for name, weight in model.named_parameters() if weight.grad is not None}


def test_the_gradient_is_that_of_half_the_loss_here_and_half_the_loss_there(learner_of):
    learner, sentences, _ = learner_of()
    model, batch = learner.tagger.model.train(), make_batch(sentences, [0, 1, 2])
    # Which rare characters are hidden is drawn.
    torch.manual_seed(5)
    loss = adversarial_gradient(model, batch, SIZE, words=7, backward=torch.Tensor.backward, autocast=contextlib.nullcontext)
    found = gradients(model)

    model.zero_grad()
    torch.manual_seed(5)
    vectors = model.embedding.vectors(batch)
    vectors.retain_grad()
    here = model.loss_at(vectors, batch) / 7
    here.backward(retain_graph=True)
    direction = vectors.grad.clone()
    for row, length in enumerate(batch.lengths.tolist()):
        direction[row, length:] = 0
        direction[row] *= SIZE * (length * vectors.shape[2]) ** 0.5 / direction[row].norm()
    model.zero_grad()
    ((model.loss_at(vectors, batch) + model.loss_at(vectors + direction, batch)) / 14).backward()
    expected = gradients(model)

    assert loss.item() == pytest.approx(here.item())
    torch.manual_seed(5)
    assert loss.item() == pytest.approx(model(batch).item() / 7)
    assert found.keys() == expected.keys()
    assert any("embedding" in name for name in found)
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected[name], msg=name)


def test_the_loss_is_higher_where_the_vectors_are_moved_to(learner_of):
    learner, sentences, _ = learner_of()
    model, batch = learner.tagger.model.train(), make_batch(sentences, [0, 1, 2])
    vectors = model.embedding.vectors(batch).detach().requires_grad_()
    here = model.loss_at(vectors, batch)
    here.backward()
    move = worst_direction(vectors.grad, batch, SIZE)
    assert model.loss_at(vectors + move, batch) > here
    other = torch.randn_like(move) * batch.mask[..., None]
    other *= (move.flatten(1).norm(dim=1) / other.flatten(1).norm(dim=1))[:, None, None]
    assert model.loss_at(vectors + move, batch) > model.loss_at(vectors + other, batch)


def test_each_sentence_is_moved_by_as_much_as_its_numbers_are_and_padding_is_not(learner_of):
    _, sentences, _ = learner_of()
    batch = make_batch(sentences, [0, 1, 2])
    shape = (*batch.mask.shape, 4)
    move = worst_direction(torch.randn(shape), batch, SIZE)
    assert (move.flatten(1).norm(dim=1) / (4 * batch.lengths).sqrt()).tolist() == pytest.approx([SIZE] * len(batch.lengths))
    assert not move[~batch.mask].any()
    assert not worst_direction(torch.zeros(shape), batch, SIZE).any()
    assert not worst_direction(torch.full(shape, 0.0, dtype=torch.bfloat16), batch, SIZE).isnan().any()


def test_the_setting_changes_what_a_step_learns_and_not_the_loss_that_it_tells(learner_of):
    def first(**settings):
        learner, sentences, state = learner_of(**settings)
        step = next(learner.steps(sentences, state))
        return step.loss, learner.tagger.model.state_dict()

    plain, adversarial, again = first(), first(adversarial=SIZE), first(adversarial=SIZE)
    assert adversarial[0] == pytest.approx(plain[0])
    assert any(not torch.equal(weight, plain[1][name]) for name, weight in adversarial[1].items())
    assert all(torch.equal(weight, again[1][name]) for name, weight in adversarial[1].items())


def test_what_a_batch_teaches_is_the_sum_of_what_its_sentences_teach(learner_of):
    learner, sentences, _ = learner_of()
    model = learner.tagger.model.eval()

    def taught(*rows):
        adversarial_gradient(
            model,
            make_batch(sentences, list(rows)),
            SIZE,
            words=1,
            backward=torch.autograd.backward,
            autocast=contextlib.nullcontext,
        )

    taught(0, 1, 2)
    together = gradients(model)
    model.zero_grad()
    for row in (0, 1, 2):
        taught(row)
    for name, gradient in gradients(model).items():
        torch.testing.assert_close(gradient, together[name], rtol=1e-4, atol=1e-5)


def test_frozen_vectors_are_moved_too_and_stay_as_they_are(tiny_recipe, tmp_path):
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("ann 0.1 0.2\noslo -0.3 0.4\nsleeps 0.5 0.6\n", "utf-8")
    recipe = tiny_recipe(
        training={"epochs": 1, "batch_words": 8, "device": "cpu", "adversarial": SIZE},
        embeddings=[{"kind": "words", "vectors": str(vectors), "trainable": False}],
    )
    corpus = build_corpus(recipe)
    tagger = Tagger.from_recipe(recipe, corpus)
    learner, before = Learner(tagger, recipe), {name: value.clone() for name, value in tagger.model.state_dict().items()}
    steps = list(learner.steps(tagger.encode(corpus, "train"), TrainingState(corpus.fingerprint)))
    after = tagger.model.state_dict()
    assert steps[0].loss > 0
    assert [name for name in before if "embedding" in name and not torch.equal(before[name], after[name])] == []
    assert any(not torch.equal(before[name], after[name]) for name in before if "encoder" in name)
