"""Where figures come from: functions that give families when they are asked."""

from __future__ import annotations

import gc
import sys
import time

from pymirage.sched.memory import memory_use
from pymirage.web.metrics.exposition import COUNTER, GAUGE, Family

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from pymirage.device.count import Count, Counting

    Source: TypeAlias = Callable[[], list[Family]]

PREFIX = "pymirage_"


def program() -> Source:
    """Memory, the garbage collector, the interpreter and how long it runs, under Prometheus' usual names."""
    started = time.time()
    version = sys.version.split()[0]

    def families() -> list[Family]:
        use = memory_use()
        memory = Family(
            f"{PREFIX}memory_bytes", GAUGE, "Memory: the heap of an image, a process's resident set."
        )
        memory.add(use.used, ("kind", "used"))
        if use.limit:
            memory.add(use.limit, ("kind", "limit")).add(use.peak, ("kind", "peak"))
        return [
            Family("process_start_time_seconds", GAUGE, "When the program began, in seconds since 1970.").add(
                started
            ),
            Family("python_info", GAUGE, "The interpreter.").add(1, ("version", version)),
            memory,
            *_collector(),
        ]

    return families


def _collector() -> list[Family]:
    collected = Family("python_gc_objects_collected_total", COUNTER, "Objects collected in cycles.")
    uncollectable = Family("python_gc_objects_uncollectable_total", COUNTER, "Objects that cannot be freed.")
    collections = Family("python_gc_collections_total", COUNTER, "Runs of the garbage collector.")
    for generation, figures in enumerate(gc.get_stats()):
        label = ("generation", str(generation))
        collected.add(figures["collected"], label)
        uncollectable.add(figures["uncollectable"], label)
        collections.add(figures["collections"], label)
    return [collected, uncollectable, collections]


def counted(*devices: Counting) -> Source:
    """What devices count: a stack (frames, octets, drops by reason), a server (connections, requests)."""
    return lambda: of_counts(count for device in devices for count in device.counts())


_HELP = {
    "net_dropped_packets": "Packets that the stack dropped, by reason.",
    "net_received_bytes": "Octets of the frames received.",
    "net_received_frames": "Frames received.",
    "net_sent_bytes": "Octets of the frames sent.",
    "net_sent_frames": "Frames sent.",
    "tcp_buffered_bytes": "Octets that all connections hold.",
    "tcp_connections": "Connections in all states.",
    "tcp_half_open_connections": "Connections whose handshake is not complete.",
}


def of_counts(counts: Iterable[Count]) -> list[Family]:
    """Figures of a device, one family for each name."""
    families: dict[str, Family] = {}
    for count in counts:
        name = f"{PREFIX}{count.name}{'_total' if count.total else ''}"
        if name not in families:
            help = _HELP.get(count.name, count.name.replace("_", " "))
            families[name] = Family(name, COUNTER if count.total else GAUGE, help)
        families[name].add(count.value, *count.labels)
    return list(families.values())
