# pymirage: hot
"""Some paths have handlers of their own; the others share one."""

from collections.abc import Awaitable, Mapping
from typing import Final, final

from pymirage.web.message import Handler, Request, Response, text


@final
class Routes(Handler):
    """Routes(files, {"/metrics": metrics}): by the path as it was sent, all of it."""

    def __init__(self, otherwise: Handler, routes: Mapping[str, Handler]) -> None:
        self._otherwise: Final = otherwise
        self._routes: Final[dict[str, Handler]] = dict(routes)

    def respond(self, request: Request) -> Response | Awaitable[Response]:
        handler = self._routes.get(request.target)
        if handler is None and "?" in request.target:
            handler = self._routes.get(request.path)
        return (self._otherwise if handler is None else handler).respond(request)


@final
class _Nothing(Handler):
    def respond(self, request: Request) -> Response | Awaitable[Response]:
        del request
        return text("not found\n", 404)


def nothing_else() -> Handler:
    """For a server that has its routes only."""
    return _Nothing()
