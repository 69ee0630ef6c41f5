"""The platform contract played on the host: the drivers of images run on it unchanged."""

from __future__ import annotations

import hashlib
import os
import time
from collections import deque
from typing import NoReturn

SECTOR = 512


class FakeContract:
    """A disk of 100 sectors named `storage`, two interfaces on one wire, and files given by the test."""

    def __init__(self) -> None:
        self.console = bytearray()
        self.files: dict[str, dict[str, bytes]] = {}
        self.disk = bytearray(100 * SECTOR)
        self.flushes = 0
        self.queues: list[deque[bytes]] = [deque(), deque()]
        self.counts = [[0] * 5, [0] * 5]
        self.room = 1000
        self.features = 0
        self.offloaded = [False, False]
        self.verified: set[bytes] = set()
        self.requests: list[tuple[int, int, int]] = []
        self.broken = False

    def console_write(self, data: bytes) -> None:
        self.console += data

    def clock_monotonic(self) -> int:
        return time.monotonic_ns()

    def clock_wall(self) -> int:
        return time.time_ns()

    def yield_until(self, deadline: int) -> int:
        # Bit 0 says that the host asks for an end: no device has the handle 0.
        ready = sum(2 << number for number, queue in enumerate(self.queues) if queue)
        if not ready:
            time.sleep(max(0, deadline - time.monotonic_ns()) / 1e9)
        return ready

    def entropy(self, size: int) -> bytes:
        self._check()
        return os.urandom(size)

    def net_acquire(self, name: str) -> tuple[int, bytes, int, int]:
        if name not in ("one", "other"):
            raise OSError(f"network device '{name}' is not attached")
        number = ("one", "other").index(name)
        return number + 1, bytes((2, 0, 0, 0, 0, number)), 1500, self.features

    def net_offload(self, handle: int, wanted: bool) -> None:
        self._check()
        assert self.features
        self.offloaded[handle - 1] = wanted

    def net_read(self, handle: int) -> tuple[list[bytes], int]:
        self._check()
        queue = self.queues[handle - 1]
        frames = [queue.popleft() for _ in range(min(32, len(queue)))]
        self._count(handle, 0, frames)
        return frames, sum(1 << number for number, frame in enumerate(frames) if frame in self.verified)

    def net_write(
        self,
        handle: int,
        frame: bytes,
        checksum_start: int = 0,
        checksum_offset: int = 0,
        segment_size: int = 0,
    ) -> bool:
        self._check()
        if not self.features and (checksum_start or segment_size):
            raise OSError(f"network device {handle} refuses a frame of {len(frame)} octets")
        if len(self.queues[2 - handle]) >= self.room:
            self.counts[handle - 1][4] += 1
            return False
        self._count(handle, 2, [frame])
        self.queues[2 - handle].append(frame)
        self.requests.append((checksum_start, checksum_offset, segment_size))
        return True

    def net_counts(self, handle: int) -> tuple[int, ...]:
        return tuple(self.counts[handle - 1])

    def _count(self, handle: int, at: int, frames: list[bytes]) -> None:
        self.counts[handle - 1][at] += len(frames)
        self.counts[handle - 1][at + 1] += sum(map(len, frames))

    def block_acquire(self, name: str) -> tuple[int, int, int]:
        if name != "storage":
            raise OSError(f"block device '{name}' is not attached")
        return 3, len(self.disk), SECTOR

    def block_read(self, handle: int, offset: int, size: int) -> bytes:
        self._check_sectors(handle, offset, size)
        return bytes(self.disk[offset : offset + size])

    def block_write(self, handle: int, offset: int, data: bytes) -> None:
        self._check_sectors(handle, offset, len(data))
        self.disk[offset : offset + len(data)] = data

    def block_flush(self, handle: int) -> None:
        self._check()
        assert handle == 3
        self.flushes += 1

    def block_discard(self, handle: int, offset: int, size: int) -> None:
        self._check_sectors(handle, offset, size)

    def crunched(self, table: str) -> tuple[tuple[str, memoryview, bytes], ...]:
        return tuple(
            (name, memoryview(content), hashlib.sha256(content).digest())
            for name, content in self.files[table].items()
        )

    def exit(self, status: int) -> NoReturn:
        raise SystemExit(status)

    def _check(self) -> None:
        if self.broken:
            raise OSError("the host failed")

    def _check_sectors(self, handle: int, offset: int, size: int) -> None:
        """Where the real contract would refuse, the driver has made a mistake."""
        self._check()
        assert handle == 3
        assert offset % SECTOR == 0
        assert size % SECTOR == 0
        assert 0 < size <= len(self.disk) - offset
