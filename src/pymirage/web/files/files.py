# pymirage: hot
"""The handler that serves values of a store under their names."""

import time
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Final, final

from pymirage.device.key_value_reader import KeyValueReader, Kind
from pymirage.protocol.http.fields import Fields
from pymirage.web.files.answer import answer
from pymirage.web.files.finder import Finder
from pymirage.web.files.memory import Memory
from pymirage.web.files.page import Page
from pymirage.web.files.place import Place, locate
from pymirage.web.files.settings import Settings
from pymirage.web.message import Handler, Request, Response, text

if TYPE_CHECKING:
    from pymirage.web.message import Content

ALLOWED: Final = "GET, HEAD, OPTIONS"
HTML: Final = "text/html; charset=utf-8"


@final
class Files(Handler):
    """Serves a store. What it knows of a path is kept within bounds, and is answered from without waiting."""

    def __init__(self, store: KeyValueReader, settings: Settings | None = None) -> None:
        self._store: Final = store
        self._settings: Final = Settings() if settings is None else settings
        self._finder: Final = Finder(store, self._settings)
        self._ranges: Final[int] = self._settings.ranges
        # For ever where nothing can change.
        self._fresh: Final[int] = -1 if store.immutable() else self._settings.fresh
        self.memory: Final = Memory(self._settings.memory, self._settings.entries)

    def respond(self, request: Request) -> Response | Awaitable[Response]:
        method = request.method
        if method != "GET" and method != "HEAD":
            return refused(method)
        target = request.target
        page = self.memory.find(target)
        if page is not None and self._is_fresh(page):
            return answer(self._store, page, request.fields, self._ranges)
        return self._look(request)

    def forget(self) -> None:
        """Ask the store again, of everything."""
        self.memory.clear()

    def _is_fresh(self, page: Page) -> bool:
        return self._fresh < 0 or time.monotonic_ns() - page.checked < self._fresh

    def _look(self, request: Request) -> Response | Awaitable[Response]:
        """A path that is not known in this spelling, or not for certain."""
        place = locate(request.path, self._settings.hidden)
        if place is None:
            return self._missing(request)
        page = self.memory.find(place.path())
        if page is not None and self._is_fresh(page):
            return answer(self._store, page, request.fields, self._ranges)
        return self._find(request, place)

    async def _find(self, request: Request, place: Place) -> Response:
        """Ask the store."""
        path = place.path()
        known = self.memory.find(path)
        if known is not None:
            # Whoever asks meanwhile is still told what was known.
            known.checked = time.monotonic_ns()
            if await self._finder.stamp(known.stamp[0][1]) == known.stamp:
                return answer(self._store, known, request.fields, self._ranges)
            self.memory.forget(path)
        key = place.key()
        kind = await self._finder.kind(key)
        if kind is Kind.DIRECTORY:
            return await self._directory(request, place)
        page = None
        if kind is Kind.VALUE and not place.directory:
            page = await self._finder.page(key)
        if page is None:
            return await self._missing(request)
        self.memory.keep(path, page)
        return answer(self._store, page, request.fields, self._ranges)

    async def _directory(self, request: Request, place: Place) -> Response:
        """Its index, or a listing; first to its own path, with a slash, so that relative links are right."""
        index = "/".join((*place.names, self._settings.index))
        if not place.directory and place.names:
            if not self._settings.listing and await self._finder.kind(index) is not Kind.VALUE:
                return await self._missing(request)
            question = request.target.find("?")
            query = request.target[question:] if question >= 0 else ""
            location = Place(place.names, True).path() + query
            return Response(301, Fields.of(("location", location)))
        page = await self._finder.page(index)
        if page is not None:
            self.memory.keep(place.path(), page)
            return answer(self._store, page, request.fields, self._ranges)
        if self._settings.listing:
            content: Content = (await self._finder.listing(place)).encode()
            return Response(200, Fields.of(("content-type", HTML)), content)
        return await self._missing(request)

    async def _missing(self, request: Request) -> Response:
        """The site's own page, or a line."""
        key = self._settings.not_found
        page = self.memory.find("")
        if page is None or not self._is_fresh(page):
            page = await self._finder.page(key, 404) if key else None
            if page is None:
                return text("not found\n", 404)
            self.memory.keep("", page)
        return answer(self._store, page, request.fields, self._ranges)


def refused(method: str) -> Response:
    """A method that a static value does not have: RFC 9110 §15.5.6, §9.3.7."""
    fields = Fields.of(("allow", ALLOWED))
    if method == "OPTIONS":
        return Response(204, fields)
    fields.add("content-type", "text/plain; charset=utf-8")
    return Response(405, fields, f"only {ALLOWED}\n".encode())
