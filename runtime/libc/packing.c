/* SPDX-License-Identifier: ISC */
/* Blocks that live as long as the image, side by side: see packing.h. */
#include "packing.h"

#include <string.h>

#include "initialise_abi.h"
#include "musl/src/malloc/pymirage/inside.h"
#include "pages.h"
#include "stage.h"

/* By image.lds: where the heap begins. */
extern char __image_end[];

static struct initialise_plan *plan;
static uint64_t count;

/*
 * The second time. While it is out of step with the first nobody knows what will live. All of it goes to the spill,
 * behind the places: what dies there leaves a hole of its size, what lives elsewhere holds a page.
 */
enum { SPILL = 64 * 1024, SPILL_FRACTION = 64 };
static char *region;
static size_t spill_size, spilled;

/* --- What is where: for each eight octets of the heap a number ------------------------------------ */

enum { CELL = 8, CELLS = PAGE / CELL };

/* The first time the number of the allocation, the second its size; plus 1, so that 0 is nothing. */
static uint32_t **cells;

/* Of the heap; nobody has initialised more. */
#define MOST ((size_t)1 << 30)

static uint32_t *cell_of(const void *memory)
{
    size_t offset = (size_t)((uintptr_t)memory - (uintptr_t)__image_end), page = offset / PAGE;

    if (offset >= MOST)
        return NULL;
    if (!cells)
        cells = stage_scratch(MOST / PAGE * sizeof *cells);
    if (!cells[page])
        cells[page] = stage_scratch(CELLS * sizeof **cells);
    return &cells[page][offset % PAGE / CELL];
}

/* --- The second time, in step with the first ------------------------------------------------------ */

/* So many sizes in a row that are as they were are no chance; detours of more than FAR allocations are not expected. */
enum { RECENT = 16, FAR = 4096 };

static struct {
    uint64_t next;           /* of the allocations of the first time */
    uint64_t lost;           /* how many came since one was not as expected; 0 in step */
    uint32_t recent[RECENT]; /* sizes */
} step;

/* Whether the first time was like the latest allocations before number (end). */
static bool is_recent(uint64_t end)
{
    if (end < RECENT || end > plan->count)
        return false;
    for (unsigned back = 1; back <= RECENT; back++)
        if (plan->blocks[end - back].size != step.recent[(count - back) % RECENT])
            return false;
    return true;
}

/* The nearest place there is. */
static void find_step(void)
{
    for (uint64_t far = 0; far <= FAR; far++)
        for (int side = 0; side < 2; side++) {
            uint64_t end = side ? step.next - far : step.next + far;

            if (!is_recent(end))
                continue;
            step.next = end;
            step.lost = 0;
            return;
        }
}

static struct initialise_block *expected(uint32_t size)
{
    struct initialise_block *block = step.next < plan->count ? &plan->blocks[step.next] : NULL;

    step.next++;
    step.recent[count++ % RECENT] = size;
    if (!step.lost && block && block->size == size)
        return block;
    if (++step.lost % RECENT == 0)
        find_step();
    return NULL;
}

/* --- Allocations ------------------------------------------------------------------------------- */

static uint32_t latest; /* what is to be noted of it */
static struct packing_account account;

void packing_begin(void)
{
    plan = stage_plan();
    if (!plan->complete)
        return;
    plan->size = (plan->size + PAGE - 1) & -(uint64_t)PAGE;
    spill_size = (SPILL + plan->size / SPILL_FRACTION) & -(size_t)PAGE;
    region = pages_allocate((plan->size + spill_size) / PAGE, true);
    if (region)
        __pymirage_malloc_floor = (uintptr_t)region + plan->size + spill_size;
}

/* While nobody knows whether a block lives to the end, its place is what that must be a multiple of. */
static void *record(size_t size, size_t alignment)
{
    latest = 0;
    if (count == INITIALISE_BLOCKS)
        return NULL;
    plan->blocks[count++] = (struct initialise_block){(uint32_t)size, (uint32_t)alignment};
    latest = (uint32_t)count;
    return NULL;
}

static void *spill(size_t size, size_t alignment)
{
    size_t at = (spilled + alignment - 1) & -alignment;

    if (size >= spill_size - at)
        return NULL;
    spilled = at + (size ? size : 1);
    return region + plan->size + at;
}

