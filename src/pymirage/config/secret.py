"""Secrets: keys, passwords and tokens, which never pass a command line or the environment."""

from pymirage.config import block
from pymirage.config.catalogue import spell
from pymirage.config.location import here
from pymirage.config.target import HOST, SOLO5
from pymirage.config.value import Argument, Choice, Implementation

ATTACHED = "pymirage.storage.secret:from_block"


def default(name: str = "secret") -> Implementation:
    """The secret that the tender attaches under this name (`run --secret NAME=FILE`), as a block device."""
    return _secret(ATTACHED, f"secret_{name}", spell("secret.default", name), block.default(name))


def stored(store: Implementation | Choice, key: str) -> Implementation:
    """A value of a key-value store, to its last byte."""
    return _secret(
        "pymirage.storage.secret:from_store", "secret", spell("secret.stored", store, key), store, key
    )


def _secret(maker: str, label: str, text: str, *arguments: Argument) -> Implementation:
    return Implementation(
        drivers=((HOST, maker), (SOLO5, maker)),
        type="pymirage.device.Secret",
        arguments=arguments,
        label=label,
        text=text,
        location=here(),
    )
