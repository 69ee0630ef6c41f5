"""Writes the documentation: docs/reference/ from the sources, and everything as HTML into site/.

python -m scripts.docs               write both
python -m scripts.docs --check       only say whether docs/reference/ is what the sources say
python -m scripts.docs --site DIR    write only the HTML, somewhere else
"""

from __future__ import annotations

import argparse
import html
import re
import sys
from pathlib import Path

from markdown_it import MarkdownIt

from scripts.reference import PAGES

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
ARCHITECTURE = "architecture"

STYLE = """
:root { color-scheme: light dark;
  --ink: #1d2733; --soft: #64748b; --paper: #fff; --code: #f1f5f9; --link: #1d4ed8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e2e8f0; --soft: #94a3b8; --paper: #0f172a; --code: #1e293b; --link: #93c5fd; }
}
body { font: 16px/1.6 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 48rem;
  margin: 0 auto; padding: 1rem 1.25rem 4rem; }
nav { font-size: 0.9rem; color: var(--soft); border-bottom: 1px solid var(--code); padding-bottom: 0.6rem; }
a { color: var(--link); }
h1, h2, h3 { line-height: 1.25; margin-top: 2rem; }
code { font: 0.9em ui-monospace, monospace; background: var(--code); border-radius: 3px;
  padding: 0.1em 0.3em; }
pre { background: var(--code); border-radius: 6px; padding: 0.8rem 1rem; overflow-x: auto;
  line-height: 1.45; }
pre code { background: none; padding: 0; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
td, th { border-bottom: 1px solid var(--code); padding: 0.35rem 0.9rem 0.35rem 0; text-align: left;
  vertical-align: top; }
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the documentation.")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--site", type=Path)
    options = parser.parse_args()
    made = {DOCS / "reference" / name: page() for name, page in PAGES.items()}
    if options.check:
        return check(made)
    if options.site is None:
        for path, text in made.items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    site = options.site or ROOT / "site"
    pages = {path.relative_to(DOCS).with_suffix(""): path for path in sorted(DOCS.rglob("*.md"))}
    pages[Path(ARCHITECTURE)] = ROOT / "DESIGN.md"
    for name, source in pages.items():
        target = site / name.with_suffix(".html")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page_html(name, source.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{len(pages)} pages: {site / 'index.html'}")
    return 0


def check(made: dict[Path, str]) -> int:
    """Name the pages that the sources have left behind."""
    old = [
        path for path, text in made.items() if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path in old:
        print(f"{path.relative_to(ROOT)} is not what the sources say: run `make docs`", file=sys.stderr)
    return 1 if old else 0


def page_html(name: Path, markdown: str) -> str:
    """One page; links to other pages become links to their HTML."""
    top = "../" * (len(name.parts) - 1)
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)
    title = re.search(r"^# (.+)$", markdown, re.MULTILINE)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{html.escape(title[1] if title else name.name)}</title>
<style>{STYLE}</style>
</head>
<body>
<nav><a href="{top}index.html">pymirage</a> · <a href="{top}tutorial.html">tutorial</a> ·
<a href="{top}{ARCHITECTURE}.html">architecture</a></nav>
{re.sub(r'href="((?!https?:)[^"#]+)[.]md', link, body)}
</body>
</html>
"""


def link(found: re.Match[str]) -> str:
    return f'href="{found[1].replace("../DESIGN", ARCHITECTURE)}.html'


if __name__ == "__main__":
    sys.exit(main())
