"""What a directory holds, as a page."""

from __future__ import annotations

from pymirage.device.key_value_reader import Kind
from pymirage.web.escape import escape
from pymirage.web.files.place import write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymirage.device import Entry

_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif }}
body {{ margin: 3rem auto; max-width: 44rem; padding: 0 1.5rem }}
h1 {{ font-size: 1.25rem; font-weight: 600; overflow-wrap: anywhere }}
ul {{ list-style: none; padding: 0 }}
li {{ border-top: 1px solid color-mix(in srgb, currentColor 15%, transparent); overflow-wrap: anywhere }}
a {{ display: block; padding: .3rem 0; text-decoration: none }}
a:hover {{ text-decoration: underline }}
</style>
<h1>{title}</h1>
<ul>
{items}
</ul>
{more}</html>
"""


def listing(names: tuple[str, ...], entries: Sequence[Entry], most: int) -> str:
    """A page with a link for each entry, directories first; at most `most` of them."""
    shown = sorted(entries, key=lambda entry: (entry.kind is Kind.VALUE, entry.name))[:most]
    above = ['<li><a href="../">../</a></li>'] if names else []
    left_out = len(entries) - len(shown)
    return _PAGE.format(
        title=escape("/" + "".join(f"{name}/" for name in names)),
        items="\n".join([*above, *map(_item, shown)]),
        more=f"<p>{left_out} more are not shown.</p>\n" if left_out else "",
    )


def _item(entry: Entry) -> str:
    directory = entry.kind is Kind.DIRECTORY
    # A path that is relative to the page: of a name with a colon the part before it would be a scheme.
    link = "." + write((entry.name,), directory)
    return f'<li><a href="{escape(link)}">{escape(entry.name)}{"/" if directory else ""}</a></li>'
