"""How much of a small machine's memory TCP may take."""

from __future__ import annotations

from pymirage.net.tcp.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.sched.memory import MemoryUse

KIBIBYTE = 1 << 10
SMALLEST = 1024 * KIBIBYTE
PER_CONNECTION = 24 * KIBIBYTE
"""The objects of a connection and of whoever serves it, and the piece that waits for a slow peer, about."""


def settings_for(use: MemoryUse) -> Settings:
    """A quarter of what is free for octets on their way, half of it for all that connections take besides.

    The defaults where they are less, and on hosts, where memory is others' business.
    """
    settings = Settings()
    if use.limit:
        free = max(use.limit - use.used, SMALLEST)
        memory = free // 4
        settings.memory = min(settings.memory, memory)
        settings.send_maximum = min(settings.send_maximum, memory // 4)
        settings.receive_maximum = min(settings.receive_maximum, memory // 4)
        settings.receive_initial = min(settings.receive_initial, memory // 8)
        settings.connections = min(settings.connections, free // 2 // PER_CONNECTION)
        settings.time_wait_connections = min(settings.time_wait_connections, free // 4 // KIBIBYTE)
    return settings
