"""Corpus files and the Hugging Face Hub -> `datasets.Dataset`s. Knows files, not tensors; imports no torch."""
