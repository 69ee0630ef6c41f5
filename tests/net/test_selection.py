"""The examples of RFC 6724 §10, as far as they need no home or temporary addresses."""

from ipaddress import ip_address

import pytest

from pymirage.net.addresses import DEPRECATED, PREFERRED, Addresses, LocalAddress
from pymirage.net.selection import order_destinations, select_source
from tests.net.simple import interface


def at(text: str) -> bytes:
    return ip_address(text).packed


@pytest.mark.parametrize(
    ("destination", "candidates", "chosen"),
    [
        # §10.1: prefer the same scope, the appropriate scope, the matching label, the longest prefix.
        ("2001:db8:1::1", ["2001:db8:3::1", "fe80::1"], "2001:db8:3::1"),
        ("ff05::1", ["2001:db8:3::1", "fe80::1"], "2001:db8:3::1"),
        ("2001:db8:1::1", ["2001:db8:1::1!", "2001:db8:2::1"], "2001:db8:1::1"),
        ("fe80::1", ["fe80::2!", "2001:db8:1::1"], "fe80::2"),
        ("2001:db8:1::1", ["2001:db8:1::2", "2001:db8:3::2"], "2001:db8:1::2"),
        ("2002:c633:6401::1", ["2002:c633:6401::22e8", "2001:db8:1::2"], "2002:c633:6401::22e8"),
        ("2001:db8:1::d5e3:0:0:1", ["2001:db8:1::2!", "2001:db8:3::2"], "2001:db8:3::2"),
        ("192.0.2.1", ["169.254.1.1", "10.0.0.1"], "10.0.0.1"),
    ],
)  # fmt: skip
def test_source(destination: str, candidates: list[str], chosen: str) -> None:
    """An exclamation mark: the address is deprecated."""
    where = interface()
    addresses = Addresses()
    for text in candidates:
        one = LocalAddress(where, at(text.rstrip("!")), 24 if "." in text else 64)
        one.state = DEPRECATED if text.endswith("!") else PREFERRED
        addresses.add(one)
    found = select_source(addresses, where, at(destination))
    assert found is not None
    assert ip_address(found.address) == ip_address(chosen)


@pytest.mark.parametrize(
    ("destinations", "order"),
    [
        # §10.2.
        ([("2001:db8:1::1", "2001:db8:1::2"), ("198.51.100.121", "169.254.13.78")], [0, 1]),
        ([("2001:db8:1::1", "fe80::1"), ("198.51.100.121", "198.51.100.117")], [1, 0]),
        ([("2001:db8:1::1", "2001:db8:1::2"), ("10.1.2.3", "10.1.2.4")], [0, 1]),
        ([("2001:db8:1::1", "2001:db8:1::2"), ("fe80::1", "fe80::2")], [1, 0]),
        ([("2001:db8:1::1", "2001:db8:1::2"), ("2001:db8:3ffe::1", "2001:db8:3f44::2")], [0, 1]),
        ([("2002:c633:6401::1", "2002:c633:6401::2"), ("2001:db8:1::1", "fe80::2")], [0, 1]),
        ([("2002:c633:6401::1", "2002:c633:6401::2"), ("2001:db8:1::1", "2001:db8:1::2")], [1, 0]),
        # Rule 1: what cannot be reached comes last.
        ([("2001:db8:1::1", ""), ("10.1.2.3", "10.1.2.4")], [1, 0]),
    ],
)
def test_order(destinations: list[tuple[str, str]], order: list[int]) -> None:
    pairs = [(at(destination), at(source) if source else b"") for destination, source in destinations]
    assert order_destinations(pairs) == [pairs[index][0] for index in order]
