# Two commands are enough: `make run` and `make test`. The rest is listed by `make help`.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON := .venv/bin/python
BOT_PYTHON := .venv-bot/bin/python
export RASA_TELEMETRY_ENABLED := false

# A file at a time, so that what a file's tests share is made once; in their order, so that the longest isn't the last.
BOTH_CORES = -n 2 --dist loadfile --no-loadscope-reorder

# Folders of tests that are there (an empty one would be an error for pytest).
existing = $(wildcard $(addprefix tests/,$(1)))

.PHONY: help
help: ## この一覧 / this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# Where Python doesn't keep what it compiled, each process would compile all of our code at each start (0.7 s); it helps,
# and nothing needs it.
.PHONY: setup
setup: ## 環境を用意する (変わっていなければ何もしない) / make both environments
	@sh scripts/setup.sh
	@$(PYTHON) -m compileall -qq kernel actions handoff; $(BOT_PYTHON) -m compileall -qq kernel bot; true

.PHONY: run
run: setup ## すべて用意して動かす。Ctrl-Cで止まる / set up and run everything
	@exec $(PYTHON) -m handoff.cli up

.PHONY: test
test: setup ## すべての試験 / the whole suite
	@sh scripts/browser.sh
	@sh scripts/setup.sh scan
	$(PYTHON) -m pytest -q $(BOTH_CORES) $(call existing,unit)
	# Training keeps one core busy, these tests less than two: at the same time they take a minute less.
	@$(PYTHON) -m handoff.cli train & training=$$!; \
	$(BOT_PYTHON) -m pytest -q $(BOTH_CORES) $(call existing,bot unit/kernel); tests=$$?; \
	wait $$training && exit $$tests
	$(PYTHON) -m pytest -q $(BOTH_CORES) $(call existing,integration)
	$(PYTHON) -m pytest -q $(BOTH_CORES) $(call existing,e2e browser)

.PHONY: test-fast
test-fast: setup ## 速い試験だけ / unit tests only
	$(PYTHON) -m pytest -q $(BOTH_CORES) $(call existing,unit)

.PHONY: train
train: setup ## 学習する (変わっていれば) / train the models whose data changed
	@$(PYTHON) -m handoff.cli train

.PHONY: eval
eval: setup ## 危険の見つけかたと理解を測る / measure how well risk is seen and messages understood
	@$(PYTHON) -m handoff.cli eval

.PHONY: docs
docs: setup ## docs/risk.md と docs/security.md と docs/permissions.md の表、docs/quality.md を書く / write the generated pages
	@$(PYTHON) -m handoff.risk_document

.PHONY: bench
bench: setup ## 速さを測る / measure speed
	@$(PYTHON) -m bench

.PHONY: compare
compare: setup ## 分類のしかたを比べる (半時間ほど) / compare classifiers on unseen phrase families
	@$(BOT_PYTHON) -m bench.compare_classifiers --share 8

.PHONY: lint
lint: setup ## 書き方、型、層、データ、部品の検査 / style, types, layers, data, supply
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy handoff kernel actions supply bench --exclude "^bench/stock/"
	# Rasa has no types of its own to inherit from; everything else is as strict as above.
	.venv/bin/mypy --python-executable $(BOT_PYTHON) --python-version 3.10 --allow-subclassing-any --allow-untyped-decorators --ignore-missing-imports bot
	.venv/bin/lint-imports
	@if [ -f handoff/data_lint.py ]; then $(PYTHON) -m handoff.data_lint; fi
	@sh scripts/setup.sh scan
	@$(PYTHON) -m supply

.PHONY: sbom
sbom: setup ## 部品の一覧 (SBOM) を results/sbom に書く / write the bill of materials
	@$(PYTHON) -m supply bill
