"""The code in the documentation runs, its links lead somewhere, and the generated part is current."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.page import follow

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
RUNNING = [page for page in PAGES if "```console" in page.read_text(encoding="utf-8")]
DOCS = (sys.executable, "-m", "scripts.docs")
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")


def marks(page: Path) -> list[pytest.MarkDecorator]:
    first = page.read_text(encoding="utf-8").partition("\n")[0]
    return [pytest.mark.boots] if "boots" in first else []


@pytest.mark.parametrize("page", [pytest.param(page, id=page.stem, marks=marks(page)) for page in RUNNING])
def test_the_page_can_be_followed(page: Path, tmp_path: Path) -> None:
    assert follow(page, tmp_path, {})


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_reference_is_current() -> None:
    done = subprocess.run([*DOCS, "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_site_is_made(tmp_path: Path) -> None:
    subprocess.run([*DOCS, "--site", tmp_path], cwd=ROOT, check=True, capture_output=True)
    for page in PAGES:
        text = (tmp_path / page.relative_to(ROOT / "docs").with_suffix(".html")).read_text(encoding="utf-8")
        for target in re.findall(r'href="(?!https?:|#)([^"#]+)', text):
            where = tmp_path / page.relative_to(ROOT / "docs").parent / target
            assert where.exists(), f"{page.name}: {target}"
