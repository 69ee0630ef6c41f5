"""The three kinds of error, told apart by who must act.

None of them is raised per packet: a bad packet is a returned value and a counter.
"""


class PeerError(Exception):
    """The other side broke its protocol: close the conversation and count it."""


class UsageError(Exception):
    """The caller misused an interface: the message says what to write instead."""


class ArgumentError(UsageError):
    """The boot command line is wrong; the message is one line that names the key and what was expected."""


class DeviceError(OSError):
    """The host failed to do what a device promises: report it; a restart may help."""
