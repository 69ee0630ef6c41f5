/* SPDX-License-Identifier: ISC */
/*
 * A plugin of QEMU's emulator that counts what a guest does, whatever the guest is: instructions, and of those the
 * ones for which a guest of KVM leaves to its host: HLT, reads and writes of model-specific registers. (Accesses to
 * devices' registers are in QEMU's own traces.) The counters are a file's first words, to be read at any time.
 *
 * `-plugin virtio_counts.so,counters=PATH`. The interface is QEMU's include/qemu/qemu-plugin.h, version 1.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PUBLIC __attribute__((visibility("default")))

struct block;
struct instruction;
struct machine;
enum operation { ADD };

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t plugin, void (*translated)(uint64_t plugin, struct block *block));
void qemu_plugin_register_vcpu_tb_exec_inline(struct block *block, enum operation, void *counter, uint64_t value);
void qemu_plugin_register_vcpu_insn_exec_inline(struct instruction *, enum operation, void *counter, uint64_t value);
size_t qemu_plugin_tb_n_insns(const struct block *block);
struct instruction *qemu_plugin_tb_get_insn(const struct block *block, size_t index);
const void *qemu_plugin_insn_data(const struct instruction *instruction);
size_t qemu_plugin_insn_size(const struct instruction *instruction);

PUBLIC int qemu_plugin_version = 1;

static struct counters {
    uint64_t instructions, halts, registers;
} *counters;

static uint64_t *counter_of(const uint8_t *code, size_t size)
{
    if (code[0] == 0xf4)
        return &counters->halts;
    if (size == 2 && code[0] == 0x0f && (code[1] == 0x30 || code[1] == 0x32))
        return &counters->registers;
    return NULL;
}

static void translated(uint64_t plugin, struct block *block)
{
    const size_t count = qemu_plugin_tb_n_insns(block);
    (void)plugin;
    qemu_plugin_register_vcpu_tb_exec_inline(block, ADD, &counters->instructions, count);
    for (size_t i = 0; i < count; i++) {
        struct instruction *instruction = qemu_plugin_tb_get_insn(block, i);
        uint64_t *counter = counter_of(qemu_plugin_insn_data(instruction), qemu_plugin_insn_size(instruction));
        if (counter)
            qemu_plugin_register_vcpu_insn_exec_inline(instruction, ADD, counter, 1);
    }
}

PUBLIC int qemu_plugin_install(uint64_t plugin, const struct machine *machine, int count, char **words)
{
    const char *path = count == 1 ? strchr(words[0], '=') : NULL;
    const int file = path ? open(path + 1, O_RDWR) : -1;
    (void)machine;
    if (file < 0)
        return -1;
    counters = mmap(NULL, sizeof *counters, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (counters == MAP_FAILED)
        return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(plugin, translated);
    return 0;
}
