# pymirage: hot
"""Why a connection ended without a proper close, or was not begun."""

from enum import Enum


class Failure(Enum):
    """The value is the message for people."""

    REFUSED = "the peer refused the connection"
    RESET = "the peer reset the connection"
    TIMED_OUT = "the peer did not answer in time"
    UNREACHABLE = "the network reports that the peer cannot be reached"
    NO_ROUTE = "no route to the peer"
    IN_USE = "the port is in use"
    NO_PORT = "no local port is free"
    NO_MEMORY = "as many connections as allowed are open"
    ABORTED = "closed here before everything was sent"
