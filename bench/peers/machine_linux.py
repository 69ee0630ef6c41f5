"""The first process of the Linux guest (bench/virtio_linux.py): its network, then the image's own server.

`/init MACHINE.py ADDRESS`; the kernel has mounted nothing, and needs nothing mounted.
"""

import asyncio
import fcntl
import os
import socket
import struct
import sys

import _machine  # type: ignore[import-not-found]  # bench/peers/machine_module.c
from unikernel import listen

# linux/sockios.h, net/if.h
SIOCSIFADDR, SIOCSIFNETMASK, SIOCSIFFLAGS = 0x8916, 0x891C, 0x8914
UP = 1


def set_address(name: bytes, address: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        for request, value in ((SIOCSIFADDR, address), (SIOCSIFNETMASK, "255.255.255.0")):
            where = struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(value))
            fcntl.ioctl(handle, request, struct.pack("=16s16s", name, where))
        fcntl.ioctl(handle, SIOCSIFFLAGS, struct.pack("=16sH", name, UP) + bytes(14))


def main(address: str) -> None:
    # Without pathlib, which would have to be loaded.
    for module in sorted(os.listdir("/modules")):  # noqa: PTH208
        with open(f"/modules/{module}", "rb") as file:  # noqa: PTH123
            _machine.load(file.read())
    set_address(b"eth0", address)
    asyncio.run(listen())


if __name__ == "__main__":
    main(sys.argv[1])
