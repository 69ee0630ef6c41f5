/* SPDX-License-Identifier: ISC */
/* Attaches host devices to the entries of a manifest: see devices.h. */
#include "devices.h"

#include <asm/errno.h>
#include <linux/fcntl.h>
#include <linux/fs.h>

#include "linux.h"
#include "manifest.h"
#include "memory.h"
#include "message.h"

static const char *option_of(uint32_t type)
{
    return type == MFT_DEV_NET_BASIC ? "--net:" : "--block:";
}

/* The entry named in an option; the guest's manifest decides what exists. */
static struct mft_entry *entry_for(struct mft *manifest, const struct attachment *attachment, uint32_t type)
{
    struct mft_entry *entry = (struct mft_entry *)manifest_by_name(manifest, attachment->name, type, NULL);
    if (!entry)
        fail("the image has no ", type == MFT_DEV_NET_BASIC ? "network" : "block", " device '", attachment->name,
             "' (leave ", option_of(type), attachment->name, " out, or configure the image with it)");
    return entry;
}

static void require_unattached(const struct mft_entry *entry)
{
    if (entry->attached)
        fail("device '", entry->name, "' is attached twice (give ", option_of(entry->type), entry->name, "= once)");
}

/* Returns true when the device's frames have a header. */
static bool attach_net(struct mft_entry *entry, const char *interface, bool want_header)
{
    require_unattached(entry);
    const struct tap tap = tap_open(interface, want_header);
    entry->b.hostfd = tap.fd;
    entry->u.net_basic.mtu = tap.mtu;
    entry->attached = true;
    return tap.has_header;
}

static int hexadecimal_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Six pairs of digits with colons; a group address (lowest bit of the first octet) cannot be a sender. */
static void set_mac(struct mft_entry *entry, const char *address)
{
    uint8_t mac[6];
    bool valid = string_length(address) == 17;
    for (int i = 0; valid && i < 6; i++) {
        const int high = hexadecimal_digit(address[3 * i]), low = hexadecimal_digit(address[3 * i + 1]);
        valid = high >= 0 && low >= 0 && (i == 5 || address[3 * i + 2] == ':');
        mac[i] = (uint8_t)(high << 4 | low);
    }
    if (!valid || mac[0] & 1)
        fail("--net-mac:", entry->name, "=", address,
             ": not the address of one station (for example 02:00:00:00:00:01)");
    memcpy(entry->u.net_basic.mac, mac, sizeof mac);
}

static void attach_block(struct mft_entry *entry, const char *path)
{
    require_unattached(entry);
    const long fd = linux_open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        fail("--block:", entry->name, "=", path, ": ", error_name(fd),
             fd == -ENOENT ? " (truncate -s 16M " : " (choose ", fd == -ENOENT ? path : "a file that you may write",
             ")");
    const long capacity = linux_call3(__NR_lseek, fd, 0, SEEK_END);
    if (capacity < 0)
        fail("--block:", entry->name, "=", path, ": not a file or block device");
    entry->b.hostfd = (int)fd;
    entry->u.block_basic.capacity = (uint64_t)capacity;
    entry->attached = true;
}

static void set_block_size(struct mft_entry *entry, const char *value)
{
    uint64_t size = 0;
    for (const char *at = value; *at; at++)
        size = *at >= '0' && *at <= '9' && size <= 32768 ? size * 10 + (uint64_t)(*at - '0') : UINT64_MAX >> 8;
    if (size < 512 || size > 32768 || size & (size - 1))
        fail("--block-sector-size:", entry->name, "=", value, ": not a power of two from 512 to 32768");
    entry->u.block_basic.block_size = (uint16_t)size;
}

/* Attaches a network device; returns it as a set when its frames have a header. */
static uint64_t attach_named_net(struct mft *manifest, const struct attachment *attachment, bool want_header)
{
    struct mft_entry *entry = entry_for(manifest, attachment, MFT_DEV_NET_BASIC);
    return attach_net(entry, attachment->value, want_header) ? 1ULL << (entry - manifest->e) : 0;
}

static void attach(struct mft *manifest, const struct attachment *attachment)
{
    switch (attachment->kind) {
    case ATTACH_NET:
        break; /* by attach_named_net */
    case ATTACH_NET_MAC:
        set_mac(entry_for(manifest, attachment, MFT_DEV_NET_BASIC), attachment->value);
        break;
    case ATTACH_BLOCK:
        attach_block(entry_for(manifest, attachment, MFT_DEV_BLOCK_BASIC), attachment->value);
        break;
    case ATTACH_BLOCK_SIZE:
        set_block_size(entry_for(manifest, attachment, MFT_DEV_BLOCK_BASIC), attachment->value);
        break;
    }
}

static void complete_net(struct mft_entry *entry)
{
    static const uint8_t none[6];
    uint8_t *mac = entry->u.net_basic.mac;
    if (memcmp(mac, none, sizeof none))
        return;
    if (linux_call3(__NR_getrandom, (long)mac, 6, 0) != 6)
        fail("the host has no random numbers for the address of '", entry->name, "' (give --net-mac:", entry->name,
             "=)");
    mac[0] = (uint8_t)((mac[0] & 0xfe) | 0x02); /* one station, locally administered: IEEE 802, 8.2 */
}

static void complete_block(struct mft_entry *entry)
{
    struct mft_block_basic *block = &entry->u.block_basic;
    if (!block->block_size)
        block->block_size = 512;
    if (!block->capacity)
        fail("block device '", entry->name, "': the file is empty (truncate -s 16M FILE makes an empty disk)");
    if (block->capacity % block->block_size)
        fail("block device '", entry->name, "': its size, ", number(block->capacity), ", is not a multiple of ",
             number(block->block_size), " (truncate -s %", number(block->block_size), " FILE rounds it up)");
}

static void complete(struct mft_entry *entry)
{
    if (entry->type != MFT_DEV_NET_BASIC && entry->type != MFT_DEV_BLOCK_BASIC)
        return;
    if (!entry->attached)
        fail("the image needs the ", entry->type == MFT_DEV_NET_BASIC ? "network" : "block", " device '",
             entry->name, "' (add ", option_of(entry->type), entry->name,
             entry->type == MFT_DEV_NET_BASIC ? "=INTERFACE)" : "=FILE)");
    if (entry->type == MFT_DEV_NET_BASIC)
        complete_net(entry);
    else
        complete_block(entry);
}

uint64_t devices_attach(struct mft *manifest, const struct options *options, bool net_headers)
{
    uint64_t with_header = 0;
    for (unsigned i = 0; i < options->count; i++) {
        const struct attachment *attachment = &options->attachments[i];
        if (attachment->kind == ATTACH_NET)
            with_header |= attach_named_net(manifest, attachment, net_headers);
        else
            attach(manifest, attachment);
    }
    for (uint32_t i = 0; i < manifest->entries; i++)
        complete(&manifest->e[i]);
    return with_header;
}
