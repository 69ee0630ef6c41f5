"""tlsfuzzer: what a TLS server does with messages that are wrong. Run beside the project:

    PYMIRAGE_TLSFUZZER=checkout PYMIRAGE_TLSFUZZER_PYTHON=python-with-tlslite-ng make conformance

A script passes when each of its conversations does. Those left out want what this server has not, by
OpenSSL's build or by ours: certificate compression, TLS 1.2 without forward secrecy or with CBC, resumption
without an exchange of keys, clients' certificates, timing analysis, groups beyond the usual.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.server import running

WHERE = Path(os.environ.get("PYMIRAGE_TLSFUZZER") or "/nonexistent")
PYTHON = os.environ.get("PYMIRAGE_TLSFUZZER_PYTHON") or sys.executable
SAMPLE = "15"
"""Conversations of each script, drawn anew at each run; all of some take hours."""

TLS13 = (
    "ccs",
    "connection-abort",
    "conversation",
    "ecdhe-curves",
    "empty-alert",
    "ffdhe-sanity",
    "finished",
    "finished-plaintext",
    "hrr",
    "invalid-ciphers",
    "keyshare-omitted",
    "keyupdate",
    "nociphers",
    "pkcs-signature",
    "record-padding",
    "rsa-signatures",
    "serverhello-random",
    "signature-algorithms",
    "unencrypted-alert",
    "unrecognised-groups",
    "zero-content-type",
    "zero-length-data",
)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    if not (WHERE / "scripts").is_dir():
        pytest.skip("tlsfuzzer is not here: PYMIRAGE_TLSFUZZER=its checkout")
    with running(tmp_path_factory.mktemp("rsa"), "rsa") as (found,):
        yield found


@pytest.mark.parametrize("script", TLS13)
def test_tls_1_3(script: str, port: int) -> None:
    command = [PYTHON, f"scripts/test-tls13-{script}.py", "-p", str(port), "-n", SAMPLE]
    environment = {**os.environ, "PYTHONPATH": "."}
    done = subprocess.run(command, cwd=WHERE, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-3000:]
