"""Giving the room of a part of a file back to the host's file system (fallocate(2), FALLOC_FL_PUNCH_HOLE)."""

from __future__ import annotations

import ctypes
import errno
import os

_KEEP_SIZE, _PUNCH_HOLE = 1, 2
_NOT_HERE = (errno.EOPNOTSUPP, errno.ENOSYS, errno.ENODEV)


def punch(descriptor: int, offset: int, length: int) -> None:
    """Reading gives zeros afterwards, or what was there where the host has no holes. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    call = getattr(libc, "fallocate64", None) or libc.fallocate
    call.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    if length and call(descriptor, _PUNCH_HOLE | _KEEP_SIZE, offset, length):
        number = ctypes.get_errno()
        if number not in _NOT_HERE:
            raise OSError(number, os.strerror(number))
