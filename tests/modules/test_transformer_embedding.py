"""The vectors of a transformer, held against what transformers itself gives for each sentence and window."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_transformer import bert_featurizer, write_bert, write_roberta

from tagger.build_featurizers import transformer_featurizer
from tagger.errors import ModelError
from tagger.features.contexts import context_sources
from tagger.features.pretrained import read_config
from tagger.features.sentences import encode_sentences
from tagger.modules.batch import WindowBatch, make_batch
from tagger.modules.embeddings import transformer as module
from tagger.modules.embeddings.transformer import LayerMix, TransformerEmbedding
from tagger.recipe import TransformerEmbeddingSettings

pytest.importorskip("transformers")
SHORT = ["Angela", "Merkel", "visited", "Paris"]
LONG = [*SHORT, "in", "the", "rain", "xyz", "a", "mat", "New-York", "happened", "today", "."] * 4


def embedding(seed=0, **options):
    featurizer = bert_featurizer()
    torch.manual_seed(seed)
    options = {"layers": (1, 3), "pool": "mean", "trainable": False, **options}
    return featurizer, TransformerEmbedding(featurizer.config, **options).eval()


def context_of(featurizer, *sentences):
    encoded = encode_sentences(sentences)
    encoded = replace(encoded, contexts=context_sources({"bert": featurizer}, encoded.types, encoded.words, encoded.offsets))
    return make_batch(encoded, range(len(sentences))).contexts["bert"]


def by_hand(featurizer, made, words):
    """For each word its subwords' vectors in each layer: a window at a time, without padding."""
    windows = context_of(featurizer, words)
    found = []
    for row, length in zip(windows.ids, windows.lengths, strict=True):
        with torch.no_grad():
            given = made.transformer(input_ids=row[None, :length], output_hidden_states=True)
        padding = torch.zeros(len(row) - length, made.width)
        found.append(torch.stack([torch.cat([given.hidden_states[layer][0], padding]) for layer in made.layers], 1))
    pieces = torch.cat(found)[windows.taken]
    return pieces.tensor_split(windows.starts[1:])


@pytest.mark.parametrize(
    ("pool", "of"), [("first", lambda part: part[0]), ("last", lambda part: part[-1]), ("mean", lambda part: part.mean(0))]
)
@pytest.mark.parametrize("words", [SHORT, LONG, ["x" * 300]], ids=["one window", "windows", "a word longer than a window"])
def test_words_have_the_pooled_vectors_of_their_subwords(pool, of, words):
    featurizer, made = embedding(pool=pool, trainable=True)
    expected = torch.stack([of(part) for part in by_hand(featurizer, made, words)])
    torch.testing.assert_close(made.states(context_of(featurizer, words)), expected, atol=1e-5, rtol=1e-5)


def test_several_words_have_several_subwords():
    windows = context_of(bert_featurizer(), SHORT)
    assert len(windows.taken) > len(windows.starts)


def test_a_words_vector_depends_on_its_sentence():
    featurizer, made = embedding()
    one, other = (made(context_of(featurizer, [*words, "Paris"]))[-1] for words in (["visited"], ["rain"]))
    assert not torch.allclose(one, other, atol=1e-2)


