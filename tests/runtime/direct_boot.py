"""Memory and processor as Firecracker and cloud-hypervisor leave them to an image, in QEMU under emulation.

Neither program is needed, nor KVM: QEMU's machine `microvm` is bare enough to be either of theirs. Its loader
devices put the image, the boot information and the tables where each of the two puts them, and a firmware of
a few instructions leaves the processor as they do: 32-bit protected mode, their descriptors at 0x500, RBX
with the start information ("x86/HVM direct boot ABI" of Xen, its PVH entry).

Facts, as of August 2026: Firecracker's src/vmm/src/arch/x86_64/{layout,mod,regs,gdt}.rs, src/vmm/src/acpi and
src/acpi-tables; cloud-hypervisor's arch/src/x86_64/{layout,mod,regs}.rs, vmm/src/{acpi,device_manager}.rs.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pymirage.tool.image.elf import Elf

# The same in both.
GDT, IDT, START_INFO, MEMORY_MAP, COMMAND_LINE = 0x500, 0x520, 0x6000, 0x7000, 0x20000
HIGH_MEMORY = 0x100000
DESCRIPTORS = (0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF, 0x00008B0000000067)
MAGIC, VERSION = 0x336EC578, 1
RAM, RESERVED = 1, 2
HEADER = struct.Struct("<4sIBB6s8sI4sI")
FADT_SIZE = 276
HARDWARE_REDUCED = 1 << 20

Range = tuple[int, int, int]
"""Start, size, type."""


@dataclass(frozen=True)
class Placed:
    """Octets, and where they are in the machine's memory."""

    address: int
    content: bytes


@dataclass(frozen=True)
class Hypervisor:
    """What of its machine differs."""

    low_ram_end: int
    root: int
    """Address of ACPI's RSDP."""
    tells_root: bool
    """Whether the start information has it, or it is to be searched for."""
    tables: int
    alignment: int
    oem: bytes
    configuration_space: int
    """Of PCI, in memory; QEMU's place for it."""

    def memory_map(self, memory: int) -> tuple[Range, ...]:
        return (
            (0, self.low_ram_end, RAM),
            (self.low_ram_end, HIGH_MEMORY - self.low_ram_end, RESERVED),
            (self.configuration_space, 256 << 20, RESERVED),
            (HIGH_MEMORY, memory - HIGH_MEMORY, RAM),
        )


# Tables one behind the other, wherever they end.
FIRECRACKER = Hypervisor(0x9FC00, 0xE0000, False, 0x9FC00, 1, b"FIRECK", 0xE0000000)
CLOUD_HYPERVISOR = Hypervisor(0xA0000, 0xA0000, True, 0xA0024, 1, b"CLOUDH", 0xE0000000)


# -- the image --


def pvh_entry(elf: Elf) -> int:
    """XEN_ELFNOTE_PHYS32_ENTRY."""
    notes = [
        elf.content[each.offset : each.offset + each.file_size] for each in elf.segments if each.type == 4
    ]
    (note,) = [note for note in notes if note[12:16] == b"Xen\0"]
    entry: int = struct.unpack_from("<Q", note, 16)[0]
    return entry


def loaded(elf: Elf) -> list[Placed]:
    """What the loader of both (linux-loader) copies: segments' octets in the file, and nothing zeroed."""
    return [
        Placed(each.address, elf.content[each.offset : each.offset + each.file_size])
        for each in elf.segments
        if each.type == 1 and each.file_size
    ]


# -- boot information --


def start_info(hypervisor: Hypervisor, line: str, memory: int, with_acpi: bool) -> list[Placed]:
    ranges = hypervisor.memory_map(memory)
    root = hypervisor.root if with_acpi and hypervisor.tells_root else 0
    info = struct.pack("<IIIIQQQQII", MAGIC, VERSION, 0, 0, 0, COMMAND_LINE, root, MEMORY_MAP, len(ranges), 0)
    return [
        Placed(GDT, struct.pack("<4Q", *DESCRIPTORS)),
        Placed(START_INFO, info),
        Placed(MEMORY_MAP, b"".join(struct.pack("<QQII", *each, 0) for each in ranges)),
        Placed(COMMAND_LINE, line.encode() + b"\0"),
    ]


# -- ACPI --


def checksum(octets: bytes | bytearray) -> int:
    return -sum(octets) & 0xFF


def table(hypervisor: Hypervisor, signature: bytes, revision: int, body: bytes) -> bytes:
    size = HEADER.size + len(body)
    header = (signature, size, revision, 0, hypervisor.oem, b"TEST    ", 0, b"TEST", 1)
    plain = HEADER.pack(*header) + body
    return plain[:9] + bytes([checksum(plain)]) + plain[10:]


def port_register(port: int, width: int = 8) -> bytes:
    """A generic address structure (ACPI 6.5, 5.2.3.2) of an I/O port."""
    return struct.pack("<BBBBQ", 1, width, 0, 1, port) if port else bytes(12)


def fadt(hypervisor: Hypervisor, dsdt: int, power_port: int) -> bytes:
    """Hardware-reduced in both; only cloud-hypervisor has registers to sleep and to reset, at one port."""
    body = bytearray(FADT_SIZE)
    struct.pack_into("<I", body, 112, HARDWARE_REDUCED | (1 << 10 if power_port else 1 << 4 | 1 << 5))
    body[116:128] = port_register(power_port)
    body[128] = 1 if power_port else 0
    struct.pack_into("<Q", body, 140, dsdt)
    body[244:256] = body[256:268] = port_register(power_port)
    return table(hypervisor, b"FACP", 6, bytes(body[HEADER.size :]))


