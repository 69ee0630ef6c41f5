"""Which provider there is. The C module exists in images only, and pyca/cryptography on hosts only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymirage.error import UsageError

if TYPE_CHECKING:
    from pymirage.security.crypto.contract import Provider


def choose() -> Provider:
    """Raises UsageError on a host that has none."""
    try:
        from pymirage.security.crypto.libcrypto.provider import Libcrypto

        return Libcrypto()
    except ImportError:
        pass
    try:
        from pymirage.security.crypto.pyca.provider import Pyca
    except ImportError as error:
        raise UsageError("cryptography on hosts needs a package: pip install 'pymirage[security]'") from error
    return Pyca()


provider = choose()
