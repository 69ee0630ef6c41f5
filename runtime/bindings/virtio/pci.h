/* SPDX-License-Identifier: ISC */
/* virtio: PCI's configuration space (PCI Local Bus Specification 3.0, chapter 6). */
#ifndef PYMIRAGE_VIRTIO_PCI_H
#define PYMIRAGE_VIRTIO_PCI_H

#include <stdbool.h>
#include <stdint.h>

/* Bus, device and function, as an address in configuration space: bits 20, 15 and 12. */
typedef uint32_t pci_function;

enum { PCI_COMMAND = 4, PCI_BARS = 0x10, PCI_CAPABILITIES = 0x34 };

/* Finds the way to configuration space; false when the machine has no PCI. */
bool pci_init(void);

uint32_t pci_read(pci_function function, uint32_t at, uint32_t width);
void pci_write(pci_function function, uint32_t at, uint32_t width, uint32_t value);

/* Maps (size) octets at (offset) of a memory BAR, which gets an address if the firmware gave it none; NULL: it is none. */
volatile void *pci_map(pci_function function, uint32_t bar, uint32_t offset, uint32_t size);

/* The port of an I/O BAR; 0 when it is none. */
uint16_t pci_port(pci_function function, uint32_t bar);

/* The offset of the next capability with the identifier after (after), 0 for the first; 0 when there is none. */
uint32_t pci_capability(pci_function function, uint32_t identifier, uint32_t after);

/* Message (entry 0 of MSI-X) to (vector); false when the function has no MSI-X. */
bool pci_messages(pci_function function, uint8_t vector);

/*
 * The number that the firmware gave to the line of a function without messages, which drives it from now on; 0 when it gave
 * none that the first PCs had.
 */
uint8_t pci_line(pci_function function);

/* Nobody would quiet the function: it leaves its line alone. */
void pci_silence(pci_function function);

/* Calls (found) for each function there is, bus by bus. */
void pci_each(void (*found)(pci_function function));

#endif
