"""Kinds for Internet addresses. Apart from the other kinds because `ipaddress` costs start-up time."""

from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
)

from pymirage.boot.kind import Kind


def _parse_interface(text: str) -> IPv4Interface | IPv6Interface:
    """`ipaddress` would take an address without prefix for a link with nobody else on it."""
    if "/" not in text:
        raise ValueError(text)
    return ip_interface(text)


def _parse_interface_v4(text: str) -> IPv4Interface:
    _parse_interface(text)
    return IPv4Interface(text)


def _parse_interface_v6(text: str) -> IPv6Interface:
    _parse_interface(text)
    return IPv6Interface(text)


IPV4_ADDRESS = Kind("an IPv4 address such as 192.0.2.1", "IPV4", IPv4Address)
IPV6_ADDRESS = Kind("an IPv6 address such as 2001:db8::1", "IPV6", IPv6Address)
ADDRESS: Kind[IPv4Address | IPv6Address] = Kind("an IPv4 or IPv6 address", "ADDRESS", ip_address)
IPV4_PREFIX = Kind("an IPv4 prefix such as 192.0.2.0/24", "IPV4/LENGTH", IPv4Network)
IPV6_PREFIX = Kind("an IPv6 prefix such as 2001:db8::/32", "IPV6/LENGTH", IPv6Network)
PREFIX: Kind[IPv4Network | IPv6Network] = Kind("an IPv4 or IPv6 prefix", "PREFIX", ip_network)
IPV4_INTERFACE = Kind(
    "an IPv4 address with its prefix such as 192.0.2.1/24", "IPV4/LENGTH", _parse_interface_v4
)
IPV6_INTERFACE = Kind(
    "an IPv6 address with its prefix such as 2001:db8::1/64", "IPV6/LENGTH", _parse_interface_v6
)
INTERFACE: Kind[IPv4Interface | IPv6Interface] = Kind(
    "an address with its prefix such as 192.0.2.1/24", "ADDRESS/LENGTH", _parse_interface
)
