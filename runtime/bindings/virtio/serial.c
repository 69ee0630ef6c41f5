/* SPDX-License-Identifier: ISC */
/* virtio: the first serial port, a 16550 (TL16C550 data sheet), polled. */
#include "virtio.h"

enum { PORT = 0x3f8 };
enum { DATA = 0, INTERRUPTS = 1, FIFO = 2, LINE = 3, MODEM = 4, LINE_STATUS = 5, SCRATCH = 7 };
enum { DIVISOR_ACCESS = 0x80, EIGHT_BITS = 3, FIFO_ON = 7, READY = 3, TRANSMITTER_EMPTY = 0x20 };
enum { FIFO_SIZE = 16, PATIENCE = 100000 };

static bool present;

/* A port that nobody has reads as ones; a UART keeps what is written into its scratch register. */
void serial_init(void)
{
    out8(PORT + SCRATCH, 0x5a);
    present = in8(PORT + SCRATCH) == 0x5a;
    out8(PORT + INTERRUPTS, 0);
    out8(PORT + LINE, DIVISOR_ACCESS);
    out8(PORT + DATA, 1); /* 115200 baud */
    out8(PORT + INTERRUPTS, 0);
    out8(PORT + LINE, EIGHT_BITS);
    out8(PORT + FIFO, FIFO_ON);
    out8(PORT + MODEM, READY);
}

bool serial_present(void)
{
    return present;
}

/* A port that never gets ready loses what is written: the console is best effort. */
static bool wait_until_empty(void)
{
    for (int i = 0; i < PATIENCE; i++) {
        if (in8(PORT + LINE_STATUS) & TRANSMITTER_EMPTY)
            return true;
        __builtin_ia32_pause();
    }
    return false;
}

void serial_write(const char *buf, size_t size)
{
    static int room;
    for (size_t i = 0; i < size; i++) {
        if (room < 2) {
            if (!wait_until_empty())
                return;
            room = FIFO_SIZE;
        }
        out8(PORT + DATA, (uint8_t)buf[i]);
        room--;
    }
}
