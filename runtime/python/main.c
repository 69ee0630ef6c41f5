/* SPDX-License-Identifier: ISC */
/*
 * The program of an image: starts the interpreter, runs the frozen module __main__, returns the exit status.
 *
 * Nothing is looked for: no environment, no arguments, no paths, no locale, no site. Modules come from the tables
 * that the image link generates (frozen.c, inittab.c); what is not in them does not exist.
 */
#define Py_BUILD_CORE
#include <Python.h>

#include <internal/pycore_gc.h>
#include <internal/pycore_pylifecycle.h>
#include <internal/pycore_pythonrun.h>

#include "collector.h"
#include "contract/contract.h"
#include "initialise.h"
#include "initialise_abi.h"
#include "memory_error.h"
#include "no_entropy.h"
#include "solo5.h"
#include "stage.h"
#include "start.h"

enum { FAILURE = 1, HASH_SEED_OF_IMAGES = 1 };

/* A message, in place of a traceback, when there is no interpreter to make one. */
static int cannot_start(PyStatus status)
{
    const char *reason = status.err_msg ? status.err_msg : "cannot start";
    uint8_t octet;

    memory_error_explain_start();
    if (!stage_is_initialise() && solo5_entropy(&octet, sizeof octet) != sizeof octet)
        reason = no_entropy();
    fprintf(stderr, "python: %s\n", reason);
    return FAILURE;
}

static PyStatus preinitialise(void)
{
    PyPreConfig config;

    PyPreConfig_InitIsolatedConfig(&config);
    config.utf8_mode = 1;
    return Py_PreInitialize(&config);
}

static PyStatus configure(PyConfig *config)
{
    static const wchar_t nowhere[] = L"";
    struct {
        wchar_t **field;
        const wchar_t *value;
    } const strings[] = {
        {&config->program_name, L"pymirage"},
        {&config->executable, nowhere},
        {&config->base_executable, nowhere},
        {&config->prefix, nowhere},
        {&config->base_prefix, nowhere},
        {&config->exec_prefix, nowhere},
        {&config->base_exec_prefix, nowhere},
        {&config->filesystem_encoding, L"utf-8"},
        {&config->filesystem_errors, L"surrogateescape"},
        {&config->stdio_encoding, L"utf-8"},
        /* Whatever is printed appears somehow: a log line must not end an image. */
        {&config->stdio_errors, L"backslashreplace"},
    };

    PyConfig_InitIsolatedConfig(config);
    /* Images are reproducible; hash_secret.c says why this is no invitation. */
    config->use_hash_seed = stage_is_initialise();
    config->hash_seed = HASH_SEED_OF_IMAGES;
    config->parse_argv = 0;
    config->install_signal_handlers = 0;
    config->site_import = 0;
    config->module_search_paths_set = 1;
    config->pathconfig_warnings = 0;
    config->use_frozen_modules = 1;
    config->write_bytecode = 0;
    /* Columns in tracebacks need source text, which an image does not have. */
    config->code_debug_ranges = 0;
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        PyStatus status = PyConfig_SetString(config, strings[i].field, strings[i].value);

        if (PyStatus_Exception(status))
            return status;
    }
    return PyStatus_Ok();
}

static PyStatus initialise(void)
{
    PyConfig config;
    PyStatus status = preinitialise();

    if (PyStatus_Exception(status))
        return status;
    status = configure(&config);
    if (!PyStatus_Exception(status))
        status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    return status;
}

/* The console is no terminal, so that nothing writes colours to it; lines shall appear when they end all the same. */
static int buffer_lines(void)
{
    PyObject *output = PySys_GetObject("stdout");
    PyObject *reconfigure = output ? PyObject_GetAttrString(output, "reconfigure") : NULL;
    PyObject *none = PyTuple_New(0), *options = Py_BuildValue("{sO}", "line_buffering", Py_True);
    PyObject *result = reconfigure && none && options ? PyObject_Call(reconfigure, none, options) : NULL;

    Py_XDECREF(reconfigure);
    Py_XDECREF(none);
    Py_XDECREF(options);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

/* What the program ended with: 0, the status of SystemExit, or 1 after printing the traceback. */
static int run(void)
{
    int status = FAILURE;

    if (buffer_lines() == 0) {
        int found = PyImport_ImportFrozenModule("__main__");

        if (found > 0)
            return 0;
        if (found == 0)
            PyErr_SetString(PyExc_ImportError, "this image has no module __main__");
    }
    memory_error_explain();
    if (!_Py_HandleSystemExit(&status))
        PyErr_Print();
    return status;
}

static void flush_outputs(void)
{
    static const char *const outputs[] = {"stdout", "stderr"};

    for (int i = 0; i < 2; i++) {
        PyObject *output = PySys_GetObject(outputs[i]);
        PyObject *result = output && output != Py_None ? PyObject_CallMethod(output, "flush", NULL) : NULL;

        Py_XDECREF(result);
        PyErr_Clear();
    }
}

/*
 * What Py_FinalizeEx() does first: atexit, then flushing. The rest takes the interpreter apart object by object, for
 * milliseconds, to return memory to a machine that is about to end.
 */
static void finish(void)
{
    _PyAtExit_Call(PyInterpreterState_Get());
    flush_outputs();
}

/* Why the program that was initialised cannot be an image, if it cannot. */
static bool is_initialised(int status)
{
    const char *complaint = judge_complaint();

    if (complaint)
        fprintf(stderr, "%s\n", complaint);
    else if (status == 0 && !contract_start_function())
        fputs("the program ended before it called boot()\n", stderr);
    return !complaint && status == 0 && contract_start_function();
}

/* Memory becomes the image: only what is needed, in an order that is always the same. */
static _Noreturn void save(void)
{
    flush_outputs();
    lookups_forget();
    fit_specs();
    PyGC_Collect();
    dormant_settle();
    frozen_compress();
    _PyGC_ClearAllFreeLists(PyInterpreterState_Get());
    _PyGC_Freeze(PyInterpreterState_Get());
    memory_error_conclude();
    immortal_make_all();
    fit_interned();
    lookups_forget();
    hash_secret_settle();
    allocators_restore();
    arenas_clear();
    stage_save(census_text());
}

static int initialise_image(void)
{
    int status = run();

    flush_outputs();
    if (!is_initialised(status))
        return FAILURE;
    save();
}

int start_main(void)
{
    PyStatus status;
    int result;

    memory_error_prepare();
    if (stage_is_initialise()) {
        stage_judge = judge;
        hash_secret_learn();
        allocators_replace();
    }
    status = initialise();
    if (PyStatus_Exception(status))
        return cannot_start(status);
    collector_relax();
    if (stage_is_initialise())
        return initialise_image();
    result = run();
    finish();
    return result & 0xff;
}

int start_resumed(void)
{
    int status = FAILURE;

    memory_error_prepare();
    if (hash_secret_renew() == 0 && random_renew() == 0 && PyObject_CallNoArgs(contract_start_function()))
        status = 0;
    else if (memory_error_explain(), !_Py_HandleSystemExit(&status))
        PyErr_Print();
    finish();
    return status & 0xff;
}

void start_rehearsed(struct initialise_plan *plan)
{
    dormant_woken(plan);
    plan->rehearsed = true;
}
