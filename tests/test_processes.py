"""What one process does alone; what several do is in the stories."""

import pytest
import torch

from tagger.errors import CorpusError, TaggerError
from tagger.processes import ALONE, Processes


def test_one_process_alone_talks_to_nobody():
    assert ALONE.is_main
    assert ALONE.gather("x") == ["x"]
    assert ALONE.total(2, True, 0.5) == [2, 1, 0.5]
    assert ALONE.together(lambda: 3) == 3
    loss = torch.tensor(2.0)
    assert ALONE.add_up([torch.zeros(2)], loss) is loss


def test_its_error_is_its_own():
    error = CorpusError("a fault", where="x.txt:3")

    def fail():
        raise error

    for work in (ALONE.together, ALONE.on_main):
        with pytest.raises(CorpusError) as caught:
            work(fail)
        assert caught.value is error


class TwoOfTwo(Processes):
    """The second process; what the first told is known."""

    def __init__(self, told):
        super().__init__(rank=1, count=2)
        self.told = told

    def gather(self, value):
        return [self.told, value]


def test_what_the_main_process_could_not_do_is_told_by_the_others_in_its_words():
    with pytest.raises(TaggerError) as caught:
        TwoOfTwo(("a fault", "x.txt:3", "Mend it.")).on_main(lambda: pytest.fail("only the main process does it"))
    assert str(caught.value) == "x.txt:3: a fault\n  Mend it."
    assert TwoOfTwo(()).together(lambda: 3) == 3
