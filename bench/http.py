"""A page of 1 KiB and a download, from a server in images and on the host, beside Uvicorn, asyncio and nginx.

wrk (Debian's package) asks, on one connection, on 30 and on 256; each server has a core for itself. Uvicorn
and httptools are measured where BENCH_HTTP_PYTHON is a Python that has them (uvicorn, uvloop, httptools).
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.http_side import TIMES
from bench.start import pymirage
from bench.table import render

ROOT = Path(__file__).parents[1]
APP = ROOT / "bench" / "apps" / "http"
PEERS = ROOT / "bench" / "peers"
COLUMNS = {
    "1": ("1: req/s", "{:.0f}"),
    "1 p99": ("p99 ms", "{:.2f}"),
    "30": ("30: req/s", "{:.0f}"),
    "30 p99": ("p99 ms", "{:.2f}"),
    "256": ("256: req/s", "{:.0f}"),
    "256 p99": ("p99 ms", "{:.2f}"),
    "asgi": ("ASGI, 30", "{:.0f}"),
    "memory": ("MiB", "{:.1f}"),
    "download": ("100 MiB Gbit/s", "{:.2f}"),
    "bulk": ("TCP alone", "{:.2f}"),
}
NGINX = """
daemon off; master_process off; error_log /dev/null; pid {place}/pid;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 1000000000; default_type text/html; sendfile on;
server {{ listen 8080; root {place}; }} }}
"""


def ours(app: Path) -> dict[str, list[str]]:
    """The unikernel on every target that this machine can run."""
    found: dict[str, list[str]] = {}
    for target in ("unix", "spt", "hvt"):
        if target == "hvt" and not os.access("/dev/kvm", os.R_OK | os.W_OK):
            print("hvt: skipped, /dev/kvm cannot be opened")
            continue
        pymirage("configure", "-t", target, *(["--net=socket"] if target == "unix" else []), cwd=app)
        if target == "unix":
            main = ["-P", str(app / "_build" / "unix" / "main.py")]
            here = ["veth", "env", f"--chdir={app}"]
            found["unix, sockets"] = [*here, f"PYTHONPATH={app}", sys.executable, *main]
            path = f"PYTHONPATH={compiled()}:{app}"
            found["unix, sockets, compiled"] = [*here, path, sys.executable, *main]
        else:
            pymirage("build", cwd=app)
            printed = pymirage("run", "-t", target, "--net", "service=tap:tap0", "--print-command", cwd=app)
            found[target] = printed.split()
    return found


def compiled() -> Path:
    from scripts import compile_hot

    return compile_hot.ensure()


def others(place: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    python = os.environ.get("BENCH_HTTP_PYTHON")
    if python is None:
        print("Uvicorn, asyncio with httptools: skipped, BENCH_HTTP_PYTHON is not set")
    else:
        found["Uvicorn (uvloop, httptools)"] = ["veth", python, str(PEERS / "http_uvicorn.py")]
        found["asyncio with httptools"] = ["veth", python, str(PEERS / "http_raw.py")]
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None:
        print("nginx: skipped, not installed")
    else:
        shutil.copy(APP / "htdocs" / "index.html", place)
        with (place / "download").open("wb") as download:
            download.truncate(100 << 20)
        place.chmod(0o755)
        (place / "nginx.conf").write_text(NGINX.format(place=place))
        serve = f"echo ready; exec {nginx} -c {place}/nginx.conf 2>/dev/null"
        found["nginx"] = ["veth", "sh", "-c", serve]
    return found


def measure(command: list[str]) -> dict[str, float | str]:
    unshare = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    side = [*unshare, "taskset", "-c", "0", sys.executable, "-m", "bench.http_side", *command]
    done = subprocess.run(side, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["without a word"])[-1]}
    figures: dict[str, float | str] = json.loads(done.stdout.splitlines()[-1])
    return figures


def cell(name: str, figures: dict[str, float | str]) -> str:
    value = figures.get(name)
    return COLUMNS[name][1].format(value) if isinstance(value, int | float) else "-"


def main() -> None:
    if shutil.which("wrk") is None:
        print("skipped: wrk is not installed (Debian: apt-get install wrk)")
        return
    with tempfile.TemporaryDirectory() as scratch:
        ignored = shutil.ignore_patterns("_build", "dist")
        app = Path(shutil.copytree(APP, Path(scratch) / "http", ignore=ignored))
        (place := Path(scratch) / "nginx").mkdir()
        Path(scratch).chmod(0o755)
        rows = []
        for name, command in {**ours(app), **others(place)}.items():
            figures = measure(command)
            rows.append([name, *(cell(column, figures) for column in COLUMNS)])
            for column, value in figures.items():
                if isinstance(value, str):
                    print(f"{name}: {column}: {value}")
        print(render(["", *(title for title, _ in COLUMNS.values())], rows))
    print("\nthe server on core 1, wrk with one thread on core 0; memory after all of it; keep-alive")
    print(f"downloads: the median of {TIMES}")


if __name__ == "__main__":
    main()
