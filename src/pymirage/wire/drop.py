# pymirage: hot
"""Why a packet was dropped: a closed list, so that counters and logs name every reason.

Parsers and handlers return a reason instead of raising: a refusal costs a comparison.
The value is the name under which the reason is counted and printed.
"""

from enum import Enum


class Drop(Enum):
    """One reason for dropping a frame, packet or segment."""

    # Any layer.
    TRUNCATED = "shorter than its header says"
    LENGTH = "length field contradicts the data"
    VERSION = "unknown version of the protocol"
    CHECKSUM = "checksum is wrong"
    FIELD = "field holds a value that its standard forbids"

    # Ethernet.
    OTHER_STATION = "destination MAC address is not ours"
    SOURCE_STATION = "source MAC address is a group address"
    ETHERTYPE = "no handler for the EtherType"
    VLAN = "no interface for the VLAN"

    # IPv4 and IPv6.
    NOT_OURS = "destination address is not ours"
    MARTIAN = "address that cannot occur there"
    OPTIONS = "malformed or refused IP options or extension headers"
    PROTOCOL = "no handler for the protocol"
    FRAGMENT = "malformed or overlapping fragment"
    FRAGMENT_LIMIT = "no room for another fragment"
    NO_ROUTE = "no route to the destination"
    TOO_BIG = "larger than the path and may not be fragmented"
    HOP_LIMIT = "hop limit that its standard forbids"

    # Neighbours.
    ARP_FORMAT = "ARP for other hardware or protocol types"
    NEIGHBOUR_LIMIT = "no room to wait for the neighbour's address"
    NEIGHBOUR_FAILED = "the neighbour did not answer"

    # ICMP, UDP.
    ICMP_TYPE = "ICMP message of no use here"
    ICMP_UNRELATED = "ICMP error about nothing that we sent"
    RATE = "over the rate that is served"
    NO_PORT = "nobody listens on the port"

    # TCP.
    TCP_OPTIONS = "malformed TCP options"
    TCP_FLAGS = "flags that contradict each other"
    TCP_NO_CONNECTION = "segment for no connection"
    TCP_SEQUENCE = "segment outside the receive window"
    TCP_TIMESTAMP = "timestamp older than the last one (PAWS)"
    TCP_ACK = "acknowledges what was never sent"
    TCP_RESET = "reset that does not match exactly"
    TCP_TIME_WAIT = "reset of a connection that has ended (RFC 1337)"
    TCP_SYN = "SYN on a synchronised connection"
    TCP_BACKLOG = "listener's backlog is full"
    TCP_COOKIE = "acknowledges no SYN cookie of ours"
    TCP_MEMORY = "over the memory for received data"
    TCP_AFTER_CLOSE = "data after the receiver closed"
