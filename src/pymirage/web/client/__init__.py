"""An HTTP client over a device Tcp: on the host's sockets, or in an image."""

from pymirage.web.client.client import Client
from pymirage.web.client.error import BadResponse, TimedOut, TooLarge, TooManyRedirects
from pymirage.web.client.response import ClientResponse
from pymirage.web.client.settings import Settings

__all__ = [
    "BadResponse",
    "Client",
    "ClientResponse",
    "Settings",
    "TimedOut",
    "TooLarge",
    "TooManyRedirects",
]
