"""tshark on a recording, reading as payload what stories send as payload."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

PROGRAM = shutil.which("tshark")
needs_tshark = pytest.mark.skipif(PROGRAM is None, reason="tshark is not installed")

CHECKED = tuple(word for layer in ("ip", "tcp", "udp") for word in ("-o", f"{layer}.check_checksum:TRUE"))
# tshark guesses a protocol from either port and from what the payload looks like: random octets at a port
# that the client has by chance would be a malformed message. To echo (RFC 862) any octets are good.
PLAIN = ("-d", "tcp.port==8000,echo", "-d", "udp.port==7,echo", "-d", "udp.port==9,echo")


def read(file: Path, *options: str) -> list[str]:
    """The lines that it prints of a recording."""
    assert PROGRAM is not None
    command = [PROGRAM, "-r", str(file), *CHECKED, *PLAIN, *options]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
