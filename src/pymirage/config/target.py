"""The targets: what an image can be built for, and on which drivers it stands there."""

from dataclasses import dataclass

HOST = "host"
"""The platform of a process on the host's own Python."""
SOLO5 = "solo5"
"""The platform of every image: drivers over the platform contract."""


@dataclass(frozen=True)
class Target:
    """One target. `suffix` follows the unikernel's name in the file name of its image."""

    name: str
    suffix: str
    help: str
    runs_on_host: bool = False
    """Whether `run` starts it on the host's Python, with nothing built."""

    @property
    def platform(self) -> str:
        """The platform of what `run` starts."""
        return HOST if self.runs_on_host else SOLO5


TARGETS = {
    target.name: target
    for target in (
        Target("unix", "", "a process: the host's Python, or one static executable", runs_on_host=True),
        Target("spt", ".spt", "a process without system calls: confined by seccomp"),
        Target("hvt", ".hvt", "a virtual machine under KVM"),
        Target("virtio", ".virtio", "a virtual machine under QEMU, Firecracker or cloud-hypervisor"),
    )
}
DEFAULT = "unix"
