"""Keys of key-value devices: names joined by "/", as in `css/site.css`; the empty key is the root."""

from __future__ import annotations

from pymirage.device.error import BadKey


def segments(key: str) -> tuple[str, ...]:
    """The names on the way to `key`. One leading "/" is allowed and means nothing.

    A name is not empty, is neither "." nor "..", and holds no "/" and no NUL: so a key never leaves its
    store, whatever a peer puts into it. Raises BadKey.
    """
    relative = key[1:] if key.startswith("/") else key
    if not relative:
        return ()
    names = tuple(relative.split("/"))
    for name in names:
        if name in ("", ".", "..") or "\0" in name:
            raise BadKey(f"{key!r} is no key: names joined by single slashes, none of them '.' or '..'")
    return names
