/* SPDX-License-Identifier: ISC */
/* spt: from the tender to the application. */
#include "process.h"

struct process process;

START_ON_OWN_STACK("");

__attribute__((used)) static _Noreturn void bindings_start(const struct spt_boot_info *boot)
{
    process = (struct process){
        .epollfd = boot->epollfd,
        .timerfd = boot->timerfd,
        .one_block_at_a_time = true,
        .flush_allowed = spt_boot_info_is_long(boot) && boot->host_features & SPT_FEATURE_BLOCK_FLUSH,
        .clock = spt_boot_info_has_clock(boot) ? (vdso_clock_gettime *)boot->clock : NULL,
        .net_headers = spt_boot_info_is_long(boot) ? boot->net_headers : 0,
    };
    bindings_manifest = (const struct mft *)boot->mft;
    application_run((const char *)boot->cmdline, boot->mem_size);
}

const char *solo5_target(void)
{
    return "spt";
}

ABI1_NOTE_SECTION const struct abi1_note solo5_abi1_note = {
    .header = {sizeof SOLO5_NOTE_NAME, sizeof(struct abi1_info), ABI1_NOTE_TYPE, SOLO5_NOTE_NAME},
    .info = {.target = ABI_TARGET_SPT, .version = SPT_ABI_VERSION},
};

PMC1_NOTE_SECTION const struct pmc1_note solo5_pmc1_note = {
    .header = {sizeof SOLO5_NOTE_NAME, sizeof(uint32_t), PMC1_NOTE_TYPE, SOLO5_NOTE_NAME},
    .capabilities = PMC1_NET_HEADER,
};

ELF_INTERPRETER_SECTION const char elf_interpreter[24] = ELF_INTERPRETER;
