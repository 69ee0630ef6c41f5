"""A system's libvirt with its network `default`, in namespaces of its own, and one domain on that network.

Runs as a program: `unshare NAMESPACES python -m tests.boot_images.libvirt_system DOMAIN PORT`. The domain
asks for an address by DHCP; what it says to who connects to PORT is printed, and then it is shut down. What
libvirt writes is in file systems that disappear with the namespace, and so do its bridge and all processes.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

NAMESPACES = (
    *("unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"),
    # The first process has to wait for orphans too, or libvirt sees a QEMU that it ended live on.
    *("sh", "-c", '"$@"; exit $?', "sh"),
)
PATIENCE = 60
OWN = ("/run", "/etc/libvirt", "/var/lib/libvirt", "/var/cache/libvirt", "/var/log")
FOLDERS = ("/run/lock", "/run/libvirt", "/var/log/libvirt", "/etc/libvirt/qemu/networks")
# Without services that a namespace does not have: the log daemon, control groups, security modules.
QEMU_CONF = """
user = "root"
group = "root"
security_driver = "none"
cgroup_controllers = []
namespaces = []
remember_owner = 0
stdio_handler = "file"
"""
# Users that libvirt asks for by name when it starts, whoever QEMU runs as.
USERS = {
    "passwd": "libvirt-qemu:x:64055:64055::/nonexistent:/bin/false\n",
    "group": "libvirt-qemu:x:64055:\nkvm:x:64056:\n",
}
# As Debian's, but "open", which needs no firewall.
NETWORK = """
<network>
  <name>default</name>
  <forward mode='open'/>
  <bridge name='virbr0' stp='off' delay='0'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp>
  </ip>
</network>
"""


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr}{logs()}")
    return done.stdout


def virsh(*words: str) -> str:
    return run("virsh", "--quiet", "-c", "qemu:///system", *words)


def logs() -> str:
    return "".join(path.read_text() for path in Path("/var/log").rglob("*.log"))


def until(what: Callable[[], str]) -> str:
    """Asks again until there is an answer; to ask takes a while."""
    late = time.monotonic() + PATIENCE
    while time.monotonic() < late:
        if answer := what():
            return answer
    raise SystemExit(f"nothing for {PATIENCE} s: {what}\n{logs()}")


def prepare() -> None:
    run("mount", "--make-rprivate", "/")
    for folder in OWN:
        Path(folder).mkdir(parents=True, exist_ok=True)
        run("mount", "-t", "tmpfs", "none", folder)
    for folder in FOLDERS:
        Path(folder).mkdir(parents=True)
    for name, more in USERS.items():
        copy = Path("/run") / name
        copy.write_text(Path("/etc", name).read_text() + more)
        run("mount", "--bind", str(copy), f"/etc/{name}")
    Path("/etc/libvirt/qemu.conf").write_text(QEMU_CONF)
    Path("/etc/libvirt/libvirtd.conf").write_text('auth_unix_rw = "none"\nunix_sock_group = "root"\n')
    run("ip", "link", "set", "lo", "up")
    run("libvirtd", "--daemon", "--config", "/etc/libvirt/libvirtd.conf")


def lease() -> str:
    found = re.search(r"192\.168\.122\.\d+", virsh("net-dhcp-leases", "default"))
    return found[0] if found else ""


def main(domain: str, port: str) -> None:
    prepare()
    network = Path("/run/network.xml")
    network.write_text(NETWORK)
    virsh("net-define", str(network))
    virsh("net-start", "default")
    virsh("create", domain)
    with socket.create_connection((until(lease), int(port)), PATIENCE) as connection:
        print(connection.makefile().readline(), end="")
    (name,) = virsh("list", "--name").split()
    virsh("shutdown", name)
    until(lambda: "" if virsh("list", "--name").split() else "ended")
    print("ended")


if __name__ == "__main__":
    main(*sys.argv[1:])
