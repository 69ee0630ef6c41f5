/* SPDX-License-Identifier: ISC */
/* Finds devices in a manifest that has been validated. */
#include "manifest.h"

#include "memory.h"

const struct mft_entry *manifest_by_name(const struct mft *manifest, const char *name, uint32_t type,
                                         uint64_t *index)
{
    for (uint32_t i = 0; i < manifest->entries; i++) {
        const struct mft_entry *entry = &manifest->e[i];
        if (entry->type == type && string_equal(entry->name, name)) {
            if (index)
                *index = i;
            return entry;
        }
    }
    return NULL;
}

const struct mft_entry *manifest_by_index(const struct mft *manifest, uint64_t index, uint32_t type)
{
    if (index >= manifest->entries || manifest->e[index].type != type)
        return NULL;
    return &manifest->e[index];
}
