"""TLS over a stack: what a unikernel listens on, or connects with, instead of the stack's TCP."""

from importlib.util import find_spec
from pathlib import Path

from pymirage.config.catalogue import spell
from pymirage.config.error import ConfigError
from pymirage.config.location import here
from pymirage.config.target import HOST, SOLO5
from pymirage.config.value import Argument, Choice, Implementation

Device = Implementation | Choice


def server(
    below: Device,
    store: Device,
    *names: str,
    protocols: str = "",
    clients: str = "",
    hosts: str = "",
    reload: int = 0,
) -> Implementation:
    """TLS as a server, with the certificates `NAME.pem` and keys `NAME.key` in `store` (`server` if unnamed).

    protocols: ALPN's, best first, as "h2 http/1.1". clients: the file with the authorities whose
    certificates clients must show. hosts: what the first certificate must be for. reload: nanoseconds after
    which the store is asked whether there are other certificates.
    """
    options = (("protocols", protocols), ("clients", clients), ("hosts", hosts), ("reload", reload))
    arguments = (below, store, " ".join(names or ("server",)))
    return _tls("server", arguments, options)


def client(
    below: Device, store: Device, trusted: str = "ca.pem", *, name: str = "", protocols: str = ""
) -> Implementation:
    """TLS as a client, which believes the authorities in the file `trusted` of `store`.

    Its type is TlsClient, a Tcp whose `secure` is for flows that are there: `Client(…, secure=tls.secure)`.
    name: the certificate and key, as for servers, to show to servers that ask who we are.
    """
    options = (("name", name), ("protocols", protocols))
    return _tls("client", (below, store, trusted), options)


def mozilla() -> Implementation:
    """The authorities that Mozilla trusts, as the package certifi has them where this is configured.

    A store with one file: `tls.client(stack, tls.mozilla(), "cacert.pem")`. An image carries it.
    """
    where = find_spec("certifi")
    if where is None or where.origin is None:
        raise ConfigError(here(), "tls.mozilla() takes the authorities from certifi: pip install certifi")
    bundle = str(Path(where.origin).with_name("cacert.pem"))
    return Implementation(
        drivers=(
            (HOST, "pymirage.driver.host.authorities:authorities"),
            (SOLO5, "pymirage.driver.solo5.crunch:Crunch"),
        ),
        type="pymirage.device.KeyValueReader",
        arguments=("mozilla",),
        files=(("mozilla", bundle),),
        label="authorities",
        text="tls.mozilla()",
        location=here(),
    )


def _tls(
    word: str, arguments: tuple[Argument, ...], options: tuple[tuple[str, Argument], ...]
) -> Implementation:
    made = f"pymirage.sched.tls.stored:connect_{word}"
    shown = [*arguments[:2], *(each for each in arguments[2:] if each not in ("server", "ca.pem"))]
    return Implementation(
        drivers=((HOST, made), (SOLO5, made)),
        type=f"pymirage.sched.tls.Tls{word.capitalize()}",
        arguments=arguments,
        options=tuple((key, value) for key, value in options if value),
        label=f"tls_{word}",
        text=spell(f"tls.{word}", *shown),
        location=here(),
    )
