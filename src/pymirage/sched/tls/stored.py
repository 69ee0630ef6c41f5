"""Certificates and trust anchors from a key-value store: what `tls.server` of a configuration makes."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from pymirage.device.error import NotFound
from pymirage.device.key_value_reader import KeyValueReader
from pymirage.device.stack import Stack
from pymirage.device.tcp import Tcp
from pymirage.error import UsageError
from pymirage.sched.tls.client import TlsClient
from pymirage.sched.tls.server import TlsServer
from pymirage.security.x509.credentials import Credentials
from pymirage.security.x509.error import KeyFileError
from pymirage.security.x509.trust import Trust

if TYPE_CHECKING:
    from collections.abc import Sequence

SECOND = 1_000_000_000

log = logging.getLogger(__name__)


async def connect_server(
    below: Stack | Tcp,
    store: KeyValueReader,
    names: str = "server",
    *,
    protocols: str = "",
    clients: str = "",
    hosts: str = "",
    reload: int = 0,
) -> TlsServer:
    """With the credentials `NAME.pem` (the chain) and `NAME.key`, in two files or one, of each name.

    Names, ALPN protocols and hosts are separated by blanks. clients: the file with the authorities whose
    certificates clients need. reload: nanoseconds after which the store is looked at again; 0: never.
    Raises KeyFileError for what cannot be served, before anything is.
    """
    made = TlsServer(
        [await credentials(store, name) for name in names.split()],
        below.tcp if isinstance(below, Stack) else below,
        protocols=protocols.split(),
        clients=await trust(store, clients) if clients else None,
        hosts=hosts.split(),
    )
    if reload:
        reloading = asyncio.get_running_loop().create_task(_reload(made, store, names.split(), reload))
        made.keep(reloading)
    return made


async def connect_client(
    below: Stack | Tcp,
    store: KeyValueReader,
    trusted: str = "ca.pem",
    *,
    name: str = "",
    protocols: str = "",
) -> TlsClient:
    """Trusts the authorities in one file. name: the credentials to show to servers that ask who we are."""
    return TlsClient(
        await trust(store, trusted),
        below.tcp if isinstance(below, Stack) else below,
        protocols=protocols.split(),
        credentials=await credentials(store, name) if name else None,
    )


async def credentials(store: KeyValueReader, name: str) -> Credentials:
    """Raises KeyFileError, with the name."""
    chain = await _read(store, f"{name}.pem")
    key = await store.get(f"{name}.key") if await store.exists(f"{name}.key") is not None else chain
    try:
        return Credentials.from_pem(chain, key)
    except KeyFileError as error:
        raise type(error)(f"{name}.pem: {error}") from None


async def trust(store: KeyValueReader, name: str) -> Trust:
    """Raises KeyFileError."""
    try:
        return Trust.from_bundle(await _read(store, name))
    except KeyFileError as error:
        raise KeyFileError(f"{name}: {error}") from None


async def _reload(server: TlsServer, store: KeyValueReader, names: Sequence[str], interval: int) -> None:
    """What cannot be served is told, and what is served stays."""
    seen = await _digests(store, names)
    while True:
        await asyncio.sleep(interval / SECOND)
        try:
            found = await _digests(store, names)
            if found != seen:
                seen = found
                server.replace([await credentials(store, name) for name in names])
                log.info("other certificates: %s", " ".join(names))
        except (KeyFileError, UsageError, OSError) as error:
            log.error("the certificates stay as they are: %s", error)


async def _read(store: KeyValueReader, name: str) -> bytes:
    try:
        return await store.get(name)
    except NotFound:
        raise KeyFileError(f"{name} is not in the store of certificates") from None


async def _digests(store: KeyValueReader, names: Sequence[str]) -> list[bytes]:
    files = [f"{name}.{ending}" for name in names for ending in ("pem", "key")]
    return [await store.digest(each) for each in files if await store.exists(each) is not None]
