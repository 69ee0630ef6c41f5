"""Strict-Transport-Security (RFC 6797): browsers that were here by HTTPS come by nothing else for a while."""

from __future__ import annotations

from collections.abc import Awaitable

from pymirage.web.message import Handler, Request, Response

YEAR = 365 * 86400


class StrictTransportSecurity(Handler):
    """max_age: seconds; 0 takes the promise back. Made over HTTPS only, where nobody can forge it (§7.2)."""

    def __init__(self, inner: Handler, max_age: int = YEAR, *, subdomains: bool = False) -> None:
        self._inner = inner
        self._value = f"max-age={max_age}" + ("; includeSubDomains" if subdomains else "")

    def respond(self, request: Request) -> Response | Awaitable[Response]:
        answer = self._inner.respond(request)
        if request.scheme != "https":
            return answer
        return self._with(answer) if isinstance(answer, Response) else self._later(answer)

    async def _later(self, answer: Awaitable[Response]) -> Response:
        return self._with(await answer)

    def _with(self, response: Response) -> Response:
        """Another response: handlers may keep theirs and give it again."""
        fields = response.fields.copy()
        fields.set("strict-transport-security", self._value)
        return Response(response.status, fields, response.body)
