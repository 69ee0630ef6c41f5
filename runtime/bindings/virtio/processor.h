/* SPDX-License-Identifier: ISC */
/* virtio: instructions that C has no words for. Names are Intel's. */
#ifndef PYMIRAGE_VIRTIO_PROCESSOR_H
#define PYMIRAGE_VIRTIO_PROCESSOR_H

#include <stdint.h>

static inline void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void out16(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void out32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint8_t in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static inline uint16_t in16(uint16_t port)
{
    uint16_t value;
    __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static inline uint32_t in32(uint16_t port)
{
    uint32_t value;
    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static inline uint64_t rdmsr(uint32_t number)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
    return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t number, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(number), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

static inline uint64_t rdtsc(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf)
{
    struct cpuid answer;
    __asm__ volatile("cpuid" : "=a"(answer.eax), "=b"(answer.ebx), "=c"(answer.ecx), "=d"(answer.edx) : "0"(leaf), "2"(0));
    return answer;
}

static inline uint64_t read_cr4(void)
{
    uint64_t value;
    __asm__ volatile("movq %%cr4, %0" : "=r"(value));
    return value;
}

static inline void write_cr4(uint64_t value)
{
    __asm__ volatile("movq %0, %%cr4" : : "r"(value) : "memory");
}

static inline uint64_t read_cr3(void)
{
    uint64_t value;
    __asm__ volatile("movq %%cr3, %0" : "=r"(value));
    return value;
}

static inline void write_cr3(uint64_t value)
{
    __asm__ volatile("movq %0, %%cr3" : : "r"(value) : "memory");
}

/* value * by / over, with 128 bits between; the result must fit into 64. */
static inline uint64_t scale(uint64_t value, uint64_t by, uint64_t over)
{
    uint64_t low, high, rest;
    __asm__("mulq %2" : "=a"(low), "=d"(high) : "r"(by), "0"(value) : "cc");
    __asm__("divq %2" : "+a"(low), "=d"(rest) : "r"(over), "1"(high) : "cc");
    return low;
}

/* Many octets: eight at a time, because an emulated processor takes one step for each. */
static inline void copy_octets(void *to, const void *from, uint64_t size)
{
    uint64_t words = size / 8, rest = size % 8;
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
}

static inline void zero_octets(void *to, uint64_t size)
{
    uint64_t words = size / 8;
    __asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(0) : "memory");
}

#endif
