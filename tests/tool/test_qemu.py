"""QEMU as a tender: what its options mean, what it is told, and which KVM it is given."""

from __future__ import annotations

import pytest

from pymirage.tool.qemu import accelerator
from pymirage.tool.qemu.command import command
from pymirage.tool.qemu.error import QemuError
from pymirage.tool.qemu.machine import Disk, Forward, Machine, machine


def test_options() -> None:
    made = machine(
        [
            "--mem=32",
            "--net:service=user:8080-80,udp:5353-53",
            "--block:storage=a,b",
            "--",
            "image",
            "--x=a b",
        ]
    )
    assert (made.memory, made.image, made.line) == (32, "image", "'--x=a b'")
    (interface,) = made.interfaces
    assert interface.tap is None
    assert interface.forwards == (Forward("tcp", 8080, 80), Forward("udp", 5353, 53))
    assert int(interface.mac[:2], 16) & 3 == 2
    assert made.disks == (Disk("storage", "a,b"),)


MISTAKES = {
    "--mem=much": "bad value 'much' for --mem (expected a number)",
    "--mem": "bad option '--mem' (expected --OPTION=VALUE)",
    "--net=tap0": "bad option '--net=tap0' (expected --net:NAME=…)",
    "--net:a=user:80": "bad ports '80' (expected HOSTPORT-GUESTPORT, as in user:8080-80)",
    "--net:a=user:0-99999": "bad ports '0-99999' (expected HOSTPORT-GUESTPORT, as in user:8080-80)",
    "--net-mac:a=01:00:00:00:00:00": (
        "bad address '01:00:00:00:00:00' (expected that of a station, such as 02:00:00:00:00:01)"
    ),
    "--net-mac:a=02:00:00:00:00:01": "--net-mac:a is for no device: add --net:a=INTERFACE",
    "--machine=q53": "unknown machine 'q53' (did you mean q35?)",
    "--memory=1": "unknown option --memory (did you mean mem?)",
}


@pytest.mark.parametrize("word", MISTAKES)
def test_mistakes(word: str) -> None:
    with pytest.raises(QemuError) as caught:
        machine([word, "--", "image"])
    assert str(caught.value) == MISTAKES[word]


def test_no_image_and_a_long_command_line() -> None:
    with pytest.raises(QemuError, match="no image is given"):
        machine(["--mem=16"])
    with pytest.raises(QemuError, match="longer than 4095 characters"):
        machine(["image", "x" * 4096])


def test_devices_of_a_microvm_have_places() -> None:
    words = command(machine(["--machine=microvm", "--net:a=tap0", "--block:b=/none", "image"]), "tcg")
    assert "virtio-rng-device,bus=virtio-mmio-bus.0" in words
    assert any(word.startswith("virtio-net-device,bus=virtio-mmio-bus.1,netdev=net0,mac=") for word in words)
    assert "virtio-blk-device,bus=virtio-mmio-bus.2,drive=disk0,serial=b" in words


def test_a_comma_in_a_file_s_name() -> None:
    words = command(Machine("image", disks=(Disk("b", "a,b"),)), "kvm")
    assert any(word.endswith("file=a,,b") for word in words)
    assert words[words.index("-cpu") + 1] == "host"


def test_firmware_of_the_probe_starts_where_a_processor_does() -> None:
    content = accelerator.firmware()
    jump = int.from_bytes(content[0xFFF1:0xFFF3], "little", signed=True)
    assert len(content) == 0x10000 and content[0xFFF0] == 0xE9
    assert content[0xFFF3 + jump :].startswith(accelerator.PROBE)


def test_which_processors_virtualise() -> None:
    assert accelerator.hardware_virtualisation("flags\t\t: fpu vmx sse\n")
    assert accelerator.hardware_virtualisation("flags : fpu svm\n")
    assert not accelerator.hardware_virtualisation("flags : fpu sse\nbugs : vmx\n")
