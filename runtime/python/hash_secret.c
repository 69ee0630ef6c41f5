/* SPDX-License-Identifier: ISC */
/*
 * Hashes of strings in an image that was initialised when it was built.
 *
 * The dictionaries of such an image are laid out already, by hashes that everybody who has the image can compute.
 * Were they also the hashes of what comes over the network, an attacker could choose keys that collide. Hashing
 * everything anew at the start would cost milliseconds, and every instance its own copy of all those pages.
 *
 * So the hash depends on what is hashed. Contents that were hashed while the image was built have the image's hash;
 * there are a few thousand, fixed, with hashes that differ. Every other content is hashed with a secret of this boot:
 * SipHash-1-3 (J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF", 2012), as CPython does itself.
 * Equal contents have equal hashes, and nobody outside can predict any but the image's own.
 *
 * The image link redirects CPython's one function for this to the one below (--wrap=_Py_HashBytes).
 */
#define Py_BUILD_CORE
#include <Python.h>

#include <internal/pycore_pyhash.h>

#include "initialise.h"
#include "no_entropy.h"
#include "solo5.h"
#include "stage.h"

Py_hash_t __real__Py_HashBytes(const void *octets, Py_ssize_t size);
Py_hash_t __wrap__Py_HashBytes(const void *octets, Py_ssize_t size);

/* --- While the image is built: everything that is hashed ---------------------------------------- */

struct content {
    const char *octets;
    uint32_t size;
    bool placed; /* (octets) stay where they are */
    uint64_t hash;
};

static struct {
    struct content *slots; /* open addressing */
    size_t count, room;
    bool active;
} learned;

static bool is_content(const struct content *content, const void *octets, size_t size, uint64_t hash)
{
    return content->hash == hash && content->size == size && memcmp(content->octets, octets, size) == 0;
}

static struct content *find(struct content *slots, size_t room, const void *octets, size_t size, uint64_t hash)
{
    size_t at = hash & (room - 1);

    while (slots[at].octets && !is_content(&slots[at], octets, size, hash))
        at = (at + 1) & (room - 1);
    return &slots[at];
}

static void grow(void)
{
    size_t room = learned.room ? 2 * learned.room : 32768;
    struct content *slots = stage_scratch(room * sizeof *slots);

    for (size_t i = 0; i < learned.room; i++) {
        const struct content *old = &learned.slots[i];

        if (old->octets)
            *find(slots, room, old->octets, old->size, old->hash) = *old;
    }
    learned.slots = slots;
    learned.room = room;
}

static void learn(const void *octets, size_t size, uint64_t hash)
{
    struct content *slot;
    char *copy;

    if (2 * learned.count >= learned.room)
        grow();
    slot = find(learned.slots, learned.room, octets, size, hash);
    if (slot->octets)
        return;
    copy = stage_scratch(size);
    *slot = (struct content){memcpy(copy, octets, size), (uint32_t)size, false, hash};
    learned.count++;
}

void hash_secret_learn(void)
{
    learned.active = true;
}

void hash_secret_place(const char *octets, Py_ssize_t size, Py_hash_t hash)
{
    struct content *content;

    if (!size)
        return;
    content = find(learned.slots, learned.room, octets, (size_t)size, (uint64_t)hash);
    if (!content->octets || content->placed)
        return;
    content->octets = octets;
    content->placed = true;
}

/* --- In the image: its contents, by buckets of their hashes -------------------------------------- */

/* Addresses of an image have 32 bits. */
struct known {
    uint32_t octets, size;
};

static struct {
    uint32_t buckets;
    uint32_t *ends;      /* of each bucket in (contents); it begins where the one before ends */
    struct known *contents;
} image;

enum { PER_BUCKET = 4 };

static uint32_t bucket_of(uint64_t hash)
{
    return (uint32_t)((unsigned __int128)hash * image.buckets >> 64);
}

static int by_hash(const void *left, const void *right)
{
    const struct content *a = left, *b = right;

    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return a->size < b->size ? -1 : a->size > b->size;
}

