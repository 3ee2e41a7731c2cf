"""Six sentences, each word with its part of speech and its entity, from which the stories learn."""

SENTENCES = (
    "Ann/PROPN/B-PER Lee/PROPN/I-PER sleeps/VERB/O ./PUNCT/O",
    "Bo/PROPN/B-PER sees/VERB/O New/PROPN/B-LOC York/PROPN/I-LOC",
    "rain/NOUN/O falls/VERB/O ./PUNCT/O",
    "Ann/PROPN/B-PER sees/VERB/O rain/NOUN/O",
    "Oslo/PROPN/B-LOC",
    "Bo/PROPN/B-PER sleeps/VERB/O in/ADP/O Oslo/PROPN/B-LOC ./PUNCT/O",
)
