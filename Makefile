# One command a chore; from a bare clone each needs only Python 3.11, 3.12 or 3.13 and make.
#   make PYTHON=python3.12 test            another Python (rebuilds .venv if that holds another one)
#   make run ARGS="market=telecom seed=2"  words for the program, pytest or the locker

.DEFAULT_GOAL := help
.PHONY: help run test check proof bench docs lock clean other-python

PYTHON ?=
ARGS ?=
bin := .venv/bin
ready := .venv/.stamp
suits := import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
minor := import sys; print(sys.version_info[:2])

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' Makefile

run: $(ready)  ## compare the default strategies
	$(bin)/engagesim compare $(ARGS)

test: $(ready)  ## run the tests on up to four cores, without the long proofs
	$(bin)/python -m pytest -m "not proof" -n auto --maxprocesses 4 --dist worksteal $(ARGS)

check: $(ready)  ## lint, formatting, types, layers
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/python -m mypy
	$(bin)/lint-imports --no-logo

proof: $(ready)  ## run the long proofs
	$(bin)/python -m pytest -m proof $(ARGS)

bench: $(ready)  ## measure the speed on this machine
	$(bin)/engagesim bench $(ARGS)

docs: $(ready)  ## fill what docs/ takes from the code: parameters, state, rules
	$(bin)/python -m engagesim.sim.describe

lock:  ## write requirements.lock anew; keeps what it pins unless ARGS=--upgrade
	@$(find_python); venv=$$(mktemp -d) && trap 'rm -rf "$$venv"' EXIT && \
	"$$python" -m venv "$$venv" && \
	"$$venv/bin/pip" install --quiet --disable-pip-version-check uv && \
	"$$venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --no-emit-index-url \
	  --no-header --generate-hashes --all-extras $(ARGS) --output-file requirements.lock pyproject.toml

clean:  ## remove all that make has made, .venv included
	rm -rf .venv build dist *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache \
	  .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Sets the shell's $python to the first Python that suits, or says so in one line and stops.
define find_python
for python in $(or $(PYTHON),python3 python3.11 python3.12 python3.13) ''; do \
  test -n "$$python" && "$$python" -c '$(suits)' 2>/dev/null && break; \
done; \
test -n "$$python" || { \
  echo "engagesim needs Python 3.11, 3.12 or 3.13 with venv; name one: make PYTHON=/path/to/python" >&2; \
  exit 1; }
endef

pip_install := $(bin)/python -m pip install -qq --disable-pip-version-check

# A Python asked for by name must not be answered by the .venv of another.
ifneq ($(PYTHON),)
ifneq ($(shell $(PYTHON) -c '$(minor)' 2>/dev/null),$(shell $(bin)/python -c '$(minor)' 2>/dev/null))
$(ready): other-python
endif
endif

# The link lets mypy know this folder as `engagesim`, whatever the checkout is called.
$(ready): requirements.lock pyproject.toml Makefile
	@$(find_python); \
	if test "$$("$$python" -c '$(minor)')" != "$$($(bin)/python -c '$(minor)' 2>/dev/null)"; then \
	  echo "Setting up .venv with $$("$$python" --version): about a minute, once."; \
	  "$$python" -m venv --clear .venv; \
	fi
	@$(pip_install) --require-hashes -r requirements.lock
	@$(pip_install) --no-build-isolation --no-deps -e .
	@mkdir -p .venv/src && ln -sfn ../.. .venv/src/engagesim
	@touch $@
