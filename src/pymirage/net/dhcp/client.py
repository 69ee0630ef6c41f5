"""DHCPv4 client: RFC 2131 §4.4, figure 5, with RFC 4361 identifiers left to the caller.

Octets and time in, events out: every method returns what is to be done now. It starts with `start`, hears
UDP payloads by `receive`, the outcome of address probes by `probed`, and time by `expire`.
"""

from collections.abc import Callable
from enum import Enum
from typing import Final, assert_never, final

from pymirage.net.deadline import FOREVER
from pymirage.net.dhcp.events import Broadcast, Configured, Event, Lost, Probe, Unanswered, Unicast
from pymirage.net.dhcp.lease import SECOND, Lease, lease_of, usable_address
from pymirage.wire import dhcpv4
from pymirage.wire.dhcpv4 import Dhcp
from pymirage.wire.drop import Drop

FIRST_RETRY: Final = 4 * SECOND
LAST_RETRY: Final = 64 * SECOND
JITTER: Final = SECOND
"""§4.1: 4, 8, 16, 32, 64 seconds, each plus or minus a random second."""
REQUEST_ATTEMPTS: Final = 4
"""Requests for an offer before starting over: about a minute (§3.1.5)."""
REBOOT_ATTEMPTS: Final = 2
"""Requests for a remembered address before asking for any."""
SHORTEST_RENEWAL: Final = 60 * SECOND
"""§4.4.5: no renewal is repeated sooner."""
DECLINE_PAUSE: Final = 10 * SECOND
"""§3.1.5: how long to wait after a declined address."""
NAK_PAUSE: Final = SECOND
"""A server that answers every request with a refusal must not make us ask at wire speed."""
COMPLAIN_AFTER: Final = 3 * SECOND

PARAMETERS: Final = bytes(
    (
        dhcpv4.SUBNET_MASK,
        dhcpv4.CLASSLESS_ROUTES,
        dhcpv4.ROUTER,
        dhcpv4.DNS,
        dhcpv4.DOMAIN_NAME,
        dhcpv4.HOST_NAME,
        dhcpv4.INTERFACE_MTU,
        dhcpv4.NTP,
        dhcpv4.RENEWAL_TIME,
        dhcpv4.REBINDING_TIME,
    )
)
"""Classless routes come before the router, as RFC 3442 asks."""


class State(Enum):
    """Figure 5's states; PROBING stands between its REQUESTING and BOUND."""

    INIT = "init"
    SELECTING = "selecting"
    REQUESTING = "requesting"
    REBOOTING = "rebooting"
    PROBING = "probing"
    BOUND = "bound"
    RENEWING = "renewing"
    REBINDING = "rebinding"
    STOPPED = "stopped"


