# Five commands, the same here and in CI. They use the virtual environment of the README where there is one;
# another Python: make test PYTHON=/path/to/python
PYTHON ?= $(if $(wildcard .venv/bin/python),.venv/bin/python,python3)

.PHONY: check test bench docs demo

check:  ## lint, layout, types, walls
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) -c "from importlinter.cli import lint_imports_command; lint_imports_command()" --no-cache

test:  ## everything that must pass before a change goes in
	$(PYTHON) -m pytest -n auto

bench:  ## the slow statistical tests, then our figures beside the peers' (needs the real data for some)
	$(PYTHON) -m pytest -m slow
	$(PYTHON) -m benchmarks

docs:  ## draw what is drawn from the code, then see that links hold and the code on the pages runs
	$(PYTHON) docs/draw.py
	$(PYTHON) -m pytest tests/docs

demo:  ## the main job on a plant that does not exist, in under two minutes
	$(PYTHON) -m pilothouse demo --headless
