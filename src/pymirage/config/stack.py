"""Network stacks: our own over an Ethernet interface, or the host's sockets."""

from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface

from pymirage.config import net
from pymirage.config.catalogue import spell
from pymirage.config.choose import platform
from pymirage.config.keys import ConfigureKey, RuntimeKey, key
from pymirage.config.kinds import KindLike, address, choice, key_kind, mac
from pymirage.config.location import here
from pymirage.config.target import HOST, SOLO5
from pymirage.config.value import Choice, Implementation

AUTO = "auto"

kind = ConfigureKey(
    "net",
    key_kind(choice(AUTO, "direct", "socket")),
    AUTO,
    "which stack stack.generic(...) is: our own, or the host's sockets",
)
"""The configure key of `generic`."""


def direct(network: Implementation | Choice | None = None, group: str = "") -> Implementation:
    """Our own stack, from Ethernet to TCP, over an interface: `net.default()` unless another is given.

    Its boot keys are `ipv4`, `ipv4-gateway`, `ipv6`, `ipv6-gateway`, `dhcp`, `dns`, `route` and `mac`; with
    several stacks each has a `group`, with which the names of its keys begin.
    """
    made = "pymirage.sched.direct_stack:DirectStack"
    prefix = f"{group}-" if group else ""

    def option(word: str, kind: KindLike, help: str, *, repeated: bool = False) -> RuntimeKey:
        return key(prefix + word, kind, help=help, repeated=repeated)

    return Implementation(
        drivers=((HOST, made), (SOLO5, made)),
        type="pymirage.device.Stack",
        arguments=(net.default() if network is None else network,),
        options=(
            ("group", group),
            ("ipv4", option("ipv4", IPv4Interface, "our IPv4 address and prefix")),
            ("ipv4_gateway", option("ipv4-gateway", IPv4Address, "the IPv4 router")),
            ("ipv6", option("ipv6", IPv6Interface, "our IPv6 address and prefix", repeated=True)),
            ("ipv6_gateway", option("ipv6-gateway", IPv6Address, "the IPv6 router")),
            ("dhcp", option("dhcp", bool, "ask a DHCP server for the IPv4 address")),
            ("dns", option("dns", address, "a DNS server", repeated=True)),
            ("route", option("route", str, "another route: PREFIX,ROUTER", repeated=True)),
            ("mac", option("mac", mac, "our address on the Ethernet")),
        ),
        label=f"stack_{group}" if group else "stack",
        text=spell("stack.direct"),
        location=here(),
    )


def socket() -> Implementation:
    """The host's own network."""
    return Implementation(
        drivers=((HOST, "pymirage.sched.host_stack:HostStack"),),
        type="pymirage.device.Stack",
        instead="stack.generic()",
        label="stack",
        text="stack.socket()",
        location=here(),
    )


def generic(network: Implementation | Choice | None = None, group: str = "") -> Choice:
    """The host's network on the host's Python and our own in an image, or what the key `net` says."""
    text, location = spell("stack.generic"), here()
    ours = direct(network, group)
    cases = (("direct", ours), ("socket", socket()))
    return Choice(kind, cases, Choice(platform, ((HOST, socket()),), ours, text, location), text, location)
