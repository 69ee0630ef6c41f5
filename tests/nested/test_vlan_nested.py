"""An image on a VLAN of Linux's own, in a machine whose kernel has them: it makes tags, and takes ours."""

from pathlib import Path

import pytest

from tests.boot_images.harness import Lab, cannot_run
from tests.nested import machine

pytestmark = pytest.mark.timeout(machine.PATIENCE + 600)

APP = Path(__file__).parents[1] / "boot_images" / "apps" / "networks"
MUCH = 1 << 20
SCRIPT = """
for tap in lan trunk; do tunctl -t $tap; ip link set $tap up; done
vconfig add trunk 42
ip link set trunk.42 up
ip address add 10.9.0.1/24 dev lan
ip address add 10.10.0.1/24 dev trunk
ip address add 10.42.0.1/24 dev trunk.42
/image --net:lan=lan --net:trunk=trunk -- --lan-ipv4=10.9.0.2/24 --plain-ipv4=10.10.0.2/24 \\
  --guest-ipv4=10.42.0.2/24 > /console &
until grep -q ready /console; do usleep 100000; done
for network in 10.9.0 10.10.0 10.42.0; do
  ping -c 2 -i 0.2 -s 1472 $network.2
  ping -c 2 -i 0.2 -s 4000 $network.2
  wget -q -O - http://$network.2/
  wget -q -O - http://$network.2/much | wc -c
done
kill %1
"""


def test_vlan(tmp_path: Path) -> None:
    reason = cannot_run("unix")
    if reason is not None:
        pytest.skip(reason)
    try:
        machine.parts()
    except machine.Unavailable as missing:
        pytest.skip(str(missing))
    image = Lab("unix", tmp_path).build(APP)
    said = machine.run({"image": image.path}, SCRIPT)
    assert said.count("2 packets transmitted, 2 packets received") == 6, said
    for network in ("10.9.0", "10.10.0", "10.42.0"):
        assert f"called at {network}.2 80" in said, said
    sizes = [int(line) for line in said.splitlines() if line.isdecimal()]
    assert len(sizes) == 3 and min(sizes) > MUCH, said
