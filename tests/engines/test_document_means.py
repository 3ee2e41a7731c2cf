import numpy as np
import onnxruntime
import torch
from torch import nn

from tagger.engines.document_means import document_means
from tagger.engines.onnx_graphs import document_context_graph
from tagger.features.document_context import Documents
from tagger.modules.batch import context_tensors
from tagger.modules.embeddings.document_context import DocumentContextEmbedding


def test_means_and_graph_give_what_the_layer_gives():
    torch.manual_seed(3)
    table = nn.Embedding(7, 5, padding_idx=0).requires_grad_(False)
    layer = DocumentContextEmbedding(table, 4, dropout=0.3, hidden=0.1).eval()
    graph = onnxruntime.InferenceSession(document_context_graph(layer).SerializeToString(), providers=["CPUExecutionProvider"])
    words = np.random.default_rng(0).integers(5, size=40)
    words[3] = 5
    offsets = np.array([0, 3, 4, 20, 39, 40])
    source = Documents(["a", "A", "b", "B", "c", "d"], words, offsets, np.array([2, 2, 3, 1, 4, 5]), 6)
    # All of them, and one word which stands nowhere else near: every bag of its other places is empty.
    for rows in ([0, 1, 2, 3, 4], [1]):
        places = np.concatenate([np.arange(offsets[row], offsets[row + 1]) for row in rows])
        context = source.of(places, words[places], np.diff(offsets)[rows])
        expected = layer(context_tensors({"it": context})["it"]).numpy(force=True)
        found = graph.run(["vectors"], {"means": document_means(context, table.weight.numpy())})[0]
        np.testing.assert_allclose(found, expected, atol=1e-6)
    assert len(context.before) == 0
