"""QEMU as a tender: what its options mean, what it is told, and which KVM it is given."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from pymirage.boot import command_line
from pymirage.tool.image.plan import BuildPlan, Device
from pymirage.tool.qemu import accelerator, files
from pymirage.tool.qemu import run as running
from pymirage.tool.qemu.command import PROGRAM, command
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
    assert "virtio-rng-device,bus=virtio-mmio-bus.1" in words
    assert any(word.startswith("virtio-net-device,bus=virtio-mmio-bus.2,netdev=net0,mac=") for word in words)
    assert "virtio-blk-device,bus=virtio-mmio-bus.3,drive=disk0,serial=b" in words


def test_a_comma_in_a_file_s_name() -> None:
    words = command(Machine("image", disks=(Disk("b", "a,b"),)), "kvm")
    assert any(word.endswith("file=a,,b") for word in words)
    assert words[words.index("-machine") + 1] == "q35,accel=kvm"


def test_firmware_of_the_probe_starts_where_a_processor_does() -> None:
    content = accelerator.firmware()
    jump = int.from_bytes(content[0xFFF1:0xFFF3], "little", signed=True)
    assert len(content) == 0x10000 and content[0xFFF0] == 0xE9
    assert content[0xFFF3 + jump :].startswith(accelerator.PROBE)


def test_which_processors_virtualise() -> None:
    assert accelerator.hardware_virtualisation("flags\t\t: fpu vmx sse\n")
    assert accelerator.hardware_virtualisation("flags : fpu svm\n")
    assert not accelerator.hardware_virtualisation("flags : fpu sse\nbugs : vmx\n")


def test_a_signal_while_it_is_being_started(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {number: signal.getsignal(number) for number in running.ENDINGS}
    popen = subprocess.Popen

    def interrupted(*_: Any, **__: Any) -> subprocess.Popen[bytes]:
        signal.raise_signal(signal.SIGTERM)
        return popen(["sleep", "600"], stderr=subprocess.PIPE)

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    try:
        assert running._Running(Machine("image"), "tcg").wait() == 128 + signal.SIGTERM
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert capsys.readouterr().err == "pymirage-virtio: terminated\n"


# -- what is written beside an image --


def test_files_for_others(tmp_path: Path) -> None:
    devices = (
        Device("service", "NET_BASIC"),
        Device("storage", "BLOCK_BASIC"),
        Device("x" * 30, "BLOCK_BASIC"),
    )
    plan = BuildPlan("a<b", "virtio", tmp_path, tmp_path, (), devices=devices)
    plan.image.parent.mkdir()
    xml, config, script = files.write(plan)
    domain = ElementTree.parse(xml).getroot()
    assert domain.findtext("name") == "a<b" and domain.findtext("os/kernel") == str(plan.image)
    assert [each.findtext("serial") for each in domain.iter("disk")] == ["storage", None]
    assert [each.get("dev") for each in domain.iter("target") if each.get("bus")] == ["vda", "vdb"]
    told = json.loads(config.read_text())
    assert told["boot-source"]["kernel_image_path"] == "a<b.virtio"
    assert [each["iface_id"] for each in told["network-interfaces"]] == ["service"]
    assert [each["path_on_host"] for each in told["drives"]] == ["storage.img", f"{'x' * 30}.img"]
    assert os.access(script, os.X_OK)


DEVICES = (Device("service", "NET_BASIC"), Device("storage", "BLOCK_BASIC"), Device("x" * 30, "BLOCK_BASIC"))


@pytest.mark.parametrize("devices", [(), DEVICES], ids=["no devices", "devices"])
def test_the_domain_keeps_libvirt_s_schema(tmp_path: Path, devices: tuple[Device, ...]) -> None:
    missing = [name for name in ("virt-xml-validate", "xmllint") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{missing[0]} is not installed (apt-get install libvirt-clients libxml2-utils)")
    file = tmp_path / "domain.xml"
    file.write_text(files.libvirt("app", tmp_path / "a & b.virtio", devices))
    done = subprocess.run(
        ["virt-xml-validate", str(file), "domain"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


# Firecracker's src/firecracker/swagger/firecracker.yaml (version 1.16), as far as it concerns what we write:
# of each definition the fields that must be there, and all with their types.
FULL_VM_CONFIGURATION: dict[str, tuple[tuple[str, ...], dict[str, type]]] = {
    "boot-source": (
        ("kernel_image_path",),
        {"kernel_image_path": str, "boot_args": str, "initrd_path": str},
    ),
    "machine-config": (
        ("mem_size_mib", "vcpu_count"),
        {"mem_size_mib": int, "vcpu_count": int, "smt": bool, "track_dirty_pages": bool, "huge_pages": str},
    ),
    "drives": (
        ("drive_id", "is_root_device", "path_on_host"),
        {
            "drive_id": str,
            "is_root_device": bool,
            "path_on_host": str,
            "is_read_only": bool,
            "cache_type": str,
            "io_engine": str,
        },
    ),
    "network-interfaces": (
        ("host_dev_name", "iface_id"),
        {"host_dev_name": str, "iface_id": str, "guest_mac": str, "mtu": int},
    ),
    "entropy": ((), {}),
}


def test_the_configuration_keeps_firecracker_s_schema(tmp_path: Path) -> None:
    told = json.loads(files.firecracker(tmp_path / "app.virtio", DEVICES))
    assert told.keys() <= FULL_VM_CONFIGURATION.keys() and "boot-source" in told
    for part, (required, fields) in FULL_VM_CONFIGURATION.items():
        for each in told[part] if isinstance(told[part], list) else [told[part]]:
            assert set(required) <= each.keys() <= fields.keys(), part
            assert all(type(value) is fields[name] for name, value in each.items()), part
    assert 1 <= told["machine-config"]["vcpu_count"] <= 32
    # Otherwise Firecracker appends `root=` to the command line; and its usual arguments are Linux's.
    assert (
        not any(each["is_root_device"] for each in told["drives"]) and told["boot-source"]["boot_args"] == ""
    )
    assert {each["cache_type"] for each in told["drives"]} == {"Writeback"}
    # `checked_id`: letters, digits and underscores, as manifests have.
    for name in [each["drive_id"] for each in told["drives"]]:
        assert name.replace("_", "").isalnum()


@pytest.mark.parametrize(
    ("environment", "accelerator"), [({}, "kvm:tcg"), ({"QEMU_ACCEL": "tcg"}, "tcg")], ids=["usual", "tcg"]
)
def test_the_script_for_qemu_starts_a_machine(
    tmp_path: Path, environment: dict[str, str], accelerator: str
) -> None:
    """With a QEMU that says how it was called."""
    plan = BuildPlan("hello", "virtio", tmp_path, tmp_path, ())
    plan.image.parent.mkdir()
    program = tmp_path / PROGRAM
    program.write_text('#!/bin/sh\nfor word; do echo "$word"; done\n')
    program.chmod(0o755)
    path = os.pathsep.join((str(tmp_path), os.environ["PATH"]))
    line = ["--n=1", "x y", "it's", "", "console=ttyS0"]
    done = subprocess.run(
        [files.write(plan)[2], *line],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": path, **environment},
    )
    words = done.stdout.splitlines()
    told = words[words.index("-append") + 1]
    assert command_line.split(told) == line
    assert told.endswith(" console=ttyS0")  # unquoted, as a word for the machine must be
    assert words[words.index("-machine") + 1] == f"q35,accel={accelerator}"
    assert words[words.index("-kernel") + 1] == "hello.virtio"
