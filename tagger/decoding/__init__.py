"""Emissions -> the best tags, their spans and probabilities: in numpy, whatever engine the emissions come from."""
