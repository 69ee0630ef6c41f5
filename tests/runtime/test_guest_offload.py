"""Long frames with open checksums between a guest and a TAP interface, and where there can be none."""

import functools
import os

import pytest

from tests.runtime import tap, toolchain
from tests.runtime.conftest import reason_not_to_run

ALL = "15"
WHOLE = [40000]
CUT = [1000] * 40


@functools.cache
def reason() -> str | None:
    return tap.reason_not_to_run()


def scenario(name: str, guest: str, target: str, *options: str, argument: str = "") -> dict[str, object]:
    why = reason()
    if why:
        pytest.skip(f"no TAP interface in a namespace: {why}")
    return tap.inside(name, *toolchain.command(guest, target, *options, arguments=argument.split()))


def test_a_long_segment_crosses_in_one_piece(target: str) -> None:
    result = scenario("offload", "net_offload", target, "--net:service=tap0")
    assert result == {
        "told": ["features", ALL],
        "pieces": WHOLE,
        "segment_sizes": [1000],
        "intact": True,
        "rest": "SUCCESS\n",
        "status": 0,
    }


def test_who_has_not_asked_gets_it_cut(target: str) -> None:
    """The host cuts it, since the guest takes plain frames."""
    result = scenario("offload_to_plain", "net_pair", target, "--net:one=tap0", "--net:other=tap1")
    assert (result["pieces"], result["intact"]) == (CUT, True)


def test_an_inherited_descriptor_without_header_has_none(target: str) -> None:
    result = scenario("plain_descriptor", "net_offload", target, "--net:service=@fd")
    assert (result["told"], result["pieces"], result["intact"]) == (["features", "0"], CUT, True)
    assert (result["rest"], result["status"]) == ("SUCCESS\n", 0)


@pytest.mark.parametrize("target", ["spt", "hvt"])
@pytest.mark.parametrize("name", ["echo", "echo_jumbo"])
def test_an_image_that_knows_solo5_only_gets_plain_frames(target: str, name: str) -> None:
    why = reason() or reason_not_to_run(target)
    if why:
        pytest.skip(why)
    image = str(toolchain.guest_without_capabilities("net_echo", target))
    result = tap.inside(name, str(toolchain.tender(target)), "--net:service=tap0", image)
    assert (result["echoed"], result["rest"], result["status"]) == (True, "SUCCESS\n", 0)


def test_two_interfaces(target: str) -> None:
    result = scenario("pair", "net_pair", target, "--net:one=tap0", "--net:other=tap1")
    assert result == {"passed": True, "stopped": True, "rest": "SUCCESS\n", "status": 0}


ATTACKS = (
    *("produced_beyond", "produced_backwards", "produced_between", "frame_longer_than_produced"),
    *("frame_longer_than_any", "frame_across_end", "only_wraps", "wrap_after_wrap", "consumed_ahead"),
)


def attack(name: str) -> dict[str, object]:
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        pytest.skip("/dev/kvm is missing or not permitted")
    return scenario("present", "hostile_ring", "hvt", "--net:service=tap0", argument=name)


@pytest.mark.parametrize("name", ATTACKS)
def test_a_damaged_ring_ends_the_guest(name: str) -> None:
    result = attack(name)
    assert (result["status"], result["stdout"]) == (1, "")
    assert result["stderr"] == "pymirage-hvt: the image damaged a network ring\n"


def test_kicks_for_nothing_are_harmless() -> None:
    result = attack("kicks")
    assert (result["status"], result["stdout"]) == (0, "SUCCESS\n")
