"""A tiny transformer of random weights, written as `save_pretrained` writes one; with its tokenizer."""

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from tagger.features.transformer import TransformerFeaturizer

TEXT = [
    "Angela Merkel visited Paris in the rain .",
    "the cat sat on a mat",
    "a dog met Bob in New York City",
    "nothing happened today",
]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def word_pieces() -> Tokenizer:
    """BERT's kind of tokenizer."""
    letters = "abcdefghijklmnopqrstuvwxyzu-'."
    # By hand: what a trainer makes of words that are equally frequent differs from run to run.
    pieces = dict.fromkeys(
        [*SPECIAL, *letters, *(f"##{letter}" for letter in letters), "the", "in", "visit", "##ed", "##kel", "cat"]
    )
    tokenizer = Tokenizer(models.WordPiece({piece: index for index, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.add_special_tokens(SPECIAL)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    # As many are saved: for texts of one length, which ours are not.
    tokenizer.enable_truncation(6)
    tokenizer.enable_padding(length=6)
    return tokenizer


def bytes_of_words() -> Tokenizer:
    """RoBERTa's kind: pieces of bytes, in which a space belongs to the word behind it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def bert_config(*, layers: int = 3, positions: int = 24) -> Any:
    """That of a BERT 12 wide."""
    from transformers import BertConfig

    return BertConfig(
        vocab_size=word_pieces().get_vocab_size(),
        hidden_size=12,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=positions,
        # Large, so that what a word's neighbours change is not lost among digits.
        initializer_range=0.5,
    )


def bert_featurizer(*, window: int = 24, overlap: int = 6) -> TransformerFeaturizer:
    """Its tokenizer and configuration."""
    config = json.loads(bert_config(positions=max(window, 24)).to_json_string(use_diff=False))
    return TransformerFeaturizer(word_pieces().to_str(), config, unknown_id=1, padding_id=0, window=window, overlap=overlap)


def write_bert(folder: Path, *, seed: int = 0, layers: int = 3, positions: int = 24) -> Path:
    """A BERT 12 wide in a folder."""
    from transformers import BertModel

    torch.manual_seed(seed)
    BertModel(bert_config(layers=layers, positions=positions)).save_pretrained(folder)
    names = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
    return _write_tokenizer(folder, word_pieces(), {"tokenizer_class": "PreTrainedTokenizerFast", **names})


def write_roberta(folder: Path, *, positions: int = 26) -> Path:
    """A RoBERTa 12 wide; its first two positions are those of padding."""
    from transformers import RobertaConfig, RobertaModel

    tokenizer = bytes_of_words()
    config = RobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=12,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=positions,
        pad_token_id=1,
        initializer_range=0.5,
    )
    torch.manual_seed(0)
    RobertaModel(config).save_pretrained(folder)
    names = {"unk_token": "<unk>", "pad_token": "<pad>", "cls_token": "<s>", "sep_token": "</s>", "mask_token": "<mask>"}
    return _write_tokenizer(folder, tokenizer, {"tokenizer_class": "PreTrainedTokenizerFast", **names})


def _write_tokenizer(folder: Path, tokenizer: Tokenizer, settings: dict[str, str]) -> Path:
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
    return folder
