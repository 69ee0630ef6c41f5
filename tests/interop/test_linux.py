"""Our stack and the Linux kernel's, joined by a TAP interface in a namespace of the test's own."""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path

import pytest

from tests.interop import tshark
from tests.interop.laboratory import in_namespace, refusal

MEBIBYTE = 1 << 20
LONG = bool(os.environ.get("PYMIRAGE_LONG"))
"""Lengths that issue and documentation promise, instead of those for every day."""


@cache
def refused() -> str:
    return refusal()


def tell(story: str, stories: str = "inside", **options: object) -> None:
    """Run a story; skipped with the reason where the machine does not let us."""
    if refused():
        pytest.skip(f"no network namespace with a TAP interface can be made here: {refused()}")
    words = (f"{key}={value}" for key, value in options.items())
    done = in_namespace(story, *words, stories=stories, timeout=1200 if LONG else 450)
    assert done.returncode == 0, done.stdout + done.stderr


FAMILIES = pytest.mark.parametrize("family", [4, 6])
OFFLOADS = pytest.mark.parametrize("offloads", [True, False], ids=["offloads", "plain"])
MTUS = pytest.mark.parametrize("mtu", [1280, 1500, 9000])


@FAMILIES
@OFFLOADS
def test_linux_pings_us(family: int, offloads: bool) -> None:
    if shutil.which("ping") is None:
        pytest.skip("ping is not installed")
    tell("ping_us", ours=f"ours{family}", mtu=1500, offloads=offloads)


@FAMILIES
@OFFLOADS
def test_we_ping_linux(family: int, offloads: bool) -> None:
    tell("ping_linux", linux=f"linux{family}", mtu=1500, offloads=offloads)


@FAMILIES
@OFFLOADS
@pytest.mark.parametrize("story", ["datagrams_to_us", "datagrams_to_linux"])
def test_datagrams(story: str, family: int, offloads: bool) -> None:
    place = f"ours{family}" if story == "datagrams_to_us" else f"linux{family}"
    tell(story, **{story.rpartition("_")[2].replace("us", "ours"): place}, mtu=1500, offloads=offloads)


@FAMILIES
@MTUS
@OFFLOADS
@pytest.mark.parametrize("story", ["streams_to_us", "streams_to_linux"])
def test_streams(story: str, family: int, mtu: int, offloads: bool) -> None:
    size = (100 if LONG else 10) * MEBIBYTE if mtu == 1500 else MEBIBYTE
    place = f"ours{family}" if story == "streams_to_us" else f"linux{family}"
    name = story.rpartition("_")[2].replace("us", "ours")
    tell(story, **{name: place}, mtu=mtu, offloads=offloads, size=size)


@OFFLOADS
def test_streams_through_loss(offloads: bool) -> None:
    if shutil.which("nft") is None:
        pytest.skip("nft is not installed")
    tell("lossy_streams", size=MEBIBYTE, offloads=offloads)


@FAMILIES
def test_streams_through_a_bad_link(family: int) -> None:
    tell("impaired_streams", ours=f"ours{family}", linux=f"linux{family}", size=MEBIBYTE // 4)


@pytest.mark.parametrize("kind", ["loss", "reorder", "duplicate", "corrupt", "delay"])
@pytest.mark.parametrize(
    ("family", "mtu"),
    [(4, 1280), (6, 9000), *([(4, 9000), (6, 1280)] if LONG else [])],
)
def test_streams_through_one_kind_of_damage(kind: str, family: int, mtu: int) -> None:
    size = 100 * MEBIBYTE if LONG else MEBIBYTE * mtu // 4096
    tell("spoiled_streams", kind=kind, ours=f"ours{family}", mtu=mtu, size=size)


@tshark.needs_tshark
def test_tshark_finds_no_mistake_in_what_we_send(tmp_path: Path) -> None:
    file = tmp_path / "capture.pcap"
    tell("recorded", file=file, size=100_000)
    layers = ("ip", "tcp", "udp", "icmp", "icmpv6", "igmp")
    bad = " || ".join(["_ws.malformed", *(f"{layer}.checksum.status == 0" for layer in layers)])
    assert tshark.read(file, "-Y", bad) == []
    found = {
        name
        for line in tshark.read(file, "-T", "fields", "-e", "frame.protocols")
        for name in line.split(":")
    }
    assert {"arp", "icmp", "icmpv6", "igmp", "tcp", "udp"} <= found


def test_served_by_dnsmasq(tmp_path: Path) -> None:
    if shutil.which("dnsmasq") is None:
        pytest.skip("dnsmasq is not installed")
    tell("served_by_dnsmasq", directory=tmp_path)


@FAMILIES
def test_refusals(family: int) -> None:
    tell("refusals", ours=f"ours{family}", linux=f"linux{family}")


def test_conflict() -> None:
    tell("conflict")


def test_connections_leave_nothing() -> None:
    tell("gone", count=10_000 if LONG else 1000)


@FAMILIES
def test_time_wait(family: int) -> None:
    tell("time_wait", ours=f"ours{family}", linux=f"linux{family}")


def test_interfaces_that_cannot_be_used() -> None:
    tell("unusable_interfaces")
