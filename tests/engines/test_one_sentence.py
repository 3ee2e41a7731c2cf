import pytest
import torch

from tagger.engines.one_sentence import SentenceLayers
from tagger.modules.encoders import LSTMEncoder

LAYERS = [
    {"layers": 1},
    {"layers": 1, "bidirectional": False},
    {"layers": 3},
    {"layers": 2, "bidirectional": False, "initial_state": "learned"},
    {"layers": 2, "initial_state": "learned"},
    {"layers": 1, "initial_state": "random"},
]


@pytest.mark.skipif(not SentenceLayers.can_run(torch.float32), reason="this torch has no oneDNN")
@pytest.mark.parametrize("num_words", [1, 2, 16, 40])
@pytest.mark.parametrize("options", LAYERS, ids=str)
@torch.inference_mode()
def test_it_gives_what_the_layer_that_learns_gives(options, num_words):
    torch.manual_seed(0)
    encoder = LSTMEncoder(5, hidden=4, **options).eval()
    for weight in encoder.parameters():
        weight.normal_()
    vectors = torch.randn(num_words, 5)
    found = SentenceLayers(encoder.lstm, encoder.state)(vectors)
    torch.testing.assert_close(found, encoder(vectors[None], torch.tensor([num_words]))[0], atol=2e-6, rtol=0)


def test_it_runs_in_float32_alone():
    assert not SentenceLayers.can_run(torch.bfloat16)
