"""From words to numbers: vocabularies, featurizers, batches. Knows tensors, not layers, and holds no weights."""
