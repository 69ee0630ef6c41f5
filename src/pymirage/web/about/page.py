"""The page as HTML. Nothing reaches it unescaped."""

from __future__ import annotations

from pymirage.web.escape import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Rows = Iterable[tuple[str, str]]

_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}: the image</title>
<style>
:root {{
  color-scheme: light dark;
  --ink: light-dark(#1b2430, #e4e9f0); --soft: light-dark(#5d6878, #98a4b5);
  --paper: light-dark(#fcfcfa, #10151d); --line: light-dark(#e3e5e1, #242d3a);
}}
body {{
  font: 1rem/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 62rem; margin: 0 auto; padding: 3rem 1.5rem 4rem;
}}
h1 {{ font-size: 1.75rem; line-height: 1.2; letter-spacing: -.01em; margin: 0 0 2rem }}
h2 {{ font-size: 1rem; margin: 2.5rem 0 .5rem }}
.two {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: 0 3rem }}
.two h2 {{ margin-top: 0 }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ border-top: 1px solid var(--line); padding: .3rem 0; text-align: left; vertical-align: baseline }}
th {{ font-weight: 400; color: var(--soft); padding-right: 1.5rem }}
td {{ font-variant-numeric: tabular-nums; overflow-wrap: anywhere }}
.counts td {{ text-align: right }}
pre {{
  font: .8125rem/1.5 ui-monospace, monospace; overflow-x: auto; margin: 0;
  border-top: 1px solid var(--line); padding: .75rem 0;
}}
</style>
<h1>{title}</h1>
<div class="two">
<section>
<h2>Build</h2>
{facts}
</section>
<section>
<h2>Now</h2>
{now}
</section>
</div>
{description}{counts}</html>
"""


def page(facts: Sequence[tuple[str, str]], now: Rows, counts: Sequence[tuple[str, str]], text: str) -> str:
    """facts: of the build, the first one the image's name. text: what `pymirage describe` prints."""
    return _PAGE.format(
        title=escape(facts[0][1]) if facts else "pymirage",
        facts=_table(facts, ""),
        now=_table(now, ""),
        description=f"<h2>Devices and keys</h2>\n<pre>{escape(text)}</pre>\n" if text else "",
        counts=f"<h2>Counters</h2>\n{_table(counts, ' class=counts')}\n" if counts else "",
    )


def _table(rows: Rows, attribute: str) -> str:
    cells = (f"<tr><th scope=row>{escape(name)}<td>{escape(value)}" for name, value in rows)
    return "\n".join([f"<table{attribute}>", *cells, "</table>"])
