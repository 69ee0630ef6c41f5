"""A machine fault ends the guest with status 255 and says what happened, where and with which registers."""

import re
import subprocess

import pytest

from tests.runtime.conftest import Run

PAGE_FAULTS: dict[str, str | tuple[str, ...]] = {
    "read_null": "page fault reading 0x8 ",
    "write_text": "page fault writing 0x",
    "write_constant": "page fault writing 0x100000 ",
    "execute_heap": "page fault executing 0x",
    "execute_stack": "page fault executing 0x",
    "jump_null": "page fault executing 0x0 ",
    "overflow_stack": "stack overflow writing 0x",
    "past_memory": "page fault reading 0x",
}
OTHER_FAULTS: dict[str, str | tuple[str, ...]] = {
    "wild_address": "general protection fault ",
    "invalid_instruction": "invalid instruction ",
    "privileged_instruction": "general protection fault ",
    "divide": "division by zero or overflow ",
    "host_port": ("general protection fault ", "I/O port 0x80 is no hypercall "),  # PVM, other KVMs
}
AT_LEVEL_3 = {"privileged_instruction", "host_port"}
IN_DATA = {"execute_heap", "execute_stack", "jump_null"}
SYMBOL = re.compile(r" at rip 0x[0-9a-f]+ \(([\w.]+)\+0x[0-9a-f]+\)$")


def report(done: subprocess.CompletedProcess[str], target: str) -> str:
    """A machine has one output, its console."""
    return done.stdout if target == "virtio" else done.stderr


def quiet(done: subprocess.CompletedProcess[str], target: str) -> str:
    """The other output."""
    return done.stderr if target == "virtio" else done.stdout


@pytest.mark.parametrize("fault", [*PAGE_FAULTS, *OTHER_FAULTS])
def test_fault_is_reported(run_guest: Run, target: str, fault: str) -> None:
    if target == "virtio" and fault in AT_LEVEL_3:
        pytest.skip("at level 0 that is no fault")
    done = run_guest("fault", arguments=[fault])
    assert (done.returncode, quiet(done, target)) == (255, "")
    first, *registers = report(done, target).splitlines()
    assert first.removeprefix("fault: ").startswith({**PAGE_FAULTS, **OTHER_FAULTS}[fault])
    assert len(registers) == 5
    assert "rip 0000" in registers[4]
    assert fault in IN_DATA or SYMBOL.search(first), first


def test_symbol_is_the_function_that_faulted(run_guest: Run, target: str) -> None:
    first = report(run_guest("fault", arguments=["overflow_stack"]), target).splitlines()[0]
    match = SYMBOL.search(first)
    assert match and match[1].startswith("descend")


def test_no_fault_ends_well(run_guest: Run) -> None:
    assert run_guest("fault", arguments=["none"]).stdout == "no fault\n"


def test_host_is_out_of_reach(run_guest: Run, target: str) -> None:
    """A system call from a guest does not reach the host's kernel; a unix image is an ordinary program."""
    done = run_guest("fault", arguments=["system_call"])
    if target == "unix":
        assert done.returncode == 0
        return
    assert done.returncode == 255
    assert report(done, target).startswith("fault: system call 39 refused" if target == "spt" else "fault: ")
