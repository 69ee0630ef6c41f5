# pymirage: hot
"""Stateless address autoconfiguration: RFC 4862 §5.5, for the prefixes of router advertisements.

Interface identifiers come from the MAC address (RFC 4291 appendix A), which is stable without memory; with a
secret they are the opaque ones of RFC 7217, which tell an observer of two networks nothing.
"""

from hashlib import sha256
from typing import Final, final

from mypy_extensions import i64

from pymirage.net.addresses import (
    AUTOCONFIGURED,
    DEPRECATED,
    LINK_LOCAL,
    PREFERRED,
    Addresses,
    LocalAddress,
)
from pymirage.net.deadline import FOREVER
from pymirage.net.interface import Interface
from pymirage.net.neighbour.duplicate import DuplicateDetection
from pymirage.wire import ndp

SECOND: Final = 1_000_000_000
TWO_HOURS: Final = 7200 * SECOND
LINK_LOCAL_PREFIX: Final = b"\xfe\x80" + bytes(6)
PREFIX_LENGTH: Final = 64
MAXIMUM_GENERATED: Final = 16
"""Addresses that advertisements can make on one interface: RFC 4862 sets no bound, memory does."""
ATTEMPTS: Final = 3
"""IDGEN_RETRIES: RFC 7217 §7. With identifiers from the MAC address there is nothing else to try."""


def moment(lifetime: i64, now: i64) -> i64:
    """When a lifetime in seconds is over."""
    return FOREVER if lifetime == ndp.INFINITE else now + lifetime * SECOND


def eui64(mac: i64) -> bytes:
    """RFC 4291 appendix A: ff:fe in the middle, the universal bit turned."""
    octets = int(mac).to_bytes(6, "big")
    return bytes((octets[0] ^ 2,)) + octets[1:3] + b"\xff\xfe" + octets[3:]


def opaque(prefix: bytes, mac: i64, attempt: i64, secret: bytes) -> bytes:
    """RFC 7217 §5: a function of prefix, interface, failed attempts and a secret."""
    name = prefix + int(mac).to_bytes(6, "big") + bytes((attempt,)) + secret
    return sha256(name).digest()[:8]


@final
class Autoconfiguration:
    """The addresses that one interface gives itself."""

    def __init__(
        self,
        interface: Interface,
        addresses: Addresses,
        duplicates: DuplicateDetection,
        secret: bytes,
        prompt: bool,
    ) -> None:
        self.interface: Final = interface
        self.addresses: Final = addresses
        self.duplicates: Final = duplicates
        self.secret: Final = secret
        self.prompt: Final = prompt
        """Whether addresses are used while they are asked for (RFC 4429)."""
        self.attempts: i64 = 0

    def identifier(self, prefix: bytes) -> bytes:
        """The last 64 bits."""
        if self.secret:
            return opaque(prefix, self.interface.mac, self.attempts, self.secret)
        return eui64(self.interface.mac)

    def link_local(self, now: i64) -> LocalAddress | None:
        """Make the link-local address: §5.3. None when there is one already."""
        address = LINK_LOCAL_PREFIX + self.identifier(LINK_LOCAL_PREFIX)
        return self.make(address, LINK_LOCAL, FOREVER, FOREVER, now)

    def make(
        self, address: bytes, origin: i64, preferred_until: i64, valid_until: i64, now: i64
    ) -> LocalAddress | None:
        """Add an address and ask whether somebody has it."""
        made = LocalAddress(self.interface, address, PREFIX_LENGTH, origin, preferred_until, valid_until)
        if not self.addresses.add(made):
            return None
        self.duplicates.start(made, self.prompt, now)
        return made

    def conflict(self, lost: LocalAddress, now: i64) -> LocalAddress | None:
        """An address turned out to be another's: try another one where there is another (RFC 7217 §6)."""
        self.addresses.remove(lost)
        if not self.secret or self.attempts >= ATTEMPTS or lost.origin not in (AUTOCONFIGURED, LINK_LOCAL):
            return None
        self.attempts += 1
        prefix = lost.address[:8]
        address = prefix + self.identifier(prefix)
        return self.make(address, lost.origin, lost.preferred_until, lost.valid_until, now)

    def advertised(self, prefix: ndp.Prefix, now: i64) -> bool:
        """§5.5.3, steps (a) to (e). Whether the set of addresses, or the state of one, changed."""
        if not prefix.autonomous or prefix.preferred > prefix.valid or prefix.length != PREFIX_LENGTH:
            return False
        if prefix.prefix[0] == 0xFE and prefix.prefix[1] & 0xC0 == 0x80:
            return False
        known = self.of_prefix(prefix.prefix)
        if known is not None:
            return renew(known, prefix, now)
        if prefix.valid == 0 or self.generated() >= MAXIMUM_GENERATED:
            return False
        head = prefix.prefix[:8]
        made = self.make(
            head + self.identifier(head),
            AUTOCONFIGURED,
            moment(prefix.preferred, now),
            moment(prefix.valid, now),
            now,
        )
        return made is not None

    def of_prefix(self, prefix: bytes) -> LocalAddress | None:
        """The address that an earlier advertisement of the same prefix made."""
        for one in self.addresses.local:
            mine = one.interface is self.interface and one.origin == AUTOCONFIGURED
            if mine and one.address[:8] == prefix[:8]:
                return one
        return None

    def generated(self) -> i64:
        """How many addresses advertisements have made here."""
        count: i64 = 0
        for one in self.addresses.local:
            if one.interface is self.interface and one.origin == AUTOCONFIGURED:
                count += 1
        return count


def renew(known: LocalAddress, prefix: ndp.Prefix, now: i64) -> bool:
    """Step (e): nobody shortens a valid lifetime below two hours by one forged message."""
    known.preferred_until = moment(prefix.preferred, now)
    valid_until = moment(prefix.valid, now)
    if valid_until > now + TWO_HOURS or valid_until > known.valid_until:
        known.valid_until = valid_until
    elif known.valid_until > now + TWO_HOURS:
        known.valid_until = now + TWO_HOURS
    state = known.state
    if known.state == DEPRECATED and known.preferred_until > now:
        known.state = PREFERRED
    elif known.state == PREFERRED and known.preferred_until <= now:
        known.state = DEPRECATED
    return known.state != state
