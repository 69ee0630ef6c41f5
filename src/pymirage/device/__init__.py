"""Device signatures: what applications and libraries speak to, instead of to an operating system.

Each is a small abstract class in a file of its own whose docstrings are the contract: units, errors, and
whether a call waits. Implementations are in `pymirage.driver`; all of them pass the same contract checks.
"""

from pymirage.device.block import Block, BlockInfo
from pymirage.device.clock import MonotonicClock, WallClock
from pymirage.device.console import Console
from pymirage.device.count import Count
from pymirage.device.endpoint import Endpoint
from pymirage.device.flow import Flow
from pymirage.device.key_value import KeyValue, Remove, Set
from pymirage.device.key_value_reader import Entry, KeyValueReader, Kind
from pymirage.device.net import Net, NetFeatures, NetStats, Receiver
from pymirage.device.random import Random
from pymirage.device.secret import Secret
from pymirage.device.sleep import Sleep
from pymirage.device.stack import Stack
from pymirage.device.tcp import Tcp, TcpFlow, TcpListener
from pymirage.device.tcp_options import TcpOptions
from pymirage.device.udp import Udp, UdpPort

__all__ = [
    "Block",
    "BlockInfo",
    "Console",
    "Count",
    "Endpoint",
    "Entry",
    "Flow",
    "KeyValue",
    "KeyValueReader",
    "Kind",
    "MonotonicClock",
    "Net",
    "NetFeatures",
    "NetStats",
    "Random",
    "Receiver",
    "Remove",
    "Secret",
    "Set",
    "Sleep",
    "Stack",
    "Tcp",
    "TcpFlow",
    "TcpListener",
    "TcpOptions",
    "Udp",
    "UdpPort",
    "WallClock",
]
