# Two ways in: `make quickstart` trains and uses a small tagger; `make test` checks and tests everything.

PYTHON ?= python3
BIN := .venv/bin
# The stamp stands for an environment that fits pyproject.toml and constraints.txt: a second `make` installs nothing.
STAMP := .venv/installed

.PHONY: quickstart test check format install clean

quickstart: $(STAMP)
	$(BIN)/tagger train quickstart --overwrite --output runs/quickstart
	echo "Maria Okafor moved from Lagos to Berlin in May to work for Siemens." | $(BIN)/tagger tag runs/quickstart

test: $(STAMP) check
	$(BIN)/pytest -n 2

check: $(STAMP)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	# torch first and alone: where several builds are at hand, another package's range must not choose a larger one.
	$(BIN)/pip install --quiet --constraint constraints.txt torch
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,onnx]'
	touch $(STAMP)

clean:
	rm -rf .venv runs build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
