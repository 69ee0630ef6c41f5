"""Our TLS and HTTP/2 beside other people's programs: openssl, curl, nghttp2, Chromium; testssl.sh."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pymirage.security.x509 import pem
from pymirage.security.x509.certificate import Certificate
from tests.conformance.server import running


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int, int]]:
    """Where its certificates are; its port; the port that asks for a client's certificate."""
    folder = tmp_path_factory.mktemp("site")
    with running(folder, "site") as (port, both):
        yield folder, port, both


def needs(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


def run(*command: str, cwd: Path, text: str = "", status: int = 0) -> str:
    done = subprocess.run(command, cwd=cwd, input=text, capture_output=True, text=True, timeout=300)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("version", ("1.2", "1.3"))
@pytest.mark.parametrize("group", ("X25519", "P-256", "P-384", "P-521"))
def test_openssl(site: tuple[Path, int, int], version: str, group: str) -> None:
    needs("openssl")
    folder, port, _ = site
    options = [
        "-CAfile",
        "ca.pem",
        "-verify_return_error",
        "-groups",
        group if group == "P-256" else f"{group}:P-256",
        f"-tls{version.replace('.', '_')}",
    ]
    said = run("openssl", "s_client", "-connect", f"localhost:{port}", *options, cwd=folder)
    assert "Verify return code: 0 (ok)" in said and f"TLSv{version}" in said


@pytest.mark.parametrize("version", ("1.2", "1.3"))
def test_openssl_resumes(site: tuple[Path, int, int], version: str) -> None:
    needs("openssl")
    folder, port, _ = site
    request = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    command = ["openssl", "s_client", "-connect", f"localhost:{port}", "-CAfile", "ca.pem", "-ign_eof"]
    command.append(f"-tls{version.replace('.', '_')}")
    run(*command, "-sess_out", "session", cwd=folder, text=request)
    assert "Reused, TLSv" + version in run(*command, "-sess_in", "session", cwd=folder, text=request)


@pytest.mark.parametrize("options", (("--http1.1",), ("--http2",), ("--http2", "--tls-max", "1.2")))
def test_curl(site: tuple[Path, int, int], options: tuple[str, ...]) -> None:
    needs("curl")
    folder, port, both = site
    curl = ["curl", "-sS", "--cacert", "ca.pem", *options]
    said = run(*curl, "-D", "-", f"https://localhost:{port}/", cwd=folder)
    assert "over TLS" in said and "strict-transport-security" in said
    shown = run(
        *curl, "--cert", "client.pem", "--key", "client.key", f"https://localhost:{both}/", cwd=folder
    )
    assert "over TLS" in shown
    refused = subprocess.run(
        [*curl, f"https://localhost:{both}/"], cwd=folder, capture_output=True, text=True
    )
    assert refused.returncode in (35, 56) and "alert" in refused.stderr


def test_h2load(site: tuple[Path, int, int]) -> None:
    needs("h2load")
    folder, port, _ = site
    said = run("h2load", "-n", "3000", "-c", "5", "-m", "50", f"https://localhost:{port}/", cwd=folder)
    assert "Application protocol: h2" in said and "3000 succeeded, 0 failed" in said


def test_chromium(site: tuple[Path, int, int], tmp_path: Path) -> None:
    """It takes our authority's key by its hash, and everything else as of any site."""
    needs("chromium")
    folder, port, _ = site
    authority = Certificate(pem.decode((folder / "ca.pem").read_bytes())[0].der)
    pin = base64.b64encode(hashlib.sha256(authority.public_key.der).digest()).decode()
    own = certificate_of(folder, port)
    pin_own = base64.b64encode(hashlib.sha256(own.public_key.der).digest()).decode()
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}"]
    trusted = f"--ignore-certificate-errors-spki-list={pin},{pin_own}"
    said = run("chromium", *options, trusted, "--dump-dom", f"https://localhost:{port}/", cwd=folder)
    assert "<h1>over TLS</h1>" in said


def certificate_of(folder: Path, port: int) -> Certificate:
    said = run("openssl", "s_client", "-connect", f"localhost:{port}", "-CAfile", "ca.pem", cwd=folder)
    return Certificate(pem.decode(said)[0].der)


# What testssl.sh may say of a server for tests: its authority is its own, and there is no revocation.
KNOWN = (
    *("cert_chain_of_trust", "cert_revocation", "cert_crlDistributionPoints", "cert_ocspURL", "cert_trust"),
    *("OCSP_stapling", "DNS_CAArecord", "certificate_transparency", "cert_notAfter", "cert_extlifeSpan"),
    *("security_headers", "grade_cap_reason", "overall_grade", "final_score"),
)


def test_testssl(site: tuple[Path, int, int], tmp_path: Path) -> None:
    """Every finding is OK or INFO, but for what a certificate of our own cannot have. Minutes."""
    needs("testssl")
    if not os.environ.get("PYMIRAGE_LONG"):
        pytest.skip("minutes: make conformance")
    folder, port, _ = site
    report = tmp_path / "report.json"
    command = ["testssl", "--quiet", "--warnings", "off", "--jsonfile", str(report), f"localhost:{port}"]
    subprocess.run(command, cwd=folder, capture_output=True, timeout=550, check=False)
    found = json.loads(report.read_text())
    serious = [
        each for each in found
        if each["severity"] not in ("OK", "INFO", "DEBUG") and not each["id"].startswith(KNOWN)
    ]  # fmt: skip
    assert len(found) > 100 and serious == []
