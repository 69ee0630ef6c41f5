"""Frames between a guest and a TAP interface, and what is said when there is no usable interface."""

import functools

import pytest

from tests.runtime import tap, toolchain

ADDRESS = "02005e0000aa"


@functools.cache
def reason() -> str | None:
    return tap.reason_not_to_run()


def scenario(name: str, target: str, *options: str) -> dict[str, object]:
    why = reason()
    if why:
        pytest.skip(f"no TAP interface in a namespace: {why}")
    return tap.inside(name, *toolchain.command("net_echo", target, *options))


def test_frames_come_back(target: str) -> None:
    result = scenario("echo", target, "--net:service=tap0", "--net-mac:service=02:00:5e:00:00:aa")
    assert result == {"address": ADDRESS, "mtu": 1500, "echoed": True, "rest": "SUCCESS\n", "status": 0}


def test_mtu_is_the_interface_s(target: str) -> None:
    result = scenario("echo_jumbo", target, "--net:service=tap0")
    assert (result["mtu"], result["echoed"], result["status"]) == (9000, True, 0)


def test_descriptor_can_be_inherited(target: str) -> None:
    result = scenario("inherited", target, "--net:service=@fd")
    assert (result["mtu"], result["echoed"], result["status"]) == (1500, True, 0)


def test_address_is_random_and_locally_administered(target: str) -> None:
    results = [scenario("echo", target, "--net:service=tap0")["address"] for _ in range(2)]
    assert results[0] != results[1]
    assert all(int(str(address)[:2], 16) & 3 == 2 for address in results)


@pytest.mark.parametrize(
    ("state", "message", "remedy"),
    [
        ("absent", "interface 'tap0' does not exist", "ip tuntap add tap0 mode tap"),
        ("down", "interface 'tap0' is down", "ip link set tap0 up"),
        ("busy", "interface 'tap0' is in use by another program", "stop it"),
    ],
)
def test_unusable_interface(target: str, state: str, message: str, remedy: str) -> None:
    result = scenario(state, target, "--net:service=tap0")
    error = str(result["stderr"])
    assert (result["status"], error.count("\n")) == (1, 1)
    assert message in error and remedy in error


def test_loopback_is_not_a_tap_interface(target: str) -> None:
    """In a fresh namespace lo is down; the message names it all the same."""
    result = scenario("absent", target, "--net:service=lo")
    assert result["status"] == 1 and "interface 'lo'" in str(result["stderr"])
