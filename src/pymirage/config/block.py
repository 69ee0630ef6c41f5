"""Block devices."""

from pymirage.config.catalogue import driver, spell
from pymirage.config.value import Attached, Attachment, Implementation


def default(name: str = "storage") -> Implementation:
    """The block device that the tender attaches under this name (`run --block NAME=FILE`)."""
    return driver(
        "Block",
        host="host.block:FileBlock",
        solo5="solo5.block:Solo5Block",
        label=f"block_{name}",
        text=spell("block.default", name),
        arguments=(Attached(name),),
        attachment=Attachment(name, Attachment.BLOCK),
    )
