# make help lists the targets. Each one sets up what it needs; a second set-up takes no time.
# PYTHON=python3.12 chooses the interpreter, ARGS="..." is handed on to the command of the target.

PY := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help setup run demo test check bench package licences screenshots clean

help:  ## list these targets
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' Makefile | expand -t 13

setup:  ## install system packages, make .venv and install LetsPic into it
	@sh packaging/system-packages.sh
	@sh packaging/setup-venv.sh

run: setup  ## open the app
	.venv/bin/letspic $(ARGS)

# A window where there is a display, figures and a contact sheet where there is none.
demo: setup  ## do the whole job with five device processes (PHOTOS=DIR: on your own folders)
	.venv/bin/letspic demo $${PHOTOS:+--photos "$$PHOTOS"} \
	    $$([ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || echo --headless) $(ARGS)

# Pictures of what a new user sees, step by step, are kept there.
test: export LETSPIC_TEST_PICTURES ?= $(CURDIR)/build/pictures
test: export QT_QPA_PLATFORM = offscreen
test: setup  ## run every test
	@sh packaging/system-packages.sh test
	$(PY) -m pytest --timeout 600 $(ARGS) </dev/null

check: export QT_QPA_PLATFORM = offscreen
check: setup  ## lint, formatting, types, dependency rule, licences and unit tests
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(PY) packaging/third_party.py --check
	$(PY) packaging/copies.py --check
	$(PY) packaging/texts.py --check
	$(PY) -m pytest --timeout 60 -q -m "not slow" tests/unit $(ARGS) </dev/null

bench: export QT_QPA_PLATFORM = offscreen
bench: setup  ## measure: tests/benchmarks/bench_*.py
	$(PY) -m pytest -o python_files='bench_*.py' -s tests/benchmarks $(ARGS)

package: setup  ## build the wheels, the bundle that needs no Python, and its Debian package into dist/
	@sh packaging/system-packages.sh bundle
	$(PY) packaging/build_wheels.py --out dist --try
	$(PY) packaging/build_bundle.py --out dist
	@if command -v dpkg-deb >/dev/null; then \
	    set -x; $(PY) packaging/build_deb.py --bundle dist/letspic --out dist; \
	else echo "There is no dpkg-deb here, so no Debian package is made."; fi

licences: setup  ## bring the tables of THIRD_PARTY.md up to date with what is installed
	$(PY) packaging/third_party.py
	$(PY) packaging/copies.py

screenshots: setup  ## make the pictures of the guide again: the real window over sample photos and devices
	@sh packaging/system-packages.sh test
	$(PY) packaging/screenshots.py
	$(PY) packaging/first_day.py

clean:  ## remove what make made: .venv, dist, caches (no photos, no state)
	rm -rf .venv dist build demo-out .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -rf shared/build device_runtime/build desktop/build */*.egg-info
	find shared device_runtime desktop tests packaging -name __pycache__ -type d -prune -exec rm -rf {} +
