# Everything a newcomer needs: `make demo` to try it, `make test` to check it. CONTRIBUTING.md says more.
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format bench i18n test-odoo clean

help:  ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

setup:  ## Bring Odoo, its Python, linters and PostgreSQL onto this machine
	@tools/setup

demo: setup  ## A running shop with customers and conversations (PORT=8070 for another port)
	@exec tools/run tools/demo.py

test: setup  ## All tests (ONLY=omnichannel_inbox, ONLY=tests/test_x.py or ONLY=/module:Class.method)
	@tools/run tools/test.py

lint: setup  ## ruff, pylint-odoo, eslint, prettier
	@tools/lint

format: setup  ## Correct what the linters can correct
	@tools/lint --fix

i18n: setup  ## Bring the translations up to date with the texts; prints what is untranslated
	@tools/run tools/i18n.py

bench: setup  ## Measure speed against baselines of the same run (LONG=1 for the long surge)
	@tools/run -m tests.bench

test-odoo: setup  ## Odoo's own suites with and without the add-ons (hours)
	@tools/run tools/test_odoo.py

clean:  ## Stop PostgreSQL and remove all that was made, Odoo and demo included
	@tools/clean
