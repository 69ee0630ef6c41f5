/* SPDX-License-Identifier: ISC */
/*
 * Python in the two stages of an image (libc/stage.h): what keeps the first one pure, what makes its memory ready to
 * be a file, and what the second one has to make anew.
 */
#ifndef PYMIRAGE_PYTHON_INITIALISE_H
#define PYMIRAGE_PYTHON_INITIALISE_H

#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

/* A copy in memory of the image; of what was made outside of it. */
static inline void *kept(const void *scratch, size_t size)
{
    void *copy = PyMem_RawMalloc(size);

    if (!copy)
        Py_FatalError("out of memory");
    return memcpy(copy, scratch, size);
}

/* judge.c: who may ask for the clock or entropy while the image is built. The first who may not is remembered. */
bool judge(const char *what);

/* One line about that one; NULL when there was none. */
const char *judge_complaint(void);

/* random.c: seeds, when the image starts, the generators that wanted to be seeded while it was built. */
int random_renew(void);

/* Whether the next request for entropy is the seed of such a generator. */
bool random_takes_seed(void);

/*
 * hash_secret.c: strings and bytes of the image keep the hashes that they have, all others are hashed with a secret
 * of this boot. Learned is what was hashed while the image was built; hash_secret_place() says where such octets
 * are to be found for ever, hash_secret_settle() makes the table of them.
 */
void hash_secret_learn(void);
void hash_secret_place(const char *octets, Py_ssize_t size, Py_hash_t hash);
void hash_secret_settle(void);
int hash_secret_renew(void);

/* immortal.c: what is alive now lives for ever, and nobody counts references to it: so nobody writes to it. */
void immortal_make_all(void);

/*
 * dormant.c: functions that did not run are saved without their code. dormant_rehearse() begins what counts, again;
 * dormant_settle() takes the code of all that did not run since, nor in the start that was rehearsed the first time
 * (initialise_abi.h): which those are, dormant_woken() tells.
 */
struct initialise_plan;
void dormant_rehearse(void);
void dormant_settle(void);
void dormant_woken(struct initialise_plan *plan);

/* frozen.c: bytecode of modules that were not imported is compressed. */
void frozen_compress(void);

/*
 * fit.c: tables of dictionaries become as large as what they hold. fit_specs() forgets by what modules were found, which
 * is for their import.
 */
void fit_specs(void);
void fit_dict(PyDictObject *dict);
void fit_class(PyHeapTypeObject *class);
void fit_interned(void);

/*
 * census.c: what the heap consists of, a line for each kind: its sort, number, octets, name. Sorts are "code" by files,
 * "type", "table" for what is no object, "bytecode" of modules, whose number is its address, "module", and "compiled"
 * for compiled modules that have run.
 */
void census_count(PyObject *object);
void census_add(const char *sort, const char *name, size_t count, size_t size);
const char *census_text(void);

/* lookups.c: forgets which attributes were found in which classes. */
void lookups_forget(void);

/* allocators.c: in the first stage, what lives as long as the image lies densely (libc/packed.h). */
void allocators_replace(void);
void allocators_restore(void);

/* arenas.c: octets of free memory become zero. */
void arenas_clear(void);

#endif
