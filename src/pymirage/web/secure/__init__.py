"""HTTPS: a server behind TLS, the way there from HTTP, and the promise to stay."""

from pymirage.web.secure.redirect import ToHttps
from pymirage.web.secure.server import SecureServer
from pymirage.web.secure.transport_security import StrictTransportSecurity

__all__ = ["SecureServer", "StrictTransportSecurity", "ToHttps"]
