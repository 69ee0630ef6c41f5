"""What the stand-ins here raise: importing works, because much of the standard library imports these
modules without using them; using them needs an operating system."""

import errno


def absent(what):
    """A function that raises OSError, naming `what` is absent."""

    def function(*_, **__):
        raise OSError(errno.ENOSYS, f"an image has no {what}")

    return function
