"""What asyncio offers on an operating system and an image has not: each raises an error that says why.

OSError where a program is prepared for a missing network; NotImplementedError where asyncio's documentation
announces it (signals, child processes, pipes), so that libraries written for several systems fall back.
"""

from __future__ import annotations

import errno

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def no_network() -> NoReturn:
    raise OSError(errno.ENETDOWN, "this image has no network stack")


def no_support(what: str) -> NoReturn:
    raise NotImplementedError(f"an image has no {what}")


class Absent:
    """Mixed into the loop, in front of asyncio's own implementation."""

    async def getaddrinfo(self, *_: object, **__: object) -> NoReturn:
        no_network()

    async def getnameinfo(self, *_: object, **__: object) -> NoReturn:
        no_network()

    async def create_connection(self, *_: object, **__: object) -> NoReturn:
        no_network()

    async def create_server(self, *_: object, **__: object) -> NoReturn:
        no_network()

    async def create_datagram_endpoint(self, *_: object, **__: object) -> NoReturn:
        no_network()

    async def create_unix_connection(self, *_: object, **__: object) -> NoReturn:
        no_support("Unix domain sockets")

    async def create_unix_server(self, *_: object, **__: object) -> NoReturn:
        no_support("Unix domain sockets")

    async def connect_read_pipe(self, *_: object) -> NoReturn:
        no_support("pipes")

    async def connect_write_pipe(self, *_: object) -> NoReturn:
        no_support("pipes")

    async def subprocess_shell(self, *_: object, **__: object) -> NoReturn:
        no_support("other processes")

    async def subprocess_exec(self, *_: object, **__: object) -> NoReturn:
        no_support("other processes")

    def add_signal_handler(self, *_: object) -> NoReturn:
        no_support("signals")

    def remove_signal_handler(self, *_: object) -> NoReturn:
        no_support("signals")

    def add_reader(self, *_: object) -> NoReturn:
        no_support("file descriptors: a driver uses add_device_reader")

    def remove_reader(self, *_: object) -> NoReturn:
        no_support("file descriptors: a driver uses remove_device_reader")

    def add_writer(self, *_: object) -> NoReturn:
        no_support("file descriptors")

    def remove_writer(self, *_: object) -> NoReturn:
        no_support("file descriptors")