def test_a_few_windows_at_a_time_give_the_same(monkeypatch):
    featurizer, made = embedding()
    context = context_of(featurizer, LONG, SHORT, LONG, ["a"])
    expected = made.states(context)
    calls = []
    monkeypatch.setattr(module, "_PLACES_AT_ONCE", 50)
    made.transformer.register_forward_hook(lambda *_: calls.append(1))
    torch.testing.assert_close(made.states(context).float(), expected.float(), atol=2e-3, rtol=2e-3)
    assert len(calls) == -(-len(context.ids) // 2) > 3


def test_layers_are_mixed_by_their_softmax_and_a_factor():
    mix = LayerMix(3)
    with torch.no_grad():
        mix.weights.copy_(torch.tensor([0.0, 1.0, -2.0]))
        mix.factor.fill_(0.5)
    layers = torch.randn(4, 3, 5)
    shares = torch.tensor([0.0, 1.0, -2.0]).exp()
    expected = 0.5 * sum(share * layers[:, place] for place, share in enumerate(shares)) / shares.sum()
    torch.testing.assert_close(mix(layers), expected)


def test_one_layer_is_given_as_it_is():
    featurizer, made = embedding(layers=(2,))
    assert made.mix is None
    context = context_of(featurizer, SHORT)
    assert torch.equal(made(context), made.states(context)[:, 0].float())


def test_what_a_frozen_one_gives_is_rounded_wherever_it_comes_from():
    featurizer, made = embedding()
    context = context_of(featurizer, LONG)
    states = made.states(context)
    assert states.dtype is torch.float16
    assert torch.equal(made(states), made(context))


def test_what_is_too_large_for_16_bits_stays_finite():
    featurizer, made = embedding(layers=(3,))
    with torch.no_grad():
        made.transformer.encoder.layer[2].output.LayerNorm.weight.mul_(1e6)
    states = made.states(context_of(featurizer, SHORT))
    assert states.isfinite().all()
    assert states.abs().max() == 65504


def test_a_frozen_one_drops_nothing_in_training_and_a_trained_one_does():
    featurizer, frozen = embedding()
    _, trained = embedding(trainable=True)
    context = context_of(featurizer, SHORT)
    for made, same in ((frozen, True), (trained, False)):
        before = made(context)
        made.train()
        assert torch.equal(made(context), before) is same


def test_of_a_frozen_one_only_the_mix_learns():
    assert [name for name, weight in embedding()[1].named_parameters() if weight.requires_grad] == ["mix.weights", "mix.factor"]
    assert all(weight.requires_grad for weight in embedding(trainable=True)[1].parameters())


@pytest.mark.parametrize("write", [write_bert, write_roberta])
def test_pretrained_weights_are_those_of_the_folder(tmp_path, write):
    from transformers import AutoModel

    folder = write(tmp_path)
    settings, featurizer = transformer_featurizer(
        TransformerEmbeddingSettings(kind="transformer", model=str(folder), layers=(-1,), pool="first", trainable=True)
    )
    made = TransformerEmbedding(featurizer.config, layers=settings.layers, pool="first", trainable=True).eval()
    made.load_pretrained(folder, "here")
    context = context_of(featurizer, SHORT, ["a"])
    theirs = AutoModel.from_pretrained(folder).eval()
    assert context.lengths.tolist()[1] == 3 < context.ids.shape[1]
    for row, first in ((0, 0), (1, len(SHORT))):
        with torch.no_grad():
            expected = theirs(input_ids=context.ids[row : row + 1, : context.lengths[row]]).last_hidden_state[0, 1]
        torch.testing.assert_close(made(context)[first], expected, atol=1e-5, rtol=1e-5)


def test_a_layer_in_the_middle_is_that_of_the_whole_model(tmp_path):
    from transformers import GPT2Config, GPT2Model

    # It normalises what its last layer gives.
    config = GPT2Config(vocab_size=20, n_embd=12, n_head=2, n_layer=4, n_positions=16, bos_token_id=0, eos_token_id=0)
    torch.manual_seed(0)
    whole = GPT2Model(config).eval()
    whole.save_pretrained(tmp_path)
    ids = torch.tensor([[3, 5, 7]])
    with torch.no_grad():
        expected = whole(input_ids=ids, output_hidden_states=True).hidden_states
    for layers in ([2], [1, 3], [4], [0]):
        data, chosen = read_config(tmp_path, "here", layers, trainable=False)
        made = TransformerEmbedding(data, layers=chosen, pool="first", trainable=False).eval()
        made.load_pretrained(tmp_path, "here")
        words = torch.arange(3)
        found = made.states(WindowBatch(ids, torch.tensor([3]), words, words)).float()
        for place, layer in enumerate(layers):
            torch.testing.assert_close(found[:, place], expected[layer][0], atol=1e-2, rtol=1e-2)


def test_weights_that_are_missing_are_told(tmp_path):
    folder = write_bert(tmp_path)
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layer.0.attention.self.key.weight"], weights["pooler.dense.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError) as caught:
        embedding()[1].load_pretrained(folder, "here")
    assert "here: its file has no weights encoder.layer.0.attention.self.key.weight\n" in str(caught.value)


