"""Images as Firecracker and cloud-hypervisor start them, of which only the protocols are here."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pymirage.tool.image.elf import Elf
from tests.runtime import direct_boot, toolchain
from tests.runtime.conftest import reason_not_to_run
from tests.runtime.direct_boot import CLOUD_HYPERVISOR, FIRECRACKER, Hypervisor

MEMORY = 64 << 20
# QEMU's transports: 512 octets each, and its own numbers of interrupts.
TRANSPORTS, SIZE, FIRST_INTERRUPT = 0xFEB00000, 512, 5
# One after the first, see `tool/qemu/command.py`.
PLACES = (1, 2)

# As close to the two as QEMU comes. Firecracker's machine has no battery-backed clock, and ends by a reset
# through the keyboard controller; what is told there, or to
# cloud-hypervisor's port, becomes QEMU's exit status.
RESET_PORT, RESET = 0x64, 0xFE
POWER_PORT, POWER_OFF = 0x600, 5 << 2 | 1 << 5
# QEMU's own tables stay where only its own firmware takes them from.
CLOUD_HYPERVISOR_MACHINE = ("-machine", "microvm,rtc=on,pit=on,pcie=on")
MODERN = ("-global", "virtio-mmio.force-legacy=false")


@pytest.fixture(autouse=True)
def needs_qemu() -> None:
    reason = reason_not_to_run("virtio")
    if reason:
        pytest.skip(reason)


def exit_status(value: int) -> int:
    """QEMU's, after isa-debug-exit was told a value."""
    return (value << 1 | 1) & 0xFF


def boot(
    folder: Path,
    hypervisor: Hypervisor,
    guest: str,
    line: str,
    *words: str,
    told: tuple[tuple[int, int, int], ...] | None = None,
) -> subprocess.CompletedProcess[str]:
    """`told`: devices of ACPI's tables; None: there are no tables, which an image must do without."""
    elf = Elf(toolchain.guest(guest, "virtio").read_bytes())
    placed = [
        *direct_boot.loaded(elf),
        *direct_boot.start_info(hypervisor, line, MEMORY, told is not None),
    ]
    port = POWER_PORT if hypervisor is CLOUD_HYPERVISOR else 0
    if told is not None:
        placed += direct_boot.acpi(hypervisor, told, port)
    made = direct_boot.command(folder, placed, direct_boot.pvh_entry(elf), MEMORY, *words)
    ending = ("-device", f"isa-debug-exit,iobase={port or RESET_PORT:#x},iosize=1")
    return subprocess.run([*made, *ending], capture_output=True, text=True, timeout=toolchain.PATIENCE)


def firecracker(*devices: str) -> tuple[str, ...]:
    words = ["-machine", "microvm,acpi=off,rtc=off,pit=on", *MODERN]
    for place, device in zip(PLACES, devices, strict=False):
        words += ["-device", f"{device},bus=virtio-mmio-bus.{place}"]
    return tuple(words)


def slots(count: int) -> tuple[tuple[int, int, int], ...]:
    return tuple((TRANSPORTS + SIZE * place, SIZE, FIRST_INTERRUPT + place) for place in PLACES[:count])


def words_of(count: int) -> str:
    """As Firecracker appends them, sizes in kibibytes; and `pci=off`, which comes first since August 2025."""
    return " ".join(["pci=off", *(f"virtio_mmio.device=4K@{at:#x}:{line}" for at, _, line in slots(count))])


TABLES = pytest.mark.parametrize("with_tables", [False, True], ids=["no tables", "tables"])


@TABLES
@pytest.mark.parametrize("guest", ["hello", "yield", "tls", "memory"])
def test_firecracker_starts_an_image(tmp_path: Path, guest: str, with_tables: bool) -> None:
    done = boot(tmp_path, FIRECRACKER, guest, "pci=off", *firecracker(), told=() if with_tables else None)
    assert done.stdout.endswith("SUCCESS\n"), done.stdout + done.stderr
    assert done.returncode == exit_status(RESET)


def test_the_application_does_not_see_the_machine_s_words(tmp_path: Path) -> None:
    line = f"a b {words_of(1)}"
    done = boot(tmp_path, FIRECRACKER, "command_line", line, *firecracker("virtio-rng-device"))
    assert done.stdout == "[a b]\nSUCCESS\n", done.stdout + done.stderr


@TABLES
def test_firecracker_s_disk(tmp_path: Path, disk: Path, with_tables: bool) -> None:
    told = slots(2) if with_tables else None
    drive = ("-drive", f"if=none,id=disk,format=raw,file={disk}")
    machine = firecracker("virtio-rng-device", "virtio-blk-device,drive=disk")
    done = boot(tmp_path, FIRECRACKER, "block", words_of(2), *drive, *machine, told=told)
    assert done.stdout.endswith("SUCCESS\n"), done.stdout + done.stderr
    assert disk.read_bytes()[-512:] == bytes((i * 7 + 42) & 0xFF for i in range(512))


def test_firecracker_s_tables_alone_tell_of_a_disk(tmp_path: Path, disk: Path) -> None:
    drive = ("-drive", f"if=none,id=disk,format=raw,file={disk}")
    machine = firecracker("virtio-rng-device", "virtio-blk-device,drive=disk")
    done = boot(tmp_path, FIRECRACKER, "block", "", *drive, *machine, told=slots(2))
    assert done.stdout.endswith("SUCCESS\n"), done.stdout + done.stderr


@pytest.mark.parametrize("guest", ["hello", "yield", "time", "tls", "memory"])
def test_cloud_hypervisor_starts_an_image(tmp_path: Path, guest: str) -> None:
    """It ends by the register that the tables tell."""
    done = boot(tmp_path, CLOUD_HYPERVISOR, guest, "", *CLOUD_HYPERVISOR_MACHINE, told=())
    assert done.stdout.endswith("SUCCESS\n"), done.stdout + done.stderr
    assert done.returncode == exit_status(POWER_OFF)


def test_cloud_hypervisor_s_disk(tmp_path: Path, disk: Path) -> None:
    drive = ("-drive", f"if=none,id=disk,format=raw,file={disk}")
    devices = (
        "-device",
        "virtio-rng-pci-non-transitional",
        "-device",
        "virtio-blk-pci-non-transitional,drive=disk",
    )
    done = boot(tmp_path, CLOUD_HYPERVISOR, "block", "", *CLOUD_HYPERVISOR_MACHINE, *drive, *devices, told=())
    assert done.stdout.endswith("SUCCESS\n"), done.stdout + done.stderr
    assert disk.read_bytes()[-512:] == bytes((i * 7 + 42) & 0xFF for i in range(512))


def test_cloud_hypervisor_s_console(tmp_path: Path) -> None:
    """Its usual console is a virtio console; the serial port then says nothing."""
    file = tmp_path / "console"
    port = ("-device", "virtio-serial-pci-non-transitional", "-chardev", f"file,id=virtcon,path={file}")
    console = ("-device", "virtconsole,chardev=virtcon")
    done = boot(tmp_path, CLOUD_HYPERVISOR, "hello", "", *CLOUD_HYPERVISOR_MACHINE, *port, *console, told=())
    assert (done.stdout, file.read_text()) == ("", "target virtio\nSUCCESS\n")
