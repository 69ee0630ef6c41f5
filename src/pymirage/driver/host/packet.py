"""An interface of the host by a raw packet socket (packet(7)), where no TAP interface is wanted.

We are one more station on that interface's network, under an address of our own. The host's own frames there
are not seen, nor ours by the host: to speak with the host itself, use the other end of a veth pair, or a TAP.

Linux keeps local frames in one piece and their checksums open until they reach a wire, so the socket is asked
for virtio-net headers, which tell; and it takes VLAN tags off, so it is asked for those, too.
"""

from __future__ import annotations

import errno
import os
import socket
import struct

from pymirage.driver.host import virtio_header
from pymirage.driver.host.net import mtu_of, random_address
from pymirage.driver.host.virtio_net import LARGEST, VirtioNet
from pymirage.error import DeviceError

# linux/if_ether.h, linux/if_packet.h, linux/socket.h
_ETH_P_ALL = 0x0003
_SOL_PACKET = 263
_PACKET_ADD_MEMBERSHIP = 1
_PACKET_AUXDATA = 8
_PACKET_VNET_HDR = 15
_PACKET_IGNORE_OUTGOING = 23
_PACKET_MR_PROMISC = 1

# struct tpacket_auxdata: status, length, captured, link, network, VLAN tag control, VLAN protocol.
_AUXDATA = struct.Struct("=IIIHHHH")
_ROOM_BESIDE = socket.CMSG_SPACE(_AUXDATA.size)
_STATUS_VLAN_VALID = 1 << 4
_ADDRESSES = 12

_ROOM = virtio_header.SIZE + LARGEST


class PacketNet(VirtioNet):
    """A station on the network of an interface of the host."""

    unplugged = errno.ENETDOWN

    def __init__(self, name: str, raw: socket.socket, mac: bytes, mtu: int) -> None:
        super().__init__(name, raw.fileno(), mac, mtu)
        self._raw = raw

    @classmethod
    async def connect(cls, name: str, mac: bytes = b"") -> PacketNet:
        """Opens the interface `name`, under `mac` or an address of its own; DeviceError names the remedy."""
        net = cls(name, _open(name), mac or random_address(), mtu_of(name))
        net.attach()
        return net

    def _put(self, header: bytes, frame: bytes) -> None:
        self._raw.sendmsg((header, frame))

    def _take(self) -> bytes:
        data, beside, _, _ = self._raw.recvmsg(_ROOM, _ROOM_BESIDE)
        frame = virtio_header.SIZE
        # The interface hands up everything; groups are for all.
        if data[frame : frame + 6] != self._mac and not data[frame] & 1:
            return b""
        for level, kind, value in beside:
            if (level, kind) == (_SOL_PACKET, _PACKET_AUXDATA):
                status, _, _, _, _, control, protocol = _AUXDATA.unpack_from(value)
                if status & _STATUS_VLAN_VALID:
                    return with_tag(data, frame + _ADDRESSES, protocol, control)
        return data

    def _close(self) -> None:
        self._raw.close()


def with_tag(data: bytes, at: int, protocol: int, control: int) -> bytes:
    """A VLAN tag that the interface took off, put back."""
    return data[:at] + struct.pack("!HH", protocol, control) + data[at:]


def _open(name: str) -> socket.socket:
    try:
        index = socket.if_nametoindex(name)
    except OSError as error:
        known = ", ".join(sorted(known for _, known in socket.if_nameindex()))
        raise DeviceError(error.errno, f"there is no interface {name!r}: there are {known}") from error
    try:
        # Protocol 0 receives nothing yet: what other interfaces get must not come in before `bind`.
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    except PermissionError as error:
        remedy = (
            f"run as root, or attach a TAP interface: `sudo ip tuntap add dev {name}-tap mode tap user $USER`"
        )
        raise DeviceError(error.errno, f"raw sockets are not permitted: {remedy}") from error
    try:
        raw.setsockopt(_SOL_PACKET, _PACKET_VNET_HDR, 1)
        raw.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
        raw.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
        # Our address is not the interface's own.
        everything = struct.pack("iHH8x", index, _PACKET_MR_PROMISC, 0)
        raw.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, everything)
        raw.bind((name, _ETH_P_ALL))
    except OSError as error:
        raw.close()
        raise DeviceError(
            error.errno, f"cannot attach interface {name!r}: {os.strerror(error.errno or 0)}"
        ) from error
    return raw
