/* SPDX-License-Identifier: ISC */
/* virtio: waiting. Devices interrupt only meanwhile. */
#include "devices.h"

struct statistics statistics;

static bool stop_wanted;

bool solo5_stop_requested(void)
{
    return stop_wanted;
}

static solo5_handle_set_t wait(solo5_time_t deadline)
{
    solo5_handle_set_t ready;
    net_interrupts(true);
    while (!(ready = net_ready()) && solo5_clock_monotonic() < deadline)
        if (transport_wait(deadline) >> POWER_VECTOR & 1 && acpi_button_pressed()) {
            stop_wanted = true;
            break;
        }
    net_interrupts(false);
    return ready;
}

void solo5_yield(solo5_time_t deadline, solo5_handle_set_t *ready_set)
{
    net_announce();
    translations_worked();
    solo5_handle_set_t ready = net_ready();
    if (!ready && solo5_clock_monotonic() < deadline)
        ready = wait(deadline);
    translations_waited();
    time_refine();
    if (ready_set)
        *ready_set = ready;
}
