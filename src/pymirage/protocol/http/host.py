# pymirage: hot
"""Host and port, as in the Host field (RFC 9110 §7.2) and in request targets: uri-host [ ":" port ]."""

from typing import Final

from mypy_extensions import i64

from pymirage.protocol.http.octet import ALPHA, DIGIT, HEXADECIMAL, OctetClass, consists_of

REGISTERED: Final = OctetClass(b"-._~!$&'()*+,;=%" + DIGIT + ALPHA)
"""reg-name (RFC 3986 §3.2.2), which IPv4 addresses are as well."""
LITERAL: Final = OctetClass(HEXADECIMAL.members + b":.")
DIGITS: Final = OctetClass(DIGIT)


def is_host(value: bytes) -> bool:
    """Well-formed; empty is, for a target without a host. Neither users nor paths nor lists."""
    host, port = value, b""
    if value.startswith(b"["):
        host, bracket, after = value[1:].partition(b"]")
        if not bracket or not host or not consists_of(LITERAL, host) or (after and after[0] != 0x3A):
            return False
        return consists_of(DIGITS, after[1:]) and len(after) <= 6
    colon: i64 = value.find(b":")
    if colon >= 0:
        host, port = value[:colon], value[colon + 1 :]
    return consists_of(REGISTERED, host) and consists_of(DIGITS, port) and len(port) <= 5
