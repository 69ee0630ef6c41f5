"""The virtio target on QEMU's machines: kinds of them, processors, ways to reach a device, bad ones."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from pymirage.tool.image.elf import Elf
from tests.runtime import tap, toolchain
from tests.runtime.conftest import reason_not_to_run

LONG = bool(os.environ.get("PYMIRAGE_LONG"))
MACHINES = ("q35", "pc", "microvm")


@pytest.fixture(autouse=True)
def needs_qemu() -> None:
    reason = reason_not_to_run("virtio")
    if reason:
        pytest.skip(reason)


def boot(guest: str, *options: str, arguments: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    command = toolchain.command(guest, "virtio", *options, arguments=arguments)
    return subprocess.run(command, capture_output=True, text=True, timeout=toolchain.PATIENCE)


def qemu(*words: str) -> list[str]:
    return [f"--qemu={word}" for word in words]


def succeeds(guest: str, *options: str, arguments: Sequence[str] = ()) -> str:
    done = boot(guest, *options, arguments=arguments)
    assert done.returncode == 0 and done.stdout.endswith("SUCCESS\n"), done.stdout + done.stderr
    return done.stdout


# -- machines --


@pytest.mark.parametrize("cpu", ["max", "qemu64", "max,-rdrand,-rdseed,-fsgsbase"])
@pytest.mark.parametrize("machine", MACHINES)
def test_machines_and_processors(machine: str, cpu: str) -> None:
    for guest in ("tls", "time"):
        succeeds(guest, f"--machine={machine}", f"--cpu={cpu}")


@pytest.mark.parametrize(("cpu", "widest"), [("max", 256), ("max,-avx", 128), ("qemu64", 128)])
def test_vectors_are_as_wide_as_the_processor_has_them(cpu: str, widest: int) -> None:
    assert succeeds("vectors", f"--cpu={cpu}") == f"{widest} bits\nSUCCESS\n"


@pytest.mark.parametrize("machine", MACHINES)
def test_waiting_takes_as_long_as_asked(machine: str) -> None:
    succeeds("yield", f"--machine={machine}")


@pytest.mark.parametrize("machine", MACHINES)
def test_memory_goes_on_behind_the_hole_below_4_gib(machine: str) -> None:
    heap = int(succeeds("memory", "--mem=4096", f"--machine={machine}", arguments=["ends"]).split()[1])
    assert (4096 - 16) << 10 < heap < 4096 << 10


@pytest.mark.parametrize("machine", MACHINES)
def test_little_memory(machine: str) -> None:
    succeeds("memory", "--mem=16", f"--machine={machine}")


@pytest.mark.parametrize("machine", MACHINES)
def test_fault_names_the_function(machine: str) -> None:
    done = boot("fault", f"--machine={machine}", arguments=["overflow_stack"])
    assert done.returncode == 255
    assert done.stdout.startswith("fault: stack overflow writing 0x") and "(descend" in done.stdout


def test_many_boots() -> None:
    for number in range(100 if LONG else 3):
        machine = MACHINES[number % len(MACHINES)]
        succeeds("hello", f"--machine={machine}")


# -- devices --

# How devices are reached, by words for QEMU.
LEGACY_PCI = ("-global", "virtio-pci.disable-modern=on", "-global", "virtio-pci.disable-legacy=off")
WAYS = {
    "q35": ("q35", ()),
    "pc": ("pc", ()),
    "legacy PCI": ("pc", LEGACY_PCI),
    "no event index": ("q35", ("-global", "virtio-blk-pci.event_idx=off")),
    "registers in memory": ("microvm", ()),
    "registers in memory, legacy": ("microvm", ("-global", "virtio-mmio.force-legacy=true")),
    "told on the command line": ("microvm", ("-machine", "acpi=off")),
}


@pytest.mark.parametrize("way", WAYS)
def test_disk(disk: Path, way: str) -> None:
    machine, words = WAYS[way]
    succeeds("block", f"--machine={machine}", f"--block:storage={disk}", *qemu(*words))
    assert disk.read_bytes()[-512:] == bytes((i * 7 + 42) & 0xFF for i in range(512))


# -- interrupts by lines --

NO_MESSAGES = ("-global", "virtio-blk-pci.vectors=0", "-global", "virtio-net-pci.vectors=0")
LINES = {
    "pc": ("pc", NO_MESSAGES),
    "q35": ("q35", NO_MESSAGES),
    "pc, legacy": ("pc", (*LEGACY_PCI, *NO_MESSAGES)),
    "q35, legacy": ("q35", (*LEGACY_PCI, *NO_MESSAGES)),
}


def traced(file: Path) -> list[str]:
    """Words by which QEMU writes down what interrupts the processor."""
    return ["-trace", "apic_deliver_irq", "-trace", "apic_local_deliver", "-D", str(file)]


def vectors(file: Path) -> tuple[set[str], int]:
    """Those of lines that stay up, and how often the processor's own timer came."""
    lines = file.read_text().splitlines()
    shared = {line.split()[line.split().index("vector") + 1] for line in lines if "trigger_mode 1" in line}
    return shared, sum(line.startswith("apic_local_deliver vector 0 ") for line in lines)


