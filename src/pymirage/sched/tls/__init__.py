"""TLS over flows: around one that is there, and for listening and connecting over TCP."""

from pymirage.sched.tls.client import TlsClient, client
from pymirage.sched.tls.flow import Broken, TlsFlow, Truncated
from pymirage.sched.tls.server import TlsServer, server

__all__ = ["Broken", "TlsClient", "TlsFlow", "TlsServer", "Truncated", "client", "server"]
