/* SPDX-License-Identifier: ISC */
/* What the files of the virtio bindings share. start.c is the table of contents. */
#ifndef PYMIRAGE_BINDINGS_VIRTIO_H
#define PYMIRAGE_BINDINGS_VIRTIO_H

#include "bindings.h"
#include "processor.h"
#include "text.h"

/* From entry.c: PVH is protocol 0, others are the number that their loaders leave. */
_Noreturn void bindings_start(uint32_t protocol, uint64_t information);

/* One line on the console, "pymirage-virtio: what (remedy)", and the end with status 1: it cannot start. */
_Noreturn void cannot_start(const char *what, const char *remedy);

/* verify.c: the first thing to ask, as later the image has changed. */
bool image_is_damaged(void);

/* boot_info.c: what the loader left, copied out of its memory. */
enum { MOST_RANGES = 16, COMMAND_LINE_SIZE = 8192 };

struct range {
    uint64_t start, end;
};

struct boot_info {
    char command_line[COMMAND_LINE_SIZE];
    struct range ram[MOST_RANGES];
    uint32_t ram_count;
    uint64_t root_table; /* of ACPI: address of the RSDT or XSDT; 0 when the loader did not say */
    bool root_is_extended;
};

extern struct boot_info boot_info;

void boot_info_read(uint32_t protocol, uint64_t address);

/* memory.c: page tables, the heap that fills itself, memory for devices. */
void memory_init(void);

/* Zeroed pages whose physical address is their address. Ends the image when there are none. Only before the application runs. */
void *memory_take(uint64_t size);

/* The heap is what nobody took. */
struct range memory_heap(void);

/* Octets of RAM in the machine. */
uint64_t memory_total(void);

/* Physical memory that is not ours, for reading and writing; (cached) for tables, not for registers. */
void *memory_map(uint64_t physical, uint64_t size, bool cached);

/*
 * The physical address of what lies at (address), for a device. (*run) is how far it goes on in one piece, at most what
 * (*run) was before. Makes the memory real, as devices do not fault.
 */
uint64_t memory_physical(const void *address, uint64_t *run);

struct trap;
bool memory_resolve(const struct trap *trap, uint64_t address);

/* translations.c: makes QEMU's emulator remember more pages. Told after work (with page faults) and after waiting. */
void translations_init(void);
void translations_worked(void);
void translations_waited(void);

/* command_line.c: takes the words that are for the machine out of the command line. */
void command_line_take_words(void);

extern struct machine_words {
    const char *console; /* "ttyS0", "hvc0" or NULL */
    bool no_pci;
    uint32_t mmio_count;
    struct mmio_word {
        uint64_t address;
        uint32_t interrupt;
    } mmio[64];
} machine_words;

/* serial.c */
void serial_init(void);
bool serial_present(void);
void serial_write(const char *buf, size_t size);

/* acpi.c */
void acpi_init(void);
/* acpi_devices.c */
void acpi_devices_find(const uint8_t *dsdt, uint32_t length);

void acpi_power_off(void);
void acpi_reset(void);
void acpi_watch_button(void);
bool acpi_button_pressed(void);
uint16_t acpi_timer_port(void);      /* 0: none */
uint64_t acpi_configuration_space(void); /* physical; 0: none */
extern uint64_t acpi_io_apic[4];
extern uint32_t acpi_io_apic_first[4], acpi_io_apics;
/* Where an interrupt of the first PCs (0 to 15) arrives, and how PCI's devices drive it. */
enum { ISA_LINES = 16 };
struct isa_line {
    uint32_t line;
    bool active_low;
};
struct isa_line acpi_isa_line(uint8_t number);
uint32_t acpi_interrupt(void); /* the line of the power button's registers; 0: none */

/* interrupts.c: vectors mean "look again", and which one came. */
enum { TIMER_VECTOR = 32, FIRST_DEVICE_VECTOR = 33, POWER_VECTOR = 62, SPURIOUS_VECTOR = 63 };
void interrupts_init(void);

/* vectors.c */
void vectors_init(void);
/* A line of one device, which counts as an edge; or one that several share (PCI), which lasts until interrupts_quiet. */
bool interrupts_route(uint32_t line, uint8_t vector);
bool interrupts_route_shared(struct isa_line isa, uint8_t vector);
uint64_t interrupts_message_address(void);
/* Halts until an interrupt comes or the monotonic clock is at (deadline); what there was to look at was looked at. */
void interrupts_wait(uint64_t deadline);
uint64_t interrupts_came(void); /* a bit for each vector since it was last asked */
/* Who drove shared lines of these vectors was quieted: they may interrupt again. */
void interrupts_quiet(uint64_t vectors);

/* The processor's own timer, measured beside others: counts up from start to done. */
bool local_timer_needs_frequency(void);
void local_timer_start(void);
uint32_t local_timer_count(void);
void local_timer_done(uint64_t frequency);

/* time.c */
void time_init(void);
void time_refine(void);
uint64_t time_ticks_at(uint64_t nanoseconds); /* of the time-stamp counter; now for what has passed */

/* devices.c */
void devices_init(void);

extern struct statistics {
    uint64_t kicks, waits, interrupts;
} statistics;

#endif
