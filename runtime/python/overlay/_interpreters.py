"""In an image: one interpreter. (AnyIO imports this without asking.)"""

from _absent import absent as _absent


class InterpreterError(Exception):
    """What others raise."""


class InterpreterNotFoundError(InterpreterError):
    """The same."""


class NotShareableError(ValueError):
    """The same."""


create = destroy = exec = set___main___attrs = _absent("other interpreters")
