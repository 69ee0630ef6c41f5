# pymirage: hot
"""What a connection says has happened. A `Refusal` is an event too: the peer broke the protocol."""

from typing import Final, final

from pymirage.protocol.http.fields import Fields
from pymirage.protocol.http.refusal import Refusal


@final
class RequestHead:
    """Start line and fields of a request.

    target: in origin form (also when it came in absolute form), `*`, or the authority of CONNECT. authority:
    whom it is addressed to, as the target or Host says. length: of the body, 0 without one, or
    `framing.CHUNKED`. upgrade: protocols that the client would rather speak, "" without.
    """

    def __init__(
        self,
        method: str,
        target: str,
        version: int,
        fields: Fields,
        length: int,
        authority: str,
        expects_continue: bool,
        upgrade: str,
    ) -> None:
        self.method: Final = method
        self.target: Final = target
        self.version: Final = version
        self.fields: Final = fields
        self.length: Final = length
        self.authority: Final = authority
        self.expects_continue: Final = expects_continue
        self.upgrade: Final = upgrade


@final
class ResponseHead:
    """Start line and fields of a final response. length: as of requests, or `framing.UNTIL_CLOSE`."""

    def __init__(self, status: int, reason: str, version: int, fields: Fields, length: int) -> None:
        self.status: Final = status
        self.reason: Final = reason
        self.version: Final = version
        self.fields: Final = fields
        self.length: Final = length


@final
class Interim:
    """A response of the 1xx class, before the final one (RFC 9110 §15.2); 101 is final."""

    def __init__(self, status: int, fields: Fields) -> None:
        self.status: Final = status
        self.fields: Final = fields


@final
class Data:
    """A piece of the body."""

    def __init__(self, data: bytes) -> None:
        self.data: Final = data


@final
class End:
    """The message is complete."""

    def __init__(self, trailers: Fields) -> None:
        self.trailers: Final = trailers


@final
class Closed:
    """The peer sends nothing more, and ended between two messages."""


NO_FIELDS: Final = Fields()
NO_TRAILERS: Final = End(NO_FIELDS)
"""Shared by all messages that have none: not to be added to."""

RequestEvent = RequestHead | Data | End | Closed | Refusal
ResponseEvent = ResponseHead | Interim | Data | End | Closed | Refusal
BodyEvent = Data | End | Refusal
