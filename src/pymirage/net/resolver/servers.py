"""Which DNS server is asked first: the order of configuration, those that failed lately at the end."""

from typing import Final, final

SECOND: Final = 1_000_000_000
PENALTY: Final = 30 * SECOND
MAXIMUM: Final = 8


@final
class Servers:
    """The servers from every source: configuration, DHCP, router advertisements."""

    def __init__(self) -> None:
        self.by_source: dict[str, tuple[bytes, ...]] = {}
        self.failed_at: dict[bytes, int] = {}

    def set(self, source: str, servers: tuple[bytes, ...]) -> None:
        """Replace what one source gave."""
        self.by_source[source] = servers
        known = set(self.all())
        self.failed_at = {server: at for server, at in self.failed_at.items() if server in known}

    def all(self) -> tuple[bytes, ...]:
        """Without repetition, bounded."""
        every = [server for servers in self.by_source.values() for server in servers]
        return tuple(dict.fromkeys(every))[:MAXIMUM]

    def in_order(self, now: int) -> tuple[bytes, ...]:
        """Those to ask, best first."""
        return tuple(
            sorted(self.all(), key=lambda server: self.failed_at.get(server, -PENALTY) + PENALTY > now)
        )

    def failed(self, server: bytes, now: int) -> None:
        """It did not answer, or not usefully."""
        if server in self.all():
            self.failed_at[server] = now

    def answered(self, server: bytes) -> None:
        """It works."""
        self.failed_at.pop(server, None)
