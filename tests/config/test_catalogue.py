"""Every device of the catalogue has drivers whose signatures accept what the catalogue passes them."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import pymirage
from pymirage.config import block, clock, console, info, kv, net, random, sleep, stack, tls
from pymirage.config.graph import Builder
from pymirage.config.names import Sources
from pymirage.config.target import HOST, SOLO5, TARGETS
from pymirage.config.value import Implementation, Unikernel

SOURCE = "async def main(device: object) -> None: ...\n"
ROOT = Path(inspect.getfile(pymirage)).parents[1]

DEVICES = [
    block.default("disk"),
    clock.monotonic(),
    clock.wall(),
    console.default(),
    info.default(),
    info.described(),
    kv.crunch("htdocs"),
    kv.directory("htdocs"),
    kv.directory("htdocs", write=True),
    kv.tar(block.default()),
    kv.fat(block.partition(block.default(), 1)),
    kv.littlefs(block.part(block.default(), 10, 1000)),
    kv.memory(),
    kv.prefix(kv.memory(), "users"),
    kv.overlay(kv.memory(), kv.crunch("htdocs")),
    kv.cache(kv.fat(block.cache(block.default(), 65536)), 65536),
    block.memory(2048),
    block.part(block.default("disk"), 10, 1000),
    block.partition(block.default("disk"), "data"),
    block.read_only(block.default("disk")),
    block.cache(block.memory(2048), 65536),
    net.default(),
    net.vlan(net.default(), 42),
    net.vlan(net.default(), 42, priority=5),
    net.untagged(net.default()),
    random.default(),
    sleep.default(),
    stack.direct(),
    stack.direct(net.default("lan")),
    stack.direct(net.vlan(net.default("lan"), 7), group="seven"),
    stack.socket(),
    tls.server(stack.direct(), kv.crunch("secrets"), "one", "two", protocols="h2 http/1.1", clients="ca.pem"),
    tls.client(stack.direct(), tls.mozilla(), "cacert.pem"),
    tls.mozilla(),
]


@pytest.mark.parametrize("platform", [HOST, SOLO5])
@pytest.mark.parametrize("value", DEVICES, ids=lambda value: value.text)
def test_drivers_fit(value: Implementation, platform: str, tmp_path: Path) -> None:
    if value.drivers and value.driver(platform) is None:
        pytest.skip(f"{value.text} has no driver on this platform, and says what to use instead")
    (tmp_path / "unikernel.py").write_text(SOURCE)
    sources = Sources([tmp_path, ROOT])
    graph = Builder(sources, TARGETS["hvt"], platform, {}).build(
        "demo", Unikernel("unikernel:main", (value,), ())
    )
    device = graph.device(value)
    assert value.type is not None and sources.definition(value.type) is not None
    if device.signature is not None and device.signature.result is not None:
        assert sources.canonical(value.type) in sources.ancestors(device.signature.result)
