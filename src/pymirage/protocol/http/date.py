# pymirage: hot
"""Dates of HTTP: RFC 9110 §5.6.7. Written as IMF-fixdate; read in all three forms.

Own arithmetic of the calendar: `email.utils` and `datetime` would come into every image for one line.
"""

from typing import Final

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAY: Final = 86400


def days_of(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the Gregorian calendar; years begin in March, so that leap days come last."""
    shifted = year if month > 2 else year - 1
    era = shifted // 400
    of_era = shifted - era * 400
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def date_of(days: int) -> tuple[int, int, int]:
    """Year, month, day: the inverse of `days_of`."""
    days += 719468
    era = days // 146097
    of_era = days - era * 146097
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year + era * 400 + (1 if month <= 2 else 0), month, of_year - (153 * shifted + 2) // 5 + 1


def emit(seconds: int) -> str:
    """Sun, 06 Nov 1994 08:49:37 GMT. Seconds since 1970-01-01T00:00:00Z."""
    days, rest = divmod(seconds, DAY)
    year, month, day = date_of(days)
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{DAYS[(days + 3) % 7]}, {day:02} {MONTHS[month - 1]} {year:04} {clock} GMT"


def parse(text: str) -> int | None:
    """Seconds since 1970-01-01T00:00:00Z; None when it is no date, which makes a condition void."""
    words = text.replace("-", " ").replace(",", " ").split()
    if len(words) == 6 and words[5] == "GMT":
        # Sun, 06 Nov 1994 08:49:37 GMT, and rfc850-date: Sunday, 06-Nov-94 08:49:37 GMT
        return moment(words[3], words[2], words[1], words[4])
    if len(words) == 5:
        # asctime: Sun Nov  6 08:49:37 1994
        return moment(words[4], words[1], words[2], words[3])
    return None


def moment(year: str, month: str, day: str, clock: str) -> int | None:
    times = clock.split(":")
    if len(times) != 3 or month not in MONTHS or len(year) not in (2, 4):
        return None
    for digits in (year, day, *times):
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 4):
            return None
    number, hour, minute, second = int(year), int(times[0]), int(times[1]), int(times[2])
    if len(year) == 2:
        # "in the past" when it looks more than 50 years in the future (§5.6.7); the turn is 1970's half.
        number += 1900 if number >= 70 else 2000
    date = (number, MONTHS.index(month) + 1, int(day))
    days = days_of(number, MONTHS.index(month) + 1, int(day))
    # A day that its month does not have is another one on the way back. 60 is a leap second.
    if date_of(days) != date or hour > 23 or minute > 59 or second > 60:
        return None
    return days * DAY + hour * 3600 + minute * 60 + second
