"""Whether a frame fits an interface: asked by every network driver before it sends."""

from pymirage.error import UsageError

HEADER = 14


def check_frame(frame: bytes, mtu: int) -> None:
    if not HEADER <= len(frame) <= HEADER + mtu:
        raise UsageError(f"a frame of {len(frame)} bytes: this interface takes {HEADER} to {HEADER + mtu}")
