"""Running a machine to its end: console through, Ctrl-C in, exit status out."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType

from pymirage.tool.image.intact import damage
from pymirage.tool.qemu import disk, memory, port, tap
from pymirage.tool.qemu.accelerator import no_kvm
from pymirage.tool.qemu.command import command
from pymirage.tool.qemu.error import QemuError
from pymirage.tool.qemu.installed import missing, too_old
from pymirage.tool.qemu.machine import Interface, Machine

NAME = "pymirage-virtio"
ENDINGS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated", signal.SIGHUP: "terminated"}
USUAL_MTU = 1500
# What QEMU says of a signal that we pass on.
NOISE = b"terminating on signal"


def run(machine: Machine) -> int:
    """The image's exit status; 128 and the signal's number when one ended it. Raises QemuError."""
    reason = missing()
    if reason is not None:
        raise QemuError(reason)
    if not Path(machine.image).is_file():
        raise QemuError(f"there is no image {machine.image} (build it first)")
    damaged = damage(Path(machine.image))
    if damaged is not None:
        raise QemuError(f"{machine.image}: {damaged}")
    memory.check(machine.memory)
    for each in machine.disks:
        disk.check(each)
    _check_shared(machine.interfaces)
    machine = replace(machine, interfaces=tuple(map(_checked, machine.interfaces)))
    return _Running(machine, "kvm" if no_kvm() is None else "tcg").wait()


def _check_shared(interfaces: Sequence[Interface]) -> None:
    """A TAP interface has one end for the host and one for a machine."""
    users: dict[str, str] = {}
    for each in interfaces:
        if each.tap is not None and (other := users.setdefault(each.tap, each.name)) != each.name:
            raise QemuError(f"interface '{each.tap}' is for '{other}' and '{each.name}' (each needs its own)")


def _checked(interface: Interface) -> Interface:
    """With its MTU, which QEMU does not look for."""
    port.check(interface.forwards)
    if interface.tap is None or interface.tap.startswith("@"):
        return interface
    mtu = tap.mtu(interface.tap)
    return interface if mtu == USUAL_MTU else replace(interface, mtu=mtu)


_LIBRARY = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def _end_with_parent() -> None:
    """Whoever kills the tender means the machine (prctl(2))."""
    _LIBRARY.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


class _Running:
    """QEMU, in a process group of its own, so that a terminal's Ctrl-C reaches it through us alone."""

    def __init__(self, machine: Machine, accelerator: str) -> None:
        self._ended_by: signal.Signals | None = None
        self._has_started = False
        for number in ENDINGS:
            signal.signal(number, self._end)
        self._status, given = os.pipe()
        words = command(machine, accelerator, given)
        os.set_inheritable(given, True)
        # Whatever else this process was given may be an interface of the machine.
        self._process = subprocess.Popen(
            words, stderr=subprocess.PIPE, close_fds=False, process_group=0, preexec_fn=_end_with_parent
        )
        os.close(given)
        self._has_started = True
        self._pass_on()

    def wait(self) -> int:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if NOISE not in line:
                sys.stderr.write(line.decode(errors="replace"))
        status = self._process.wait()
        if self._ended_by is not None:
            print(f"{NAME}: {ENDINGS[self._ended_by]}", file=sys.stderr)
            return 128 + self._ended_by
        told = os.read(self._status, 64)
        if told:
            return told[-1]
        # Without a word of the image's, it is QEMU that could not go on.
        reason = too_old()
        if reason is not None:
            raise QemuError(reason)
        return status if status > 0 else 1

    def _end(self, number: int, frame: FrameType | None) -> None:
        del frame
        self._ended_by = signal.Signals(number)
        self._pass_on()

    def _pass_on(self) -> None:
        """What ended us ends QEMU: now, or as soon as there is one."""
        if self._has_started and self._ended_by is not None:
            self._process.terminate()