void *packing_take(size_t size, size_t alignment)
{
    struct initialise_block *block;
    uint32_t place;

    if (!plan->complete)
        return record(size, alignment);
    latest = (uint32_t)size + 1;
    block = expected((uint32_t)size);
    if (!region)
        return NULL;
    if (!block)
        return spill(size, alignment);
    if (!block->place)
        return NULL;
    place = block->place;
    block->place = 0; /* taken */
    return region + place - 1;
}

void packing_note(const void *memory)
{
    uint32_t *cell = memory ? cell_of(memory) : NULL;

    if (cell)
        *cell = latest;
}

bool packing_is_packed(const void *memory)
{
    return (uintptr_t)memory < __pymirage_malloc_floor;
}

ptrdiff_t packing_drop(const void *memory)
{
    uint32_t *cell = cell_of(memory), number = cell ? *cell : 0;

    if (!number)
        return -1;
    *cell = 0;
    if (plan->complete) {
        account.in_vain += packing_is_packed(memory) ? number - 1 : 0;
        return number - 1;
    }
    plan->blocks[number - 1].place = 0;
    return plan->blocks[number - 1].size;
}

/* --- The end ----------------------------------------------------------------------------------- */

/* What the spill did not need. */
static void shorten(void)
{
    size_t used = (spilled + PAGE - 1) & -(size_t)PAGE;

    if (!region || used == spill_size)
        return;
    pages_free(region + plan->size + used, (spill_size - used) / PAGE);
    __pymirage_malloc_floor -= spill_size - used;
}

static size_t size_of_page(size_t page)
{
    size_t size = 0;

    for (size_t i = 0; cells[page] && i < CELLS; i++)
        if (cells[page][i] && !packing_is_packed(__image_end + page * PAGE + i * CELL))
            size += cells[page][i] - 1;
    return size;
}

struct packing_account packing_conclude(void)
{
    if (!plan->complete)
        return account;
    for (uint64_t i = 0; i < plan->count; i++)
        account.in_vain += plan->blocks[i].place ? plan->blocks[i].size : 0;
    for (size_t page = 0; cells && page < MOST / PAGE; page++)
        account.elsewhere += size_of_page(page);
    account.size = plan->size + spilled;
    shorten();
    return account;
}

/* --- The first time: what a start writes to ------------------------------------------------------ */

/* Flags of a place: while that is an alignment; and while that may be either. */
#define WRITTEN UINT32_C(1)
#define SETTLED (UINT32_C(1) << 31)

static struct {
    const uint64_t *before;
    size_t count;
} watched;

static uint64_t *heap(void)
{
    return (uint64_t *)__image_end;
}

void packing_watch(const void *end)
{
    size_t size = (size_t)((uintptr_t)end - (uintptr_t)__image_end);

    if (plan->complete || size > MOST)
        return;
    watched.before = memcpy(stage_scratch(size), heap(), size);
    watched.count = size / CELL;
}

/* The nearest block that begins in this cell or before it has it, or none has. */
static void mark(size_t cell)
{
    for (size_t at = cell + 1; at-- > 0;) {
        const uint32_t *page = cells[at / CELLS];
        uint32_t number = page ? page[at % CELLS] : 0;

        if (!number)
            continue;
        if ((cell - at) * CELL < plan->blocks[number - 1].size)
            plan->blocks[number - 1].place |= WRITTEN;
        return;
    }
}

/* The blocks that will be written to, or the others, behind what has its place already. */
static void place_all(uint32_t written)
{
    for (uint64_t i = 0; i < plan->count; i++) {
        struct initialise_block *block = &plan->blocks[i];
        uint32_t alignment = block->place & ~WRITTEN;

        if (!alignment || block->place & SETTLED || (block->place & WRITTEN) != written)
            continue;
        plan->size = (plan->size + alignment - 1) & -(uint64_t)alignment;
        block->place = ((uint32_t)plan->size + 1) | SETTLED;
        plan->size += block->size ? block->size : 1;
    }
}

void packing_settle(void)
{
    if (plan->complete)
        return;
    for (size_t at = 0; cells && at < watched.count; at++)
        if (heap()[at] != watched.before[at])
            mark(at);
    plan->count = count;
    place_all(WRITTEN);
    place_all(0);
    for (uint64_t i = 0; i < count; i++)
        plan->blocks[i].place &= ~SETTLED;
    plan->complete = true;
}
