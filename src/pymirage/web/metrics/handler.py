"""The page that Prometheus reads."""

from __future__ import annotations

from pymirage.protocol.http.fields import Fields
from pymirage.web.message import Handler, Response
from pymirage.web.metrics.exposition import MEDIA, emit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable

    from pymirage.web.message import Request
    from pymirage.web.metrics.sources import Source


class Metrics(Handler):
    """Asks its sources at each request. Whom the figures do not concern should not reach it."""

    def __init__(self, *sources: Source) -> None:
        self._sources = sources

    def respond(self, request: Request) -> Response | Awaitable[Response]:
        if request.method not in ("GET", "HEAD"):
            return Response(405, Fields.of(("allow", "GET, HEAD")))
        page = emit(family for source in self._sources for family in source())
        fields = Fields.of(("content-type", MEDIA), ("cache-control", "no-store"))
        return Response(200, fields, page.encode())
