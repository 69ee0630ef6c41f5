"""Run by the guest's own interpreter: reads source files, answers with their imports and bytecode.

Bytecode and grammar belong to one version of Python, and the tool may run on an older one, so both the
parsing and the compiling happen here. The process answers requests on its standard input, one after the
other, until that closes. Only the standard library is imported: the rest of pymirage is not on its path.

Request and answer are marshalled values:

    (path, module, is_package, filename, optimise)  ->  (imports, code, problem)

`imports` is a list of `(line, target, names, optional, conditional, function, unless)`:
  target    absolute name of the imported module; names: what `from target import …` asks for
  optional  failing to import is expected here (`try: import x / except ImportError`)
  conditional  inside an `if` that only running the module decides
  function  name of the enclosing function, "" at module level
  unless    for the fallback in an `except ImportError`: what the `try` imports instead
"""

from __future__ import annotations

import ast
import marshal
import sys
from encodings import normalize_encoding
from encodings.aliases import aliases
from pathlib import Path
from types import CodeType

Import = tuple[int, str, tuple[str, ...], bool, bool, str, tuple[str, ...]]

# Codecs without an alias, and all others.
CODECS = {"idna", "punycode", "raw_unicode_escape", "unicode_escape", "utf_8_sig", *aliases.values()}

# Functions of `hashlib` that only OpenSSL has.
OPENSSL_ONLY = {"pbkdf2_hmac", "scrypt"}

IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


