import copy

import pytest
import torch

from tagger.build import build_optimizer
from tagger.build_corpus import build_corpus
from tagger.modules.embeddings.table import row_tables
from tagger.modules.embeddings.words import WordEmbedding
from tagger.processes import ALONE, Processes
from tagger.tagger import Tagger
from tagger.training.optim import WeightAverage
from tagger.training.used_rows import UsedRows

RATE, DECAY, EPSILON, SECOND = 0.1, 0.2, 1e-8, 0.9
# Five rows: padding, unknown, and three words, one of which only the first and the last steps use.
STEPS = [[2, 4], [2, 3], [3, 3, 1], [1, 2, 2], [3, 4]]
OPTIMIZERS = {
    "adamw": lambda weights: torch.optim.AdamW(weights, lr=RATE, betas=(0.0, SECOND), weight_decay=DECAY, fused=True),
    "sgd": lambda weights: torch.optim.SGD(weights, lr=RATE, momentum=0.9, weight_decay=DECAY, fused=True),
}


class Table:
    """A word table that learns to be near 1, next to a weight that is no table; whole, or row by row."""

    def __init__(self, *, by_rows=True, optimizer="adamw", average=0.9, processes=ALONE):
        torch.manual_seed(1)
        self.words = WordEmbedding(5, 3, trainable=True)
        self.model = torch.nn.ModuleDict({"words": self.words, "other": torch.nn.Linear(3, 3, bias=False)})
        self.optimizer = OPTIMIZERS[optimizer](list(self.model.parameters()))
        self.average = WeightAverage(self.model, average, row_tables(self.model) if by_rows else ())
        self.rows = UsedRows(self.model if by_rows else torch.nn.Module(), self.optimizer, self.average, processes)

    @property
    def weight(self):
        return self.words.vectors.weight

    def backward(self, ids, scale=1.0):
        self.optimizer.zero_grad()
        (scale * (self.model["other"](self.words(torch.tensor(ids))) - 1).square().sum()).backward()

    def step(self, ids):
        self.backward(ids)
        with self.rows.alone():
            self.norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), 0.5)
            self.optimizer.step()
            self.average.update()

    def moments(self):
        return {key: value for key, value in self.optimizer.state[self.weight].items() if value.ndim}

    def averaged(self):
        with self.average.applied():
            return copy.deepcopy(self.model.state_dict())


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_where_each_step_uses_every_row_it_is_the_whole_table_that_learns(optimizer):
    whole, rows = Table(by_rows=False, optimizer=optimizer), Table(optimizer=optimizer)
    for ids in ([1, 2, 3, 4], [4, 3, 2, 1, 2], [1, 1, 2, 3, 4]):
        whole.step(ids)
        rows.step(ids)
        assert rows.norm == pytest.approx(whole.norm)
    for (name, expected), found in zip(whole.model.state_dict().items(), rows.model.state_dict().values(), strict=True):
        # Padding has no gradient, but in a whole table it decays; it is 0.
        torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-7, msg=name)
    for name, expected in whole.averaged().items():
        torch.testing.assert_close(rows.averaged()[name], expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_row_that_is_not_used_stays_as_it_is(optimizer):
    table = Table(optimizer=optimizer)
    table.step([1, 2, 3, 4])
    before, moments = table.weight.detach().clone(), copy.deepcopy(table.moments())
    for _ in range(3):
        table.step([2, 3])
    changed = (table.weight != before).any(1)
    assert changed.tolist() == [False, False, True, True, False]
    assert moments
    for key, value in table.moments().items():
        assert (value != moments[key]).view(5, -1).any(1).tolist() == changed.tolist(), key


def test_padding_stays_zero_and_whoever_has_no_moments_yet_gets_those_of_a_whole_table():
    table = Table()
    table.step([0, 2])
    assert not table.weight[0].any()
    assert table.weight.shape == (5, 3)
    assert {key: value.shape for key, value in table.moments().items()} == {
        "exp_avg": (5, 3),
        "exp_avg_sq": (5, 3),
        "last_step": (5,),
    }
    assert table.weight.grad is None


def test_each_row_follows_the_formulas_of_adamw_in_the_steps_that_use_it():
    """Loshchilov and Hutter (2019), algorithm 2, without a first moment; the second one is that of a whole table."""
    table = Table()
    weight = table.weight.detach().clone()
    square = torch.zeros(5, 3)
    for number, ids in enumerate(STEPS, 1):
        table.backward(ids)
        gradients = [parameter.grad.to_dense() for parameter in table.model.parameters()]
        norm = torch.cat([gradient.flatten() for gradient in gradients]).norm()
        gradient = gradients[0] * min(1, 0.5 / norm)
        assert norm > 0.5, "or clipping is not tried"
        square = SECOND * square + (1 - SECOND) * gradient**2
        for row in set(ids):
            direction = gradient[row] / ((square[row] / (1 - SECOND**number)).sqrt() + EPSILON)
            weight[row] -= RATE * (direction + DECAY * weight[row])
        table.step(ids)
        torch.testing.assert_close(table.weight.detach(), weight, rtol=1e-5, atol=1e-6)


def test_a_row_that_stands_several_times_has_the_sum_of_its_gradients():
    table = Table()
    once = Table(by_rows=False)
    for made in (table, once):
        made.backward([3, 2, 3, 3])
    with table.rows.alone():
        assert table.weight.shape == (2, 3)
        torch.testing.assert_close(table.weight.grad, once.weight.grad[2:4])


@pytest.mark.parametrize("decay", [0.5, 0.999])
def test_the_average_is_that_of_the_whole_table_whenever_it_is_asked_for(decay):
    table = Table(average=decay)
    whole = WeightAverage(table.model, decay)
    for number, ids in enumerate(STEPS * 6):
        table.step(ids)
        whole.update()
        if number in {3, 20, 29}:
            for name, found in table.averaged().items():
                torch.testing.assert_close(found, whole.average[name], rtol=1e-5, atol=1e-6)


def test_asking_for_the_average_again_changes_no_bit():
    table = Table(average=0.9)
    for ids in STEPS:
        table.step(ids)
    first, weights = table.averaged(), copy.deepcopy(table.model.state_dict())
    again = table.averaged()
    assert all(torch.equal(value, again[name]) for name, value in first.items())
    assert all(torch.equal(value, weights[name]) for name, value in table.model.state_dict().items())


def test_after_an_error_the_table_is_whole_again():
    table = Table()
    table.backward([2, 3])
    before = table.weight.detach().clone()
    with pytest.raises(RuntimeError), table.rows.alone():
        raise RuntimeError
    assert torch.equal(table.weight, before)
    assert all(len(value) == 5 for name, value in table.average.average.items() if name.startswith("words"))


class FirstOfTwo(Processes):
    """The first process; what rows the second has used is known."""

    def __init__(self, others):
        super().__init__(rank=0, count=2)
        self.others = torch.tensor(others)

    def gather(self, value):
        return [value, self.others]


@pytest.mark.parametrize(("own", "others", "expected"), [([4, 2], [3, 4], [2, 3, 4]), ([], [1, 3], [1, 3]), ([2], [1], [1, 2])])
def test_the_rows_of_several_processes_are_those_that_one_of_them_uses(own, others, expected):
    table, whole = Table(processes=FirstOfTwo(others)), Table(by_rows=False)
    if own:
        for made in (table, whole):
            made.backward(own)
    gradient = whole.weight.grad if own else torch.zeros(5, 3)
    with table.rows.alone():
        torch.testing.assert_close(table.weight, whole.weight[expected])
        torch.testing.assert_close(table.weight.grad, gradient[expected])


@pytest.mark.parametrize("unscaled_before", [True, False])
def test_losses_scaled_for_half_precision_change_nothing_and_a_step_without_finite_gradients_is_left_out(unscaled_before):
    plain, scaled = Table(), Table()
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)

    def step(ids, factor=1.0):
        scaled.backward(ids, factor * scaler.get_scale())
        with scaled.rows.alone():
            if unscaled_before:
                scaler.unscale_(scaled.optimizer)
            scaler.step(scaled.optimizer)
        scaler.update()

    scaler.scale(torch.zeros(()))
    for ids in STEPS:
        plain.backward(ids)
        with plain.rows.alone():
            plain.optimizer.step()
        step(ids)
    torch.testing.assert_close(scaled.weight, plain.weight)
    before = scaled.weight.detach().clone()
    step([2, 3], float("inf"))
    assert torch.equal(scaled.weight, before)


