# pymirage: hot
"""How much of everything a peer may send: RFC 9110 §2.3 leaves it to us, and the network is hostile."""

from typing import Final, final


@final
class Limits:
    """Octets, and counts. What is beyond is refused with the status in parentheses.

    method: of the method's name (501). start_line: the first line (414). field_line: one field (431). fields:
    how many (431). head: start line and all fields together (431). body: of one message (413). trailers: the
    fields after a chunked body (431). chunk_extensions: in all chunk headers of a body (400).
    """

    def __init__(
        self,
        *,
        method: int = 32,
        start_line: int = 8192,
        field_line: int = 8192,
        fields: int = 100,
        head: int = 32768,
        body: int = 1 << 20,
        trailers: int = 8192,
        chunk_extensions: int = 4096,
    ) -> None:
        self.method: Final = method
        self.start_line: Final = start_line
        self.field_line: Final = field_line
        self.fields: Final = fields
        self.head: Final = head
        self.body: Final = body
        self.trailers: Final = trailers
        self.chunk_extensions: Final = chunk_extensions
