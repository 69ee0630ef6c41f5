"""Network interfaces."""

from pymirage.config.catalogue import driver, spell
from pymirage.config.error import ConfigError
from pymirage.config.location import here
from pymirage.config.target import HOST, SOLO5
from pymirage.config.value import Attached, Attachment, Choice, Implementation


def default(name: str = "service") -> Implementation:
    """The interface that the tender attaches under this name (`run --net NAME=tap:DEVICE`)."""
    return driver(
        "Net",
        host="host.interface:Interface",
        solo5="solo5.net:Solo5Net",
        label=f"net_{name}",
        text=spell("net.default", *([] if name == "service" else [name])),
        arguments=(Attached(name),),
        attachment=Attachment(name, Attachment.NET),
    )


def vlan(network: Implementation | Choice, identifier: int, *, priority: int = 0) -> Implementation:
    """One VLAN of an interface (IEEE 802.1Q), 1 to 4094: an interface of its own, whose frames are tagged.

    Several of them share the interface, which must not be used directly then: `net.untagged(network)` is what
    carries no tag. `priority` is that of frames that are sent, 0 to 7.
    """
    if isinstance(identifier, bool) or not isinstance(identifier, int) or not 1 <= identifier <= 4094:
        raise ConfigError(here(), f"{identifier!r} is no number of a VLAN: 1 to 4094")
    if isinstance(priority, bool) or not isinstance(priority, int) or not 0 <= priority <= 7:
        raise ConfigError(here(), f"{priority!r} is no priority of a VLAN: 0 to 7")
    return _tagged(network, identifier, priority, spell("net.vlan", network, identifier))


def untagged(network: Implementation | Choice) -> Implementation:
    """What carries no VLAN tag on an interface of which `net.vlan` takes the rest."""
    return _tagged(network, 0, 0, spell("net.untagged", network))


def _tagged(network: Implementation | Choice, identifier: int, priority: int, text: str) -> Implementation:
    """Interfaces of one trunk share it: equal implementations are one device."""
    module = "pymirage.driver.middleware.vlan"
    trunk = Implementation(
        drivers=((HOST, f"{module}:Trunk"), (SOLO5, f"{module}:Trunk")),
        type=f"{module}.Trunk",
        arguments=(network,),
        label="trunk",
        text=f"all VLANs of {network.text}",
        location=here(),
    )
    return Implementation(
        drivers=((HOST, f"{module}:VlanNet"), (SOLO5, f"{module}:VlanNet")),
        type="pymirage.device.Net",
        arguments=(trunk, identifier),
        options=(("priority", priority),) if priority else (),
        label=f"vlan_{identifier}" if identifier else "untagged",
        text=text,
        location=here(),
    )
