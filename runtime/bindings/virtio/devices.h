/* SPDX-License-Identifier: ISC */
/* virtio: what the drivers offer to devices.c, which gives them their devices, and to yield.c. */
#ifndef PYMIRAGE_VIRTIO_DEVICES_H
#define PYMIRAGE_VIRTIO_DEVICES_H

#include "transport.h"

/* Each takes what memory it will need; the network devices start when they are first used. */
void net_attach(struct transport *transport, solo5_handle_t handle, struct mft_entry *entry);
void block_attach(struct transport *transport, solo5_handle_t handle, struct mft_entry *entry);
void console_attach(struct transport *transport);
void entropy_attach(struct transport *transport);

/* The name that the host gave the disk, at most 20 octets and a zero; empty when it gave none. */
void block_serial(struct transport *transport, char serial[21]);

/* Tells the devices what was sent. */
void net_announce(void);

/* Waits until the devices have what was sent. */
void net_finish(void);

/* Network devices with frames. */
solo5_handle_set_t net_ready(void);

/* Whether the devices shall interrupt when a frame comes. */
void net_interrupts(bool wanted);

#endif
