"""A trained tagger at work elsewhere than in Python: exported."""
