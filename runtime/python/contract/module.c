/* SPDX-License-Identifier: ISC */
#include "contract.h"

#define FAST(function) ((PyCFunction)(void (*)(void))function)

static PyMethodDef functions[] = {
    {"console_write", contract_console_write, METH_O, NULL},
    {"clock_monotonic", contract_clock_monotonic, METH_NOARGS, NULL},
    {"clock_wall", contract_clock_wall, METH_NOARGS, NULL},
    {"start_moment", contract_start_moment, METH_NOARGS, NULL},
    {"yield_until", contract_yield_until, METH_O, NULL},
    {"net_acquire", contract_net_acquire, METH_O, NULL},
    {"net_offload", FAST(contract_net_offload), METH_FASTCALL, NULL},
    {"net_read", contract_net_read, METH_O, NULL},
    {"net_counts", contract_net_counts, METH_O, NULL},
    {"net_write", FAST(contract_net_write), METH_FASTCALL, NULL},
    {"block_acquire", contract_block_acquire, METH_O, NULL},
    {"block_read", FAST(contract_block_read), METH_FASTCALL, NULL},
    {"block_write", FAST(contract_block_write), METH_FASTCALL, NULL},
    {"block_flush", contract_block_flush, METH_O, NULL},
    {"block_discard", FAST(contract_block_discard), METH_FASTCALL, NULL},
    {"entropy", contract_entropy, METH_O, NULL},
    {"command_line", contract_command_line, METH_NOARGS, NULL},
    {"target", contract_target, METH_NOARGS, NULL},
    {"exit", contract_exit, METH_O, NULL},
    {"abort", contract_abort, METH_NOARGS, NULL},
    {"memory", contract_memory, METH_NOARGS, NULL},
    {"initialised", contract_initialised, METH_O, NULL},
    {"crunched", contract_crunched, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "pymirage.driver.solo5._contract",
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit__contract(void)
{
    return PyModule_Create(&definition);
}