@pytest.mark.parametrize("way", LINES)
def test_disks_on_one_line(tmp_path: Path, way: str) -> None:
    """Nobody waits for the timer, as who looks each millisecond does."""
    machine, words = LINES[way]
    for slot, name in ((16, "first"), (20, "second")):
        file = tmp_path / name
        file.write_bytes(bytes(1 << 20))
        words = (*words, "-drive", f"if=none,id={name},format=raw,file={file}")
        words = (*words, "-device", f"virtio-blk-pci,drive={name},serial={name},addr={slot:#x}")
    trace = tmp_path / "trace"
    console = succeeds("disks", f"--machine={machine}", *qemu(*words, *traced(trace)))
    assert console == f"first {1 << 20}\nsecond {1 << 20}\nSUCCESS\n"
    shared, timers = vectors(trace)
    assert (len(shared), timers) == (1, 0)


@pytest.mark.parametrize("way", LINES)
def test_frames_by_a_line(tmp_path: Path, way: str) -> None:
    why = tap.reason_not_to_run()
    if why:
        pytest.skip(f"no TAP interface in a namespace: {why}")
    machine, words = LINES[way]
    trace = tmp_path / "trace"
    options = (f"--machine={machine}", "--net:service=tap0", *qemu(*words, *traced(trace)))
    result = tap.inside("echo", *toolchain.command("net_echo", "virtio", *options))
    assert (result["echoed"], result["status"]) == (True, 0)
    shared, timers = vectors(trace)
    assert (len(shared), timers) == (1, 0)


def test_who_has_no_line_is_looked_at_and_named(disk: Path) -> None:
    """A machine without the firmware that numbers them."""
    drive = ("-drive", f"if=none,id=polled,format=raw,file={disk}")
    device = ("-device", "virtio-blk-pci,drive=polled,vectors=0")
    console = succeeds("block", "--machine=microvm", *qemu("-machine", "pcie=on", *drive, *device))
    said = "pymirage-virtio: the virtio block device at pci 0x8 has neither MSI-X nor a line"
    assert console.startswith(said)


@pytest.mark.parametrize("machine", MACHINES)
def test_disks_are_known_by_their_names(tmp_path: Path, machine: str) -> None:
    options = []
    for name, size in (("second", 2), ("first", 1)):
        file = tmp_path / name
        file.write_bytes(b"x" * (size << 20))
        options.append(f"--block:{name}={file}")
    console = succeeds("disks", f"--machine={machine}", *options)
    assert console == f"first {1 << 20}\nsecond {2 << 20}\nSUCCESS\n"
    assert (tmp_path / "first").read_bytes()[1 << 19 :] == b"x" * (1 << 19)


def test_a_disk_behind_a_bridge(disk: Path) -> None:
    words = ("-device", "pcie-root-port,id=bridge", "-drive", f"if=none,id=behind,format=raw,file={disk}")
    succeeds("block", *qemu(*words, "-device", "virtio-blk-pci,drive=behind,bus=bridge"))


@pytest.mark.parametrize("machine", MACHINES)
def test_four_networks_are_in_order(machine: str) -> None:
    addresses = {name: f"02:00:00:00:00:0{number}" for number, name in enumerate("abcd", 1)}
    options = [
        word for name in addresses for word in (f"--net:{name}=user", f"--net-mac:{name}={addresses[name]}")
    ]
    console = succeeds("net_many", f"--machine={machine}", *options)
    assert console == "".join(f"{name} {mac}\n" for name, mac in addresses.items()) + "SUCCESS\n"


@pytest.mark.parametrize("cpu", ["max", "max,-rdrand,-rdseed"])
def test_entropy_comes_from_the_device_too(cpu: str) -> None:
    succeeds("entropy", f"--cpu={cpu}")


def virtio_console(machine: str, file: Path) -> list[str]:
    serial = "virtio-serial-device" if machine == "microvm" else "virtio-serial-pci"
    return qemu(
        "-device",
        serial,
        "-chardev",
        f"file,id=virtcon,path={file}",
        "-device",
        "virtconsole,chardev=virtcon",
    )


@pytest.mark.parametrize("machine", MACHINES)
def test_virtio_console(tmp_path: Path, machine: str) -> None:
    file = tmp_path / "console"
    done = boot("hello", f"--machine={machine}", *virtio_console(machine, file))
    assert (done.returncode, done.stdout, file.read_text()) == (0, "", "target virtio\nSUCCESS\n")
    done = boot("hello", f"--machine={machine}", *virtio_console(machine, file), arguments=["console=ttyS0"])
    assert (done.returncode, done.stdout) == (0, "target virtio\nSUCCESS\n")


@pytest.mark.parametrize("machine", MACHINES)
def test_power_button(tmp_path: Path, machine: str) -> None:
    monitor = tmp_path / "monitor"
    command = toolchain.command(
        "stop", "virtio", f"--machine={machine}", *qemu("-monitor", f"unix:{monitor},server=on,wait=off")
    )
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        with socket.socket(socket.AF_UNIX) as channel:
            channel.connect(str(monitor))
            channel.sendall(b"system_powerdown\n")
            assert process.stdout.read() == "SUCCESS\n"
    assert process.returncode == 0