def madt(hypervisor: Hypervisor) -> bytes:
    controller = struct.pack("<BBBBII", 1, 12, 0, 0, 0xFEC00000, 0)
    processor = struct.pack("<BBBBI", 0, 8, 0, 0, 1)
    return table(hypervisor, b"APIC", 6, struct.pack("<II", 0xFEE00000, 0) + controller + processor)


def mcfg(hypervisor: Hypervisor) -> bytes:
    entry = struct.pack("<QHBBI", hypervisor.configuration_space, 0, 0, 0, 0)
    return table(hypervisor, b"MCFG", 1, bytes(8) + entry)


def package(operator: bytes, content: bytes) -> bytes:
    """AML's PkgLength (ACPI 6.5, 20.2.4) before what it counts; here never more than 4095 octets."""
    length = len(content) + 2
    return operator + bytes([0x40 | length & 15, length >> 4]) + content


def mmio_device(number: int, address: int, size: int, interrupt: int) -> bytes:
    """What Firecracker writes for a device: Device (V000) with _HID, _UID, _CCA, _CRS."""
    resources = struct.pack("<BHBII", 0x86, 9, 1, address, size)
    resources += struct.pack("<BHBBI", 0x89, 6, 0b0011, 1, interrupt) + b"\x79\x00"
    names = b"\x08_HID\x0dLNRO0005\0" + b"\x08_UID\x0a" + bytes([number]) + b"\x08_CCA\x01"
    names += b"\x08_CRS" + package(b"\x11", bytes([0x0A, len(resources)]) + resources)
    return package(b"\x5b\x82", b"V%03d" % number + names)


def acpi(hypervisor: Hypervisor, devices: Sequence[tuple[int, int, int]], power_port: int) -> list[Placed]:
    """The tables; `devices` have an address, a size and an interrupt each."""
    code = b"".join(mmio_device(number, *each) for number, each in enumerate(devices))
    place, placed, addresses = hypervisor.tables, [], []

    def add(content: bytes) -> int:
        nonlocal place
        placed.append(Placed(place, content))
        place += len(content)
        return placed[-1].address

    dsdt = add(table(hypervisor, b"DSDT", 6, code))
    for each in (fadt(hypervisor, dsdt, power_port), madt(hypervisor), mcfg(hypervisor)):
        addresses.append(add(each))
    xsdt = add(table(hypervisor, b"XSDT", 1, struct.pack(f"<{len(addresses)}Q", *addresses)))
    root = bytearray(struct.pack("<8sB6sBIIQB3x", b"RSD PTR ", 0, hypervisor.oem, 2, 0, 36, xsdt, 0))
    root[8] = checksum(root[:20])
    root[32] = checksum(root)
    return [*placed, Placed(hypervisor.root, bytes(root))]


# -- the processor --


def firmware(entry: int) -> bytes:
    """64 KiB whose last 16 octets are where a processor starts: into protected mode, and to the image."""
    base = 0xFFFF0000
    gdtr, idtr, protected = 0x30, 0x38, 0x40
    real = (
        b"\xfa"  # cli
        + b"\x2e\x66\x0f\x01\x16"
        + struct.pack("<H", gdtr)  # lgdt cs:[gdtr]
        + b"\x2e\x66\x0f\x01\x1e"
        + struct.pack("<H", idtr)  # lidt cs:[idtr]
        + b"\x66\xb8\x11\0\0\0\x0f\x22\xc0"  # mov eax, PE | ET; mov cr0, eax
        + b"\x66\xea"
        + struct.pack("<IH", base + protected, 8)  # ljmp 8:protected
    )
    flat = (
        b"\x66\xb8\x10\x00\x8e\xd8\x8e\xc0\x8e\xd0\x8e\xe0\x8e\xe8"  # mov ax, 16; into ds, es, ss, fs, gs
        + b"\xbb"
        + struct.pack("<I", START_INFO)  # mov ebx, START_INFO
        + b"\x31\xc0\x31\xc9\x31\xd2\x31\xf6\x31\xff\x31\xed\x31\xe4"  # the others are 0
        + b"\xea"
        + struct.pack("<IH", entry, 8)  # ljmp 8:entry
    )
    content = bytearray(0x10000)
    content[: len(real)] = real
    content[gdtr : gdtr + 6] = struct.pack("<HI", 4 * 8 - 1, GDT)
    content[idtr : idtr + 6] = struct.pack("<HI", 7, IDT)
    content[protected : protected + len(flat)] = flat
    content[0xFFF0:0xFFF3] = b"\xe9" + struct.pack("<H", -0xFFF3 & 0xFFFF)  # jmp 0
    assert len(real) <= gdtr
    return bytes(content)


def command(folder: Path, placed: Sequence[Placed], entry: int, memory: int, *words: str) -> list[str]:
    """QEMU's, for a machine whose memory holds this and whose processor goes there."""
    (folder / "firmware").write_bytes(firmware(entry))
    loaders: list[str] = []
    for number, each in enumerate(placed):
        file = folder / f"memory{number}"
        file.write_bytes(each.content)
        loaders += ["-device", f"loader,file={file},addr={each.address:#x},force-raw=on"]
    return [
        *("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"),
        *("-accel", "tcg", "-cpu", "max", "-m", str(memory >> 20), "-serial", "stdio"),
        *("-bios", str(folder / "firmware"), *loaders, *words),
    ]
