# Dreambridge: `make run` sets up and serves, `make test` sets up and tests. Only Python 3.11 or newer is needed.
.DEFAULT_GOAL := help
.PHONY: help setup check test conformance fuzz run bench bench-studio first-picture docs site site-serve pictures lock

BIN := .venv/bin

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## Make .venv from requirements.lock; quick when nothing changed
	@sh scripts/setup.sh

run: ## Serve on 127.0.0.1:8000 with the sandbox inside; options: make run ARGS="--port 9000"
	@sh scripts/setup.sh runtime
	@exec $(BIN)/dreambridge serve $(ARGS)

test: setup ## Run every test; some of them: make test ARGS="tests/unit -k geometry"
	$(BIN)/python -m pytest $(ARGS)

conformance: setup ## Take every row of the catalogue from request to artifact; the rows: make conformance ARGS=--list
	$(BIN)/python tests/conformance/run.py $(ARGS)

fuzz: setup ## Send 20,000 made-up requests to every route and judge the answers: make fuzz ARGS="--cases 500 --seed 7"
	$(BIN)/python -m tests.fuzz.run $(ARGS)

check: setup ## Check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup ## Measure the gateway against the simulator and write docs/performance.md
	$(BIN)/python benchmarks/run.py $(ARGS)

bench-studio: setup ## Measure the studio in Chromium and write docs/performance-studio.md
	$(BIN)/python -m benchmarks.studio

docs: setup ## Write the generated pages (settings, errors, models, scenarios, commands) and the drawing
	$(BIN)/python -m scripts.generate_docs

site: setup ## Build the documentation's site, English and Chinese, into build/site
	$(BIN)/python -m scripts.website

site-serve: setup ## Build the site and show it on 127.0.0.1:8010
	$(BIN)/python -m scripts.website --serve

first-picture: setup ## Time the README from a clone to the first picture and write docs/performance-first-picture.md
	$(BIN)/python -m scripts.first_picture $(ARGS)

pictures: setup ## Take the pictures in docs/images anew: of the studio with Chromium, of the command line with tmux
	$(BIN)/python -m scripts.studio_screenshots
	$(BIN)/python -m scripts.terminal_screenshots

lock: ## Resolve requirements.lock again; newer versions: make lock UPGRADE=1
	@UPGRADE=$(UPGRADE) sh scripts/lock.sh
