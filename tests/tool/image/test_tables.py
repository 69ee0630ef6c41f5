"""The generated tables, read back by a C program through the declarations that the runtime uses."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from pymirage.tool.image.freeze import Frozen
from pymirage.tool.image.modules import Origin
from pymirage.tool.image.plan import Device
from pymirage.tool.image.tables import File, Tables, read_files

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")

RUNTIME = Path(__file__).parents[3] / "runtime"

# struct _frozen, struct _module_alias and struct _inittab as in CPython's headers.
READER = """
#include <stdio.h>
#include "embedded.h"
#include "mft_abi.h"

struct _frozen { const char *name; const unsigned char *code; int size; int is_package; };
struct _module_alias { const char *name; const char *orig; };
struct _inittab { const char *name; void *(*init)(void); };
extern const struct _frozen *_PyImport_FrozenBootstrap, *_PyImport_FrozenStdlib, *_PyImport_FrozenTest;
extern const struct _frozen *PyImport_FrozenModules;
extern const struct _module_alias *_PyImport_FrozenAliases;
extern struct _inittab _PyImport_Inittab[];
void *init_math(void) { return NULL; }

static void frozen(const char *label, const struct _frozen *at)
{
    for (; at->name; at++)
        printf("%s %s %d %d %.*s\\n", label, at->name, at->size, at->is_package, at->size, at->code);
}

int main(void)
{
    frozen("bootstrap", _PyImport_FrozenBootstrap);
    frozen("module", PyImport_FrozenModules);
    frozen("stdlib", _PyImport_FrozenStdlib);
    frozen("test", _PyImport_FrozenTest);
    for (const struct _module_alias *at = _PyImport_FrozenAliases; at->name; at++)
        printf("alias %s %s\\n", at->name, at->orig);
    for (struct _inittab *at = _PyImport_Inittab; at->name; at++)
        printf("c %s %s\\n", at->name, at->init == init_math ? "math" : at->init ? "?" : "none");
    for (const struct embedded_table *table = embedded_tables; table->name; table++)
        for (const struct embedded_file *file = table->files; file->name; file++) {
            printf("file %s %s %zu %.*s ", table->name, file->name, file->size, (int)file->size,
                   (const char *)file->content);
            for (int i = 0; i < EMBEDDED_DIGEST; i++)
                printf("%02x", file->digest[i]);
            puts("");
        }
    const struct mft *manifest = mft1_note_manifest(&solo5_mft1_note);
    for (unsigned i = 0; i < manifest->entries; i++)
        printf("device <%s> %u\\n", manifest->e[i].name, manifest->e[i].type);
}
"""


def frozen(name: str, code: bytes, is_package: bool = False) -> Frozen:
    return Frozen(name, Origin.STDLIB, name, is_package, code)


def read_back(tables: Tables, directory: Path) -> list[str]:
    text = tables.write(directory)
    (directory / "reader.c").write_text(READER)
    includes = (f"-I{RUNTIME}/include", f"-I{RUNTIME}/python")
    subprocess.run(
        ["gcc", "-no-pie", *includes, "-o", "reader", "reader.c", text.name], cwd=directory, check=True
    )
    done = subprocess.run([directory / "reader"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_tables(tmp_path: Path) -> None:
    tables = Tables(
        modules=[
            frozen("_frozen_importlib", b"one"),
            frozen("_frozen_importlib_external", b"two"),
            frozen("package", b"three", is_package=True),
            frozen("package.module", b"four"),
        ],
        c_modules={"sys": None, "math": "init_math"},
        crunched={"b": [File('odd "name"\\ü', b"content")], "a": [], "c": [File("x", b""), File("y", b"yy")]},
        devices=[Device("service", "NET_BASIC")],
    )
    digests = [hashlib.sha256(content).hexdigest() for content in (b"content", b"", b"yy")]
    assert read_back(tables, tmp_path) == [
        "bootstrap _frozen_importlib 3 0 one",
        "bootstrap _frozen_importlib_external 3 0 two",
        "module package 5 1 three",
        "module package.module 4 0 four",
        "alias _frozen_importlib importlib._bootstrap",
        "alias _frozen_importlib_external importlib._bootstrap_external",
        "c math math",
        "c sys none",
        f'file b odd "name"\\ü 7 content {digests[0]}',
        f"file c x 0  {digests[1]}",
        f"file c y 2 yy {digests[2]}",
        "device <> 1073741824",
        "device <service> 2",
    ]


def test_files_are_sorted_and_stay_inside(tmp_path: Path) -> None:
    outside = tmp_path / "secret"
    outside.write_bytes(b"secret")
    top = tmp_path / "htdocs"
    for name in ("b", "a/z", "a-b", "a/b/c"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(name.encode())
    (top / "out").symlink_to(outside)
    (top / "in").symlink_to(top / "b")
    assert [file.name for file in read_files(top)] == ["a-b", "a/b/c", "a/z", "b", "in"]
