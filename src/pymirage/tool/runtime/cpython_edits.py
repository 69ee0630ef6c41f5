"""Changes to CPython's own files, made after unpacking, each with its reason.

Few and small: all else that an image needs otherwise is said by configuration or replaced at link time.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement in one source file. The old text must be there exactly once."""

    path: str
    old: str
    new: str


# CPython counts levels of C recursion, for a stack of 8 MiB and levels of 800 octets. An image has 1 MiB, a
# level of list.sort() takes 3 KiB: so look at the stack pointer, too (runtime/libc/start.c sets the limit).
# Then deep recursion of any kind ends in RecursionError, and shallow levels may be many.
STACK = (
    Edit(
        "Include/internal/pycore_ceval.h",
        """static inline int _Py_MakeRecCheck(PyThreadState *tstate) {
    return tstate->c_recursion_remaining-- < 0;
}""",
        """extern uintptr_t pymirage_stack_limit;

static inline int _Py_StackIsLow(void) {
    return (uintptr_t)__builtin_frame_address(0) < pymirage_stack_limit;
}

static inline int _Py_MakeRecCheck(PyThreadState *tstate) {
    return tstate->c_recursion_remaining-- < 0 || _Py_StackIsLow();
}""",
    ),
    Edit(
        "Python/ceval.c",
        """        if (tstate->c_recursion_remaining <= 0) {
            tstate->recursion_headroom++;""",
        """        if (tstate->c_recursion_remaining <= 0 || _Py_StackIsLow()) {
            tstate->recursion_headroom++;""",
    ),
    # Not counted at all by CPython.
    Edit(
        "Objects/tupleobject.c",
        """    Py_uhash_t acc = _PyHASH_XXPRIME_5;
    for (i = 0;""",
        """    Py_uhash_t acc = _PyHASH_XXPRIME_5;
    if (_Py_StackIsLow()) {
        PyErr_SetString(PyExc_RecursionError, "maximum recursion depth exceeded while hashing a tuple");
        return -1;
    }
    for (i = 0;""",
    ),
    # What still only counts (the compiler's passes, deallocation) takes 250 octets a level at most.
    Edit("Include/cpython/pystate.h", "Py_C_RECURSION_LIMIT 10000", "Py_C_RECURSION_LIMIT 2000"),
    # The parser has a count of its own; 130 octets a level.
    Edit("Parser/parser.c", "#  define MAXSTACK 6000", "#  define MAXSTACK 3000"),
)

# A guest may have 16 MiB of memory.
MEMORY = (
    # Small objects: 256 KiB at a time in pools of a page, not a megabyte in pools of four. Less is left over,
    # and nothing is lost to alignment.
    Edit(
        "Include/internal/pycore_obmalloc.h",
        "#if SIZEOF_VOID_P > 4\n/* on 64-bit platforms use larger pools",
        "#if 0\n/* on 64-bit platforms use larger pools",
    ),
    # The tables that tell which addresses those are: for 48 bits 24 KiB, for 64 bits a megabyte.
    Edit(
        "Include/internal/pycore_obmalloc.h",
        "#define IGNORE_BITS 0\n\n/* use the top and mid layers",
        "#define IGNORE_BITS 16\n\n/* use the top and mid layers",
    ),
    # 290 KB of constants for starting the interpreter a second time, and for a second interpreter.
    Edit(
        "Python/pystate.c",
        'static const _PyRuntimeState initial = _PyRuntimeState_INIT(_PyRuntime, "");',
        "static const _PyThreadStateImpl initial_thread = _PyThreadStateImpl_INIT;",
    ),
    Edit(
        "Python/pystate.c",
        "        memcpy(runtime, &initial, sizeof(*runtime));",
        '        Py_FatalError("the interpreter of an image starts once");',
    ),
    Edit(
        "Python/pystate.c",
        "        memcpy(interp, &initial._main_interpreter, sizeof(*interp));",
        '        Py_FatalError("an image has one interpreter");',
    ),
    Edit(
        "Python/pystate.c",
        "           &initial._main_interpreter._initial_thread,",
        "           &initial_thread,",
    ),
)

