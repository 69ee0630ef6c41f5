"""`PYMIRAGE_COMPILED=1 pytest …` runs the same tests on hot modules compiled for this interpreter."""

import os
import signal
import sys

from tests import chance

# A suite started in the background inherits an ignored SIGINT, and so would every program it interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

if os.environ.get("PYMIRAGE_COMPILED"):
    from scripts import compile_hot

    # Before anything imports pymirage: this file is the first that pytest loads.
    sys.path.insert(0, str(compile_hot.ensure()))


def pytest_report_header() -> list[str]:
    from pymirage import octets

    return [
        f"hot modules: {'compiled' if octets.COMPILED else 'interpreted'}",
        f"properties: {f'{chance.TIMES} times as many new' if chance.TIMES else 'the same'} examples",
    ]
