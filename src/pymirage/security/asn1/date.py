"""Dates as RFC 5280 §4.1.2.5 writes them: UTC, with seconds, without fractions. Seconds since 1970."""

from __future__ import annotations

_DAYS = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)

FIRST_GENERALIZED = 2524608000
"""2050-01-01: from here on dates are GeneralizedTime."""


def utc_time(value: bytes) -> int:
    """YYMMDDHHMMSSZ, of the years 1950 to 2049."""
    if len(value) != 13:
        raise ValueError("UTCTime is YYMMDDHHMMSSZ")
    year = _number(value[:2])
    return _seconds(year + (1900 if year >= 50 else 2000), value[2:])


def generalized_time(value: bytes) -> int:
    """YYYYMMDDHHMMSSZ."""
    if len(value) != 15:
        raise ValueError("GeneralizedTime is YYYYMMDDHHMMSSZ")
    return _seconds(_number(value[:4]), value[4:])


def text(seconds: int) -> str:
    """2026-11-21T11:06:00Z."""
    year, month, day, rest = _civil(seconds)
    return f"{year:04}-{month:02}-{day:02}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}Z"


def digits(seconds: int) -> bytes:
    """YYYYMMDDHHMMSSZ; a UTCTime is the same without the century."""
    return text(seconds).translate(str.maketrans("", "", "-T:")).encode()


def _seconds(year: int, rest: bytes) -> int:
    month, day, hour, minute, second = (_number(rest[at : at + 2]) for at in range(0, 10, 2))
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if rest[10:] != b"Z" or not 1 <= month <= 12 or hour > 23 or minute > 59 or second > 59:
        raise ValueError("not a date in UTC")
    length = 29 if month == 2 and leap else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
    if not 1 <= day <= length:
        raise ValueError("not a day of the calendar")
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400 - 719162
    days += _DAYS[month - 1] + (1 if leap and month > 2 else 0) + day - 1
    return days * 86400 + hour * 3600 + minute * 60 + second


def _civil(seconds: int) -> tuple[int, int, int, int]:
    """Year, month, day and the seconds of the day, in eras of 400 years that begin with March."""
    days, rest = divmod(seconds, 86400)
    era, day_of_era = divmod(days + 719468, 146097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = era * 400 + year_of_era + (1 if month <= 2 else 0)
    return year, month, day_of_year - (153 * shifted + 2) // 5 + 1, rest


def _number(digits: bytes) -> int:
    if not digits.isdigit():
        raise ValueError("not a date of digits")
    return int(digits)
