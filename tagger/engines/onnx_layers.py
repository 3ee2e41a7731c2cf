"""The layers of a model as the files that `OnnxEngine` works with.

sentences.onnx       vectors of words, and where they stand -> emissions
characters.onnx      the characters of words -> vectors, where the model reads characters; so character_lstm.onnx, and subwords.onnx
                     for subwords
words.npy            the table of word vectors, where it has one; it is mapped into memory, not read
document_context.onnx   means over the document -> vectors, where the model reads it
chains.safetensors   for each task what tag sequences score beside their emissions
layers.json          which embeddings stand side by side, which tables the document's context reads, which emissions count as
                     log-probabilities, which tasks have one label for a sentence, whether the LSTM has 8 bits

An embedding that has a name of its own is in `words-NAME.npy`, `characters-NAME.onnx` and so on.
"""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from tagger.engines.onnx_engine import embedding_file
from tagger.engines.onnx_graphs import (
    character_lstm_graph,
    characters_graph,
    document_context_graph,
    sentences_graph,
    subwords_graph,
)
from tagger.errors import TaggerError
from tagger.modules.embeddings.characters import CharacterCNN, CharacterLSTM
from tagger.modules.embeddings.document_context import DocumentContextEmbedding
from tagger.modules.embeddings.subwords import SubwordEmbedding
from tagger.modules.embeddings.table import TableEmbedding
from tagger.modules.embeddings.transformer import TransformerEmbedding
from tagger.modules.model import TaggerModel


def write_layers(model: TaggerModel, folder: Path, *, int8: bool) -> None:
    """Writes the files into a folder that is there.

    Raises:
        TaggerError: An embedding has no ONNX graph.
    """
    kinds, parts = {}, model.embedding.parts
    tables = {id(part.vectors): name for name, part in parts.items() if isinstance(part, TableEmbedding)}
    for name, embedding in parts.items():
        match embedding:
            case TableEmbedding():
                # Of words, or of what else has a vector for each id.
                kinds[name] = "words"
                table = embedding.vectors.weight.detach().float().cpu().numpy()
                np.save(folder / embedding_file(name, kinds[name]), table, allow_pickle=False)
            case CharacterCNN():
                kinds[name] = "characters"
                (folder / embedding_file(name, kinds[name])).write_bytes(characters_graph(embedding).SerializeToString())
            case CharacterLSTM():
                kinds[name] = "character_lstm"
                (folder / embedding_file(name, kinds[name])).write_bytes(character_lstm_graph(embedding).SerializeToString())
            case SubwordEmbedding():
                kinds[name] = "subwords"
                (folder / embedding_file(name, kinds[name])).write_bytes(subwords_graph(embedding).SerializeToString())
            case DocumentContextEmbedding():
                kinds[name] = "document_context"
                (folder / embedding_file(name, kinds[name])).write_bytes(document_context_graph(embedding).SerializeToString())
            case TransformerEmbedding():
                fix = (
                    "Use the run folder as it is, by torch: leave engine=onnx and dtype=int8 away. Or train without a transformer."
                )
                raise TaggerError("a transformer can't be exported: it has no ONNX graph here", where=f"embedding {name}", fix=fix)
            case _:
                raise AssertionError(f"no graph is known for {type(embedding).__name__}")
    graph = sentences_graph(model.encoder, model.decoders, model.sentence_decoders, int8=int8)
    (folder / "sentences.onnx").write_bytes(graph.SerializeToString())
    chains = {task: decoder.scores() for task, decoder in model.decoders.items()}
    scores = {
        f"{task}.{part}": np.ascontiguousarray(getattr(chain, part))
        for task, chain in chains.items()
        for part in ("transitions", "first", "last")
    }
    save_file(scores, folder / "chains.safetensors")
    layers = {
        "embeddings": kinds,
        "tables": {name: tables[id(part.table)] for name, part in parts.items() if isinstance(part, DocumentContextEmbedding)},
        "normalised": {task: chain.normalised for task, chain in chains.items()},
        "sentences": list(model.sentence_decoders),
        "int8": int8,
    }
    (folder / "layers.json").write_text(json.dumps(layers, indent=2) + "\n", "utf-8")
