/* SPDX-License-Identifier: ISC */
/*
 * virtio: the date: see rtc.h. A reading says only that the true time lies within a second; the truth is in what all
 * readings have in common. The least of it counts, so that the clock never steps back.
 */
#include "rtc.h"

#include "virtio.h"

enum { INDEX = 0x70, DATA = 0x71 };
enum { SECONDS = 0, MINUTES = 2, HOURS = 4, DAY = 7, MONTH = 8, YEAR = 9, STATUS_A = 10, STATUS_B = 11, CENTURY = 0x32 };
enum { UPDATING = 0x80, BINARY = 4, HOURS_24 = 2, AFTERNOON = 0x80 };

#define SECOND 1000000000ULL

static uint64_t least, most; /* bounds of the offset */
static bool present;

static uint8_t read_cell(uint8_t cell)
{
    out8(INDEX, cell);
    return in8(DATA);
}

struct date {
    uint8_t second, minute, hour, day, month, year;
};

static struct date read_date(void)
{
    return (struct date){read_cell(SECONDS), read_cell(MINUTES), read_cell(HOURS),
                         read_cell(DAY),     read_cell(MONTH),   read_cell(YEAR)};
}

/* Twice the same, and not in the middle of a change. */
static bool read_stable(struct date *date)
{
    enum { TRIES = 100 };
    for (int i = 0; i < TRIES; i++) {
        if (read_cell(STATUS_A) & UPDATING)
            continue;
        *date = read_date();
        const struct date again = read_date();
        if (!memcmp(date, &again, sizeof again))
            return true;
    }
    return false;
}

static uint32_t decimal(uint8_t value, bool binary)
{
    return binary ? value : (value >> 4) * 10U + (value & 15U);
}

/* Days from 1970-01-01 in the Gregorian calendar, with years that begin in March. */
static uint64_t days(uint32_t year, uint32_t month, uint32_t day)
{
    if (month <= 2)
        year--;
    month = (month + 9) % 12;
    return 365ULL * year + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + day - 1 - 719468;
}

static uint64_t seconds_of(const struct date *date)
{
    const uint8_t status = read_cell(STATUS_B);
    const bool binary = status & BINARY;
    uint32_t hour = decimal(date->hour & (status & HOURS_24 ? 0xff : 0x7f), binary);
    if (!(status & HOURS_24))
        hour = hour % 12 + (date->hour & AFTERNOON ? 12 : 0);
    const uint32_t century = decimal(read_cell(CENTURY), false);
    const uint32_t year = (century >= 19 && century <= 29 ? century : 20) * 100 + decimal(date->year, binary);
    return ((days(year, decimal(date->month, binary), decimal(date->day, binary)) * 24 + hour) * 60 +
            decimal(date->minute, binary)) * 60 + decimal(date->second, binary);
}

static void bound(uint64_t low, uint64_t high)
{
    if (low < most && high > least) {
        least = low > least ? low : least;
        most = high < most ? high : most;
    } else { /* somebody set the clock */
        least = low;
        most = high;
    }
}

void rtc_look(void)
{
    struct date date;
    if (!present || !read_stable(&date))
        return;
    const uint64_t read = seconds_of(&date) * SECOND, now = solo5_clock_monotonic();
    bound(read - now, read + SECOND - now);
}

/* A machine without one answers ones. */
void rtc_init(void)
{
    present = read_cell(STATUS_B) != 0xff;
    rtc_look();
}

uint64_t rtc_offset(void)
{
    if (!present)
        fatal("this machine has no wall clock (QEMU's microvm: -M microvm,rtc=on)");
    return least;
}
