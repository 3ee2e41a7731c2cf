"""The command line: it parses, calls and prints. What is heavy to import is imported within the commands."""