def test_waiting_takes_no_processor_time() -> None:
    with subprocess.Popen(toolchain.command("stop", "virtio"), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        spent = processor_time(process.pid)
        # Nothing is waited for but time.
        time.sleep(1)
        spent = processor_time(process.pid) - spent
        process.terminate()
    assert spent < 0.2


def processor_time(parent: int) -> float:
    """Of QEMU, the tender's child, in seconds."""
    (child,) = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# -- loaders --


def test_note_for_loaders_by_pvh() -> None:
    """As the loader of Firecracker and cloud-hypervisor reads it: eight octets, an address in the text."""
    elf = Elf(toolchain.guest("hello", "virtio").read_bytes())
    notes = [
        elf.content[part.offset : part.offset + part.file_size] for part in elf.segments if part.type == 4
    ]
    (note,) = [note for note in notes if note[12:16] == b"Xen\0"]
    name_size, size, kind = struct.unpack_from("<III", note)
    (entry,) = struct.unpack_from("<Q", note, 16)
    text = next(part for part in elf.segments if part.flags == 5)
    assert (name_size, size, kind) == (4, 8, 18)
    assert text.address <= entry < text.address + text.file_size


def test_segments_lie_where_a_loader_without_paging_puts_them() -> None:
    elf = Elf(toolchain.guest("hello", "virtio").read_bytes())
    loaded = [part for part in elf.segments if part.type == 1 and part.memory_size]
    assert all(part.address >= 0x100000 for part in loaded)
    assert all(a.address + a.memory_size <= b.address for a, b in pairwise(loaded))


# -- what is wrong is said --

COMPLAINTS = [
    ("block", (), (), "block device 'storage' is not attached: the machine has 0 virtio disks (QEMU: "),
    (
        "net_echo",
        (),
        (),
        "network device 'service' is not attached: the machine has 0 virtio network devices (",
    ),
    (
        "hello",
        (),
        ("console=hvc0",),
        "console=hvc0 asks for a virtio console, and the machine has none (QEMU: ",
    ),
    ("hello", (), ("virtio_mmio.device=nonsense",), "is not SIZE@ADDRESS:INTERRUPT (correct it)"),
    ("hello", ("--cpu=max,-nx",), (), "no 64-bit mode with no-execute pages (QEMU: -cpu max)"),
    ("hello", ("--mem=2",), (), "not enough memory for the image (give it more"),
]


@pytest.mark.parametrize(("guest", "options", "arguments", "complaint"), COMPLAINTS)
def test_what_is_wrong_is_one_line(
    guest: str, options: Sequence[str], arguments: Sequence[str], complaint: str
) -> None:
    done = boot(guest, *options, arguments=arguments)
    assert done.stdout.startswith("pymirage-virtio: ") and complaint in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("\n") == 1
    assert done.returncode in (1, 3)  # without a status port, QEMU's own way to say 1


def test_a_serial_port_that_is_not_there_is_missed_on_the_other_console(tmp_path: Path) -> None:
    file = tmp_path / "console"
    words = [*virtio_console("microvm", file), *qemu("-machine", "isa-serial=off")]
    done = boot("hello", "--machine=microvm", *words, arguments=["console=ttyS0"])
    said = "pymirage-virtio: console=ttyS0 asks for a serial port, and the machine has none (QEMU: -serial)\n"
    assert (done.returncode, done.stdout, file.read_text()) == (1, "", said)


def test_sectors_that_are_too_large(disk: Path) -> None:
    drive = ("-drive", f"if=none,id=large,format=raw,file={disk}")
    sizes = "logical_block_size=65536,physical_block_size=65536"
    done = boot("block", *qemu(*drive, "-device", f"virtio-blk-pci,drive=large,{sizes}"))
    assert (done.returncode, done.stdout.count("\n")) == (255, 1)
    assert "broke the rules: its block size or its capacity is absurd" in done.stdout


def test_disks_with_one_name(tmp_path: Path) -> None:
    """The first has it; the other takes the name that is left."""
    words: list[str] = []
    for number in (1, 2):
        file = tmp_path / f"disk{number}"
        file.write_bytes(bytes(number << 20))
        words += ["-drive", f"if=none,id=twin{number},format=raw,file={file}"]
        words += ["-device", f"virtio-blk-pci,drive=twin{number},serial=second"]
    console = succeeds("disks", *qemu(*words))
    assert console == f"first {2 << 20}\nsecond {1 << 20}\nSUCCESS\n"


def test_features_that_cannot_be_agreed_on(disk: Path) -> None:
    words = ("-global", "virtio-blk-pci.iommu_platform=on", "-global", "virtio-blk-pci.disable-legacy=on")
    done = boot("block", f"--block:storage={disk}", *qemu(*words))
    assert done.returncode == 1
    assert "wants features that the image has not: it offers 0x" in done.stdout