def test_subwords_are_trained_by_rows_too(tiny_recipe):
    recipe = tiny_recipe(embeddings=[{"kind": "subwords", "width": 5}])
    model = Tagger.from_recipe(recipe, build_corpus(recipe)).model
    groups = {group["betas"]: group["params"] for group in build_optimizer(recipe, model).param_groups}
    assert [id(weight) for weight in groups[0.0, 0.999]] == [id(model.embedding.parts["subwords"].vectors.weight)]


def test_a_frozen_table_is_left_alone():
    assert row_tables(WordEmbedding(5, 3, trainable=False)) == {}


@pytest.mark.parametrize("trainable", [True, False])
def test_only_word_tables_that_learn_are_without_a_first_moment(tiny_recipe, tmp_path, trainable):
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("the 1 2\noslo 3 4\n", "utf-8")
    words = {"kind": "words", "vectors": str(vectors), "trainable": trainable}
    recipe = tiny_recipe(embeddings=[words, {"kind": "characters", "width": 4, "filters": 5}])
    model = Tagger.from_recipe(recipe, build_corpus(recipe)).model
    groups = build_optimizer(recipe, model).param_groups
    shapes = {group["betas"]: [weight.shape for weight in group["params"]] for group in groups}
    assert len(shapes) == len(groups) == 1 + trainable
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    assert {id(weight) for group in groups for weight in group["params"]} == {id(weight) for weight in trained}
    if trainable:
        assert shapes[0.0, 0.999] == [model.embedding.embeddings["words"].vectors.weight.shape]
