"""Connections that are kept for the next request, within bounds."""

from __future__ import annotations

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable
    from typing import TypeAlias

    from pymirage.web.client.link import Link

    Open: TypeAlias = Callable[[], Awaitable[Link]]


class Pool:
    """At most `connections` in all, `per_host` under one key; who finds no room waits."""

    def __init__(self, connections: int, per_host: int, idle: float) -> None:
        self._connections = connections
        self._per_host = per_host
        self._idle_time = idle
        self._idle: dict[Hashable, list[Link]] = {}
        self._counts: dict[Hashable, int] = {}
        self._waiting: list[asyncio.Future[None]] = []
        self._closed = False

    async def take(self, key: Hashable, make: Open) -> Link:
        """A connection that rests, or a new one."""
        while True:
            kept = self._idle.get(key)
            while kept:
                link = kept.pop()
                if await link.wake():
                    return link
                await self.drop(link)
                kept = self._idle.get(key)
            if await self._has_room(key):
                return await self._open(key, make)
            await self._wait()

    async def give_back(self, link: Link) -> None:
        """Done with it: it rests if it can be used again."""
        if self._closed or not link.core.reusable():
            await self.drop(link)
            return
        link.used = True
        link.heard = False
        self._idle.setdefault(link.key, []).append(link)
        link.rest(self._idle_time, self._ended)
        self._wake()

    async def drop(self, link: Link) -> None:
        """Close it; its place is free."""
        key: Hashable = link.key
        if key is not None:
            link.key = None
            self._release(key)
        await link.close()

    async def close(self) -> None:
        """Close those that rest; others when they are given back."""
        self._closed = True
        for link in [link for links in self._idle.values() for link in links]:
            await self.drop(link)
        self._idle.clear()

    def count(self) -> int:
        """Connections, resting ones included."""
        return sum(self._counts.values())

    async def _open(self, key: Hashable, make: Open) -> Link:
        self._counts[key] = self._counts.get(key, 0) + 1
        try:
            link = await make()
        except BaseException:
            self._release(key)
            raise
        link.key = key
        return link

    async def _has_room(self, key: Hashable) -> bool:
        if self._counts.get(key, 0) >= self._per_host:
            return False
        if self.count() >= self._connections:
            # Another server's connection that nobody uses makes room.
            for links in self._idle.values():
                if links:
                    await self.drop(links.pop(0))
                    break
        return self.count() < self._connections

    async def _wait(self) -> None:
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            await waiting
        except asyncio.CancelledError:
            # Whoever was woken and does not come lets the next one in.
            if waiting.done() and not waiting.cancelled():
                self._wake()
            raise
        finally:
            if waiting in self._waiting:
                self._waiting.remove(waiting)

    def _release(self, key: Hashable) -> None:
        self._counts[key] -= 1
        if not self._counts[key]:
            del self._counts[key]
        self._wake()

    def _wake(self) -> None:
        """All look again: which of them it suits depends on their keys."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    async def _ended(self, link: Link) -> None:
        kept = self._idle.get(link.key, [])
        if link in kept:
            kept.remove(link)
            if not kept:
                self._idle.pop(link.key, None)
            await self.drop(link)
