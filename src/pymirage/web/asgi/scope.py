"""What an application is told of a connection: ASGI's connection scopes."""

from __future__ import annotations

from pymirage.error import UsageError
from pymirage.protocol.http import percent
from pymirage.protocol.http.fields import Fields
from pymirage.protocol.http.octet import FIELD, TOKEN, consists_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymirage.device.endpoint import Endpoint
    from pymirage.web.asgi.types import Scope, State
    from pymirage.web.message import Request

VERSIONS = {"version": "3.0", "spec_version": "2.3"}
HTTP_VERSIONS = {10: "1.0", 11: "1.1", 20: "2"}


def http_scope(request: Request, root_path: str, state: State) -> Scope:
    """Of one request."""
    scope = _scope("http", request, root_path, state)
    scope["method"] = request.method
    scope["scheme"] = request.scheme
    return scope


def websocket_scope(request: Request, root_path: str, state: State) -> Scope:
    """Of a connection that asks to become a WebSocket."""
    scope = _scope("websocket", request, root_path, state)
    scope["scheme"] = "wss" if request.scheme == "https" else "ws"
    offered = request.fields.get("sec-websocket-protocol")
    scope["subprotocols"] = [name.strip() for name in offered.split(",") if name.strip()]
    return scope


def _scope(kind: str, request: Request, root_path: str, state: State) -> Scope:
    path = request.path
    return {
        "type": kind,
        "asgi": VERSIONS,
        "http_version": HTTP_VERSIONS.get(request.version, "1.1"),
        "path": root_path + percent.decode(path).decode("utf-8", "replace"),
        "raw_path": (root_path + path).encode("ascii", "replace"),
        "query_string": request.query.encode("ascii", "replace"),
        "root_path": root_path,
        # A copy, which the application may change.
        "headers": list(request.fields.pairs),
        "client": _pair(request.peer),
        "server": _pair(None if request.connection is None else request.connection.local()),
        "state": state.copy(),
        "extensions": {},
    }


def _pair(endpoint: Endpoint | None) -> tuple[str, int] | None:
    return None if endpoint is None else (endpoint.address, endpoint.port)


def fields_of(headers: Iterable[tuple[bytes, bytes]]) -> Fields:
    """An application's fields, which nobody has looked at. Raises UsageError for what no field can hold."""
    pairs = []
    for name, value in headers:
        key, octets = bytes(name).lower(), bytes(value).strip(b" \t")
        if not key or not consists_of(TOKEN, key) or not consists_of(FIELD, octets):
            raise UsageError(f"the application's field {name!r}: {value!r} cannot be sent")
        pairs.append((key, octets))
    return Fields(pairs)
