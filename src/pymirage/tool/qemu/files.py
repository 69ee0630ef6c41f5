"""What is written beside an image, so that others start it: libvirt, Firecracker, QEMU without pymirage."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from pymirage.tool.image.plan import BuildPlan, Device
from pymirage.tool.qemu.command import LONGEST_SERIAL, command
from pymirage.tool.qemu.machine import Disk, Interface, Machine
from pymirage.tool.whole import write_whole

MEMORY = 64
NET, BLOCK = "NET_BASIC", "BLOCK_BASIC"
# QEMU takes the first that it can open.
ACCELERATORS = "kvm:tcg"


def write(plan: BuildPlan) -> tuple[Path, ...]:
    """`NAME.xml`, `NAME.firecracker.json` and `NAME.qemu.sh` in the image's directory."""
    texts = {
        f"{plan.name}.xml": libvirt(plan.name, plan.image, plan.devices),
        f"{plan.name}.firecracker.json": firecracker(plan.image, plan.devices),
        f"{plan.name}.qemu.sh": script(plan.image, plan.devices),
    }
    for name, text in texts.items():
        write_whole(plan.image.parent / name, text.encode(), mode=0o755 if name.endswith(".sh") else 0o644)
    return tuple(plan.image.parent / name for name in texts)


def named(devices: Sequence[Device], kind: str) -> list[str]:
    return [device.name for device in devices if device.type == kind]


def libvirt(name: str, image: Path, devices: Sequence[Device]) -> str:
    """A domain for `virsh create`. Networks are libvirt's own; disks lie beside the image."""
    return f"""\
<domain type='kvm'>
  <name>{escape(name)}</name>
  <memory unit='MiB'>{MEMORY}</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>{escape(str(image))}</kernel>
    <cmdline></cmdline>
  </os>
  <features><acpi/></features>
  <cpu mode='host-passthrough'/>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>destroy</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <console type='pty'><target type='serial' port='0'/></console>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
{"".join(_libvirt_devices(image, devices))}\
  </devices>
</domain>
"""


def _libvirt_devices(image: Path, devices: Sequence[Device]) -> list[str]:
    nets = [
        "    <interface type='network'><source network='default'/><model type='virtio'/></interface>\n"
        for _ in named(devices, NET)
    ]
    disks = [
        "    <disk type='file' device='disk'><driver name='qemu' type='raw' discard='unmap'/>"
        f"<source file={quoteattr(str(image.parent / disk_file(name)))}/>"
        f"<target dev='vd{chr(ord('a') + number)}' bus='virtio'/>{_serial(name)}</disk>\n"
        for number, name in enumerate(named(devices, BLOCK))
    ]
    return [*nets, *disks]


def _serial(name: str) -> str:
    return f"<serial>{escape(name)}</serial>" if len(name) <= LONGEST_SERIAL else ""


def firecracker(image: Path, devices: Sequence[Device]) -> str:
    """For `firecracker --config-file`, started in the image's directory."""
    config = {
        "boot-source": {"kernel_image_path": image.name, "boot_args": ""},
        "machine-config": {"vcpu_count": 1, "mem_size_mib": MEMORY},
        "drives": [
            {
                "drive_id": name,
                "path_on_host": disk_file(name),
                "is_root_device": False,
                "is_read_only": False,
                # Otherwise its disks have no flush, and what was written may be lost with the host.
                "cache_type": "Writeback",
            }
            for name in named(devices, BLOCK)
        ],
        "network-interfaces": [
            {"iface_id": name, "host_dev_name": f"tap{number}"}
            for number, name in enumerate(named(devices, NET))
        ],
        "entropy": {},
    }
    return json.dumps(config, indent=2) + "\n"


def script(image: Path, devices: Sequence[Device]) -> str:
    """QEMU's command, for a shell; its arguments are the boot command line."""
    machine = Machine(
        image.name,
        memory=MEMORY,
        interfaces=tuple(
            Interface(name, None, f"02:00:00:00:00:{number:02x}")
            for number, name in enumerate(named(devices, NET), 1)
        ),
        disks=tuple(Disk(name, disk_file(name), read_only=False) for name in named(devices, BLOCK)),
    )
    words = command(machine, ACCELERATORS)
    quoted = list(map(shlex.quote, words))
    quoted[words.index("-append") + 1] = '"$line"'
    quoted[words.index("-machine") + 1] = f'{machine.kind},accel="${{QEMU_ACCEL:-{ACCELERATORS}}}"'
    return f"""\
#!/bin/sh
# Starts {image.name}; the arguments are its boot command line.
# QEMU exits with 0, or with twice the status of the image and 1.
# QEMU_ACCEL=tcg emulates, where there is a KVM that cannot run QEMU's guests.
cd "$(dirname "$0")" || exit
line=
for word; do
    case $word in
    *[!A-Za-z0-9_./:=,@%+-]* | "") word="'$(printf %s "$word" | sed "s/'/'\\\\\\\\''/g")'" ;;
    esac
    line="$line $word"
done
exec {" ".join(quoted)}
"""


def disk_file(name: str) -> str:
    return f"{name}.img"
