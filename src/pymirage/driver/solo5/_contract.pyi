"""The platform contract as Python sees it: a C module that exists in images only (runtime/python/contract).

Times are nanoseconds, sizes and offsets octets. A handle comes from an `acquire` function. What the host
refuses raises OSError with a sentence for its reader; wrong arguments raise TypeError or ValueError.
"""

from collections.abc import Callable
from typing import NoReturn

from typing_extensions import Buffer

def console_write(data: Buffer, /) -> None:
    """Write to the host's standard output. Best effort: never fails, bytes may be lost."""

def clock_monotonic() -> int:
    """Time since an unspecified moment; never goes back. Cheap."""

def start_moment() -> int:
    """What `clock_monotonic()` was when this boot's first C code ran."""

def clock_wall() -> int:
    """Time since 1970-01-01 UTC, as the host believes now."""

def yield_until(deadline: int, /) -> int:
    """Sleep until `clock_monotonic()` reaches `deadline` or a frame has come, whichever is first.

    Answers the set of network devices with frames to read: bit n is handle n. May return early with an
    empty set. Bit 0, which is no device's, says once that the host asks the image to end.
    """

def initialised(start: Callable[[], object], /) -> bool:
    """Whether the image is being built; then `start` is called at each of its boots, and once, on a platform
    that is none, when the image has been saved, to see what it runs and which pages it writes to.

    As long as it is, everything here but the console and the embedded files raises RuntimeError.
    """

def net_acquire(name: str, /) -> tuple[int, bytes, int, int]:
    """Open a network device of the manifest: its handle, MAC address (6 octets), MTU and features.

    The features are a sum of `net.link`'s constants; 0 when the device carries plain frames only.
    """

def net_offload(handle: int, wanted: bool, /) -> None:
    """Say whether received frames may be long (64 KiB) and have open checksums; at first they may not.

    OSError when the device has no features.
    """

def net_read(handle: int, /) -> tuple[list[bytes], int]:
    """Receive the Ethernet frames that are waiting, at most 32 of them.

    Bit n of the integer: the TCP or UDP checksum of frame n is known to be good, or was left open because
    the frame crossed no wire.
    """

def net_write(
    handle: int,
    frame: Buffer,
    checksum_start: int = 0,
    checksum_offset: int = 0,
    segment_size: int = 0,
    /,
) -> bool:
    """Send one Ethernet frame; False when the device has no room for it now.

    Two arguments, or all five. A frame has at most MTU + 14 octets, and 65549 when it is to be cut
    (segment_size is not 0). OSError when the device refuses it: too long, or no such features.
    """

def net_counts(handle: int, /) -> tuple[int, int, int, int, int]:
    """Frames and octets received, frames and octets sent, frames that the device had no room for."""

def block_acquire(name: str, /) -> tuple[int, int, int]:
    """Open a block device of the manifest: its handle, capacity and sector size."""

def block_read(handle: int, offset: int, size: int, /) -> bytes:
    """Read whole sectors."""

def block_write(handle: int, offset: int, data: Buffer, /) -> None:
    """Write whole sectors."""

def block_flush(handle: int, /) -> None:
    """Return when all that was written is on the host's stable storage (where the tender can do that)."""

def block_discard(handle: int, offset: int, size: int, /) -> None:
    """Say that whole sectors are of no use any more; a hint. What is read there afterwards is anything."""

def entropy(size: int, /) -> bytes:
    """Octets fit for keys, from the processor or the host. OSError when there are none: never a constant."""

def command_line() -> str:
    """The arguments as one line, quoted as a POSIX shell would. Octets that are not UTF-8 are surrogates."""

def target() -> str:
    """`unix`, `spt`, `hvt` or `virtio`."""

def exit(status: int, /) -> NoReturn:
    """End the image at once, with a status between 0 and 255; nothing is flushed or cleaned up."""

def abort() -> NoReturn:
    """End the image at once with status 255."""

def memory() -> tuple[int, int, int]:
    """The heap: its size, how much of it is in use, and how much was at most."""

def crunched(table: str, /) -> tuple[tuple[str, memoryview, bytes], ...]:
    """The files embedded under `table`, sorted: name, content (not copied), SHA-256. KeyError: none such."""
