/* SPDX-License-Identifier: ISC */
/* hvt: from the tender to the application. */
#include "hvt.h"

START_ON_OWN_STACK("");

__attribute__((used)) static _Noreturn void bindings_start(const struct hvt_boot_info *boot)
{
    fault_init();
    time_init(boot->cpu_cycle_freq);
    bindings_manifest = (const struct mft *)boot->mft;
    block_flush_offered = hvt_boot_info_is_long(boot) && boot->host_features & HVT_FEATURE_BLOCK_FLUSH;
    if (hvt_boot_info_is_long(boot))
        net_rings_init(boot);
    application_run((const char *)boot->cmdline, boot->mem_size);
}

const char *solo5_target(void)
{
    return "hvt";
}

ABI1_NOTE_SECTION const struct abi1_note solo5_abi1_note = {
    .header = {sizeof SOLO5_NOTE_NAME, sizeof(struct abi1_info), ABI1_NOTE_TYPE, SOLO5_NOTE_NAME},
    .info = {.target = ABI_TARGET_HVT, .version = HVT_ABI_VERSION},
};

PMC1_NOTE_SECTION const struct pmc1_note solo5_pmc1_note = {
    .header = {sizeof SOLO5_NOTE_NAME, sizeof(uint32_t), PMC1_NOTE_TYPE, SOLO5_NOTE_NAME},
    .capabilities = PMC1_NET_HEADER,
};

ELF_INTERPRETER_SECTION const char elf_interpreter[24] = ELF_INTERPRETER;
