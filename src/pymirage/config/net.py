"""Network interfaces."""

from pymirage.config.catalogue import driver, spell
from pymirage.config.value import Attached, Attachment, Implementation


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
