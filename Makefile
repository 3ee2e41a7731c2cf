# Ways in: `make quickstart` trains and uses a small tagger; `make test` checks and tests everything; `make bench` measures.

PYTHON ?= python3
BIN := .venv/bin
# The stamp stands for an environment that fits pyproject.toml and constraints.txt: a second `make` installs nothing.
STAMP := .venv/installed

# The peers that `make bench` measures live apart: they need other versions of what tagger uses.
PEERS := .venv-bench/installed
# Which parts are measured (all where empty), and more options of `python -m benchmarks`.
PARTS ?=
BENCH ?=

.PHONY: quickstart test check format bench peers install clean

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

bench: $(STAMP)
	$(BIN)/python -m benchmarks $(PARTS) $(BENCH)

peers: $(PEERS)

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	# torch first and alone: where several builds are at hand, another package's range must not choose a larger one.
	$(BIN)/pip install --quiet --constraint constraints.txt torch
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,onnx,trackers,transformers]'
	touch $(STAMP)

$(PEERS): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-bench
	# The same torch as ours, or the comparison would be one of versions.
	grep '^torch==' constraints.txt > .venv-bench/constraints.txt
	$(PYTHON) -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['bench'], sep='\n')" \
	    > .venv-bench/requirements.txt
	.venv-bench/bin/pip install --quiet --constraint .venv-bench/constraints.txt torch
	.venv-bench/bin/pip install --quiet --constraint .venv-bench/constraints.txt --requirement .venv-bench/requirements.txt
	touch $(PEERS)

clean:
	rm -rf .venv .venv-bench runs build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
