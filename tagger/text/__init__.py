"""Plain Python about language: sentences, tag schemes, raw text. Imports no torch."""
