/* SPDX-License-Identifier: ISC */
/*
 * virtio: the first instructions. Two protocols leave the processor in 32-bit protected mode without paging:
 *
 *   PVH          QEMU -kernel, Firecracker, cloud-hypervisor, Xen: "x86/HVM direct boot ABI", by a note in the image
 *   Multiboot 2  GRUB, by a header in the first 32 KiB of the image; there the ELF entry point is what counts
 *
 * The way up (Intel SDM volume 3, 9.8.5): tables that map the lowest 4 GiB one to one, PAE, long mode, paging, a 64-bit
 * code segment. memory.c replaces these tables soon. Not Multiboot 1: QEMU would prefer it to PVH, and
 * refuses 64-bit images there.
 */
#include "elf_abi.h"
#include "virtio.h"

__asm__(".pushsection .text.entry, \"ax\", @progbits\n"
        ".code32\n"
        ".globl _start\n.type _start, @function\n"
        "_start:\n"
        "  movl %eax, %esi\n" /* Multiboot 2 leaves its magic number here, and the boot information in EBX */
        "  jmp enter_32\n"
        ".size _start, . - _start\n"
        ".type start_pvh, @function\n"
        "start_pvh:\n"
        "  xorl %esi, %esi\n"
        ".size start_pvh, . - start_pvh\n"
        ".type enter_32, @function\n"
        "enter_32:\n"
        "  cli\n  cld\n"
        "  movl %ebx, %ebp\n  movl %esi, %esp\n" /* no stack yet: a register like others */
        /* Is there memory where the image ends? The stack is there, so it must be asked for without one. */
        "  movl $0x5a17c3e9, %eax\n  movl %eax, __stack_end - 4\n  cmpl %eax, __stack_end - 4\n"
        "  movl $too_small_message, %esi\n  jne complain\n"
        /* Long mode and no-execute pages are there? */
        "  movl $too_old_message, %esi\n"
        "  movl $0x80000000, %eax\n  cpuid\n  cmpl $0x80000001, %eax\n  jb complain\n"
        "  movl $0x80000001, %eax\n  cpuid\n  andl $0x20100000, %edx\n  cmpl $0x20100000, %edx\n  jne complain\n"
        /*
         * A table of tables, a table of four directories, four directories of 2 MiB pages, at the low end of the stack:
         * it does not come there before memory.c replaces them, and verify.c has an image that nobody wrote to.
         */
        "  movl $__stack_start, %edi\n"
        "  leal 0x1007(%edi), %eax\n  movl %eax, (%edi)\n"
        "  leal 0x2007(%edi), %eax\n"
        "  leal 0x1000(%edi), %edx\n"
        "  movl $4, %ecx\n"
        "1: movl %eax, (%edx)\n  addl $0x1000, %eax\n  addl $8, %edx\n  loop 1b\n"
        "  leal 0x2000(%edi), %edx\n"
        "  movl $0x87, %eax\n"
        "  movl $2048, %ecx\n"
        "2: movl %eax, (%edx)\n  addl $0x200000, %eax\n  addl $8, %edx\n  loop 2b\n"
        "  movl %edi, %cr3\n"
        "  movl %cr4, %eax\n  orl $0x620, %eax\n  movl %eax, %cr4\n" /* PAE, OSFXSR, OSXMMEXCPT */
        "  movl $0xc0000080, %ecx\n  rdmsr\n  orl $0x900, %eax\n  wrmsr\n" /* EFER: LME, NXE */
        "  movl %cr0, %eax\n  andl $0x9ffffff3, %eax\n  orl $0x80010022, %eax\n" /* caches; PG, WP, NE, MP; not EM, TS */
        "  movl %eax, %cr0\n"
        "  lgdt boot_descriptors_register\n"
        "  ljmp $8, $enter_64\n"
        "complain:\n"
        "  movw $0x3f8, %dx\n"
        "3: lodsb\n  testb %al, %al\n  jz 4f\n  outb %al, %dx\n  jmp 3b\n"
        "4: movw $0x501, %dx\n  movb $1, %al\n  outb %al, %dx\n"
        "5: hlt\n  jmp 5b\n"
        ".size enter_32, . - enter_32\n"
        ".code64\n"
        ".type enter_64, @function\n"
        "enter_64:\n"
        "  xorl %eax, %eax\n"
        "  movl %eax, %ss\n  movl %eax, %ds\n  movl %eax, %es\n  movl %eax, %fs\n  movl %eax, %gs\n"
        "  movl %esp, %edi\n"
        "  movl %ebp, %esi\n"
        "  xorl %ebp, %ebp\n"
        "  leaq __stack_end(%rip), %rsp\n"
        "  call bindings_start\n"
        "  ud2\n"
        ".size enter_64, . - enter_64\n"
        ".popsection\n"

        ".pushsection .rodata.entry, \"a\", @progbits\n"
        ".balign 8\n"
        "boot_descriptors: .quad 0, 0x00af9b000000ffff\n"
        "boot_descriptors_register: .word 15\n .long boot_descriptors\n"
        "too_small_message: .asciz \"pymirage-virtio: not enough memory for the image (give it more: QEMU's -m)\\n\"\n"
        "too_old_message: .asciz \"pymirage-virtio: the processor has no 64-bit mode with no-execute pages (QEMU: -cpu max)\\n\"\n"
        ".popsection\n"

        /* XEN_ELFNOTE_PHYS32_ENTRY (xen/include/public/elfnote.h): eight octets, as Linux has it. */
        ".pushsection .note.pvh, \"a\", @note\n"
        ".balign 4\n"
        ".long 4, 8, 18\n .asciz \"Xen\"\n .quad start_pvh\n"
        ".popsection\n"

        /* Multiboot 2 specification 1.6, 3.1.2: architecture i386, no tags but the last. */
        ".pushsection .multiboot, \"a\", @progbits\n"
        ".balign 8\n"
        "1: .long 0xe85250d6, 0, 2f - 1b, -(0xe85250d6 + (2f - 1b))\n"
        " .word 0, 0\n .long 8\n"
        "2:\n"
        ".popsection\n");

ABI1_NOTE_SECTION const struct abi1_note solo5_abi1_note = {
    .header = {sizeof SOLO5_NOTE_NAME, sizeof(struct abi1_info), ABI1_NOTE_TYPE, SOLO5_NOTE_NAME},
    .info = {.target = ABI_TARGET_VIRTIO, .version = 1},
};

PMC1_NOTE_SECTION const struct pmc1_note solo5_pmc1_note = {
    .header = {sizeof SOLO5_NOTE_NAME, sizeof(uint32_t), PMC1_NOTE_TYPE, SOLO5_NOTE_NAME},
    .capabilities = PMC1_NET_HEADER,
};

ELF_INTERPRETER_SECTION const char elf_interpreter[24] = ELF_INTERPRETER;
