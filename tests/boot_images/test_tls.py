"""TLS in images: the example's server and client against Linux's OpenSSL, with certificates on both sides."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pymirage.config.target import TARGETS as CONFIGURED
from pymirage.tool import configured
from pymirage.tool.image import build, plan
from pymirage.tool.image.build import Image
from tests.boot_images.harness import Lab, ignore, runtime
from tests.boot_images.network import STATIC, of_image, require_network, tell

EXAMPLE = Path(__file__).parents[2] / "examples/29-tls-echo"
WEBSITE = Path(__file__).parents[2] / "apps/website"


def build_one(lab: Lab, unikernel: str) -> Image:
    """One of the example's unikernels."""
    project = lab.project(EXAMPLE, unikernel)
    configured.configure(project, configured.Request(CONFIGURED[lab.target], unikernel, ()))
    return build.build(plan.read(project.build / lab.target), runtime(lab.target), ignore)


RANDOM = """
import ssl

from pymirage.security.crypto import provider
from pymirage.sched.tls import TlsServer
from pymirage.security.x509 import create, keys
from pymirage.security.x509.credentials import Credentials


async def main() -> None:
    print(ssl.RAND_bytes(16).hex(), provider.random(16).hex(), keys.generate().der.hex())
"""


def shown_once(lab: Lab) -> None:
    if lab.target != "spt":
        pytest.skip("the same on every target: shown on one")


def test_no_two_boots_have_the_same_secrets(lab: Lab) -> None:
    """An image that was initialised when it was built must not have drawn its randomness there."""
    image = lab.build({"unikernel.py": RANDOM})
    words = [word for _ in range(2) for word in lab.boot(image).console.split()]
    assert len(words) == 6 == len(set(words)), words


def test_server(lab: Lab) -> None:
    require_network()
    tell("tls_server", of_image(lab, build_one(lab, "server"), *STATIC))


def test_client(lab: Lab) -> None:
    require_network()
    tell("tls_client", of_image(lab, build_one(lab, "client"), *STATIC, "--host=10.9.0.1"))


ASYNCIO = """
import asyncio

from pymirage.device import KeyValueReader, Stack
from pymirage.sched.tls.stored import credentials, trust
from pymirage.security.tls import context


async def main(stack: Stack, secrets: KeyValueReader) -> None:
    authorities = await trust(secrets, "ca.pem")
    server = context.server([await credentials(secrets, "server")], clients=authorities)
    client = context.client(authorities, credentials=await credentials(secrets, "client"))

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()

    async def start(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"go ahead\\n")
        await writer.start_tls(server)
        await echo(reader, writer)

    await asyncio.start_server(echo, port=4433, ssl=server)
    await asyncio.start_server(start, port=2525)
    print("serving", flush=True)
    reader, writer = await asyncio.open_connection(
        "10.9.0.1", 4434, ssl=client, server_hostname="echo.test"
    )
    writer.write(b"hello from the image\\n")
    print("as a client:", (await reader.readline()).decode(), flush=True)
    writer.close()
    await asyncio.Event().wait()
"""
ASYNCIO_CONFIG = """
from pymirage.config import kv, stack, unikernel

app = unikernel("unikernel:main", stack.generic(), kv.crunch("secrets"))
"""


def test_asyncio_itself(lab: Lab) -> None:
    """create_server(ssl=…), open_connection(ssl=…) and start_tls, over our transports."""
    require_network()
    files = {f"secrets/{path.name}": path.read_text() for path in (EXAMPLE / "secrets").iterdir()}
    image = lab.build({"config.py": ASYNCIO_CONFIG, "unikernel.py": ASYNCIO, **files})
    tell("asyncio_tls", of_image(lab, image, *STATIC))


def test_the_website_by_https(lab: Lab) -> None:
    """No larger than 14 MiB cold, HTTP/2 and all, and 1.3 times as large from memory.

    (Example 32 goes by HTTPS on every target.)
    """
    shown_once(lab)
    if shutil.which("curl") is None:
        pytest.skip("needs curl: apt-get install curl")
    require_network()
    project = lab.project(WEBSITE, "website")
    shutil.copytree(EXAMPLE / "secrets", project.directory / "secrets")
    cold = lab.build(project, "--tls=https", cold=True).path.stat().st_size
    image = lab.build(project, "--tls=https")
    assert cold <= 14 << 20 and image.path.stat().st_size <= 1.3 * cold
    tell("website_https", of_image(lab, image, *STATIC, "--port=443", "--redirect-port=80", "--access-log"))


@pytest.mark.parametrize("wrong", ("server.key", "server.pem"))
def test_what_cannot_be_served_is_said_at_boot(lab: Lab, wrong: str) -> None:
    """The client's certificate, or its key, in the place of the server's."""
    shown_once(lab)
    project = lab.project(EXAMPLE, "wrong")
    secrets = project.directory / "secrets"
    (secrets / wrong).write_bytes((secrets / wrong.replace("server", "client")).read_bytes())
    configured.configure(project, configured.Request(CONFIGURED[lab.target], "server", ()))
    image = build.build(plan.read(project.build / lab.target), runtime(lab.target), ignore)
    console = tell("refuses_to_boot", of_image(lab, image, *STATIC))
    assert "server.pem: the private key is not that of the certificate" in console
