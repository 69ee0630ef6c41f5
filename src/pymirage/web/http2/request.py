"""A request of HTTP/2 as the message that handlers take (RFC 9113 §8.3).

h2 has checked what §8.2 and §8.3 say of names and pseudo-fields; values, targets and hosts are checked here
as HTTP/1.1's are, because handlers, logs and other servers behind us read them as such.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymirage.protocol.http.fields import Fields
from pymirage.protocol.http.host import is_host
from pymirage.protocol.http.octet import FIELD, TARGET, TOKEN, consists_of
from pymirage.web.message import Request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymirage.device.endpoint import Endpoint
    from pymirage.web.message import Incoming

HTTP2 = 20


def make(headers: Iterable[tuple[bytes, bytes]], body: Incoming, peer: Endpoint | None) -> Request | None:
    """None when it is malformed (§8.1.1), CONNECT (§8.5), or names several hosts."""
    pseudo: dict[bytes, bytes] = {}
    pairs: list[tuple[bytes, bytes]] = []
    crumbs: list[bytes] = []
    for name, value in headers:
        if not consists_of(FIELD, value):
            return None
        if name.startswith(b":"):
            pseudo[name] = value
        elif name == b"cookie":
            crumbs.append(value)  # §8.2.3: cut for compression
        else:
            pairs.append((name, value))
    if crumbs:
        pairs.append((b"cookie", b"; ".join(crumbs)))
    method, target, scheme = (pseudo.get(name, b"") for name in (b":method", b":path", b":scheme"))
    hosts = {value for name, value in pairs if name == b"host"}
    authority = pseudo.get(b":authority") or next(iter(hosts), b"")
    if (
        not method
        or method == b"CONNECT"
        or not consists_of(TOKEN, method)
        or scheme not in (b"http", b"https")
    ):
        return None
    if not consists_of(TARGET, target) or not (
        target.startswith(b"/") or (target, method) == (b"*", b"OPTIONS")
    ):
        return None
    if not authority or not is_host(authority) or hosts - {authority}:
        return None
    fields = Fields([(b"host", authority), *(pair for pair in pairs if pair[0] != b"host")])
    words = (method.decode("ascii"), target.decode("ascii"), scheme.decode("ascii"))
    return Request(words[0], words[1], fields, body, peer, words[2], HTTP2)
