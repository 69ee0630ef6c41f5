# pymirage: hot
"""States of the two directions of a connection; only `server.py` and `client.py` of this folder assign them.

    receiving   HEAD → BODY → DONE → HEAD …    and from anywhere to ENDED, REFUSED or SWITCHED
    sending     IDLE → OWED → BODY → DONE → IDLE …   and to CLOSED or SWITCHED

A cycle is one request and its response; the next begins when both directions are DONE.
"""

from enum import Enum


class Receiving(Enum):
    """What the peer sends next."""

    HEAD = "a start line and fields"
    BODY = "the body"
    DONE = "nothing until the cycle ends"
    ENDED = "nothing more"
    REFUSED = "nothing that we read: it broke the protocol"
    SWITCHED = "another protocol"


class Sending(Enum):
    """What we send next."""

    IDLE = "nothing is to be sent"
    OWED = "a start line and fields"
    BODY = "the body"
    DONE = "nothing until the cycle ends"
    CLOSED = "nothing more"
    SWITCHED = "another protocol"
