# pymirage: hot
"""From a page and a request for it to the response: coding, conditions, ranges. RFC 9110 §13.2, §14."""

import os
import time
from typing import TYPE_CHECKING

from pymirage.protocol.http.fields import Fields
from pymirage.web.files import condition, ranges
from pymirage.web.files.body import Gzipped, Joined, Slice
from pymirage.web.files.page import Page, Representation
from pymirage.web.message import Response

if TYPE_CHECKING:
    from pymirage.device.key_value_reader import KeyValueReader


def answer(store: "KeyValueReader", page: Page, asked: Fields, most: int) -> Response:
    """The response to a GET; to a HEAD, too, of which the server leaves out the body."""
    accept: bytes | None = None
    special = False
    for pair in asked.pairs:
        name = pair[0]
        if name == b"accept-encoding":
            accept = asked.find(name)
        elif name == b"range" or name[:3] == b"if-":
            special = True
    chosen = page.select(accept)
    if special and page.status == 200:
        response = conditional(store, page, chosen, asked, most)
        if response is not None:
            return response
    kept = page.whole(chosen)
    return kept if kept is not None else everything(store, page, chosen)


def everything(store: "KeyValueReader", page: Page, chosen: Representation) -> Response:
    """All of a representation that is not kept in memory."""
    if chosen.made_here():
        content = Slice(store, chosen.key, 0, page.representations[0].size)
        return Response(page.status, page.fields(chosen), Gzipped(content))
    return Response(page.status, page.fields(chosen), Slice(store, chosen.key, 0, chosen.size))


def conditional(
    store: "KeyValueReader", page: Page, chosen: Representation, asked: Fields, most: int
) -> Response | None:
    """A 304, 412, 206 or 416; None when it is to be everything."""
    verdict = condition.evaluate(asked, chosen.tag, page.modified)
    if verdict == condition.NOT_MODIFIED:
        return Response(304, page.validators(chosen))
    if verdict == condition.FAILED:
        return Response(412, page.validators(chosen))
    wanted = asked.find(b"range")
    if wanted is None:
        return None
    if chosen.made_here():
        # What is compressed on its way has no parts that could be found again.
        chosen = page.representations[0]
    only_if = asked.find(b"if-range")
    if only_if is not None and not condition.unchanged(only_if, chosen.tag, page.modified, int(time.time())):
        return None
    spans = ranges.parse(wanted, chosen.size, most)
    if spans is None:
        return None
    if not spans:
        fields = page.validators(chosen)
        fields.add("content-range", f"bytes */{chosen.size}")
        return Response(416, fields)
    return partial(store, page, chosen, spans)


def partial(
    store: "KeyValueReader", page: Page, chosen: Representation, spans: list[ranges.Span]
) -> Response:
    """A 206, with one part or as multipart/byteranges (§14.6)."""
    fields = page.fields(chosen)
    if len(spans) == 1:
        start, end = spans[0]
        fields.add("content-range", f"bytes {start}-{end - 1}/{chosen.size}")
        return Response(206, fields, piece(store, chosen, start, end))
    boundary = os.urandom(12).hex()
    media = fields.get("content-type")
    parts: list[bytes | Slice] = []
    for start, end in spans:
        head = f"content-type: {media}\r\ncontent-range: bytes {start}-{end - 1}/{chosen.size}"
        parts.append(f"\r\n--{boundary}\r\n{head}\r\n\r\n".encode("latin-1"))
        parts.append(piece(store, chosen, start, end))
    parts.append(f"\r\n--{boundary}--\r\n".encode("latin-1"))
    fields.set("content-type", f"multipart/byteranges; boundary={boundary}")
    return Response(206, fields, Joined(parts))


def piece(store: "KeyValueReader", chosen: Representation, start: int, end: int) -> bytes | Slice:
    """Part of a representation, at once where it is in memory."""
    content = chosen.content
    return Slice(store, chosen.key, start, end) if content is None else content[start:end]
