# Two commands: `make run` and `make test`. Everything lives in .venv and .sandbox.
PY := .venv/bin/python
lock:
	for f in dev base; do uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header $$([ $$f = base ] && echo "-c requirements/dev.txt") requirements/$$f.in -o requirements/$$f.txt; done
