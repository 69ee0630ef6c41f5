"""An HTTP server for handlers."""

from pymirage.web.server.server import Server

__all__ = ["Server"]
