# The two commands of the README are `make demo` and `make test`; each sets up what it needs.
PY := .venv/bin/python
# A worker for each core, four at most: more only wait for one another's boots. A file's tests stay with one worker and share its images.
PARALLEL := -n auto --maxprocesses 4 --dist loadfile
# Each for so long, on compiled code.
FUZZ := parsers control receive host http certificates
FUZZ_SECONDS := 600
# So many times as many examples of each property as `make test` tries, and new ones.
EXAMPLES := 20
# Built before the tests, whose workers would wait for one another; where that cannot be, tests skip with the reason.
LIBRARIES := $(addprefix --library ,zlib crypto tls)
.PHONY: demo test check boot virtio bench docs soak properties fuzz conformance clean

demo: .venv/ready     ; @$(PY) -m scripts.demo
test: .venv/ready-test ; @$(PY) -m pymirage runtime build $(LIBRARIES) || true
	$(PY) -m pytest $(PARALLEL) $(PYTEST_ARGS)
check: .venv/ready    ; .venv/bin/ruff check . && .venv/bin/mypy
# As images are built by default, which start from memory, and once more cold.
boot: .venv/ready     ; PYMIRAGE_LONG=1 $(PY) -m pytest $(PARALLEL) tests/boot_images $(PYTEST_ARGS) && PYMIRAGE_LONG=1 PYMIRAGE_COLD=1 $(PY) -m pytest $(PARALLEL) tests/boot_images $(PYTEST_ARGS)
# All that runs elsewhere, and what only machines have, in QEMU: emulated, and under a nested KVM.
virtio: .venv/ready-test ; PYMIRAGE_LONG=1 $(PY) -m pytest --timeout 3600 tests/runtime/test_guest_virtio*.py tests/runtime/test_virtio_*.py tests/nested/test_virtio_nested.py $(PYTEST_ARGS) && PYMIRAGE_LONG=1 $(PY) -m pytest tests/boot_images -k "virtio or libvirt" $(PYTEST_ARGS)
soak: .venv/ready-test ; PYMIRAGE_LONG=1 PYMIRAGE_COMPILED=1 $(PY) -m pytest tests/interop $(PYTEST_ARGS) && WEB_SECONDS=300 $(PY) -m pytest --timeout 2000 tests/boot_images/test_web.py $(PYTEST_ARGS)
conformance: .venv/ready-test ; PYMIRAGE_LONG=1 $(PY) -m pytest tests/conformance -s $(PYTEST_ARGS)
properties: .venv/ready-test ; PYMIRAGE_EXAMPLES=$(EXAMPLES) $(PY) -m pytest $(PARALLEL) -m hypothesis --timeout 3600 $(PYTEST_ARGS)
fuzz: .venv/ready-test ; for target in $(FUZZ); do echo $$target:; PYTHONPATH=$$($(PY) scripts/compile_hot.py) $(PY) -m fuzz.$$target $(FUZZ_SECONDS) || exit 1; done
bench: .venv/ready    ; @$(PY) -m bench
docs: .venv/ready     ; @$(PY) -m scripts.docs
clean:                ; rm -rf .venv site dist _build; find examples bench tests -type d '(' -name _build -o -name dist ')' -prune -exec rm -rf {} +

.venv/ready: pyproject.toml scripts/setup        ; @scripts/setup build && touch $@
.venv/ready-test: .venv/ready                    ; @scripts/setup test && touch $@
