"""Whether KVM runs QEMU's guests here: found out by running one, not by looking whether there is a device.

A KVM in software (PVM) has the device and runs guests at privilege level 3 only; in QEMU's, at level 0, it
emulates each instruction and fails at the first of SSE. The guest of the probe does what such a KVM cannot:
an instruction of SSE, and many instructions in little time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from functools import cache as once
from pathlib import Path

from pymirage.tool.qemu.command import PROGRAM
from pymirage.tool.whole import write_whole

DEVICE = "/dev/kvm"
BOOT = "/proc/sys/kernel/random/boot_id"
ANSWERS = {"works": True, "fails": False}
PATIENCE = 3.0
SIZE = 0x10000
# QEMU exits with twice the value that the probe writes, and one.
ANSWER = 0x2A
STATUS = ANSWER * 2 + 1
PROBE = bytes.fromhex(
    "0f20e0"  # mov eax, cr4
    "660d00020000"  # or eax, OSFXSR
    "0f22e0"  # mov cr4, eax
    "0f57c0"  # xorps xmm0, xmm0
    "66b9400d0300"  # mov ecx, 200000
    "67e2fd"  # loop $
    "ba0105"  # mov dx, 0x501
    f"b0{ANSWER:02x}"  # mov al, ANSWER
    "ee"  # out dx, al
    "f4"  # hlt
)
# The processor starts 16 octets before the end; a jump from there to the probe.
PROBE_AT, RESET_AT = 0xFF00, 0xFFF0
JUMP = bytes.fromhex("e9") + (PROBE_AT - RESET_AT - 3).to_bytes(2, "little", signed=True)


def firmware() -> bytes:
    """The probe, in place of a BIOS."""
    content = bytearray(SIZE)
    content[PROBE_AT : PROBE_AT + len(PROBE)] = PROBE
    content[RESET_AT : RESET_AT + len(JUMP)] = JUMP
    return bytes(content)


@once
def no_kvm() -> str | None:
    """Why KVM is not used; None when it works."""
    if not Path(DEVICE).exists():
        return f"there is no {DEVICE}"
    if not os.access(DEVICE, os.R_OK | os.W_OK):
        return f"{DEVICE} is not yours to use"
    if not hardware_virtualisation(Path("/proc/cpuinfo").read_text()):
        return "this machine's KVM is software (PVM), which cannot run QEMU's guests"
    return None if probed() else "this machine's KVM does not run QEMU's guests"


def probed() -> bool:
    """The probe's answer, which is kept until the machine, its KVM or QEMU is another."""
    from pymirage.tool.runtime import cache

    kept = cache.root() / "kvm-probe"
    asked = circumstances()
    try:
        before, _, answer = kept.read_text().rpartition(" ")
    except OSError:
        before = answer = ""
    if before == asked and answer in ANSWERS:
        return ANSWERS[answer]
    works = probe("kvm")
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, f"{asked} {'works' if works else 'fails'}".encode())
    return works


def circumstances() -> str:
    """What the probe's answer depends on: this boot of the machine, its device, and QEMU's program."""
    program = shutil.which(PROGRAM)
    times = [Path(path).stat().st_ctime_ns for path in (DEVICE, program) if path is not None]
    return " ".join([Path(BOOT).read_text().strip(), *map(str, times)])


def hardware_virtualisation(cpuinfo: str) -> bool:
    """Whether the processor has VT-x or SVM, by the flags that Linux lists."""
    return any(
        {"vmx", "svm"} & set(line.split()) for line in cpuinfo.splitlines() if line.startswith("flags")
    )


def probe(accelerator: str) -> bool:
    """Whether a guest of a few instructions comes to its end in good time."""
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.write(firmware())
        file.flush()
        command = (
            *(PROGRAM, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
            *(
                "-machine",
                f"pc,accel={accelerator}",
                "-bios",
                file.name,
                "-device",
                "isa-debug-exit,iobase=0x501",
            ),
        )
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False
            )
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == STATUS
