"""Options that several verbs have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def configuring(function: F) -> F:
    """`-t`, `-u` and the configure keys: what `configure` is asked for."""
    function = click.argument("keys", nargs=-1, type=click.UNPROCESSED)(function)
    function = unikernel(function)
    return target(function)


def target(function: F) -> F:
    """`-t TARGET`."""
    return click.option(
        "-t", "--target", metavar="TARGET", help="Which target (default: the one configured last, or unix)."
    )(function)


def unikernel(function: F) -> F:
    """`-u NAME`."""
    return click.option(
        "-u", "--unikernel", metavar="NAME", help="Which unikernel, when config.py has several."
    )(function)
