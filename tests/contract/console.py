"""What every Console keeps (`pymirage.device.console`). What comes out is compared by whoever can see it."""

from pymirage.device import Console
from tests.contract.expect import Make

WRITTEN = "first\nGrüße\n\x00\x7fend\n".encode()


async def writes_bytes_as_they_are(make: Make[Console]) -> None:
    """The output ends with WRITTEN."""
    console = await make()
    console.write(b"first\n")
    console.write(b"")
    for octet in "Grüße\n".encode():
        console.write(bytes((octet,)))
    console.write(b"\x00\x7fend\n")


CHECKS = (writes_bytes_as_they_are,)
