# pymirage: hot
"""Signatures of what a connection and a listener tell the layer above."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from mypy_extensions import mypyc_attr

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection
    from pymirage.net.tcp.failure import Failure


@mypyc_attr(allow_interpreted_subclasses=True)
class ConnectionHandler(ABC):
    """Called when a segment or a timer is done with: every method of the connection may be used."""

    @abstractmethod
    def on_connected(self, connection: "Connection") -> None:
        """The connection is established: it can be read and written."""

    @abstractmethod
    def on_readable(self, connection: "Connection") -> None:
        """New data can be read, or the peer ended its stream: then `at_end` is true once all is read."""

    @abstractmethod
    def on_writable(self, connection: "Connection") -> None:
        """There is room again after a `write` took less than it was given."""

    @abstractmethod
    def on_closed(self, connection: "Connection") -> None:
        """Both directions ended properly; nothing more will be called."""

    @abstractmethod
    def on_error(self, connection: "Connection", failure: "Failure") -> None:
        """The connection is gone; nothing more will be called."""


@mypyc_attr(allow_interpreted_subclasses=True)
class ListenHandler(ABC):
    """Told of each connection that a listener established."""

    @abstractmethod
    def on_accept(self, connection: "Connection") -> ConnectionHandler:
        """A client connected: who handles it. `on_connected` of that handler follows."""
