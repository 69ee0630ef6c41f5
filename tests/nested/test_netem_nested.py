"""Streams between an image and a Linux that spoils what it sends with its own netem (tc-netem(8))."""

import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from tests.boot_images.harness import Lab, cannot_run
from tests.nested import machine

pytestmark = pytest.mark.timeout(machine.PATIENCE + 600)

APP = Path(__file__).parents[2] / "bench" / "apps" / "network"
BLOCK = bytes(range(256)) * 256
BLOCKS = 16
KINDS = ("loss 5%", "duplicate 5%", "corrupt 2%", "delay 50ms", "delay 10ms reorder 25% 50%")
SCRIPT = """
tunctl -t tap0
ip link set tap0 up
ip address add 10.0.0.1/24 dev tap0
/image --net:service=tap0 > /console &
until grep -q ready /console; do usleep 100000; done
(echo -n '#'; head -c 1000000 /dev/urandom) > /data
sha256sum /data
NETEM
kill %1
"""
ONE = """
echo "kind {kind}"
/tc qdisc replace dev tap0 root netem {kind}
nc 10.0.0.2 9 < /data
echo {blocks} | nc 10.0.0.2 19 | sha256sum
"""


def test_netem(tmp_path: Path) -> None:
    reason = cannot_run("unix")
    tc = shutil.which("tc")
    if reason is not None or tc is None:
        pytest.skip(reason or "tc is not installed")
    try:
        machine.parts()
    except machine.Unavailable as missing:
        pytest.skip(str(missing))
    image = Lab("unix", tmp_path).build(APP, "--net=direct")
    script = SCRIPT.replace("NETEM", "".join(ONE.format(kind=kind, blocks=BLOCKS) for kind in KINDS))
    said = machine.run({"image": image.path, "tc": Path(tc)}, script)
    into = next(line.split()[0] for line in said.splitlines() if line.endswith("/data"))
    out_of = sha256(BLOCK * BLOCKS).hexdigest()
    parts = said.split("kind ")[1:]
    assert len(parts) == len(KINDS), said
    for part in parts:
        assert f"1000001 {into}" in part, said
        assert out_of in part, said
