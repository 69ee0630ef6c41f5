"""Text in HTML. As `html.escape`, whose module would bring its table of entities into images."""

from __future__ import annotations


def escape(text: str) -> str:
    """Fit for content and for attributes in quotes."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("'", "&#x27;")