def saved(kind, folder, **sizes):
    """A transformer of a kind and of random weights in a folder."""
    from transformers import AutoConfig, AutoModel

    shape = {"hidden_size": 12, "num_attention_heads": 2, "intermediate_size": 16, "num_hidden_layers": 2, "vocab_size": 20}
    torch.manual_seed(0)
    AutoModel.from_config(AutoConfig.for_model(kind, **{**shape, **sizes})).save_pretrained(folder)
    return folder


def test_a_kind_whose_vectors_depend_on_padding_is_refused(tmp_path):
    for kind, sizes in (("fnet", {"initializer_range": 0.5}), ("convbert", {"embedding_size": 12, "initializer_range": 0.5})):
        config, layers = read_config(saved(kind, tmp_path / kind, **sizes), "here", [2], trainable=False)
        with pytest.raises(ModelError) as caught:
            TransformerEmbedding(config, layers=layers, pool="mean", trainable=False).load_pretrained(tmp_path / kind, "here")
        assert f"here: a {kind} reads what fills up the shorter sentences of a batch" in str(caught.value)


def test_a_kind_that_can_not_read_short_sentences_is_refused(tmp_path):
    config, layers = read_config(
        saved("nystromformer", tmp_path, num_landmarks=4, segment_means_seq_len=16), "here", [2], trainable=False
    )
    with pytest.raises(ModelError, match="here: a nystromformer can't read a sentence of 3 subwords"):
        TransformerEmbedding(config, layers=layers, pool="mean", trainable=False).load_pretrained(tmp_path, "here")


def test_lists_with_an_entry_for_each_layer_are_as_long_as_the_layers_that_are_built(tmp_path):
    saved("longformer", tmp_path, num_hidden_layers=3, attention_window=[4, 4, 4], max_position_embeddings=40)
    config, layers = read_config(tmp_path, "here", [1], trainable=False)
    made = TransformerEmbedding(config, layers=layers, pool="mean", trainable=False)
    made.load_pretrained(tmp_path, "here")
    assert len(made.transformer.config.attention_window) == 2


@pytest.mark.parametrize(("kind", "most"), [("opt", 30), ("ibert", 28)])
def test_no_more_is_read_than_there_are_positions_for(kind, most):
    sizes = {"ffn_dim": 16, "word_embed_proj_dim": 12} if kind == "opt" else {"pad_token_id": 1}
    shape = {"hidden_size": 12, "num_attention_heads": 2, "intermediate_size": 16, "num_hidden_layers": 1, "vocab_size": 20}
    config = {"model_type": kind, "max_position_embeddings": 30, **shape, **sizes}
    assert module.most_positions(config) == most
    made = TransformerEmbedding(config, layers=(1,), pool="first", trainable=False)
    places = torch.arange(most)
    windows = WindowBatch(torch.full((1, most), 5), torch.tensor([most]), places, places)
    assert made.states(windows).isfinite().all()


def test_a_file_that_is_cut_short_is_told(tmp_path):
    folder = write_bert(tmp_path)
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:1000])
    with pytest.raises(ModelError) as caught:
        embedding()[1].load_pretrained(folder, "here")
    assert "here: its weights can't be read" in str(caught.value)


def test_the_digest_names_weights_layers_and_pooling():
    several = ((0, {}), (1, {}), (0, {"layers": (1,)}), (0, {"pool": "first"}))
    digests = [embedding(seed, **options)[1].digest() for seed, options in several]
    assert len(set(digests)) == 4
    assert embedding()[1].digest() == digests[0]


def test_the_digest_of_weights_is_theirs_alone():
    _, made = embedding()
    digest = made.digest_of_weights()
    made.transformer.config.transformers_version = "0.0"
    assert made.digest_of_weights() == digest
    with torch.no_grad():
        next(made.transformer.parameters()).view(-1)[0] += 1
    assert made.digest_of_weights() != digest


def test_nothing_is_said_while_weights_are_read(tmp_path, capfd):
    from transformers.utils import logging

    before, folder = logging.get_verbosity(), write_bert(tmp_path)
    made = embedding()[1]
    capfd.readouterr()
    made.load_pretrained(folder, "here")
    assert capfd.readouterr() == ("", "")
    assert logging.get_verbosity() == before
