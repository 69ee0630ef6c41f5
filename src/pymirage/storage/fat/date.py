"""Dates in directory entries: FAT32 specification, "Date and Time Formats".

They have no time zone; like every system without one we take them for UTC.
"""

from __future__ import annotations

from typing import Final

_SECOND: Final = 1_000_000_000
_DAYS_BEFORE_MONTH: Final = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_DAYS_BEFORE_1970: Final = 719_162
FIRST_YEAR: Final = 1980
LAST_YEAR: Final = 2107


def nanoseconds(date: int, time: int) -> int:
    """Since 1970; 0 for a date that is none (a field of zeros says "not known")."""
    year, month, day = FIRST_YEAR + (date >> 9), date >> 5 & 15, date & 31
    if not (1 <= month <= 12 and day):
        return 0
    seconds = (time >> 11) * 3600 + (time >> 5 & 63) * 60 + (time & 31) * 2
    return (_days(year, month, day) * 86_400 + seconds) * _SECOND


def fields(now: int) -> tuple[int, int]:
    """(date, time) for nanoseconds since 1970, cut to what the format can say."""
    days, rest = divmod(now // _SECOND, 86_400)
    # Gregorian years repeat after 146097 days; the estimate is at most one year too late.
    year = 1970 + days // 365
    while _days(year, 1, 1) > days:
        year -= 1
    if year < FIRST_YEAR:
        return 1 << 5 | 1, 0
    if year > LAST_YEAR:
        return (LAST_YEAR - FIRST_YEAR) << 9 | 12 << 5 | 31, 23 << 11 | 59 << 5 | 29
    month = next(month for month in range(12, 0, -1) if _days(year, month, 1) <= days)
    day = days - _days(year, month, 1) + 1
    date = (year - FIRST_YEAR) << 9 | month << 5 | day
    return date, rest // 3600 << 11 | rest // 60 % 60 << 5 | rest % 60 // 2


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01, in the Gregorian calendar."""
    before = year - 1
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = before * 365 + before // 4 - before // 100 + before // 400
    return days + _DAYS_BEFORE_MONTH[month - 1] + (leap and month > 2) + day - 1 - _DAYS_BEFORE_1970
