"""The command `pymirage`: finds the verb, runs it, and turns every error into one line and a status.

Each verb is a file in `tool/verb` and is imported when it is used: most verbs need little.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from pymirage import __version__
from pymirage.boot.nearest import did_you_mean
from pymirage.error import UsageError
from pymirage.tool.error import FAILURE, MISUSE, ToolError, explain

VERBS = {
    "new": "make a project",
    "configure": "write the program for a target into _build/",
    "describe": "show the devices and keys",
    "query": "print facts as JSON",
    "lock": "pin packages by hash in pylock.toml",
    "build": "build the image",
    "run": "start the unikernel",
    "clean": "remove _build/ and dist/",
    "targets": "list the targets",
    "doctor": "say what this machine can build and run",
    "runtime": "manage the cached runtimes",
    "disk": "make disk images, exchange files with them",
}
INTERRUPTED = 130
_NO_ARGUMENTS: tuple[type[Exception], ...] = tuple(
    filter(None, [getattr(click.exceptions, "NoArgsIsHelpError", None)])
)
"""How click from 8.2 on says that the help is wanted; click 8.1 prints it by itself."""


class _Verbs(click.Group):
    """Imports a verb's file when the verb is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in VERBS:
            return None
        command = importlib.import_module(f"pymirage.tool.verb.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in VERBS:
            hint = did_you_mean(args[0], VERBS, f"there are {', '.join(VERBS)}")
            raise ToolError(f"no verb {args[0]!r}: {hint}", MISUSE)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.command(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="pymirage %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def pymirage(debug: bool) -> None:
    """Build typed Python applications into small images that boot without an operating system."""


def main() -> None:
    """The entry point: exits with 0, or 1 when the work failed, or 2 for a wrong command line."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and return its status."""
    try:
        status = pymirage.main(arguments, prog_name="pymirage", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else FAILURE
    except (KeyboardInterrupt, click.Abort):
        print("pymirage: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Who reads our output has gone away: nobody is left to be told, and Python must not try at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILURE
    except Exception as error:
        if isinstance(error, _NO_ARGUMENTS):
            click.echo(str(error))
            return 0
        if isinstance(error.__cause__, KeyboardInterrupt):
            # Ctrl-C in `__set_name__`, of an import for example: Python before 3.12 wraps it.
            print("pymirage: interrupted", file=sys.stderr)
            return INTERRUPTED
        if "--debug" in arguments:
            raise
        message, status = _explain(error)
        has_place = isinstance(error, UsageError) and _has_place(message)
        print(message if has_place else f"pymirage: {message}", file=sys.stderr)
        return status


def _explain(error: Exception) -> tuple[str, int]:
    """The line and the status for an error."""
    if isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx is not None else "pymirage"
        if isinstance(error, click.NoSuchOption) and command == "pymirage run":
            return f"no such option {error.option_name!r}: the unikernel's own options go after --", MISUSE
        text = error.format_message().rstrip(".").replace("\n", " ")
        return f"{text[:1].lower()}{text[1:]} (see {command} --help)", MISUSE
    if isinstance(error, click.ClickException):
        return error.format_message(), error.exit_code
    if isinstance(error, ToolError):
        return str(error), error.status
    if isinstance(error, UsageError):
        return str(error), FAILURE
    if isinstance(error, OSError):
        from pymirage.tool.runtime import cache

        return explain(error, cache.root()), FAILURE
    return f"{type(error).__name__}: {error} (a fault of pymirage: --debug shows where)", FAILURE


def _has_place(message: str) -> bool:
    """Whether the line begins as compilers' messages do, with a file (`config.py:6: …`)."""
    first, colon, _ = message.partition(":")
    return bool(colon) and first.endswith(".py") and " " not in first
