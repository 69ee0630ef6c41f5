"""virtio images under QEMU with an ordinary KVM: Debian's own QEMU runs inside the machine of `machine.py`.

What only KVM has is met here: its clock (pvclock), the time-stamp counter's deadline, HLT, and interrupts and
messages (MSI-X) that KVM itself delivers. Nothing falls back to emulation: `accel=kvm` ends where KVM does
not work. All machines and guests with PYMIRAGE_LONG=1 (`make virtio`).
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pymirage.tool.qemu.command import PROGRAM, command
from pymirage.tool.qemu.machine import Disk, Interface, Machine
from tests.boot_images.harness import Lab, cannot_run
from tests.nested import machine
from tests.runtime import toolchain

LONG = bool(os.environ.get("PYMIRAGE_LONG"))
PATIENCE = 2 * machine.PATIENCE if LONG else machine.PATIENCE

pytestmark = pytest.mark.timeout(PATIENCE + 600)

APP = Path(__file__).parent / "apps" / "served_disk"
STATIC = ("--ipv4=10.0.0.2/24",)
DISK = bytes(range(256)) * 2048
SERVED = 64 * 512

# Firmware and option ROMs of the three machines, where Debian's QEMU looks for them.
FIRMWARE_FOLDERS = (Path("/usr/share/qemu"), Path("/usr/share/seabios"), Path("/usr/lib/ipxe/qemu"))
FIRMWARE = ("bios-256k.bin", "bios-microvm.bin", "pvh.bin", "kvmvapic.bin", "efi-virtio.rom")

SHORT = {  # machine: guests
    "microvm": ("yield", "stop", "served_disk"),
    "q35": ("time", "four_networks"),
    "pc": ("status", "two_disks", "lines"),
}
EVERYTHING = ("hello", "time", "yield", "tls", "entropy", "memory", "status", "fault", "stop", "two_disks")
ON_PCI = (*EVERYTHING, "four_networks", "served_disk", "lines")
WHOLE = {"microvm": ON_PCI[:-1], "q35": ON_PCI, "pc": ON_PCI}
CASES = [(kind, name) for kind, names in (WHOLE if LONG else SHORT).items() for name in names]

SERVERS = ("served_disk", "lines")
GUESTS = {"status": "exit_status", "two_disks": "disks", "four_networks": "net_many", "lines": "served_disk"}
ARGUMENTS = {"status": ("200",), "fault": ("overflow_stack",), **dict.fromkeys(SERVERS, STATIC)}
# Devices without MSI-X.
LINES = ("-global", "virtio-blk-pci.vectors=0", "-global", "virtio-net-pci.vectors=0")
STATUS = {"status": 200, "fault": 255}
END = {"fault": "status 255\n"}

BEGIN = """
ln -s /proc/self/fd /dev/fd
mount -t tracefs none /sys/kernel/tracing
echo 16384 > /sys/kernel/tracing/buffer_size_kb
tunctl -t tap0; ip link set tap0 up; ip address add 10.0.0.1/24 dev tap0
for name in first second; do head -c 1048576 /dev/zero > /$name; done
until_says() { for i in $(seq 5000); do grep -q "$1" /console && return; usleep 20000; done; }
forget() { : > /console; : > /status; echo > /sys/kernel/tracing/set_event; : > /sys/kernel/tracing/trace; }
report() { cat /console; echo "status $(od -An -tu1 /status | tr -d ' ')"; }
"""
PLAIN = """
timeout 600 {command} > /console 2>&1 3> /status < /dev/null
"""
# Whose clock, and which interrupts: what KVM itself saw.
TRACED = """
for event in kvm_msr kvm_msi_set_irq kvm_ioapic_set_irq kvm_exit; do
  echo kvm:$event >> /sys/kernel/tracing/set_event
