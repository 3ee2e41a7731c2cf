"""Engines: what turns ids into emissions, by torch or without it."""
