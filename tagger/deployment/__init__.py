"""A trained tagger at work elsewhere than in Python: on many files, exported."""
