# pymirage: hot
"""ICMPv4 redirects: RFC 1122 §3.2.2.2 and §3.3.1.2. Refused unless configuration wants them: they are
unauthenticated, and networks of today have no use for them."""

from typing import Final, final

from mypy_extensions import i64

from pymirage.net.icmp import RedirectListener
from pymirage.net.route import matches
from pymirage.net.router_discovery import add_redirect
from pymirage.net.routing import Routing
from pymirage.wire.drop import Drop


@final
class RedirectsV4(RedirectListener):
    """Only the gateway in use may name another one, and only one on our link."""

    def __init__(self, routing: Routing) -> None:
        self.routing: Final = routing

    def redirected(self, router: bytes, gateway: bytes, destination: bytes, now: i64) -> Drop | None:
        """One redirect whose quoted packet was ours."""
        current = self.routing.table.lookup(destination)
        if current is None or current.gateway != router or gateway == router:
            return Drop.ICMP_UNRELATED
        interface = self.routing.interfaces[current.interface]
        for one in self.routing.addresses.local:
            if one.interface is interface and matches(gateway, one.address, one.length):
                if gateway == one.address:
                    return Drop.MARTIAN
                return add_redirect(self.routing, destination, gateway, current.interface, now)
        return Drop.MARTIAN