@final
class Client:
    """One interface's client. `random(n)` gives a number from 0 to n - 1."""

    def __init__(
        self,
        mac: bytes,
        random: Callable[[int], int],
        *,
        host_name: str = "",
        identifier: bytes = b"",
        mtu: int = 1500,
    ) -> None:
        self.mac: Final = mac
        self.random: Final = random
        self.host_name: Final = host_name
        self.identifier: Final = identifier or b"\x01" + mac
        self.mtu: Final = mtu
        self.state = State.STOPPED
        self.lease: Lease | None = None
        """In use, or being probed."""
        self._xid = 0
        self._attempts = 0
        self._began = 0
        self._asked_at = 0
        self._deadline = FOREVER
        self._offer: Dhcp | None = None
        self._remembered = b""
        self._complained = False

    def deadline(self) -> int:
        """When `expire` wants to be called."""
        return self._deadline

    # -- what the caller says --

    def start(self, now: int, remembered: bytes = b"") -> list[Event]:
        """Begin; a `remembered` address is asked for first (INIT-REBOOT, §3.2)."""
        self._began = now
        self._complained = False
        self._remembered = remembered
        self._xid = self.random(1 << 32)
        if remembered:
            return self._enter(State.REBOOTING, now)
        return self._enter(State.SELECTING, now)

    def release(self, now: int) -> list[Event]:
        """Give the lease back and stop: §4.4.6."""
        lease = self.lease if self._has_address() else None
        self.lease = None
        self.state = State.STOPPED
        self._deadline = FOREVER
        if lease is None:
            return []
        options = self._options() | {dhcpv4.SERVER_IDENTIFIER: lease.server}
        message = self._message(dhcpv4.RELEASE, options, now, client=lease.address)
        return [Unicast(lease.server, dhcpv4.emit(message)), Lost(lease, "given back")]

    def probed(self, free: bool, now: int) -> list[Event]:
        """The outcome of a Probe; a conflict found later is told by `conflict`."""
        if self.state is not State.PROBING or self.lease is None:
            return []
        if not free:
            return self._decline(now)
        return self._bind(self.lease)

    def conflict(self, now: int) -> list[Event]:
        """Another station uses our address: decline it and start over (RFC 5227 §2.4)."""
        if self.lease is None or self.state is State.STOPPED:
            return []
        lost = [Lost(self.lease, "another station has the address")] if self._has_address() else []
        return [*lost, *self._decline(now)]

    def receive(self, payload: bytes, now: int) -> list[Event]:
        """A UDP payload that came to port 68."""
        message = dhcpv4.parse(payload, 0)
        if isinstance(message, Drop) or not self._for_us(message):
            return []
        match self.state:
            case State.SELECTING:
                return self._choose(message, now)
            case State.REQUESTING | State.REBOOTING | State.RENEWING | State.REBINDING:
                return self._answered(message, now)
            case State.INIT | State.PROBING | State.BOUND | State.STOPPED:
                return []
            case _ as never:
                assert_never(never)

    def expire(self, now: int) -> list[Event]:
        """The deadline came."""
        if now < self._deadline:
            return []
        match self.state:
            case State.INIT:
                self._xid = self.random(1 << 32)
                return self._enter(State.SELECTING, now)
            case State.SELECTING:
                return self._complaint(now) + self._ask(now)
            case State.REQUESTING:
                return self._retry(REQUEST_ATTEMPTS, now)
            case State.REBOOTING:
                return self._retry(REBOOT_ATTEMPTS, now)
            case State.BOUND:
                return self._enter(State.RENEWING, now)
            case State.RENEWING | State.REBINDING:
                return self._renew_further(now)
            case State.PROBING | State.STOPPED:
                self._deadline = FOREVER
                return []
            case _ as never:
                assert_never(never)

    # -- steps --

    def _enter(self, state: State, now: int) -> list[Event]:
        """A state that begins with a question."""
        self.state = state
        self._attempts = 0
        return self._ask(now)

    def _ask(self, now: int) -> list[Event]:
        """Put the state's question once more, and set the time for the next."""
        self._attempts += 1
        self._asked_at = now
        self._deadline = self._next_question(now)
        match self.state:
            case State.SELECTING:
                return [self._broadcast(dhcpv4.DISCOVER, self._options(), now)]
            case State.REQUESTING:
                offer = self._offer
                assert offer is not None
                chosen = {
                    dhcpv4.REQUESTED_ADDRESS: offer.yours,
                    dhcpv4.SERVER_IDENTIFIER: offer.address(dhcpv4.SERVER_IDENTIFIER),
                }
                return [self._broadcast(dhcpv4.REQUEST, self._options() | chosen, now)]
            case State.REBOOTING:
                wanted = {dhcpv4.REQUESTED_ADDRESS: self._remembered}
                return [self._broadcast(dhcpv4.REQUEST, self._options() | wanted, now)]
            case State.RENEWING | State.REBINDING:
                lease = self.lease
                assert lease is not None
                message = self._message(dhcpv4.REQUEST, self._options(), now, client=lease.address)
                if self.state is State.RENEWING:
                    return [Unicast(lease.server, dhcpv4.emit(message))]
                return [Unicast(b"\xff\xff\xff\xff", dhcpv4.emit(message))]
            case State.INIT | State.PROBING | State.BOUND | State.STOPPED:
                raise AssertionError(f"nothing to ask in {self.state}")
            case _ as never:
                assert_never(never)

    def _next_question(self, now: int) -> int:
        """Doubling intervals at first (§4.1); for renewals half of the time that remains (§4.4.5)."""
        lease = self.lease
        if lease is not None and self.state in (State.RENEWING, State.REBINDING):
            end = lease.rebind_at if self.state is State.RENEWING else lease.expires_at
            return min(max(now + (end - now) // 2, now + SHORTEST_RENEWAL), end)
        interval = min(FIRST_RETRY << (self._attempts - 1), LAST_RETRY)
        return now + interval - JITTER + self.random(2 * JITTER)

    def _retry(self, attempts: int, now: int) -> list[Event]:
        """Ask for the same again, or for anything after so many attempts."""
        if self._attempts < attempts:
            return self._ask(now)
        self._xid = self.random(1 << 32)
        return self._enter(State.SELECTING, now)

    def _complaint(self, now: int) -> list[Event]:
        """Say once that nobody answers."""
        if self._complained or now - self._began < COMPLAIN_AFTER:
            return []
        self._complained = True
        return [Unanswered((now - self._began) // SECOND)]

    def _for_us(self, message: Dhcp) -> bool:
        """An answer to our question: §4.4.1."""
        return message.operation == dhcpv4.BOOT_REPLY and message.xid == self._xid and message.mac == self.mac

    def _choose(self, message: Dhcp, now: int) -> list[Event]:
        """The first usable offer is taken."""
        if message.kind != dhcpv4.OFFER or not message.address(dhcpv4.SERVER_IDENTIFIER):
            return []
        if not usable_address(message.yours):
            return []
        self._offer = message
        return self._enter(State.REQUESTING, now)

    def _answered(self, message: Dhcp, now: int) -> list[Event]:
        """An acknowledgement or a refusal."""
        if message.kind == dhcpv4.NAK:
            return self._refused(message, now)
        if message.kind != dhcpv4.ACK:
            return []
        lease = lease_of(message, self._asked_at)
        if lease is None or not self._expected(lease):
            return []
        if self._has_address():
            return self._bind(lease)
        self.state = State.PROBING
        self.lease = lease
        self._deadline = FOREVER
        return [Probe(lease)]

    def _expected(self, lease: Lease) -> bool:
        """A requested address is given or refused, never exchanged for another."""
        if self.state is State.REQUESTING:
            return self._offer is not None and lease.address == self._offer.yours
        if self.state is State.REBOOTING:
            return lease.address == self._remembered
        return self.lease is not None and lease.address == self.lease.address

    def _refused(self, message: Dhcp, now: int) -> list[Event]:
        """Start over; a refusal of another server than the one we asked is nothing to us."""
        asked = self._offer.address(dhcpv4.SERVER_IDENTIFIER) if self._offer is not None else b""
        if self.state is State.REQUESTING and message.address(dhcpv4.SERVER_IDENTIFIER) != asked:
            return []
        return self._start_over("the server refused it", NAK_PAUSE, now)

    def _renew_further(self, now: int) -> list[Event]:
        """From T1 to T2 the server, from T2 to the end anybody, then nothing is ours."""
        lease = self.lease
        assert lease is not None
        if now >= lease.expires_at:
            return self._start_over("the lease ended without an answer", 0, now)
        if now >= lease.rebind_at and self.state is State.RENEWING:
            return self._enter(State.REBINDING, now)
        return self._ask(now)

    def _start_over(self, reason: str, pause: int, now: int) -> list[Event]:
        """Without an address, after a pause."""
        events: list[Event] = []
        if self.lease is not None and self._has_address():
            events.append(Lost(self.lease, reason))
        self.lease = None
        self._offer = None
        self._began = now
        self._complained = False
        self.state = State.INIT
        self._deadline = now + pause
        return events if pause else events + self.expire(now)

    def _decline(self, now: int) -> list[Event]:
        """Tell the server that its address is taken: §4.4.4."""
        lease = self.lease
        assert lease is not None
        options = {
            dhcpv4.REQUESTED_ADDRESS: lease.address,
            dhcpv4.SERVER_IDENTIFIER: lease.server,
            dhcpv4.CLIENT_IDENTIFIER: self.identifier,
        }
        declined = self._broadcast(dhcpv4.DECLINE, options, now)
        self.lease = None
        self.state = State.INIT
        self._start_over("", DECLINE_PAUSE, now)
        return [declined]

    def _bind(self, lease: Lease) -> list[Event]:
        """The lease is in use; it is told when it is new or differs from the one before."""
        renewed = self._has_address() and self.lease is not None and lease.same_configuration(self.lease)
        self.lease = lease
        self.state = State.BOUND
        self._deadline = lease.renew_at
        return [] if renewed else [Configured(lease)]

    def _has_address(self) -> bool:
        """Whether the lease is in use."""
        return self.state in (State.BOUND, State.RENEWING, State.REBINDING)

    # -- messages --

    def _options(self) -> dict[int, bytes]:
        """What every question carries."""
        options = {
            dhcpv4.CLIENT_IDENTIFIER: self.identifier,
            dhcpv4.MAXIMUM_SIZE: min(self.mtu, 1500).to_bytes(2, "big"),
            dhcpv4.PARAMETERS: PARAMETERS,
        }
        if self.host_name:
            options[dhcpv4.HOST_NAME] = self.host_name.encode("ascii")[:255]
        return options

    def _message(
        self, kind: int, options: dict[int, bytes], now: int, *, client: bytes = dhcpv4.UNSPECIFIED
    ) -> Dhcp:
        """Answers to a client without an address must be broadcast: it could not hear them otherwise."""
        return Dhcp(
            dhcpv4.BOOT_REQUEST,
            self._xid,
            kind,
            self.mac,
            options,
            seconds=min((now - self._began) // SECOND, 0xFFFF),
            broadcast=client == dhcpv4.UNSPECIFIED,
            client=client,
        )

    def _broadcast(self, kind: int, options: dict[int, bytes], now: int) -> Event:
        """A question from nowhere to everybody."""
        return Broadcast(dhcpv4.emit(self._message(kind, options, now)))
