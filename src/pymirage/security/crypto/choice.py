"""Which provider there is: the C module exists in images only."""

from __future__ import annotations

from pymirage.error import UsageError
from pymirage.security.crypto.contract import Provider


def choose() -> Provider:
    """Raises UsageError on a host that has none."""
    try:
        from pymirage.security.crypto.pyca.provider import Pyca
    except ImportError as error:
        raise UsageError("cryptography on hosts needs a package: pip install 'pymirage[security]'") from error
    return Pyca()


provider = choose()
