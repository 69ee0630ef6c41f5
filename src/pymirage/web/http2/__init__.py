"""HTTP/2 (RFC 9113) for the same handlers, through the h2 library; what peers may do is limited here."""

from pymirage.web.http2.connection import serve
from pymirage.web.http2.limits import Limits

__all__ = ["Limits", "serve"]
