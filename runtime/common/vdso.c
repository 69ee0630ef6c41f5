/* SPDX-License-Identifier: ISC */
/* Finds the vDSO's clock: see vdso.h. The kernel's own page is trusted. */
#include "vdso.h"

#include <linux/auxvec.h>
#include <linux/elf.h>
#include <stddef.h>
#include <stdint.h>

#include "memory.h"

enum { STRING_TABLE = 5, SYMBOL_TABLE = 6 }; /* DT_STRTAB, DT_SYMTAB */

/* Behind the arguments and the environment lie pairs of words (System V ABI for x86-64, 3.4.1). */
static const char *vdso_address(char **argv)
{
    while (*argv)
        argv++;
    char **environment = argv + 1;
    while (*environment)
        environment++;
    for (const uint64_t *pair = (const uint64_t *)(environment + 1); *pair != AT_NULL; pair += 2)
        if (*pair == AT_SYSINFO_EHDR)
            return (const char *)pair[1];
    return NULL;
}

/* Addresses in the library are relative to where it was linked for, which is 0. */
static const void *table(const char *vdso, const Elf64_Dyn *dynamic, int64_t tag)
{
    for (; dynamic->d_tag; dynamic++)
        if (dynamic->d_tag == tag)
            return vdso + dynamic->d_un.d_ptr;
    return NULL;
}

static const Elf64_Dyn *dynamic_section(const char *vdso)
{
    const Elf64_Ehdr *header = (const void *)vdso;
    const Elf64_Phdr *segments = (const void *)(vdso + header->e_phoff);
    for (int i = 0; i < header->e_phnum; i++)
        if (segments[i].p_type == PT_DYNAMIC)
            return (const void *)(vdso + segments[i].p_offset);
    return NULL;
}

vdso_clock_gettime *vdso_find_clock(char **argv)
{
    const char *vdso = vdso_address(argv);
    const Elf64_Dyn *dynamic = vdso ? dynamic_section(vdso) : NULL;
    if (!dynamic)
        return NULL;
    const Elf64_Sym *symbol = table(vdso, dynamic, SYMBOL_TABLE);
    const char *names = table(vdso, dynamic, STRING_TABLE);
    /* No tag tells how many symbols there are; their names follow them. */
    for (; symbol && (const char *)(symbol + 1) <= names; symbol++)
        if (ELF64_ST_TYPE(symbol->st_info) == STT_FUNC &&
            string_equal(names + symbol->st_name, "__vdso_clock_gettime"))
            return (vdso_clock_gettime *)(uintptr_t)(vdso + symbol->st_value);
    return NULL;
}
