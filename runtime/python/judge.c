/* SPDX-License-Identifier: ISC */
/*
 * While an image is built there is no clock and no entropy, and asking for them is a mistake whose place is told.
 *
 * Modules of the standard library may ask at their own level, all the same: `time` computes the zone, `logging` notes
 * when it began, `random` seeds a generator. They get 1970 and zeros, and what they keep of it is made anew at the
 * start (random.c, boot/stages.py). The list of those is short and known.
 */
#define Py_BUILD_CORE
#include <Python.h>

#include <internal/pycore_frame.h>
#include <internal/pycore_pystate.h>

#include "initialise.h"

static char complaint[512];

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* File names in an image tell where a module came from (tool/image/build.py, roots). */
static bool is_standard_library(const char *file)
{
    return starts_with(file, "python3.") || starts_with(file, "stand-ins/") || starts_with(file, "<frozen ");
}

static bool is_own(const char *file)
{
    return is_standard_library(file) || starts_with(file, "pymirage/");
}

static const char *file_of(_PyInterpreterFrame *frame)
{
    const char *file = PyUnicode_AsUTF8(_PyFrame_GetCode(frame)->co_filename);

    return file ? file : "";
}

static _PyInterpreterFrame *complete(_PyInterpreterFrame *frame)
{
    while (frame && _PyFrame_IsIncomplete(frame))
        frame = frame->previous;
    return frame;
}

static bool is_module_level(_PyInterpreterFrame *frame)
{
    return PyUnicode_EqualToUTF8(_PyFrame_GetCode(frame)->co_name, "<module>");
}

/* boot/rehearsal.py runs an event loop, whose base looks at the clock's resolution, on a clock of its own. */
static bool is_rehearsal(_PyInterpreterFrame *frame)
{
    while (frame && strcmp(file_of(frame), "pymirage/boot/rehearsal.py") != 0)
        frame = complete(frame->previous);
    return frame;
}

/* The innermost frame that is nobody's but the application's; the innermost of all when there is none. */
static void complain(const char *what, _PyInterpreterFrame *innermost)
{
    _PyInterpreterFrame *frame = innermost;

    if (complaint[0])
        return;
    while (frame && is_own(file_of(frame)))
        frame = complete(frame->previous);
    if (!frame)
        frame = innermost;
    snprintf(complaint, sizeof complaint, "%s:%d: asks for %s while the image is initialised", file_of(frame),
             PyUnstable_InterpreterFrame_GetLine(frame), what);
}

bool judge(const char *what)
{
    /* Not the current one: the calls that end here are made without the interpreter's lock. */
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Main());
    _PyInterpreterFrame *frame = thread ? complete(thread->current_frame) : NULL;

    if (!frame || random_takes_seed())
        return true; /* the interpreter starts, or a generator is made */
    if (is_standard_library(file_of(frame)) && (is_module_level(frame) || starts_with(file_of(frame), "<frozen ")))
        return true;
    if (is_rehearsal(frame))
        return true;
    complain(what, frame);
    return false;
}

const char *judge_complaint(void)
{
    return complaint[0] ? complaint : NULL;
}
