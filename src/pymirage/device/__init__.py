"""Device signatures: what applications and libraries speak to, instead of to an operating system.

Each is a small abstract class in a file of its own whose docstrings are the contract: units, errors, and
whether a call waits. Implementations are in `pymirage.driver`; all of them pass the same contract checks.
"""

from pymirage.device.block import Block, BlockInfo
from pymirage.device.clock import MonotonicClock, WallClock
from pymirage.device.console import Console
from pymirage.device.flow import Flow
from pymirage.device.key_value import KeyValue, Remove, Set
from pymirage.device.key_value_reader import Entry, KeyValueReader, Kind
from pymirage.device.net import Net, NetFeatures, NetStats, Receiver
from pymirage.device.random import Random
from pymirage.device.sleep import Sleep

__all__ = [
    "Block",
    "BlockInfo",
    "Console",
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
    "Set",
    "Sleep",
    "WallClock",
]
