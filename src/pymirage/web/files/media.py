"""Media types by the ending of a name: those of a web site, as IANA registers them. RFC 9110 §8.3.

A table of our own: that of the standard library reads files of the host, which an image does not have, and
would make the same site differ from machine to machine.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

UNKNOWN = "application/octet-stream"

_TEXT = {
    "css": "text/css",
    "csv": "text/csv",
    "htm": "text/html",
    "html": "text/html",
    "ics": "text/calendar",
    "js": "text/javascript",
    "md": "text/markdown",
    "mjs": "text/javascript",
    "py": "text/x-python",
    "txt": "text/plain",
    "vcf": "text/vcard",
    "vtt": "text/vtt",
}
_OTHERS = {
    "7z": "application/x-7z-compressed",
    "aac": "audio/aac",
    "apng": "image/apng",
    "atom": "application/atom+xml",
    "avif": "image/avif",
    "bin": "application/octet-stream",
    "bmp": "image/bmp",
    "br": "application/octet-stream",
    "bz2": "application/x-bzip2",
    "epub": "application/epub+zip",
    "flac": "audio/flac",
    "gif": "image/gif",
    "gz": "application/gzip",
    "ico": "image/vnd.microsoft.icon",
    "iso": "application/octet-stream",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "jsonld": "application/ld+json",
    "jxl": "image/jxl",
    "m4a": "audio/mp4",
    "map": "application/json",
    "mka": "audio/matroska",
    "mkv": "video/matroska",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "ogv": "video/ogg",
    "opus": "audio/ogg",
    "otf": "font/otf",
    "pdf": "application/pdf",
    "png": "image/png",
    "rss": "application/rss+xml",
    "svg": "image/svg+xml",
    "tar": "application/x-tar",
    "tgz": "application/gzip",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "ttf": "font/ttf",
    "wasm": "application/wasm",
    "wav": "audio/wav",
    "weba": "audio/webm",
    "webm": "video/webm",
    "webmanifest": "application/manifest+json",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "xhtml": "application/xhtml+xml",
    "xml": "application/xml",
    "xz": "application/x-xz",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "zip": "application/zip",
    "zst": "application/zstd",
}
TYPES = {ending: f"{media}; charset=utf-8" for ending, media in _TEXT.items()} | _OTHERS

# What is not text by its name, but compresses like it.
_COMPRESSIBLE = frozenset({
    "application/json", "application/wasm", "application/xml", "application/yaml", "font/otf", "font/ttf",
    "image/bmp", "image/vnd.microsoft.icon",
})  # fmt: skip


def media_type(name: str, more: Mapping[str, str]) -> str:
    """The type of a value by its name; `more` has precedence."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    return more.get(ending) or TYPES.get(ending) or UNKNOWN


def compressible(media: str) -> bool:
    """Whether values of this type usually shrink to a half or less."""
    essence = media.partition(";")[0]
    return essence.startswith("text/") or essence.endswith(("+xml", "+json")) or essence in _COMPRESSIBLE