class Scanner(ast.NodeVisitor):
    """Collects the import statements of one module that can run in an image."""

    def __init__(self, module: str, is_package: bool) -> None:
        self.module = module
        self.package = module if is_package else module.rpartition(".")[0]
        self.imports: list[Import] = []
        self.function = ""
        self.optional = False
        self.conditional = False
        self.unless: tuple[str, ...] = ()

    def found(self, line: int, target: str, names: tuple[str, ...] = ()) -> None:
        self.imports.append(
            (line, target, names, self.optional, self.conditional, self.function, self.unless)
        )

    def absolute(self, level: int, target: str | None) -> str:
        """PEP 328: one dot is this module's package, each further dot its parent."""
        if not level:
            return target or ""
        parts = self.package.split(".")
        parents = parts[: len(parts) - level + 1]
        return ".".join([*parents, target] if target else parents)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.found(node.lineno, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        names = tuple(alias.name for alias in node.names)
        self.found(node.lineno, self.absolute(node.level, node.module), names)
        if "strptime" in names:
            self.hinted(node.lineno, "_strptime")
        if node.module == "hashlib" and not OPENSSL_ONLY.isdisjoint(names):
            self.hinted(node.lineno, "_hashlib")

    def hinted(self, line: int, target: str) -> None:
        """An import that no statement spells out: taken when there is such a module, no error otherwise."""
        outer, self.optional = self.optional, True
        self.found(line, target)
        self.optional = outer

    def visit_Call(self, node: ast.Call) -> None:
        """`import_module("x")`, `__import__("x")`, and codecs that are named by a literal."""
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = literal(node.args[0]) if node.args else ""
        if called in ("import_module", "__import__") and first[:1] not in ("", "."):
            self.hinted(node.lineno, first)
        if called in ("encode", "decode", "lookup", "str"):
            last = literal(node.args[-1]) if node.args else ""
            self.codec(node.lineno, last if called == "str" else first)
        for keyword in node.keywords:
            if keyword.arg == "encoding":
                self.codec(node.lineno, literal(keyword.value))
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """`time.strptime` and `datetime.strptime` are C, and import their Python half when called."""
        if node.attr == "strptime":
            self.hinted(node.lineno, "_strptime")
        if node.attr in OPENSSL_ONLY and getattr(node.value, "id", "") == "hashlib":
            self.hinted(node.lineno, "_hashlib")
        self.generic_visit(node)

    def codec(self, line: int, name: str) -> None:
        normal = normalize_encoding(name).lower() if name.isascii() else ""
        codec = aliases.get(normal, normal)
        if codec in CODECS:
            self.hinted(line, f"encodings.{codec}")

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        outer, self.function = self.function, self.function or node.name
        self.generic(node)
        self.function = outer

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.generic(node)

    def visit_TypeAlias(self, node: ast.stmt) -> None:
        self.generic(node)

    def generic(self, node: ast.AST) -> None:
        """PEP 695: the interpreter imports `typing` to make type parameters."""
        if getattr(node, "type_params", []):
            self.hinted(getattr(node, "lineno", 0), "typing")
        self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_If(self, node: ast.If) -> None:
        known = self.truth(node.test)
        outer, self.conditional = self.conditional, self.conditional or known is None
        if known is not False:
            self.visit_all(node.body)
        if known is not True:
            self.visit_all(node.orelse)
        self.conditional = outer

    def visit_Try(self, node: ast.Try) -> None:
        catching = any(catches_import_error(handler.type) for handler in node.handlers)
        outer, self.optional = self.optional, self.optional or catching
        first = len(self.imports)
        self.visit_all(node.body)
        self.optional = outer
        attempted = tuple(target for _, target, *_ in self.imports[first:])
        self.visit_all(node.orelse)
        for handler in node.handlers:
            fallback = catches_import_error(handler.type)
            before, self.unless = self.unless, attempted if fallback else self.unless
            self.visit_all(handler.body)
            self.unless = before
        self.visit_all(node.finalbody)

    def visit_With(self, node: ast.With) -> None:
        """`with suppress(ImportError):` is `try` by another name."""
        suppressed = any(
            isinstance(item.context_expr, ast.Call)
            and any(catches_import_error(argument) for argument in item.context_expr.args)
            for item in node.items
        )
        outer, self.optional = self.optional, self.optional or suppressed
        self.generic_visit(node)
        self.optional = outer

    def visit_all(self, statements: list[ast.stmt]) -> None:
        for statement in statements:
            self.visit(statement)

    def truth(self, test: ast.expr) -> bool | None:
        """What a condition is in an image, None when only running it would tell."""
        if isinstance(test, ast.Constant):
            return bool(test.value)
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            inner = self.truth(test.operand)
            return None if inner is None else not inner
        if isinstance(test, ast.BoolOp):
            return self.truth_of_all(test)
        text = ast.unparse(test)
        if text in (
            "TYPE_CHECKING",
            "typing.TYPE_CHECKING",
            "t.TYPE_CHECKING",
            "MYPY",
            "_MS_WINDOWS",
            "_mswindows",
        ):
            return False
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            return self.truth_of_comparison(test)
        if text.startswith("sys.platform.startswith("):
            return text == "sys.platform.startswith('linux')"
        return None

    def truth_of_all(self, test: ast.BoolOp) -> bool | None:
        decisive = isinstance(test.op, ast.Or)
        known = [self.truth(value) for value in test.values]
        if decisive in known:
            return decisive
        return None if None in known else not decisive

    def truth_of_comparison(self, test: ast.Compare) -> bool | None:
        facts: dict[str, object] = {
            "sys.platform": "linux",
            "os.name": "posix",
            "__name__": self.module,
            "sys.version_info": sys.version_info,
            "sys.implementation.name": "cpython",
        }
        left = ast.unparse(test.left)
        if left not in facts:
            return None
        try:
            right = ast.literal_eval(test.comparators[0])
        except ValueError:
            return None
        symbol = {
            ast.Eq: "==",
            ast.NotEq: "!=",
            ast.Lt: "<",
            ast.LtE: "<=",
            ast.Gt: ">",
            ast.GtE: ">=",
            ast.In: "in",
            ast.NotIn: "not in",
        }.get(type(test.ops[0]))
        if symbol is None:
            return None
        return bool(eval(f"left {symbol} right", {}, {"left": facts[left], "right": right}))


def literal(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def catches_import_error(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(isinstance(name, ast.Name) and name.id in IMPORT_ERRORS for name in names)


def canonical(code: CodeType) -> bytes:
    """Marshal looks at reference counts to decide what to share, and those depend on what else is alive in
    this process: writing what was read back makes the same code always the same bytes."""
    return marshal.dumps(marshal.loads(marshal.dumps(code)))


def answer(
    path: str, module: str, is_package: bool, filename: str, optimise: int
) -> tuple[list[Import], bytes, str]:
    source = Path(path).read_bytes()
    try:
        tree = ast.parse(source, filename)
        scanner = Scanner(module, is_package)
        scanner.visit(tree)
        code = compile(source, filename, "exec", dont_inherit=True, optimize=optimise)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        return [], b"", f"{path}{f':{line}' if line else ''}: {getattr(error, 'msg', error)}"
    return scanner.imports, canonical(code), ""


def main() -> None:
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            request = marshal.load(requests)
        except EOFError:
            return
        marshal.dump(answer(*request), answers, 2)
        answers.flush()


if __name__ == "__main__":
    main()
