"""Run as a process of its own: type-checks the hot modules of an image and writes them as C.

mypy prints and exits where other libraries return, keeps global state, and takes version and file suffix
from the interpreter that runs it; a process contains all of that. It is started in the directory of sources
(so that paths in tracebacks are relative), gets its request as JSON on standard input and answers in JSON:

    {"modules": {"pymirage.octets": "pymirage/octets.py"}, "python": [3, 13], "group": "hot"}
    {"units": {module: C text}, "group": {name: C text}, "library": C text, "read": [paths],
     "problems": [messages]}
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import io
import json
import sys
from pathlib import Path
from typing import Any

# mypyc writes the first suffix into the code, and images must not depend on the host's Python. It is read
# when mypyc is imported, hence before.
importlib.machinery.EXTENSION_SUFFIXES[:] = [".so"]

from mypy.errors import CompileError  # noqa: E402
from mypy.fscache import FileSystemCache  # noqa: E402
from mypyc.build import construct_groups, get_mypy_config  # noqa: E402
from mypyc.codegen import emitmodule  # noqa: E402
from mypyc.errors import Errors  # noqa: E402
from mypyc.irbuild.mapper import Mapper  # noqa: E402
from mypyc.namegen import NameGenerator  # noqa: E402
from mypyc.options import CompilerOptions  # noqa: E402

from pymirage.tool.image import primitives, units  # noqa: E402

OPTIONS = ["--config-file=", "--follow-imports=silent", "--explicit-package-bases", "--namespace-packages"]


def generate(request: dict[str, Any]) -> dict[str, Any]:
    version = (request["python"][0], request["python"][1])
    compiler_options = CompilerOptions(
        capi_version=version, python_version=version, group_name=request["group"], multi_file=True
    )
    cache = FileSystemCache()
    primitives.register()
    sources, all_sources, options = get_mypy_config(
        [*OPTIONS, *request["modules"].values()], None, compiler_options, cache
    )
    options.python_version = version
    groups = construct_groups(sources, False, True, request["group"])
    try:
        checked = emitmodule.parse_and_typecheck(all_sources, options, compiler_options, groups, cache)
    except CompileError as error:
        return {"problems": error.messages}
    if checked.errors:
        return {"problems": checked.errors}
    errors = Errors(options)
    mapper = Mapper({source.module: request["group"] for source in sources})
    modules = emitmodule.compile_modules_to_ir(checked, mapper, compiler_options, errors)
    if errors.num_errors:
        return {"problems": errors.new_messages()}
    # Whole names: short ones depend on which other modules there are.
    names = NameGenerator([sorted(modules)], separate=True)
    paths = {source.module: checked.graph[source.module].xpath for source in sources}
    generator = emitmodule.GroupGenerator(
        {name: modules[name] for name in sorted(modules)},
        paths,
        request["group"],
        mapper.group_map,
        names,
        compiler_options,
    )
    parts, group = units.split(generator)
    library = sorted(dependency.path for dependency in emitmodule.collect_source_dependencies(modules))
    read = [Path.cwd() / state.path for state in checked.graph.values() if state.path]
    return {
        "units": parts,
        "group": group,
        "library": units.runtime(library),
        "read": sorted(str(path.relative_to(Path.cwd())) for path in read if path.is_relative_to(Path.cwd())),
        "problems": [],
    }


def main() -> None:
    request = json.load(sys.stdin)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            answer = generate(request)
    except SystemExit:
        answer = {"problems": printed.getvalue().splitlines() or ["mypy gave up without a word"]}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
