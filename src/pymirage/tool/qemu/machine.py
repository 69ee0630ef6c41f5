"""The machine that an image is started on, as a value, and from the options of a tender."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pymirage.boot import command_line
from pymirage.boot.nearest import did_you_mean
from pymirage.tool.qemu.error import QemuError

MACHINES = ("q35", "pc", "microvm")
DEFAULT_MEMORY = 512
# What QEMU hands to an image that is entered by PVH.
LONGEST_COMMAND_LINE = 4095
FORWARD = re.compile(r"(?:(tcp|udp):)?(\d{1,5})-(\d{1,5})")
MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", re.IGNORECASE)


@dataclass(frozen=True)
class Forward:
    """A port of this host's loopback that reaches one of the image's."""

    protocol: str
    host: int
    guest: int


@dataclass(frozen=True)
class Interface:
    """A network device: a TAP interface (or `@` and a descriptor of one), or QEMU's own network for None."""

    name: str
    tap: str | None
    mac: str
    forwards: tuple[Forward, ...] = ()
    mtu: int | None = None
    """Where it is not Ethernet's usual 1500."""


@dataclass(frozen=True)
class Disk:
    """A block device: a file of whole sectors."""

    name: str
    file: str
    sector_size: int | None = None
    read_only: bool = False


@dataclass(frozen=True)
class Machine:
    """Everything that QEMU is told."""

    image: str
    arguments: tuple[str, ...] = ()
    memory: int = DEFAULT_MEMORY
    interfaces: tuple[Interface, ...] = ()
    disks: tuple[Disk, ...] = ()
    kind: str = MACHINES[0]
    cpu: str | None = None
    extra: tuple[str, ...] = ()
    """Words for QEMU itself."""

    @property
    def line(self) -> str:
        """The boot command line."""
        return command_line.join(list(self.arguments))


@dataclass
class _Given:
    memory: int = DEFAULT_MEMORY
    kind: str = MACHINES[0]
    cpu: str | None = None
    nets: dict[str, str] = field(default_factory=dict)
    macs: dict[str, str] = field(default_factory=dict)
    blocks: dict[str, str] = field(default_factory=dict)
    sector_sizes: dict[str, int] = field(default_factory=dict)
    extra: list[str] = field(default_factory=list)


def machine(words: Sequence[str]) -> Machine:
    """What a command line asks for. Raises QemuError naming the word that is wrong."""
    given = _Given()
    rest = list(words)
    while rest and rest[0].startswith("--") and rest[0] != "--":
        _take(given, rest.pop(0))
    if rest and rest[0] == "--":
        del rest[0]
    if not rest:
        raise QemuError("no image is given: name it behind the options")
    for name in given.macs:
        if name not in given.nets:
            raise QemuError(f"--net-mac:{name} is for no device: add --net:{name}=INTERFACE")
    for name in given.sector_sizes:
        if name not in given.blocks:
            raise QemuError(f"--block-sector-size:{name} is for no device: add --block:{name}=FILE")
    done = Machine(
        rest[0],
        tuple(rest[1:]),
        given.memory,
        tuple(interface(name, text, given.macs.get(name)) for name, text in given.nets.items()),
        tuple(
            Disk(name, file, given.sector_sizes.get(name), not writable(file))
            for name, file in given.blocks.items()
        ),
        given.kind,
        given.cpu,
        tuple(given.extra),
    )
    if len(done.line.encode()) > LONGEST_COMMAND_LINE:
        raise QemuError(
            f"the command line is longer than {LONGEST_COMMAND_LINE} characters (give a shorter one)"
        )
    return done


def _take(given: _Given, word: str) -> None:
    option, equals, value = word[2:].partition("=")
    kind, _, name = option.partition(":")
    if not equals or not value:
        raise QemuError(f"bad option {word!r} (expected --OPTION=VALUE)")
    if kind in ("net", "block", "net-mac", "block-sector-size") and not name:
        raise QemuError(f"bad option {word!r} (expected --{kind}:NAME=…)")
    match kind:
        case "mem":
            given.memory = _number(value, option)
        case "machine":
            given.kind = _one_of(value, MACHINES)
        case "cpu":
            given.cpu = value
        case "qemu":
            given.extra.append(value)
        case "net":
            _once(given.nets, name, value, option)
        case "net-mac":
            _once(given.macs, name, _mac(value), option)
        case "block":
            _once(given.blocks, name, value, option)
        case "block-sector-size":
            given.sector_sizes[name] = _sector_size(value, option)
        case _:
            known = ("mem", "net", "net-mac", "block", "block-sector-size", "machine", "cpu", "qemu")
            raise QemuError(f"unknown option --{option} ({did_you_mean(kind, known, ', '.join(known))})")


def interface(name: str, text: str, mac: str | None = None) -> Interface:
    """`DEVICE`, or `user` with ports that are forwarded, as `user:8080-80,udp:5353-53`."""
    address = mac if mac is not None else random_mac()
    kind, colon, ports = text.partition(":")
    if kind != "user":
        return Interface(name, text, address)
    return Interface(name, None, address, tuple(map(_forward, ports.split(","))) if colon else ())


def random_mac() -> str:
    """A locally administered address of one station: machines on one wire must differ."""
    octets = bytearray(secrets.token_bytes(6))
    octets[0] = octets[0] & 0xFC | 2
    return octets.hex(":")


def _forward(text: str) -> Forward:
    match = FORWARD.fullmatch(text)
    if match is None or not all(0 < int(port) < 65536 for port in match.group(2, 3)):
        raise QemuError(f"bad ports {text!r} (expected HOSTPORT-GUESTPORT, as in user:8080-80)")
    return Forward(match[1] or "tcp", int(match[2]), int(match[3]))


def writable(file: str) -> bool:
    """What is not there QEMU complains of."""
    return os.access(file, os.W_OK) or not Path(file).exists()


def _number(text: str, option: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise QemuError(f"bad value {text!r} for --{option} (expected a number)")
    return int(text)


def _sector_size(text: str, option: str) -> int:
    """What an image takes (runtime/bindings/virtio/block.c)."""
    size = int(text) if text.isdecimal() else 0
    if not 512 <= size <= 32768 or size & (size - 1):
        raise QemuError(f"bad value {text!r} for --{option} (expected a power of two from 512 to 32768)")
    return size


def _mac(text: str) -> str:
    if MAC.fullmatch(text) is None or int(text[:2], 16) & 1:
        raise QemuError(f"bad address {text!r} (expected that of a station, such as 02:00:00:00:00:01)")
    return text


def _one_of(text: str, known: Sequence[str]) -> str:
    if text not in known:
        raise QemuError(f"unknown machine {text!r} ({did_you_mean(text, known, ', '.join(known))})")
    return text


def _once(pairs: dict[str, str], name: str, value: str, option: str) -> None:
    if name in pairs:
        raise QemuError(f"--{option} is given twice (give it once)")
    pairs[name] = value
