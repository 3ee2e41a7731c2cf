"""Measures tagger beside a bare LSTM and its peers: `make bench`, or `python -m benchmarks --help`."""
