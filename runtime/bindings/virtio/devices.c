/* SPDX-License-Identifier: ISC */
/*
 * virtio: which device is which. A disk whose serial number is a name of the manifest has that name; all others get the
 * names that are left, in order: network devices and disks each as the bus has them, which is the order in which QEMU
 * was told of them.
 */
#include "devices.h"
#include "text.h"

static bool taken[MOST_TRANSPORTS];

static struct {
    struct mft header;
    struct mft_entry entries[MFT_MAX_ENTRIES];
} manifest;

static void copy_manifest(void)
{
    const struct mft *note = mft1_note_manifest(&solo5_mft1_note);
    if (note->version != MFT_VERSION || note->entries > MFT_MAX_ENTRIES)
        cannot_start("the image's manifest is damaged", "build it again");
    memcpy(&manifest, note, offsetof(struct mft, e) + note->entries * sizeof(struct mft_entry));
    bindings_manifest = &manifest.header;
}

static uint32_t count(enum device_type type)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < transport_count; i++)
        found += transports[i].type == type;
    return found;
}

static _Noreturn void absent(const struct mft_entry *entry, uint32_t there)
{
    static struct text what;
    const bool net = entry->type == MFT_DEV_NET_BASIC;
    text_add(&what, net ? "network device '" : "block device '");
    text_add_bounded(&what, entry->name, MFT_NAME_SIZE);
    text_add(&what, "' is not attached: the machine has ");
    text_decimal(&what, there);
    text_add(&what, net ? " virtio network device" : " virtio disk");
    text_add(&what, there == 1 ? "" : "s");
    what.bytes[what.length] = 0;
    cannot_start(what.bytes, net ? "QEMU: -netdev and -device virtio-net-pci" : "QEMU: -drive if=virtio");
}

static void attach(uint32_t handle, struct transport *transport)
{
    struct mft_entry *entry = &manifest.entries[handle];
    taken[transport - transports] = true;
    if (entry->type == MFT_DEV_NET_BASIC)
        net_attach(transport, handle, entry);
    else
        block_attach(transport, handle, entry);
    entry->attached = true;
}

static enum device_type type_of(const struct mft_entry *entry)
{
    return entry->type == MFT_DEV_NET_BASIC ? DEVICE_NET : DEVICE_BLOCK;
}

static bool is_device(const struct mft_entry *entry)
{
    return entry->type == MFT_DEV_NET_BASIC || entry->type == MFT_DEV_BLOCK_BASIC;
}

static void attach_by_serial(struct transport *transport)
{
    char serial[21];
    block_serial(transport, serial);
    for (uint32_t i = 1; serial[0] && i < manifest.header.entries; i++) {
        const struct mft_entry *entry = &manifest.entries[i];
        if (entry->type == MFT_DEV_BLOCK_BASIC && !entry->attached && string_equal(entry->name, serial)) {
            attach(i, transport);
            return;
        }
    }
}

static void attach_next(uint32_t handle)
{
    const struct mft_entry *entry = &manifest.entries[handle];
    for (uint32_t i = 0; i < transport_count; i++)
        if (transports[i].type == type_of(entry) && !taken[i]) {
            attach(handle, &transports[i]);
            return;
        }
    absent(entry, count(type_of(entry)));
}

/* Where there is but one disk its name does not matter, and asking takes time. */
static void attach_all(void)
{
    const bool ask = count(DEVICE_BLOCK) > 1;
    for (uint32_t i = 0; ask && i < transport_count; i++)
        if (transports[i].type == DEVICE_BLOCK)
            attach_by_serial(&transports[i]);
    for (uint32_t i = 1; i < manifest.header.entries; i++)
        if (is_device(&manifest.entries[i]) && !manifest.entries[i].attached)
            attach_next(i);
}

static void choose_console(void)
{
    const bool serial = machine_words.console && string_equal(machine_words.console, "ttyS0");
    bool found = false;
    for (uint32_t i = 0; i < transport_count && !found && !(serial && serial_present()); i++)
        if (transports[i].type == DEVICE_CONSOLE) {
            console_attach(&transports[i]);
            found = true;
        }
    if (machine_words.console && !serial && !found)
        cannot_start("console=hvc0 asks for a virtio console, and the machine has none",
                     "QEMU: -device virtio-serial -device virtconsole,chardev=");
    if (serial && !serial_present())
        cannot_start("console=ttyS0 asks for a serial port, and the machine has none", "QEMU: -serial");
}

void devices_init(void)
{
    copy_manifest();
    if (!machine_words.no_pci)
        pci_scan();
    mmio_scan();
    choose_console();
    transport_tell_polled();
    for (uint32_t i = 0; i < transport_count; i++)
        if (transports[i].type == DEVICE_ENTROPY)
            entropy_attach(&transports[i]);
    attach_all();
}
