"""Runtimes: musl and CPython for images, built from source once and kept in a cache."""

from pymirage.tool.runtime.ensure import Cached, clean, ensure, list_runtimes
from pymirage.tool.runtime.error import RuntimeBuildError
from pymirage.tool.runtime.progress import Event, Progress, plain, silent
from pymirage.tool.runtime.runtime import Runtime

__all__ = [
    "Cached",
    "Event",
    "Progress",
    "Runtime",
    "RuntimeBuildError",
    "clean",
    "ensure",
    "list_runtimes",
    "plain",
    "silent",
]
