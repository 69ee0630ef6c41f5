"""A page about the image, at `/.well-known/pymirage`."""

from pymirage.web.about.handler import PATH, About

__all__ = ["PATH", "About"]
