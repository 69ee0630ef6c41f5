"""The end of `make demo`: what it says of a site, and what it does where no network interface can be made."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.examples.project import pymirage
from tests.port import reserved

SCRIPT = Path(__file__).parent.parent / "scripts" / "demo_site.py"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("demo_site", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "demo_site", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "SECONDS", 0.1)
    return module


def test_on_loopback(site: ModuleType, tmp_path: Path) -> None:
    """The template's site, as a process, on another port than somebody may be using."""
    assert pymirage(tmp_path, "new", "--template", "website", "mysite").returncode == 0
    project = tmp_path / "mysite"
    assert pymirage(project, "configure").returncode == 0
    for page in ("index.html", "about.html", "404.html", "style.css", "icon.svg"):
        assert "$" not in (project / "htdocs" / page).read_text()
    with reserved() as port:
        command = pymirage(project, "run", "--print-command", "--", f"--port={port}").stdout.split()
        seen = site.show(command, project, network=False, port=port)
    assert seen.url == f"http://127.0.0.1:{port}/"
    assert (seen.status, seen.title) == ("HTTP/1.1 200 OK", "mysite")
    assert seen.boot > 0 and seen.rate > 0


def test_without_the_tools(site: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    reason = site.why_no_network()
    assert reason is None or "not installed" in reason or "/dev/net/tun" in reason
    assert reason, "there is nothing to make a network with"
