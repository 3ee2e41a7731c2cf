"""Other taggers, each in the words of its own interface; none of these files imports `tagger`."""
