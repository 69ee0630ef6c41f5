"""The command `pymirage`, also as `python -m pymirage`.

It imports the tool inside `try`: Ctrl-C in the first moments, while Python still imports, is no traceback.
"""

import sys


def main() -> None:
    """The entry point: exits with the status of the verb."""
    try:
        from pymirage.tool.main import main as tool

        tool()
    except KeyboardInterrupt:
        print("pymirage: interrupted", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
