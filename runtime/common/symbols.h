/* SPDX-License-Identifier: ISC */
/* Names functions by address, from the symbol table of an ELF file that lies in memory. */
#ifndef PYMIRAGE_SYMBOLS_H
#define PYMIRAGE_SYMBOLS_H

#include <linux/elf.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

struct symbols {
    const Elf64_Sym *table;
    size_t count;
    const char *names;
    size_t names_size;
};

/* Finds .symtab in (size) octets at (file). Empty when the file has none or is damaged: never an error. */
struct symbols symbols_of(const void *file, size_t size);

/* Adds " (name+0x1f)" when a function holds (address), nothing otherwise. (symbols) may be NULL. */
void symbols_add_name(struct text *text, const struct symbols *symbols, uint64_t address);

#endif
