"""Dates of HTTP: RFC 9110 §5.6.7. Seconds since 1970, without the standard library's calendars."""

from typing import Final

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAY: Final = 86_400
SOME_YEARS: Final = 50
"""A two-digit year that would lie further in the future than this is in the past century (§5.6.7)."""


def write(seconds: int) -> str:
    """IMF-fixdate, the only form that is sent: `Sun, 06 Nov 1994 08:49:37 GMT`."""
    days, rest = divmod(seconds, DAY)
    year, month, day = _civil(days)
    weekday = DAYS[(days + 3) % 7]
    hour, minute, second = rest // 3600, rest // 60 % 60, rest % 60
    return f"{weekday}, {day:02d} {MONTHS[month - 1]} {year:04d} {hour:02d}:{minute:02d}:{second:02d} GMT"


def read(text: str, now: int) -> int | None:
    """Any of the three forms; None for what is no date. `now` decides the century of two-digit years."""
    words = text.split()
    if len(words) == 6 and words[0][:-1] in DAYS and words[0][-1] == "," and words[5] == "GMT":
        return _seconds(words[3], words[2], words[1], words[4])
    if len(words) == 4 and words[0].endswith("day,") and words[3] == "GMT":
        parts = words[1].split("-")
        if len(parts) == 3 and len(parts[2]) == 2 and _number(parts[2]):
            return _seconds(_century(int(parts[2]), now), parts[1], parts[0], words[2])
        return None
    if len(words) == 5 and words[0] in DAYS:
        return _seconds(words[4], words[1], words[2], words[3])
    return None


def _seconds(year: str, month: str, day: str, time: str) -> int | None:
    clock = time.split(":")
    if month not in MONTHS or not _number(year) or len(year) != 4 or not _number(day) or len(clock) != 3:
        return None
    if not all(_number(part) and len(part) == 2 for part in clock):
        return None
    hour, minute, second = (int(part) for part in clock)
    date = (int(year), MONTHS.index(month) + 1, int(day))
    days = _days(*date)
    # 60 is a leap second. A day that the month does not have comes back as another one.
    if hour > 23 or minute > 59 or second > 60 or _civil(days) != date:
        return None
    return days * DAY + hour * 3600 + minute * 60 + second


def _century(two_digits: int, now: int) -> str:
    this_year = _civil(now // DAY)[0]
    year = this_year - this_year % 100 + two_digits
    return str(year - 100 if year > this_year + SOME_YEARS else year)


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the proleptic Gregorian calendar, whose years begin here in March."""
    if month <= 2:
        year, month = year - 1, month + 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719_469


def _civil(days: int) -> tuple[int, int, int]:
    """Year, month and day: the inverse of `_days`."""
    era, day = divmod(days + 719_468, 146_097)
    year = (day - day // 1460 + day // 36_524 - day // 146_096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5
    month += 3
    year += era * 400
    return (year + 1, month - 12, day + 1) if month > 12 else (year, month, day + 1)