/* Contents that lie nowhere for ever (few: what was hashed and is gone) are kept together. */
static char *gather(struct content *contents, size_t count)
{
    size_t total = 0;
    char *all, *at;

    for (size_t i = 0; i < count; i++)
        total += contents[i].placed ? 0 : contents[i].size;
    all = at = malloc(total + 1);
    for (size_t i = 0; all && i < count; i++) {
        if (contents[i].placed)
            continue;
        contents[i].octets = memcpy(at, contents[i].octets, contents[i].size);
        at += contents[i].size;
    }
    return all;
}

static void fill(const struct content *contents, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        image.contents[i] = (struct known){(uint32_t)(uintptr_t)contents[i].octets, contents[i].size};
        image.ends[bucket_of(contents[i].hash)] = (uint32_t)i + 1;
    }
    for (uint32_t i = 1; i < image.buckets; i++)
        if (!image.ends[i])
            image.ends[i] = image.ends[i - 1];
}

void hash_secret_settle(void)
{
    struct content *contents = learned.slots;
    size_t count = 0;

    for (size_t i = 0; i < learned.room; i++)
        if (contents[i].octets)
            contents[count++] = contents[i];
    qsort(contents, count, sizeof *contents, by_hash);
    image.buckets = (uint32_t)(count / PER_BUCKET) + 1;
    image.ends = calloc(image.buckets, sizeof *image.ends);
    image.contents = calloc(count + 1, sizeof *image.contents);
    if (!image.ends || !image.contents || !gather(contents, count))
        Py_FatalError("out of memory");
    fill(contents, count);
    census_add("table", "hashes", count, image.buckets * sizeof *image.ends + count * sizeof *image.contents);
    memset(&learned, 0, sizeof learned);
}

static bool is_of_image(const void *octets, size_t size, uint64_t hash)
{
    uint32_t bucket = bucket_of(hash);
    uint32_t at = bucket ? image.ends[bucket - 1] : 0, end = image.ends[bucket];

    for (; at < end; at++)
        if (image.contents[at].size == size && memcmp((const void *)(uintptr_t)image.contents[at].octets, octets, size) == 0)
            return true;
    return false;
}

/* --- After the start: SipHash-1-3 with a secret of this boot -------------------------------------- */

static uint64_t secret[2];
static bool renewed;

static uint64_t rotate(uint64_t word, int by)
{
    return word << by | word >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

static uint64_t siphash(const uint8_t *octets, size_t size)
{
    uint64_t v[4] = {secret[0] ^ 0x736f6d6570736575, secret[1] ^ 0x646f72616e646f6d, secret[0] ^ 0x6c7967656e657261,
                     secret[1] ^ 0x7465646279746573};
    uint64_t last = (uint64_t)size << 56, word;
    size_t rest = size % 8;

    for (const uint8_t *end = octets + size - rest; octets < end; octets += 8) {
        memcpy(&word, octets, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    for (size_t i = 0; i < rest; i++)
        last |= (uint64_t)octets[i] << (8 * i);
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* CPython takes -1 for "no hash yet". */
static Py_hash_t as_hash(uint64_t hash)
{
    return (Py_hash_t)hash == -1 ? -2 : (Py_hash_t)hash;
}

Py_hash_t __wrap__Py_HashBytes(const void *octets, Py_ssize_t size)
{
    Py_hash_t hash = __real__Py_HashBytes(octets, size);

    if (!size)
        return hash;
    if (learned.active)
        learn(octets, (size_t)size, (uint64_t)hash);
    if (!renewed || is_of_image(octets, (size_t)size, (uint64_t)hash))
        return hash;
    return as_hash(siphash(octets, (size_t)size));
}

static void renew(const uint64_t fresh[3])
{
    memcpy(secret, fresh, sizeof secret);
    _Py_HashSecret.expat.hashsalt = (Py_hash_t)fresh[2];
    renewed = true;
}

int hash_secret_renew(void)
{
    uint64_t fresh[3];

    if (solo5_entropy(fresh, sizeof fresh) != sizeof fresh) {
        PyErr_SetString(PyExc_OSError, no_entropy());
        return -1;
    }
    renew(fresh);
    return 0;
}
