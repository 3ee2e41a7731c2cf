import pytest
import torch

from tagger.errors import TaggerError
from tagger.training.launch import build_accelerator, threads
from tagger.training_settings import TrainingSettings


def test_a_device_for_one_process_is_refused_to_several(monkeypatch):
    """Else each would train by itself, and all would write into one folder."""
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setattr(
        "tagger.training.launch.Accelerator", lambda **options: type("One", (), {"num_processes": 1, "device": torch.device("mps")})
    )
    with pytest.raises(TaggerError) as caught:
        build_accelerator(TrainingSettings())
    assert (
        str(caught.value)
        == "training.device: 2 processes were started, but mps is for one\n  Start one process, or set training.device=cpu."
    )


def test_several_processes_without_a_gpu_meet_on_the_processor(monkeypatch):
    asked = []

    def accelerator(*, cpu, mixed_precision):
        asked.append(cpu)
        return type("Two", (), {"num_processes": 2})

    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("tagger.training.launch.Accelerator", accelerator)
    build_accelerator(TrainingSettings(device="auto"))
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    build_accelerator(TrainingSettings(device="auto"))
    assert asked == [True, False]


def test_fp16_is_refused_where_the_device_that_is_found_is_a_processor(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    with pytest.raises(TaggerError) as caught:
        build_accelerator(TrainingSettings(precision="fp16"))
    told = "training.precision: fp16 needs a GPU, and there is none\n  Set training.precision to bf16 or float32."
    assert str(caught.value) == told


def test_threads_are_set_and_put_back_also_after_an_error():
    before = torch.get_num_threads()
    with threads(before + 1):
        assert torch.get_num_threads() == before + 1
    with pytest.raises(KeyError), threads(before + 2):
        raise KeyError
    with threads(None):
        assert torch.get_num_threads() == before
    assert torch.get_num_threads() == before
