"""Our stack's own figures, after a conversation."""

from ipaddress import IPv4Interface

from pymirage.device import TcpFlow
from pymirage.driver.memory.clock import MockClock
from pymirage.driver.memory.switched_net import SwitchedNetwork
from pymirage.sched.direct_stack import DirectStack
from pymirage.sched.virtual import run_virtual
from pymirage.web.metrics import counted


def test_frames_and_connections() -> None:
    async def main() -> None:
        network = SwitchedNetwork()
        ours = await DirectStack.connect(network.station(), ipv4=IPv4Interface("10.0.0.1/24"))
        theirs = await DirectStack.connect(network.station(), ipv4=IPv4Interface("10.0.0.2/24"))

        async def serve(flow: TcpFlow) -> None:
            await flow.read()

        await ours.tcp.listen(80, serve)
        flow = await theirs.tcp.connect("10.0.0.1", 80)
        families = {family.name: family.samples for family in counted(ours)()}
        label = (("interface", "service"),)
        frames = dict(families["pymirage_net_received_frames_total"])
        assert frames[label] >= 2
        assert families["pymirage_tcp_connections"] == [((), 1)]
        await flow.close()

    run_virtual(main(), MockClock())
