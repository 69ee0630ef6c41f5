"""Bad peers in the namespace of the Linux kernel; PYMIRAGE_LONG=1 lets them last (`make soak`)."""

from __future__ import annotations

import pytest

from tests.interop.test_linux import LONG, MEBIBYTE, tell


def under_attack(story: str, **options: object) -> None:
    tell(story, stories="attacks", **options)


def test_syn_flood() -> None:
    under_attack("syn_flood", size=200_000 if LONG else 4000)


@pytest.mark.parametrize("story", ["slow_reader", "slow_application"])
def test_who_does_not_read(story: str) -> None:
    under_attack(story, size=32 * MEBIBYTE)


def test_silent_peers() -> None:
    under_attack("silent_peer")


@pytest.mark.parametrize("story", ["resets", "errors"])
def test_forged(story: str) -> None:
    under_attack(story, size=5000 if LONG else 200)


def test_linux_sees_a_good_peer() -> None:
    under_attack("seen_by_linux", size=MEBIBYTE)
