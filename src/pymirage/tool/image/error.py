"""What stops a build: one sentence that names the remedy."""

from __future__ import annotations

from pymirage.error import UsageError


class ImageError(UsageError):
    """The image cannot be built as asked; the tool prints the message as it is and exits 1."""
