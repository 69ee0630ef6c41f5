"""Hosts and ports as asyncio's functions take them. The numbers are Linux's, which images keep."""

from __future__ import annotations

from ipaddress import ip_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

AF_UNSPEC = 0
AF_INET = 2
AF_INET6 = 10
SOCK_STREAM = 1
SOCK_DGRAM = 2

SERVICES = {"domain": 53, "echo": 7, "http": 80, "https": 443, "ntp": 123, "smtp": 25, "ssh": 22}
"""There is no /etc/services; these are the names that programs use."""


def numeric(text: str) -> bytes | None:
    """The octets of an address written in numbers; None when it is a name."""
    try:
        return ip_address(text.partition("%")[0]).packed
    except ValueError:
        return None


def service_port(port: Any) -> int:
    """A port given as number, digits, name, or nothing (0). Raises OSError for unknown names."""
    if port is None or port == "":
        return 0
    if isinstance(port, int):
        number = port
    else:
        text = port.decode("ascii") if isinstance(port, bytes) else str(port)
        if not text.isdecimal() and text not in SERVICES:
            raise OSError(-8, f"the service {text!r} is not known: give a port number")
        number = SERVICES[text] if text in SERVICES else int(text)
    if not 0 <= number < 0x10000:
        raise OverflowError(f"port must be 0-65535, not {number}")
    return number
