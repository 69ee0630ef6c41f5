"""The metrics page, as Prometheus' own client reads it."""

import asyncio
from typing import Any

import pytest

from pymirage.device import Count
from pymirage.web.metrics import Metrics, program
from pymirage.web.metrics.exposition import COUNTER, GAUGE, Family, emit
from pymirage.web.metrics.sources import of_counts
from tests.web.files.asking import ask

parser: Any = pytest.importorskip("prometheus_client.parser", reason="pip install prometheus_client")


def read(text: str) -> dict[str, Any]:
    return {family.name: family for family in parser.text_string_to_metric_families(text)}


def test_the_format() -> None:
    strange = 'a "b" \\ c\nd'
    families = [
        Family("one", GAUGE, strange).add(1.5),
        Family("two_total", COUNTER, "Two.").add(2, ("a", strange), ("b", "")).add(1 << 60, ("a", "x")),
        Family("none", GAUGE, "No samples."),
    ]
    found = read(emit(families))
    assert set(found) == {"one", "two"}
    assert (found["one"].type, found["one"].documentation) == ("gauge", strange)
    assert found["one"].samples[0].value == 1.5
    first, second = found["two"].samples
    assert first.labels == {"a": strange, "b": ""} and first.value == 2
    assert second.labels == {"a": "x"} and second.value == float(1 << 60)


def test_what_a_device_counts() -> None:
    label = ("interface", "service")
    families = of_counts([
        Count("net_received_frames", 3, labels=(label,)),
        Count("net_dropped_packets", 1, labels=(label, ("reason", "checksum"))),
        Count("net_dropped_packets", 2, labels=(label, ("reason", "not_ours"))),
        Count("tcp_connections", 4, total=False),
        Count("strange_things", 5),
    ])  # fmt: skip
    found = read(emit(families))
    assert {name: family.type for name, family in found.items()} == {
        "pymirage_net_received_frames": "counter",
        "pymirage_net_dropped_packets": "counter",
        "pymirage_tcp_connections": "gauge",
        "pymirage_strange_things": "counter",
    }
    assert [each.labels["reason"] for each in found["pymirage_net_dropped_packets"].samples] == [
        "checksum",
        "not_ours",
    ]


def test_the_page() -> None:
    async def run() -> None:
        handler = Metrics(program())
        answer = await ask(handler, "/metrics")
        assert (answer.status, answer["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
        found = read(answer.body.decode())
        assert found["pymirage_memory_bytes"].samples[0].value > 1 << 20
        assert len(found["python_gc_collections"].samples) == 3
        assert found["process_start_time_seconds"].samples[0].value > 1_700_000_000
        assert (await ask(handler, "/metrics", method="POST")).status == 405

    asyncio.run(run())
