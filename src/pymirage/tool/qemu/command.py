"""QEMU's command line for a machine."""

from __future__ import annotations

from pymirage.tool.qemu.machine import Disk, Interface, Machine

PROGRAM = "qemu-system-x86_64"
# Ports that the image looks at when it ends (runtime/bindings/virtio/exit.c).
DEBUG_EXIT, STATUS_PORT = 0x501, 0x504
# What VirtIO has room for in a disk's identification.
LONGEST_SERIAL = 20


def command(machine: Machine, accelerator: str, status_file: int | None = None) -> list[str]:
    """QEMU and its words. `status_file` is a descriptor that receives the exit status as one octet."""
    cpu = machine.cpu or "max"  # under KVM that is the host's
    words = [
        *(PROGRAM, "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"),
        *("-machine", f"{machine.kind},accel={accelerator}", "-cpu", cpu, "-m", str(machine.memory)),
        *("-kernel", machine.image, "-append", machine.line),
        *("-serial", "stdio", "-device", f"isa-debug-exit,iobase={DEBUG_EXIT:#x}"),
    ]
    if status_file is not None:
        words += ["-chardev", f"file,id=status,path=/dev/fd/{status_file}"]
        words += ["-device", f"isa-debugcon,iobase={STATUS_PORT:#x},chardev=status"]
    if machine.kind == "microvm":
        words += ["-global", "virtio-mmio.force-legacy=false"]
    slots = Slots(machine.kind)
    words += slots.device("virtio-rng")
    for number, each in enumerate(machine.interfaces):
        options = [f"netdev=net{number}", f"mac={each.mac}"]
        options += [] if each.mtu is None else [f"host_mtu={each.mtu}"]
        words += ["-netdev", backend(each, number), *slots.device("virtio-net", *options)]
    for number, disk in enumerate(machine.disks):
        words += [
            *drive(disk, number),
            *slots.device("virtio-blk", f"drive=disk{number}", *disk_options(disk)),
        ]
    return [*words, *machine.extra]


class Slots:
    """Places on the machine's bus, in the order in which the image finds what is there.

    Not microvm's first, whose interrupts are lost: QEMU takes pin 0 of each interrupt controller for the PC's
    timer, and moves it to pin 2 (`hw/intc/ioapic.c`).
    """

    def __init__(self, kind: str) -> None:
        self.microvm = kind == "microvm"
        self.next = 1

    def device(self, name: str, *options: str) -> list[str]:
        if not self.microvm:
            return ["-device", ",".join((f"{name}-pci", *options))]
        place = f"bus=virtio-mmio-bus.{self.next}"
        self.next += 1
        return ["-device", ",".join((f"{name}-device", place, *options))]


def backend(interface: Interface, number: int) -> str:
    """What is behind a network device."""
    if interface.tap is not None and interface.tap.startswith("@"):
        return f"tap,id=net{number},fd={interface.tap[1:]}"
    if interface.tap is not None:
        return f"tap,id=net{number},ifname={interface.tap},script=no,downscript=no"
    forwards = [f"hostfwd={each.protocol}:127.0.0.1:{each.host}-:{each.guest}" for each in interface.forwards]
    return ",".join((f"user,id=net{number}", *forwards))


def drive(disk: Disk, number: int) -> list[str]:
    """What is behind a block device."""
    # A comma in a value is written twice.
    file = disk.file.replace(",", ",,")
    read_only = ",readonly=on" if disk.read_only else ""
    return ["-drive", f"if=none,id=disk{number},format=raw,discard=unmap{read_only},file={file}"]


def disk_options(disk: Disk) -> list[str]:
    """The image finds a disk by its name where that fits."""
    options = [f"serial={disk.name}"] if len(disk.name) <= LONGEST_SERIAL else []
    if disk.sector_size is not None:
        options += [f"logical_block_size={disk.sector_size}", f"physical_block_size={disk.sector_size}"]
    return options
