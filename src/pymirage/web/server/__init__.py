"""An HTTP server for handlers."""

from pymirage.web.server.access import AccessLog
from pymirage.web.server.counters import Counters
from pymirage.web.server.server import Server
from pymirage.web.server.settings import Settings

__all__ = ["AccessLog", "Counters", "Server", "Settings"]
