"""Addresses as people write them, checked: mistakes are found at boot and named."""

from __future__ import annotations

from ipaddress import IPv4Interface, IPv6Interface, ip_address, ip_interface, ip_network

from pymirage.error import UsageError


def interface_address(text: str) -> tuple[bytes, int]:
    """ADDRESS/PREFIX as octets and bits. Raises UsageError that says what is wrong."""
    if "/" not in text:
        raise UsageError(f"{text!r}: write the prefix too, as in 10.0.0.2/24 or fd00::2/64")
    try:
        found: IPv4Interface | IPv6Interface = ip_interface(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no address with prefix: {error}") from error
    return found.ip.packed, found.network.prefixlen


def check_host(interface: str) -> None:
    """That an address with prefix can be one station's. Raises UsageError that says what it is instead."""
    found = ip_interface(interface)
    address, network = found.ip, found.network
    kind = ""
    if address.is_unspecified:
        kind = "no address at all"
    elif address.is_loopback:
        kind = "the loopback's, which is never on a network"
    elif address.is_multicast:
        kind = "a group's"
    elif address.version == 4 and network.prefixlen < 31:
        if address == network.network_address:
            kind = f"the network {network} itself"
        elif address == network.broadcast_address:
            kind = f"everybody's in {network} (broadcast)"
    if kind:
        raise UsageError(f"{interface}: {address} is {kind}: give the address of one station")


def host_address(text: str) -> bytes:
    """The octets of an address. Raises UsageError."""
    try:
        return ip_address(text).packed
    except ValueError as error:
        raise UsageError(f"{text!r} is no address") from error


def group_address(text: str) -> bytes:
    """The octets of a multicast group's address (RFC 5771 §3, RFC 4291 §2.7). Raises UsageError."""
    address = host_address(text)
    if not is_group(address):
        raise UsageError(f"{text} is no group's address: those begin with 224 to 239, or ff")
    return address


def is_group(address: bytes) -> bool:
    return address[0] & 0xF0 == 0xE0 if len(address) == 4 else address[0] == 0xFF


def gateway_address(text: str, *interfaces: str) -> bytes:
    """A gateway, which must be on the link: in the prefix of one of our addresses, or link-local (IPv6)."""
    gateway = ip_address(host_address(text))
    ours = [ip_interface(interface) for interface in interfaces]
    if all(gateway.version != one.version for one in ours):
        raise UsageError(f"gateway {text} is of another IP version than {interfaces[0]}")
    if gateway in [one.ip for one in ours]:
        raise UsageError(f"gateway {text} is the interface's own address")
    on_link = any(gateway.version == one.version and gateway in one.network for one in ours)
    if not on_link and not (gateway.version == 6 and gateway.is_link_local):
        networks = " and ".join(str(one.network) for one in ours)
        raise UsageError(f"gateway {text} is outside of {networks}, so that nothing can be sent to it")
    return gateway.packed


def route_of(text: str) -> tuple[bytes, int, str]:
    """PREFIX,ROUTER as the prefix's octets and bits, and the router. Raises UsageError."""
    prefix, comma, router = text.partition(",")
    if not comma:
        raise UsageError(f"{text!r}: write PREFIX,ROUTER, as in 10.8.0.0/16,10.0.0.3")
    try:
        network = ip_network(prefix)
    except ValueError as error:
        raise UsageError(f"{prefix!r} is no prefix: {error}") from error
    if len(host_address(router)) != len(network.network_address.packed):
        raise UsageError(f"{text!r}: prefix and router are of different IP versions")
    return network.network_address.packed, network.prefixlen, router


def text_of(address: bytes) -> str:
    """An address of 4 or 16 octets as text."""
    return str(ip_address(address))
