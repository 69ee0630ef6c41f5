"""The names that hot modules import from `mypy_extensions`, for images.

The types are only annotations to compiled code; interpreted code that calls them gets plain integers of the
same width.
"""

from typing import Any


def mypyc_attr(*_: object, **__: object) -> Any:
    return lambda decorated: decorated


def trait(cls: Any) -> Any:
    return cls


class _Meta(type):
    width: int
    signed: bool

    def __call__(cls, x: Any = 0, *base: int) -> int:
        value = int(x, *base) & ((1 << cls.width) - 1)
        return value - (1 << cls.width) if cls.signed and value >> (cls.width - 1) else value

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, int)


class i64(metaclass=_Meta):
    width, signed = 64, True


class i32(metaclass=_Meta):
    width, signed = 32, True


class i16(metaclass=_Meta):
    width, signed = 16, True


class u8(metaclass=_Meta):
    width, signed = 8, False
