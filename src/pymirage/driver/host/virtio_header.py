"""The virtio-net header that Linux puts before each frame (VirtIO 1.2 §5.1.6; linux/virtio_net.h)."""

from __future__ import annotations

import struct

# struct virtio_net_hdr: flags, gso_type, hdr_len, gso_size, csum_start, csum_offset.
_VIRTIO = struct.Struct("=BBHHHH")
_NEEDS_CHECKSUM = 1
_DATA_VALID = 2
_GSO_NONE = 0
_GSO_TCPV4 = 1
_GSO_TCPV6 = 4

SIZE = _VIRTIO.size
PLAIN = bytes(SIZE)
"""Of a frame that is complete."""

_TYPE = 12
_TAG = 4
_VLAN = b"\x81\x00"
_IPV6 = b"\x86\xdd"
_TCP_HEADER_LENGTH = 12


def header_of(frame: bytes, checksum_start: int, checksum_offset: int, segment_size: int) -> bytes:
    """What is asked for `frame`: its checksum (at `checksum_start`, 0: it is there), and its segmentation."""
    if checksum_start == 0:
        return PLAIN
    if segment_size == 0:
        return _VIRTIO.pack(_NEEDS_CHECKSUM, _GSO_NONE, 0, 0, checksum_start, checksum_offset)
    type_at = _TYPE + _TAG if frame[_TYPE : _TYPE + 2] == _VLAN else _TYPE
    kind = _GSO_TCPV6 if frame[type_at : type_at + 2] == _IPV6 else _GSO_TCPV4
    headers = checksum_start + (frame[checksum_start + _TCP_HEADER_LENGTH] >> 4) * 4
    return _VIRTIO.pack(_NEEDS_CHECKSUM, kind, headers, segment_size, checksum_start, checksum_offset)


def open_checksum(header: bytes) -> tuple[int, int] | None:
    """Where the sum of a received frame starts and belongs, when nobody has completed it."""
    flags, _, _, _, start, offset = _VIRTIO.unpack_from(header)
    return (start, offset) if flags & _NEEDS_CHECKSUM else None


def is_verified(header: bytes) -> bool:
    """Whether the checksum of the frame that begins so is good, or nobody needs it: see OffloadReceiver."""
    return bool(header[0] & (_NEEDS_CHECKSUM | _DATA_VALID))
