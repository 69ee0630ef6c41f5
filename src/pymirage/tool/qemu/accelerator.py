"""Whether KVM runs QEMU's guests here: found out by running one, not by looking whether there is a device.

A KVM in software (PVM) has the device and runs guests at privilege level 3 only; in QEMU's, at level 0, it
emulates each instruction and fails at the first of SSE. The guest of the probe does what such a KVM cannot:
an instruction of SSE, and many instructions in little time.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from pymirage.tool.qemu.command import PROGRAM

DEVICE = "/dev/kvm"
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


@cache
def no_kvm() -> str | None:
    """Why KVM is not used; None when it works."""
    if not Path(DEVICE).exists():
        return f"there is no {DEVICE}"
    if not os.access(DEVICE, os.R_OK | os.W_OK):
        return f"{DEVICE} is not yours to use"
    if not hardware_virtualisation(Path("/proc/cpuinfo").read_text()):
        return "this machine's KVM is software (PVM), which cannot run QEMU's guests"
    return None if probe("kvm") else "this machine's KVM does not run QEMU's guests"


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
