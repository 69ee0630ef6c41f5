# pymirage: hot
"""The first line of a request: RFC 9112 §3.

    request-line = method SP request-target SP HTTP-version

One space each, as the grammar has it; what merely looks like it (§3, "lenient parsing") is refused.
"""

from typing import Final, final

from mypy_extensions import i64

from pymirage.protocol.http.host import is_host
from pymirage.protocol.http.limits import Limits
from pymirage.protocol.http.octet import SPACE, TARGET, TOKEN, span
from pymirage.protocol.http.refusal import Refusal

HTTP10: Final = 10
HTTP11: Final = 11


@final
class RequestLine:
    """target: in origin form, `*`, or the authority of CONNECT. authority: of a target in absolute form."""

    def __init__(self, method: str, target: str, version: int, authority: bytes) -> None:
        self.method: Final = method
        self.target: Final = target
        self.version: Final = version
        self.authority: Final = authority


def parse_request_line(data: bytes, start: i64, end: i64, limits: Limits) -> RequestLine | Refusal:
    """data[start:end] is the line without its end."""
    if end - start > limits.start_line:
        return Refusal.START_LINE_SIZE
    space = span(TOKEN, data, start, end)
    if space in (start, end) or data[space] != SPACE:
        return Refusal.START_LINE
    if space - start > limits.method:
        return Refusal.METHOD
    second = span(TARGET, data, space + 1, end)
    if second == space + 1 or second == end:
        return Refusal.START_LINE
    if data[second] != SPACE:
        return Refusal.TARGET
    version = parse_version(data[second + 1 : end])
    if isinstance(version, Refusal):
        return version
    method = data[start:space].decode("ascii")
    if data[space + 1] == 0x2F and method != "CONNECT":
        return RequestLine(method, data[space + 1 : second].decode("ascii"), version, b"")
    return parse_other_form(method, data[space + 1 : second], version)


def parse_version(text: bytes) -> int | Refusal:
    """HTTP-version (RFC 9112 §2.3): a higher minor version of 1 is understood as 1.1 (RFC 9110 §2.5)."""
    if text == b"HTTP/1.1":
        return HTTP11
    if len(text) != 8 or not text.startswith(b"HTTP/") or text[6] != 0x2E:
        return Refusal.START_LINE
    major, minor = text[5] - 0x30, text[7] - 0x30
    if not (0 <= major <= 9 and 0 <= minor <= 9):
        return Refusal.START_LINE
    if major != 1:
        return Refusal.VERSION
    return HTTP10 if minor == 0 else HTTP11


def parse_other_form(method: str, target: bytes, version: int) -> RequestLine | Refusal:
    """Authority (§3.2.3), asterisk (§3.2.4) and absolute form (§3.2.2)."""
    if method == "CONNECT":
        host, colon, _ = target.rpartition(b":")
        if not host or not colon or target.endswith(b":") or not is_host(target):
            return Refusal.TARGET_FORM
        return RequestLine(method, target.decode("ascii"), version, target)
    if target == b"*":
        return RequestLine(method, "*", version, b"") if method == "OPTIONS" else Refusal.TARGET_FORM
    scheme, separator, rest = target.partition(b"://")
    if not separator or scheme.lower() not in (b"http", b"https"):
        return Refusal.TARGET_FORM
    size = len(rest)
    for delimiter in (b"/", b"?"):
        at = rest.find(delimiter, 0, size)
        size = at if at >= 0 else size
    authority, path = rest[:size], rest[size:]
    if not authority or not is_host(authority):
        return Refusal.TARGET
    if not path and method == "OPTIONS":
        return RequestLine(method, "*", version, authority)
    if not path.startswith(b"/"):
        path = b"/" + path
    return RequestLine(method, path.decode("ascii"), version, authority)
