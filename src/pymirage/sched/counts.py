"""What our stack counts, as the device Stack tells it."""

from __future__ import annotations

from pymirage.device.count import Count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.sched.stack import NetStack


def counts(stack: NetStack) -> list[Count]:
    """Of every interface and of TCP."""
    found = []
    for port in stack.ports:
        interface = port.attachment.interface
        label = (("interface", interface.name),)
        counters = interface.counters
        found += [
            Count("net_received_frames", counters.received_frames, labels=label),
            Count("net_received_bytes", counters.received_octets, labels=label),
            Count("net_sent_frames", counters.sent_frames, labels=label),
            Count("net_sent_bytes", counters.sent_octets, labels=label),
        ]
        for reason, number in sorted(counters.drops.items(), key=lambda item: item[0].name):
            reasons = (*label, ("reason", reason.name.lower()))
            found.append(Count("net_dropped_packets", number, labels=reasons))
    tcp = stack.host.tcp
    return [
        *found,
        Count("tcp_connections", tcp.count(), total=False),
        Count("tcp_half_open_connections", tcp.half_open, total=False),
        Count("tcp_buffered_bytes", tcp.memory.used, total=False),
    ]
