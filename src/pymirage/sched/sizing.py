"""How much of a small machine's memory TCP may take."""

from __future__ import annotations

from pymirage.net.tcp.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.sched.memory import MemoryUse

KIBIBYTE = 1 << 10
SMALLEST = 256 * KIBIBYTE
PER_CONNECTION = 8 * KIBIBYTE
"""The connection itself, and the objects of whoever serves it, about."""


def settings_for(use: MemoryUse) -> Settings:
    """Half of what is free for octets on their way, a quarter of that for one connection.

    The defaults where they are less, and on hosts, where memory is others' business.
    """
    settings = Settings()
    if use.limit:
        memory = max((use.limit - use.used) // 2, SMALLEST)
        settings.memory = min(settings.memory, memory)
        settings.send_maximum = min(settings.send_maximum, memory // 4)
        settings.receive_maximum = min(settings.receive_maximum, memory // 4)
        settings.receive_initial = min(settings.receive_initial, memory // 8)
        settings.connections = min(settings.connections, memory // PER_CONNECTION)
        settings.time_wait_connections = min(settings.time_wait_connections, memory // KIBIBYTE)
    return settings
