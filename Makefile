# The only command list. CI runs the same targets.
PYTHON ?= python3
export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := false
export SCARF_ANALYTICS := false
RUN := .venv/bin/python

.PHONY: help install demo test laws chaos chaos-short fuzz test-scheduler test-scheduler-long lint format contracts docs bench up down env ci clean
help: ## What there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

install: .venv/.ready ## The environment of requirements.lock in .venv
.venv/.ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "Fupan needs Python 3.11: make PYTHON=python3.11 ...")'
	@echo "installing the locked environment into .venv"
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@awk '/^uv==/{on=1} on{print} on&&!/\\$$/{exit}' requirements.lock > .venv/uv.lock
	@test -x .venv/bin/uv || $(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .venv/uv.lock
	@.venv/bin/uv pip sync --quiet --python $(RUN) --require-hashes requirements.lock
	@$(RUN) -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "fupan.pth").write_text("$(CURDIR)\n")'
	@printf '#!%s\nfrom warehouse.cli import main\n\nmain()\n' '$(CURDIR)/.venv/bin/python' > .venv/bin/fupan && chmod +x .venv/bin/fupan
	@touch $@

demo: install ## A month of a synthetic company through the real DAGs to a publication, then one more day (about five minutes)
	@$(RUN) deploy/demo.py

test: install ## All fast tests
	@$(RUN) -m pytest tests --ignore=tests/scheduler --ignore=tests/chaos --ignore=tests/laws -n 2 --dist loadgroup

laws: install ## Any order, any clock, forgetting, and drawn histories continued build by build against one rebuild each (SEEDS=17,18; HISTORIES=200)
	@FUPAN_HISTORIES=$(or $(HISTORIES),25) FUPAN_HISTORY_SEEDS=$(SEEDS) $(RUN) -m pytest tests/laws -n 2 --dist loadgroup

chaos: install ## Runs killed at every step and at 200 moments, no room, lost answers, zombies; 50 flips; 200 histories; a backfill of 30 days (hours; SEED=1 MINUTES=60)
	@$(RUN) -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)
	@FUPAN_CHAOS=long FUPAN_FLIPS=50 $(RUN) -m pytest -s tests/chaos tests/unit/warehouse/test_readers.py
	@$(MAKE) laws HISTORIES=$(or $(HISTORIES),200)
	@$(MAKE) test-scheduler-long

chaos-short: install ## The same for some minutes: a sample of the steps drawn by a seed that is printed
	@arenas=$$(mktemp -d) && trap 'rm -rf "$$arenas"' EXIT && \
	$(RUN) -m tests.chaos --steps 12 --pulls 16 --moments 3 --term 1 --full 2 --lost 2 --zombies 1 --minutes 1.2 --workers 2 --keep "$$arenas" $(if $(SEED),--seed $(SEED)) && \
	FUPAN_ARENAS="$$arenas" $(RUN) -m pytest tests/chaos -m "not long" -n 2

fuzz: install ## Coverage-guided fuzzing of the readers, FOR=90 seconds in all (SEED=7 for the same mutations again)
	@$(RUN) -m tests.fuzz --seconds $(or $(FOR),90) $(if $(SEED),--seed $(SEED))

test-scheduler: install ## The DAGs under a real scheduler on PostgreSQL (needs Debian's postgresql)
	@$(RUN) -m pytest tests/scheduler -m "not long"

test-scheduler-long: install ## A backfill of 30 days under a real scheduler against one `fupan run` of the same files (DAYS=5 for a try)
	@FUPAN_BACKFILL_DAYS=$(or $(DAYS),30) $(RUN) -m pytest -s tests/scheduler -m long

lint: install ## ruff, sqlfluff, contracts in step with what is generated from them
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@FUPAN_BUILD_DB=$(CURDIR)/.venv/lint.duckdb .venv/bin/sqlfluff lint --disable-progress-bar --config dbt_project/sqlfluff.cfg dbt_project/models dbt_project/tests
	@$(RUN) -m warehouse.cli contracts check

format: install ## Let ruff and sqlfluff mend what they can
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m ruff format .
	@FUPAN_BUILD_DB=$(CURDIR)/.venv/lint.duckdb .venv/bin/sqlfluff fix --disable-progress-bar --config dbt_project/sqlfluff.cfg dbt_project/models dbt_project/tests

contracts: install ## Validate the contracts and write dbt's sources from them
	@$(RUN) -m warehouse.cli contracts generate

docs: install ## Data Docs and dbt docs of the last run, under FUPAN_HOME/reports
	@$(RUN) -m warehouse.docs

bench: install ## Ratios against a baseline in the same run; writes docs/performance.md with WRITE=1
	@$(RUN) -m benchmarks $(if $(WRITE),--write-docs) $(ARGS)

up: install ## Airflow with its web page on loopback: prints the address and the password
	@$(RUN) deploy/local_airflow.py up $(if $(PORT),--port $(PORT))

down: install ## Stop it
	@$(RUN) deploy/local_airflow.py down

env: install ## A .env with generated secrets for docker-compose.yml
	@$(RUN) deploy/make_env.py

ci: lint test laws chaos-short fuzz test-scheduler ## What .ci/run runs, after installing PostgreSQL and OpenSSH

clean: ## Remove the environment and what tools left (never FUPAN_HOME)
	@rm -rf .venv .ruff_cache .hypothesis dbt_project/target dbt_project/logs logs
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
