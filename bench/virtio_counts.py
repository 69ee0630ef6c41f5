"""What one request costs a machine, counted by QEMU: instructions, kicks, exits, interrupts.

Counts depend little on how busy the host is. Exits are what a guest of KVM leaves to its host for: kicks,
HLT, accesses to devices' registers and to the interrupt controller, and model-specific registers.
"""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parent / "virtio_counts.c"
KICK = "virtio_queue_notify"
ACCESSES = ("memory_region_ops_read", "memory_region_ops_write")
# Messages of devices, and the timer of the processor's own controller.
INTERRUPTS = ("apic_deliver_irq", "apic_local_deliver")
COUNTERS = struct.Struct("=3Q")


@dataclass(frozen=True)
class Counts:
    instructions: float
    kicks: float
    halts: float
    exits: float
    interrupts: float

    def since(self, before: Counts, requests: int) -> Counts:
        """Of one request."""
        pairs = zip(vars(self).values(), vars(before).values(), strict=True)
        return Counts(*((after - earlier) / requests for after, earlier in pairs))


class Counter:
    """Files in `directory`: of the plugin, of its counters, of QEMU's trace."""

    def __init__(self, directory: Path) -> None:
        self._plugin = directory / "virtio_counts.so"
        self._counters = directory / "counters"
        self._trace = directory / "trace"
        command = ["cc", "-std=c11", "-O2", "-shared", "-fPIC", "-fvisibility=hidden"]
        subprocess.run([*command, "-o", self._plugin, SOURCE], check=True)

    def options(self) -> Sequence[str]:
        """For a QEMU that begins to count."""
        self._counters.write_bytes(bytes(COUNTERS.size))
        self._trace.unlink(missing_ok=True)
        traced = [word for name in (KICK, *ACCESSES, *INTERRUPTS) for word in ("-trace", name)]
        return [*traced, "-D", str(self._trace), "-plugin", f"{self._plugin},counters={self._counters}"]

    def read(self) -> Counts:
        instructions, halts, registers = COUNTERS.unpack(self._counters.read_bytes())
        lines = self._trace.read_text(errors="replace").splitlines()
        # QEMU learns of a kick by an eventfd, so it is no access.
        kicks = sum(line.startswith(KICK) for line in lines)
        accesses = sum(line.startswith(ACCESSES) for line in lines)
        return Counts(
            instructions=instructions,
            kicks=kicks,
            halts=halts,
            exits=kicks + halts + registers + accesses,
            interrupts=sum(line.startswith(INTERRUPTS) for line in lines),
        )
