"""Three networks: an interface of its own, and an interface with a VLAN beside what has no tag."""

from pymirage.config import net, stack, unikernel

trunk = net.default("trunk")

networks = unikernel(
    "unikernel:main",
    stack.direct(net.default("lan"), group="lan"),
    stack.direct(net.untagged(trunk), group="plain"),
    stack.direct(net.vlan(trunk, 42), group="guest"),
)
