"""TLS in images, Linux's OpenSSL as the peer, beside CPython's asyncio and nginx on Linux's stack."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.network import in_a_namespace
from bench.start import pymirage
from bench.table import render
from pymirage.security.x509 import create, keys, pem

APP = Path(__file__).parent / "apps" / "tls"
ROOT = Path(__file__).parents[1]
COLUMNS = {
    "handshakes": ("handshakes/s", "{:.0f}"),
    "bulk": ("out Gbit/s", "{:.2f}"),
    "http": ("HTTP req/s", "{:.0f}"),
    "https": ("HTTPS req/s", "{:.0f}"),
}
PROCESSOR = " by processor"
NGINX = """
daemon off; master_process off; error_log stderr crit; pid {place}/pid;
events {{ worker_connections 256; }}
http {{
  access_log off; keepalive_requests 10000000; root {place}/files;
  client_body_temp_path {place}/t; proxy_temp_path {place}/t; fastcgi_temp_path {place}/t;
  uwsgi_temp_path {place}/t; scgi_temp_path {place}/t;
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_certificate {secrets}/server.pem; ssl_certificate_key {secrets}/server.key;
  server {{ listen 4433 ssl; listen 4434 ssl; listen 8443 ssl; listen 8080; }}
}}
"""


def make_secrets(place: Path) -> None:
    """A P-256 certificate that lasts a day."""
    place.mkdir()
    key = keys.generate()
    made = create.self_signed(key, ["tls.test"], int(time.time()), lifetime=86400)
    (place / "server.pem").write_text(pem.encode("CERTIFICATE", made.der))
    (place / "server.key").write_text(key.to_pem())


def commands(app: Path) -> dict[str, list[str]]:
    """How each peer is started."""
    found: dict[str, list[str]] = {}
    for target in ("spt", "hvt"):
        if target == "hvt" and not os.access("/dev/kvm", os.R_OK | os.W_OK):
            print("hvt: skipped, /dev/kvm cannot be opened")
            continue
        pymirage("configure", "-t", target, cwd=app)
        pymirage("build", cwd=app)
        printed = pymirage("run", "-t", target, "--net", "service=tap:tap0", "--print-command", cwd=app)
        found[target] = printed.split()
    secrets = app / "secrets"
    found["asyncio on Linux, veth"] = [
        *("veth", sys.executable, str(app / "unikernel.py")),
        *(str(secrets / name) for name in ("server.pem", "server.key")),
    ]
    if shutil.which("nginx") is None:
        print("nginx: skipped (apt-get install nginx-light)")
    else:
        found["nginx on Linux, veth"] = ["veth", "sh", "-c", nginx(app)]
    return found


def nginx(app: Path) -> str:
    """It says nothing when it is ready: whoever asks too early asks again."""
    files = app / "nginx" / "files"
    files.mkdir(parents=True)
    (files / "page").write_bytes(b"x" * 1024)
    (files / "bulk").write_bytes(bytes(1 << 29))
    (app / "nginx" / "conf").write_text(NGINX.format(place=app / "nginx", secrets=app / "secrets"))
    ready = "(until ss -ltn | grep -q :8443; do sleep 0.05; done; echo ready)"
    return f"{ready} & exec nginx -c {app}/nginx/conf >&2"


def measure(command: list[str]) -> dict[str, float]:
    side = in_a_namespace([sys.executable, "-m", "bench.tls_side", *command])
    done = subprocess.run(side, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        print(f"{command[:2]}: {done.stderr.strip()[-300:]}")
        return {}
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def cell(name: str, figures: dict[str, float], kind: str = "") -> str:
    return COLUMNS[name][1].format(figures[name + kind]) if name in figures else "failed"


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        app = Path(
            shutil.copytree(APP, Path(scratch) / "tls", ignore=shutil.ignore_patterns("_build", "dist"))
        )
        make_secrets(app / "secrets")
        rows = []
        for name, command in commands(app).items():
            figures = measure(command)
            print(name, figures, file=sys.stderr, flush=True)
            rows.append([name, *(cell(column, figures) for column in COLUMNS)])
            rows.append(["  per second of its processor", *(cell(c, figures, PROCESSOR) for c in COLUMNS)])
        print(render(["", *(title for title, _ in COLUMNS.values())], rows))
    print(
        "\nthe peer on core 1, Linux on core 0; MTU 1500; P-256; TLS 1.3 handshakes one after the other, each"
        "\non a connection of its own; bulk of one connection; 1 KiB on eight persistent connections"
    )


if __name__ == "__main__":
    main()
