"""What a DHCP client asks of the stack around it."""

from dataclasses import dataclass

from pymirage.net.dhcp.lease import Lease


@dataclass(frozen=True)
class Broadcast:
    """Send this UDP payload from 0.0.0.0:68 to 255.255.255.255:67 (RFC 2131 §4.1)."""

    payload: bytes


@dataclass(frozen=True)
class Unicast:
    """Send this UDP payload from our address, port 68, to this server (or to everybody), port 67."""

    server: bytes
    payload: bytes


@dataclass(frozen=True)
class Probe:
    """Find out whether anybody has the address (§4.4.1), then call `probed`."""

    lease: Lease


@dataclass(frozen=True)
class Configured:
    """Use the lease from now on; it takes the place of the one before."""

    lease: Lease


@dataclass(frozen=True)
class Lost:
    """Stop using the address at once; `reason` is for the log."""

    lease: Lease
    reason: str


@dataclass(frozen=True)
class Unanswered:
    """No server answered so far; it keeps trying. `seconds` since it began."""

    seconds: int


Event = Broadcast | Unicast | Probe | Configured | Lost | Unanswered
