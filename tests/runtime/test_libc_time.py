"""Sleep and clocks of the shim, over a clock of the test's own: no deadline ever wraps around."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from tests.runtime.host_library import library

STUBS = """
#include "solo5.h"
#include "stage.h"
bool stage_is_initialise(void) { return false; }
bool stage_allows(const char *what) { (void)what; return true; }
unsigned long long monotonic = 1000, wall = 2000000000000000000, deadline;
solo5_time_t solo5_clock_monotonic(void) { return monotonic; }
solo5_time_t solo5_clock_wall(void) { return wall; }
void solo5_yield(solo5_time_t until, solo5_handle_set_t *ready) { (void)ready; deadline = monotonic = until; }
"""

REALTIME, MONOTONIC, ABSOLUTE, SECOND = 0, 1, 1, 10**9
INVALID = -22


class Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


@pytest.fixture
def lib(tmp_path: Path) -> ctypes.CDLL:
    loaded = library(tmp_path, ["time.c"], source=STUBS)
    loaded.time_sleep.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.POINTER(Timespec))
    loaded.time_sleep.restype = loaded.time_read.restype = ctypes.c_long
    return loaded


def slept(lib: ctypes.CDLL, seconds: int, nanoseconds: int, clock: int = MONOTONIC, flags: int = 0) -> int:
    """Nanoseconds that it waited."""
    assert lib.time_sleep(clock, flags, Timespec(seconds, nanoseconds)) == 0
    return int(ctypes.c_ulonglong.in_dll(lib, "deadline").value) - 1000


@pytest.mark.parametrize("seconds", (0, 1, 10**9))
def test_relative(lib: ctypes.CDLL, seconds: int) -> None:
    assert slept(lib, seconds, 7) == seconds * SECOND + 7


def test_absolute(lib: ctypes.CDLL) -> None:
    assert slept(lib, 2 * 10**9 + 3, 5, REALTIME, ABSOLUTE) == 3 * SECOND + 5


@pytest.mark.parametrize("seconds", (2**63 // SECOND, 2**64 // SECOND, 2**64 // SECOND + 1, 2**63 - 1))
def test_far_too_long_is_for_ever(lib: ctypes.CDLL, seconds: int) -> None:
    # Of 2**64 nanoseconds, the first of these and the clock are just more than 64 bits hold.
    for nanoseconds in (2**64 % SECOND - 500, 999_999_999):
        assert slept(lib, seconds, nanoseconds) > 200 * 365 * 86400 * SECOND


@pytest.mark.parametrize(("seconds", "nanoseconds"), ((-1, 0), (0, -1), (0, SECOND)))
def test_no_time_at_all(lib: ctypes.CDLL, seconds: int, nanoseconds: int) -> None:
    assert lib.time_sleep(MONOTONIC, 0, Timespec(seconds, nanoseconds)) == INVALID


def test_read(lib: ctypes.CDLL) -> None:
    now = Timespec()
    assert lib.time_read(REALTIME, ctypes.byref(now)) == 0
    assert (now.seconds, now.nanoseconds) == (2 * 10**9, 0)
    assert lib.time_read(MONOTONIC, ctypes.byref(now)) == 0
    assert (now.seconds, now.nanoseconds) == (0, 1000)
    assert lib.time_read(99, ctypes.byref(now)) == INVALID