# `import asyncio` without `inspect` (and with it `ast`, `dis`, `tokenize`) and `typing`: a third of its time.
IMPORTS = (
    Edit("Lib/asyncio/coroutines.py", "import inspect\n", ""),
    Edit(
        "Lib/asyncio/coroutines.py",
        "    return (inspect.iscoroutinefunction(func) or",
        "    import inspect\n    return (inspect.iscoroutinefunction(func) or",
    ),
    Edit("Lib/asyncio/format_helpers.py", "import inspect\n", ""),
    Edit(
        "Lib/asyncio/format_helpers.py",
        "    func = inspect.unwrap(func)",
        "    import inspect\n    func = inspect.unwrap(func)",
    ),
    Edit("Lib/asyncio/tasks.py", "import inspect\n", ""),
    Edit(
        "Lib/asyncio/tasks.py",
        "            elif inspect.isgenerator(result):",
        "            elif isinstance(result, types.GeneratorType):",
    ),
    Edit(
        "Lib/asyncio/tasks.py",
        "    if inspect.isawaitable(fs):",
        "    import inspect\n    if inspect.isawaitable(fs):",
    ),
    Edit(
        "Lib/asyncio/tasks.py",
        "        if inspect.isawaitable(coro_or_future):",
        "        import inspect\n        if inspect.isawaitable(coro_or_future):",
    ),
    Edit(
        "Lib/asyncio/timeouts.py",
        "import enum\n\nfrom types import TracebackType\nfrom typing import final, Optional, Type\n",
        "from __future__ import annotations\n\nimport enum\n\ndef final(cls): return cls\n",
    ),
    # Three regular expressions, to indent the source lines of a traceback, which an image does not have.
    Edit(
        "Lib/traceback.py",
        "import textwrap\n",
        """
class textwrap:
    def dedent(*arguments):
        import textwrap
        return textwrap.dedent(*arguments)

    def indent(*arguments):
        import textwrap
        return textwrap.indent(*arguments)

""",
    ),
    # The text of a signature as the docstring of each dataclass: images have no docstrings.
    Edit("Lib/dataclasses.py", "import inspect\n", ""),
    Edit(
        "Lib/dataclasses.py",
        "cls_annotations = inspect.get_annotations(cls)",
        "cls_annotations = dict(cls.__dict__.get('__annotations__', {}))",
    ),
    Edit(
        "Lib/dataclasses.py",
        "            text_sig = str(inspect.signature(cls)).replace(' -> None', '')",
        "            text_sig = ''",
    ),
)

# Tracebacks leave out the import system's own frames for every kind of module but frozen ones.
TRACEBACKS = (
    Edit(
        "Lib/importlib/_bootstrap.py",
        "        exec(code, module.__dict__)",
        "        _call_with_frames_removed(exec, code, module.__dict__)",
    ),
)

# An image that is initialised when it is built has no entropy yet. `random` seeds a generator when it is
# imported: the image keeps account of such (runtime/python/random.c), seeds them at its start, and refuses
# numbers before.
RANDOM = (
    Edit(
        "Modules/_randommodule.c",
        """    if (arg == NULL || arg == Py_None) {
       if (random_seed_urandom(self) < 0) {""",
        """    pymirage_random_seeded(self, arg == NULL || arg == Py_None);
    if (arg == NULL || arg == Py_None) {
       if (random_seed_urandom(self) < 0) {""",
    ),
    Edit(
        "Modules/_randommodule.c",
        """    if (self->index >= N) { /* generate N words at one time */
        int kk;
""",
        """    if (self->index >= N) { /* generate N words at one time */
        int kk;

        pymirage_random_drawn(self);
""",
    ),
    Edit(
        "Modules/_randommodule.c",
        "static uint32_t\ngenrand_uint32(RandomObject *self)",
        """extern void pymirage_random_seeded(void *generator, int from_entropy);
extern void pymirage_random_drawn(void *generator);

static uint32_t\ngenrand_uint32(RandomObject *self)""",
    ),
)

# The cache of attributes that were found in classes: 96 KiB of zeros in an image that was initialised when it
# was built (runtime/python/lookups.c), instead of None in every entry.
LOOKUPS = (
    Edit(
        "Objects/typeobject.c",
        """        PyObject *old_value = update_cache(entry, name, version, res);
        Py_DECREF(old_value);""",
        """        PyObject *old_value = update_cache(entry, name, version, res);
        Py_XDECREF(old_value);""",
    ),
)

EDITS = (*STACK, *MEMORY, *IMPORTS, *TRACEBACKS, *RANDOM, *LOOKUPS)
