# pymirage: hot
"""What a server counts."""

from typing import final

from pymirage.device.count import Count
from pymirage.protocol.http.refusal import Refusal


@final
class Counters:
    """Since the server began, except those named open and active, which are now."""

    def __init__(self) -> None:
        self.connections = 0
        self.connections_open = 0
        self.connections_refused = 0
        """For want of room."""
        self.requests = 0
        self.requests_active = 0
        self.responses = [0] * 10
        """By the first digit of the status."""
        self.received = 0
        self.sent = 0
        self.refusals: dict[Refusal, int] = {}
        self.timeouts: dict[str, int] = {}
        """By what the server waited for: idle, head, body, send."""
        self.failures = 0
        """Handlers that raised."""
        self.broken = 0
        """Connections that ended in the middle of a request or response."""

    def count_refusal(self, refusal: Refusal) -> None:
        self.refusals[refusal] = self.refusals.get(refusal, 0) + 1

    def count_timeout(self, wait: str) -> None:
        self.timeouts[wait] = self.timeouts.get(wait, 0) + 1

    def counts(self) -> list[Count]:
        """As the metrics page takes them."""
        found = [
            Count("http_connections", self.connections),
            Count("http_open_connections", self.connections_open, total=False),
            Count("http_refused_connections", self.connections_refused),
            Count("http_broken_connections", self.broken),
            Count("http_requests", self.requests),
            Count("http_active_requests", self.requests_active, total=False),
            Count("http_received_bytes", self.received),
            Count("http_sent_bytes", self.sent),
            Count("http_handler_failures", self.failures),
        ]
        for digit in range(1, 6):
            found.append(Count("http_responses", self.responses[digit], labels=(("status", f"{digit}xx"),)))
        for refusal, number in self.refusals.items():
            found.append(Count("http_bad_requests", number, labels=(("reason", refusal.reason()),)))
        for wait, number in self.timeouts.items():
            found.append(Count("http_timeouts", number, labels=(("wait", wait),)))
        return found
