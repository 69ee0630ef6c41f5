# pymirage: hot
"""Duplicate address detection of IPv6: RFC 4862 §5.4, with the optimism of RFC 4429 on request.

An address is asked for before it is used; whoever answers, or asks for the same one, has it. In prompt mode
it is used while the question is open, and its advertisements do not override what neighbours know (§3.3).
"""

from typing import Final, final

from mypy_extensions import i64

from pymirage.net.addresses import DUPLICATE, PREFERRED, TENTATIVE, LocalAddress
from pymirage.net.deadline import FOREVER
from pymirage.net.interface import Interface
from pymirage.net.multicast import Membership
from pymirage.net.neighbour.conflict import ConflictWatcher, Spread
from pymirage.net.neighbour.discovery_messages import (
    send_solicitation,
    solicited_node,
)

SECOND: Final = 1_000_000_000

TRANSMISSIONS: Final = 1
"""DupAddrDetectTransmits: RFC 4862 §5.1."""
PROMPT_TRANSMISSIONS: Final = 3
"""Of an address that is in use meanwhile: more certainty costs no time."""
MAXIMUM_DELAY: Final = SECOND
"""MAX_RTR_SOLICITATION_DELAY: RFC 4861 §10."""


@final
class Trial:
    """An address in question."""

    def __init__(self, address: LocalAddress, deadline: i64) -> None:
        self.address: Final = address
        self.sent: i64 = 0
        self.wanted: Final[i64] = PROMPT_TRANSMISSIONS if address.state == PREFERRED else TRANSMISSIONS
        self.deadline: i64 = deadline


@final
class DuplicateDetection:
    """All IPv6 addresses of one interface."""

    def __init__(
        self, interface: Interface, membership: Membership, watcher: ConflictWatcher, spread: Spread
    ) -> None:
        self.interface: Final = interface
        self.membership: Final = membership
        self.watcher: Final = watcher
        self.spread: Final = spread
        self.retransmission: i64 = SECOND
        self.trials: list[Trial] = []

    def start(self, address: LocalAddress, prompt: bool, now: i64) -> None:
        """Join the address's solicited-node group, then ask; with `prompt` use the address meanwhile."""
        self.membership.join(solicited_node(address.address), now)
        address.state = PREFERRED if prompt else TENTATIVE
        trial = Trial(address, now if prompt else now + self.spread.below(MAXIMUM_DELAY))
        self.trials.append(trial)
        if prompt:
            self.step(trial, now)

    def stop(self, address: LocalAddress, now: i64) -> None:
        """The address is no longer ours."""
        self.trials = [trial for trial in self.trials if trial.address is not address]
        self.membership.leave(solicited_node(address.address), now)

    def in_question(self, address: LocalAddress) -> bool:
        """Whether an address is being asked for: an optimistic one then speaks softly."""
        return any([trial.address is address for trial in self.trials])  # noqa: C419

    def contested(self, address: LocalAddress, mac: bytes, now: i64) -> None:
        """Somebody has the address, or wants it at the same time."""
        if not self.in_question(address) and address.state != PREFERRED:
            return
        self.stop(address, now)
        address.state = DUPLICATE
        self.watcher.address_conflict(address, mac, now)

    def deadline(self) -> i64:
        """When `expire` wants to be called."""
        soonest: i64 = FOREVER
        for trial in self.trials:
            soonest = min(soonest, trial.deadline)
        return soonest

    def expire(self, now: i64) -> None:
        """Ask again, or take the silence for consent."""
        for trial in list(self.trials):
            if trial.deadline <= now:
                self.step(trial, now)

    def step(self, trial: Trial, now: i64) -> None:
        """One solicitation, or the end."""
        if trial.sent < trial.wanted:
            trial.sent += 1
            trial.deadline = now + self.retransmission
            target = trial.address.address
            send_solicitation(self.interface, bytes(16), solicited_node(target), target)
            return
        self.trials = [other for other in self.trials if other is not trial]
        if trial.address.state == TENTATIVE:
            trial.address.state = PREFERRED
        self.watcher.address_ready(trial.address, now)
