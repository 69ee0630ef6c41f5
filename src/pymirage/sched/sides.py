"""The stacks under asyncio's functions: which one an address belongs to, and which one leads to a peer."""

from __future__ import annotations

from pymirage.net.loopback import is_loopback
from pymirage.net.path import Path
from pymirage.net.selection import order_destinations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.sched.resolving import Resolving
    from pymirage.sched.stack import NetStack


class Sides:
    """Stacks with their resolvers, in the order in which they were connected; most programs have one."""

    def __init__(self, stack: NetStack, resolving: Resolving) -> None:
        self._sides = [(stack, resolving)]

    def add(self, stack: NetStack, resolving: Resolving) -> None:
        self._sides.append((stack, resolving))

    def remove(self, stack: NetStack) -> bool:
        """False when it was the last."""
        self._sides = [side for side in self._sides if side[0] is not stack]
        return bool(self._sides)

    @property
    def stacks(self) -> list[NetStack]:
        return [stack for stack, _ in self._sides]

    def owner(self, address: bytes) -> NetStack | None:
        """The stack that has an address; loopback's are the first one's."""
        if is_loopback(address):
            return self.stacks[0]
        return next((stack for stack in self.stacks if stack.host.addresses.owner(address)), None)

    def towards(self, destination: bytes, local: bytes = b"") -> NetStack:
        """The stack to reach a destination by: the owner of `local`, else the one with the best route.

        The longest prefix wins, then the lower metric, then who was connected first, as within one stack.
        """
        if len(self._sides) == 1:
            return self._sides[0][0]
        if local:
            owner = self.owner(local)
            if owner is not None:
                return owner
        best, best_rank = self._sides[0][0], (-1, 0)
        for stack, _ in self._sides:
            route = stack.host.routing.table.lookup(destination)
            rank = (-1, 0) if route is None else (int(route.length), -int(route.metric))
            if rank > best_rank:
                best, best_rank = stack, rank
        return best

    def source(self, destination: bytes) -> bytes:
        """The address that we would speak from; empty when there is no way."""
        stack = self.towards(destination)
        path = stack.host.routing.path(destination, b"", stack.now())
        return path.source if isinstance(path, Path) else b""

    def in_order(self, destinations: list[bytes]) -> list[bytes]:
        """Destinations, best first (RFC 6724 §6), by the addresses that we would speak from."""
        return order_destinations([(each, self.source(each)) for each in destinations])

    def resolvers(self) -> list[Resolving]:
        """Those that know a server, in order; at least one, which can say that it knows none."""
        every = [resolving for _, resolving in self._sides]
        return [resolving for resolving in every if resolving.core.servers.all()] or every[:1]
