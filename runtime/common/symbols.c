/* SPDX-License-Identifier: ISC */
/* Names functions by address: see symbols.h. The file is untrusted: every offset is checked. */
#include "symbols.h"

#include <stdbool.h>

static bool inside(uint64_t offset, uint64_t length, uint64_t size)
{
    return offset <= size && length <= size - offset;
}

struct symbols symbols_of(const void *file, size_t size)
{
    struct symbols none = {0};
    const Elf64_Ehdr *header = file;
    if (size < sizeof *header || header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shoff % 8 ||
        !inside(header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf64_Shdr), size))
        return none;
    const Elf64_Shdr *sections = (const void *)((const char *)file + header->e_shoff);
    for (int i = 0; i < header->e_shnum; i++) {
        const Elf64_Shdr *table = &sections[i];
        if (table->sh_type != SHT_SYMTAB || table->sh_link >= header->e_shnum || table->sh_offset % 8)
            continue;
        const Elf64_Shdr *names = &sections[table->sh_link];
        if (!inside(table->sh_offset, table->sh_size, size) || !inside(names->sh_offset, names->sh_size, size))
            continue;
        return (struct symbols){
            .table = (const void *)((const char *)file + table->sh_offset),
            .count = table->sh_size / sizeof(Elf64_Sym),
            .names = (const char *)file + names->sh_offset,
            .names_size = names->sh_size,
        };
    }
    return none;
}

/* Assembly may leave a size of 0: such a function reaches to the next symbol, so the nearest below wins. */
static const Elf64_Sym *nearest(const struct symbols *symbols, uint64_t address)
{
    const Elf64_Sym *best = NULL;
    for (size_t i = 0; i < symbols->count; i++) {
        const Elf64_Sym *symbol = &symbols->table[i];
        if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_value > address)
            continue;
        if (symbol->st_size && address - symbol->st_value >= symbol->st_size)
            continue;
        if (!best || symbol->st_value > best->st_value)
            best = symbol;
    }
    return best;
}

void symbols_add_name(struct text *text, const struct symbols *symbols, uint64_t address)
{
    const Elf64_Sym *symbol = symbols ? nearest(symbols, address) : NULL;
    if (!symbol || symbol->st_name >= symbols->names_size)
        return;
    text_add(text, " (");
    text_add_bounded(text, symbols->names + symbol->st_name, symbols->names_size - symbol->st_name);
    text_add(text, "+");
    text_hexadecimal(text, address - symbol->st_value);
    text_add(text, ")");
}