done
timeout 600 {command} > /console 2>&1 3> /status < /dev/null &
until_says ready
echo 0 > /sys/kernel/tracing/tracing_on
grep -q 'msr_write 4b564d01' /sys/kernel/tracing/trace && echo 'clock of KVM'
echo 1 > /sys/kernel/tracing/tracing_on
: > /sys/kernel/tracing/trace
before=$(date +%s)
usleep 1000000
echo exits while waiting: $(grep -c 'kvm_exit' /sys/kernel/tracing/trace)
echo seconds: $(($(date +%s) - before))
timeout 300 wget -q -O - http://10.0.0.2/ | sha256sum
wait
grep -q 'kvm_exit.*reason hlt' /sys/kernel/tracing/trace && echo 'halts'
grep -q 'kvm_msi_set_irq: dst 0 vec 3[3-9] ' /sys/kernel/tracing/trace && echo 'KVM delivers messages'
grep -q 'kvm_ioapic_set_irq: .* vec 3[3-9] .*level' /sys/kernel/tracing/trace && echo 'KVM delivers lines'
tail -c +32769 /disk | head -c 8; echo
"""
# The monitor is reached by a program that netcat starts, so that nothing is lost.
STOPPED = """
monitor=telnet:127.0.0.1:4444,server=on,wait=off
timeout 600 {command} -monitor $monitor > /console 2>&1 3> /status < /dev/null &
until_says ready
(echo system_powerdown; until_says SUCCESS) | nc 127.0.0.1 4444 > /dev/null
wait
"""


def told(kind: str, name: str) -> list[str]:
    """QEMU's words for a case, as `pymirage run` would give them to it."""
    made = Machine(f"/{GUESTS.get(name, name)}", arguments=ARGUMENTS.get(name, ()), memory=64, kind=kind)
    if name in SERVERS:
        interface = Interface("service", "tap0", "02:00:00:00:00:02")
        made = replace(made, interfaces=(interface,), disks=(Disk("storage", "/disk"),))
    if name == "two_disks":
        made = replace(made, disks=(Disk("second", "/second"), Disk("first", "/first")))
    if name == "four_networks":
        nets = tuple(Interface(each, None, f"02:00:00:00:00:0{n}") for n, each in enumerate("abcd", 1))
        made = replace(made, interfaces=nets)
    return [*command(made, "kvm", status_file=3), "-L", "/firmware", *(LINES if name == "lines" else ())]


def script() -> str:
    parts = [BEGIN]
    for kind, name in CASES:
        how = {**dict.fromkeys(SERVERS, TRACED), "stop": STOPPED}.get(name, PLAIN)
        parts += [
            "forget",
            f"echo '## {kind} {name}'",
            how.format(command=shlex.join(told(kind, name))),
            "report",
        ]
    return "\n".join(parts) + "\n"


def files(image: Path, disk: Path) -> dict[str, Path]:
    program = shutil.which(PROGRAM)
    assert program is not None
    found = {
        name: folder / name for folder in FIRMWARE_FOLDERS for name in FIRMWARE if (folder / name).exists()
    }
    names = {GUESTS.get(name, name) for _, name in CASES} - {"served_disk"}
    return {
        f"bin/{PROGRAM}": Path(program),
        **{f"firmware/{name}": path for name, path in found.items()},
        **{name: toolchain.guest(name, "virtio") for name in names},
        "served_disk": image,
        "disk": disk,
    }


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    """What each case printed, and its exit status."""
    reason = cannot_run("virtio")
    if reason is not None:
        pytest.skip(reason)
    try:
        machine.parts()
    except machine.Unavailable as missing:
        pytest.skip(f"no nested machine: {missing}")
    folder = tmp_path_factory.mktemp("nested")
    image = Lab("virtio", folder).build(APP)
    (folder / "disk").write_bytes(DISK)
    output = machine.run(files(image.path, folder / "disk"), script(), PATIENCE, memory=1024)
    titled = [part.partition("\n") for part in output.split("## ")[1:]]
    return {(title.split()[0], title.split()[1]): body for title, _, body in titled}


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_under_kvm(console: dict[tuple[str, str], str], kind: str, name: str) -> None:
    said = console[kind, name]
    if name == "fault":
        assert said.startswith("fault: stack overflow writing 0x") and "(descend" in said
    else:
        assert "SUCCESS\n" in said, said
    assert said.endswith(f"status {STATUS.get(name, 0)}\n")


@pytest.mark.parametrize(("kind", "name"), [case for case in CASES if case[1] in SERVERS])
def test_what_kvm_saw(console: dict[tuple[str, str], str], kind: str, name: str) -> None:
    """The image takes KVM's clock and halts; KVM delivers interrupts; packets and sectors are right."""
    said = console[kind, name]
    way = "lines" if name == "lines" else "messages"
    assert "clock of KVM\n" in said and "halts\n" in said and f"KVM delivers {way}\n" in said, said
    assert hashlib.sha256(DISK[:SERVED]).hexdigest() in said
    assert "\nwritten \n" in said
    figures = [line.partition(": ") for line in said.splitlines()]
    exits, seconds = (
        next(int(number) for what, _, number in figures if what == name)
        for name in ("exits while waiting", "seconds")
    )
    assert exits < 100 * max(seconds, 1), said
