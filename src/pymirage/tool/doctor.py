"""What this machine can build and run, each with the reason and the remedy where it cannot."""

from __future__ import annotations

import fcntl
import os
import platform
from collections.abc import Callable
from pathlib import Path

from pymirage.error import UsageError

_KVM_GET_API_VERSION = 0xAE00
_KVM_API_VERSION = 12
_SECCOMP_ACTIONS = Path("/proc/sys/kernel/seccomp/actions_avail")


def cannot_build() -> str | None:
    """Why no image can be built; None when all is there."""
    from pymirage.tool.runtime import cache, compiler, locate

    try:
        locate.sources()
        compiler.find()
    except UsageError as error:
        return str(error)
    return _no_cache(cache.root())


def _no_cache(root: Path) -> str | None:
    """Why nothing can be put into the cache, which need not exist yet."""
    existing = next(path for path in (root, *root.parents) if path.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return None
    why = f"{existing} is not yours to write" if existing.is_dir() else f"{existing} is no directory"
    return f"the cache {root} cannot be written ({why}): set XDG_CACHE_HOME to another place"


def is_cached(target: str) -> bool:
    """Whether the runtime of a target is built already."""
    from pymirage.tool.runtime import list_runtimes

    current = [each.path for each in list_runtimes() if each.current]
    has_base = any(path.parent.name == "base" for path in current)
    return has_base and any(path.name.startswith(f"{target}-") for path in current)


def cannot_run(target: str) -> str | None:
    """Why images of a target cannot be run; None when they can."""
    if platform.machine() != "x86_64" or platform.system() != "Linux":
        return f"images are for x86-64 Linux, this is {platform.machine()} {platform.system()}"
    check = _CHECKS.get(target)
    return check() if check is not None else None


def _no_kvm() -> str | None:
    device = "/dev/kvm"
    try:
        descriptor = os.open(device, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return f"{device} is missing: load kvm_intel or kvm_amd, or allow nested virtualisation"
    except PermissionError:
        return f"{device} is not yours to use: add yourself to the group kvm and log in again"
    except OSError as error:
        return f"{device} does not open: {error.strerror}"
    try:
        version = fcntl.ioctl(descriptor, _KVM_GET_API_VERSION)
    except OSError as error:
        return f"{device} is no KVM: {error.strerror}"
    finally:
        os.close(descriptor)
    return None if version == _KVM_API_VERSION else f"KVM speaks version {version}, not {_KVM_API_VERSION}"


def _no_seccomp() -> str | None:
    try:
        actions = _SECCOMP_ACTIONS.read_text().split()
    except OSError:
        return "the kernel has no seccomp filters (CONFIG_SECCOMP_FILTER)"
    return (
        None
        if "kill_process" in actions
        else "the kernel's seccomp cannot kill a process: use Linux 4.14 or later"
    )


def _no_qemu() -> str | None:
    from pymirage.tool.qemu.installed import missing, too_old

    return missing() or too_old()


def slowly(target: str) -> str | None:
    """Why images of a target that can be run are emulated here; None when they are not."""
    if target != "virtio":
        return None
    from pymirage.tool.qemu.accelerator import no_kvm

    return no_kvm()


_CHECKS: dict[str, Callable[[], str | None]] = {"hvt": _no_kvm, "spt": _no_seccomp, "virtio": _no_qemu}
