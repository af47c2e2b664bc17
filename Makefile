# Two commands: `make run` and `make test`. Everything lives in .venv and .sandbox.
PYTHON ?= python3
PORT ?= 8000
ENV ?= dev
TAG ?= 1.4.0
BEHAVIOUR ?= healthy
MODE ?= errors
T ?= tests
PY := .venv/bin/python
CSS := .venv/bin/css-beautify -s 2 -n --space-around-combinator
.DEFAULT_GOAL := help
.PHONY: help install run test lint format bench chaos image reset push password bundle break oci lock

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1 \t\2/p' $(MAKEFILE_LIST) | expand -t 18

install: ## install the locked packages into .venv, when the lock has changed
	@$(PYTHON) requirements/install.py

run: install ## run the portal with all it talks to, on this machine: make run PORT=8123
	@exec $(PY) manage.py sandbox --serve --port $(PORT)

test: install ## run the tests: make test T=tests/releases
	@exec $(PY) -m pytest -n auto --dist worksteal -p tests.progress $(T)

lint: install ## check style, types, layers
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m djlint templates --lint --check --quiet
	@for f in static/portal/*.css; do $(CSS) $$f | cmp -s - $$f || { echo "$$f is not formatted: make format"; exit 1; }; done
	DATABASE_URL=postgres://x@/x REDIS_URL=redis://x SECRET_KEY=x $(PY) -m mypy portal environments releases runbooks sandbox
	$(PY) -m pytest --noconftest -c /dev/null --rootdir . -p no:cacheprovider -p no:django -q tests/test_layers.py

format: install ## format code, templates and CSS
	$(PY) -m ruff format .
	$(PY) -m djlint templates --reformat --quiet || true
	@for f in static/portal/*.css; do $(CSS) -r $$f; done

bench: install ## measure, as ratios
	@exec $(PY) -m bench

chaos: install ## kill processes and break parts in the middle of work
	@exec $(PY) -m pytest -m chaos tests

push: install ## push images to the running sandbox's registry: make push ENV=dev TAG=1.5.0 BEHAVIOUR=errors
	@test -f .sandbox/env || { echo "No sandbox runs here: make run, then push from a second terminal."; exit 2; }
	@for image in api worker; do \
	  $(PY) -m sandbox.oci.push --control "$$(sed -n 's/^SANDBOX_CONTROL_URL=//p' .sandbox/env)" \
	    conceptlens-$(ENV)/$$image $(TAG) --behaviour $(BEHAVIOUR) || exit 1; \
	done

bundle: install ## build a small frontend for the running sandbox: make bundle ENV=dev TAG=1.5.0, then upload it
	@test -f .sandbox/env || { echo "No sandbox runs here: make run, then build from a second terminal."; exit 2; }
	@$(PY) -m sandbox.bundle $(ENV) $(TAG) --portal "$$(sed -n 's/^PORTAL_URL=//p' .sandbox/env)"

password: install ## print the password of the sandbox's database as DATABASE_URL wants it: make password ENV=dev
	@test -f .sandbox/env || { echo "No sandbox runs here: make run, then ask from a second terminal."; exit 2; }
	@$(PY) -m sandbox.oci.read_secret --credentials .sandbox/oci \
	  --endpoint "$$(sed -n 's/^OCI_ENDPOINT=//p' .sandbox/env)" conceptlens-$(ENV) DATABASE_PASSWORD

break: install ## break the product that runs in the sandbox: make break ENV=dev MODE=errors, healed by MODE=healthy
	@test -f .sandbox/env || { echo "No sandbox runs here: make run, then break from a second terminal."; exit 2; }
	@$(PY) -m sandbox.oci.misbehave --control "$$(sed -n 's/^SANDBOX_CONTROL_URL=//p' .sandbox/env)" \
	  conceptlens-$(ENV) --mode $(MODE)

oci: install ## the real oci command line, pointed at the running sandbox: make oci ARGS="os ns get"
	@test -f .sandbox/env || { echo "No sandbox runs here: make run, then ask OCI from a second terminal."; exit 2; }
	@exec $(PY) -m oci_cli.cli --config-file .sandbox/oci/config --profile operator \
	  --endpoint "$$(sed -n 's/^OCI_ENDPOINT=//p' .sandbox/env)" $(ARGS)

reset: install ## move the sandbox's data aside; nothing is destroyed
	@exec $(PY) manage.py sandbox --reset

image: ## build the server's image
	docker build -t portal:$$(git rev-parse --short HEAD) .

lock: install ## lock the requirements anew
	for f in uv dev base; do \
	  .venv/bin/uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-header \
	    $$([ $$f = base ] && echo "-c requirements/dev.txt") requirements/$$f.in -o requirements/$$f.txt || exit 1; \
	done
