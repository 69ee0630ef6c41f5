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

# The memory of an image that is initialised when it is built is its file: what is there by convenience costs.
SAVED = (
    # A function that did not run while the image was built is there without its code, annotations, qualified
    # name and docstring. They are made when it is called for the first time (runtime/python/dormant.c), or
    # asked for:
    Edit(
        "Objects/funcobject.c",
        """PyObject *
PyFunction_GetCode(PyObject *op)
{
    if (!PyFunction_Check(op)) {
        PyErr_BadInternalCall();
        return NULL;
    }
""",
        """extern int pymirage_function_wake(PyObject *function);

PyObject *
PyFunction_GetCode(PyObject *op)
{
    if (!PyFunction_Check(op)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if (pymirage_function_wake(op) < 0)
        return NULL;
""",
    ),
    Edit(
        "Objects/funcobject.c",
        """    return Py_NewRef(op->func_code);
}

static int
func_set_code(""",
        """    if (pymirage_function_wake(self) < 0)
        return NULL;
    return Py_NewRef(op->func_code);
}

static int
func_set_code(""",
    ),
    Edit(
        "Objects/funcobject.c",
        "    nfree = ((PyCodeObject *)value)->co_nfreevars;\n",
        """    if (pymirage_function_wake(self) < 0)
        return -1;
    nfree = ((PyCodeObject *)value)->co_nfreevars;
""",
    ),
    Edit(
        "Objects/funcobject.c",
        """    if (op->func_annotations == NULL) {
        return NULL;
    }
    if (PyTuple""",
        """    if (pymirage_function_wake((PyObject *)op) < 0 || op->func_annotations == NULL) {
        return NULL;
    }
    if (PyTuple""",
    ),
    Edit(
        "Objects/funcobject.c",
        """    PyObject *d = NULL;
    if (self->func_annotations == NULL) {""",
        """    PyObject *d = NULL;
    if (pymirage_function_wake((PyObject *)self) < 0)
        return NULL;
    if (self->func_annotations == NULL) {""",
    ),
    Edit(
        "Objects/funcobject.c",
        "    Py_XSETREF(self->func_annotations, Py_XNewRef(value));",
        """    if (pymirage_function_wake((PyObject *)self) < 0)
        return -1;
    Py_XSETREF(self->func_annotations, Py_XNewRef(value));""",
    ),
    Edit(
        "Objects/funcobject.c",
        "    Py_XSETREF(((PyFunctionObject *)op)->func_annotations, annotations);",
        """    if (pymirage_function_wake(op) < 0) {
        Py_XDECREF(annotations);
        return -1;
    }
    Py_XSETREF(((PyFunctionObject *)op)->func_annotations, annotations);""",
    ),
    Edit(
        "Objects/funcobject.c",
        "    return Py_NewRef(op->func_qualname);",
        """    if (pymirage_function_wake(self) < 0)
        return NULL;
    return Py_NewRef(op->func_qualname);""",
    ),
    Edit(
        "Objects/funcobject.c",
        "    Py_XSETREF(op->func_qualname, Py_NewRef(value));",
        """    if (pymirage_function_wake(self) < 0)
        return -1;
    Py_XSETREF(op->func_qualname, Py_NewRef(value));""",
    ),
    Edit(
        "Objects/funcobject.c",
        """    return PyUnicode_FromFormat("<function %U at %p>",""",
        """    if (pymirage_function_wake((PyObject *)op) < 0)
        return NULL;
    return PyUnicode_FromFormat("<function %U at %p>",""",
    ),
    Edit(
        "Objects/funcobject.c",
        '    {"__doc__",       _Py_T_OBJECT,     OFF(func_doc), 0},\n',
        "",
    ),
    Edit(
        "Objects/funcobject.c",
        """static PyGetSetDef func_getsetlist[] = {
""",
        """static PyObject *
func_get_doc(PyObject *self, void *Py_UNUSED(ignored))
{
    if (pymirage_function_wake(self) < 0)
        return NULL;
    PyObject *doc = ((PyFunctionObject *)self)->func_doc;
    return Py_NewRef(doc ? doc : Py_None);
}

static int
func_set_doc(PyObject *self, PyObject *value, void *Py_UNUSED(ignored))
{
    if (pymirage_function_wake(self) < 0)
        return -1;
    Py_XSETREF(((PyFunctionObject *)self)->func_doc, Py_XNewRef(value));
    return 0;
}

static PyGetSetDef func_getsetlist[] = {
    {"__doc__", func_get_doc, func_set_doc},
""",
    ),
    # Names that only such code has, or a module's body, go when it goes, as before CPython 3.13.
    Edit(
        "Objects/codeobject.c",
        "        _PyUnicode_InternImmortal(interp, &_PyTuple_ITEMS(tuple)[i]);",
        "        _PyUnicode_InternMortal(interp, &_PyTuple_ITEMS(tuple)[i]);",
    ),
    Edit(
        "Python/marshal.c",
        "                _PyUnicode_InternImmortal(interp, &v);\n            }",
        "                _PyUnicode_InternMortal(interp, &v);\n            }",
    ),
    Edit(
        "Python/marshal.c",
        "            _PyUnicode_InternImmortal(interp, &v);\n        }",
        "            _PyUnicode_InternMortal(interp, &v);\n        }",
    ),
    # The table of a dictionary may end behind its last entry (runtime/python/fit.c): it has room for what it
    # holds and what it says to be usable, less than the usual two thirds. Such a table is not kept for
    # another dictionary.
    Edit(
        "Objects/dictobject.c",
        "    size += USABLE_FRACTION((size_t)DK_SIZE(keys)) * es;",
        "    size += (size_t)(keys->dk_usable + keys->dk_nentries) * es;",
    ),
    Edit(
        "Objects/dictobject.c",
        "    if (DK_LOG_SIZE(keys) == PyDict_LOG_MINSIZE\n            && freelist",
        """    if (DK_LOG_SIZE(keys) == PyDict_LOG_MINSIZE
            && keys->dk_usable + keys->dk_nentries == USABLE_FRACTION(PyDict_MINSIZE)
            && freelist""",
    ),
    # A class of the image that has no instances yet has no table of their attributes: 600 octets each.
    Edit(
        "Objects/dictobject.c",
        """void
_PyObject_InitInlineValues(""",
        """int
pymirage_class_keys(PyTypeObject *tp)
{
    if (CACHED_KEYS(tp) == NULL && (CACHED_KEYS(tp) = _PyDict_NewKeysForClass()) == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

void
_PyObject_InitInlineValues(""",
    ),
    Edit(
        "Objects/dictobject.c",
        """            dict = (PyDictObject *)new_dict_with_shared_keys(_PyInterpreterState_GET(),
                                                             CACHED_KEYS(tp));""",
        """            if (pymirage_class_keys(tp) < 0)
                return NULL;
            dict = (PyDictObject *)new_dict_with_shared_keys(_PyInterpreterState_GET(),
                                                             CACHED_KEYS(tp));""",
    ),
    Edit(
        "Include/internal/pycore_dict.h",
        "static inline size_t\n_PyInlineValuesSize(",
        "extern int pymirage_class_keys(PyTypeObject *tp);\n\nstatic inline size_t\n_PyInlineValuesSize(",
    ),
    Edit(
        "Objects/typeobject.c",
        """        assert(type->tp_itemsize == 0);
        size += _PyInlineValuesSize(type);""",
        """        assert(type->tp_itemsize == 0);
        if (pymirage_class_keys(type) < 0)
            return NULL;
        size += _PyInlineValuesSize(type);""",
    ),
    Edit(
        "Python/specialize.c",
        "        PyDictKeysObject *keys = ((PyHeapTypeObject *)owner_cls)->ht_cached_keys;\n"
        "        Py_ssize_t index",
        """        if (pymirage_class_keys(owner_cls) < 0) {
            PyErr_Clear();
            return 0;
        }
        PyDictKeysObject *keys = ((PyHeapTypeObject *)owner_cls)->ht_cached_keys;
        Py_ssize_t index""",
    ),
    Edit(
        "Python/gc.c",
        "        size += _PyInlineValuesSize(tp);",
        """        if (pymirage_class_keys(tp) < 0)
            return NULL;
        size += _PyInlineValuesSize(tp);""",
    ),
)

EDITS = (*STACK, *MEMORY, *IMPORTS, *TRACEBACKS, *RANDOM, *LOOKUPS, *SAVED)
