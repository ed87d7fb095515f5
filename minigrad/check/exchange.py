"""The user's functions: which ones there are, their source, and another code for each while a check lasts.

A live function gets a new `__code__`, made from the source of its top-level statement, and its own code back
afterwards. Every reference to the function is served: in containers, in closures, as a method of objects that
exist already. Nothing of the user's is imported again.
"""

from __future__ import annotations
import __future__

import ast
import contextlib
import copy
import functools
import linecache
import sys
import sysconfig
import types
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

FUTURE = functools.reduce(
    int.__or__, (getattr(__future__, n).compiler_flag for n in __future__.all_feature_names)
)
LIBRARIES = tuple(str(Path(sysconfig.get_paths()[k]).resolve()) for k in ("stdlib", "platstdlib"))
OWN = str(Path(__file__).resolve().parent.parent)
MOST = 10_000
"""Most objects that are visited."""

Exchange = list[tuple[types.FunctionType, types.CodeType]]
"""Functions, each with the code that it shall run."""

Rewrite = Callable[[str, ast.stmt], ast.stmt]
"""rewrite(file, statement): another top-level statement; it may change the one that it is given."""


class Unreadable(Exception):  # noqa: N818  # a reason, and not a mistake
    """The source of a function cannot be read, or the function was made from another one."""


# ---- which functions are the user's ----


def reachable(roots: Iterable[Any]) -> list[Any]:
    """Everything of the user's that `roots` may use: functions, objects, classes, containers, arrays."""
    found: dict[int, Any] = {}
    todo = list(roots)[::-1]
    while todo and len(found) < MOST:
        thing = todo.pop()
        if id(thing) not in found and not isinstance(thing, int | float | complex | str | bytes):
            found[id(thing)] = thing
            todo += reversed(list(used_by(thing)))
    return list(found.values())


def used_by(thing: Any) -> Iterable[Any]:
    """What a thing of the user's refers to."""
    if isinstance(thing, types.FunctionType):
        if is_users(thing.__code__.co_filename):
            return referenced(thing)
        return cells(thing)  # a decorator of a library, perhaps: it wraps a function of the user's
    if isinstance(thing, types.MethodType):
        return [thing.__func__, thing.__self__]
    if isinstance(thing, functools.partial):
        return [thing.func, *thing.args, *thing.keywords.values()]
    if isinstance(thing, staticmethod | classmethod):
        return [thing.__func__]
    if isinstance(thing, property):
        return [f for f in (thing.fget, thing.fset) if f is not None]
    if isinstance(thing, type):
        return [v for c in thing.__mro__ if is_users_class(c) for v in vars(c).values()]
    if isinstance(thing, list | tuple | set | frozenset):
        return thing
    if isinstance(thing, dict):
        return thing.values()
    if is_users_class(type(thing)):
        return [type(thing), *getattr(thing, "__dict__", {}).values()]
    return []


def functions_of(things: Iterable[Any]) -> list[types.FunctionType]:
    """The functions among these that the user wrote."""
    return [
        f for f in things if isinstance(f, types.FunctionType) and is_users(f.__code__.co_filename)
    ]


def global_names(function: types.FunctionType) -> list[str]:
    names = {name for code in codes(function.__code__) for name in code.co_names}
    return sorted(names & function.__globals__.keys())


def referenced(function: types.FunctionType) -> list[Any]:
    used = [*(function.__globals__[name] for name in global_names(function)), *cells(function)]
    modules = [vars(x) for x in used if isinstance(x, types.ModuleType)]
    names = {name for code in codes(function.__code__) for name in code.co_names}
    return [
        *used,
        *(space[name] for space in modules for name in sorted(names & space.keys())),
        *(function.__defaults__ or ()),
        *(function.__kwdefaults__ or {}).values(),
    ]


def cells(function: types.FunctionType) -> list[Any]:
    found = []
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):  # still empty
            found.append(cell.cell_contents)
    return found


@functools.lru_cache(maxsize=1024)
def is_users(file: str) -> bool:
    """Whether a file is neither a library's nor part of minigrad."""
    if file.startswith("<frozen"):
        return False
    path = Path(file) if file.startswith("<") else Path(file).resolve()
    installed = {"site-packages", "dist-packages"} & {*path.parts}
    return not installed and not str(path).startswith((OWN, *LIBRARIES))


def is_users_class(cls: type) -> bool:
    if cls.__module__ in sys.builtin_module_names or issubclass(cls, np.ndarray | types.ModuleType):
        return False
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    return file is None or is_users(file)


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """A code object and those nested in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)


# ---- their source ----


def source_of(file: str) -> str:
    linecache.checkcache(file)
    lines = linecache.getlines(file)
    if not lines:
        raise Unreadable(f"the source of {Path(file).name} cannot be read")
    return "".join(lines)


@functools.lru_cache(maxsize=64)
def parsed(file: str, source: str) -> ast.Module:
    try:
        return ast.parse(source, file)
    except SyntaxError as error:
        raise Unreadable(f"{Path(file).name} cannot be parsed: {error.msg}") from error


@functools.lru_cache(maxsize=1024)
def statement_of(code: types.CodeType, source: str) -> ast.stmt:
    """The top-level statement of the file that a function was made by."""
    for s in parsed(code.co_filename, source).body:
        first = min([s.lineno, *(d.lineno for d in getattr(s, "decorator_list", []))])
        if first <= code.co_firstlineno <= (s.end_lineno or 0):
            return s
    raise Unreadable(f"{code.co_filename} has changed since {code.co_name} was made")


def compiled(file: str, statement: ast.stmt, flags: int) -> types.CodeType:
    module = ast.Module([statement], [])
    made: types.CodeType = compile(module, file, "exec", flags=flags, dont_inherit=True)
    return made


Path_ = tuple[int, ...]
"""The place of a code object: its number among the nested ones, on each level."""


def code_paths(code: types.CodeType, path: Path_ = ()) -> Iterator[tuple[Path_, types.CodeType]]:
    yield path, code
    for k, each in enumerate(c for c in code.co_consts if isinstance(c, types.CodeType)):
        yield from code_paths(each, (*path, k))


@functools.lru_cache(maxsize=64)
def module_code(file: str, source: str, flags: int) -> types.CodeType:
    tree = parsed(file, source)
    made: types.CodeType = compile(tree, file, "exec", flags=flags, dont_inherit=True)
    return made


def alike(code: types.CodeType, module: types.CodeType) -> list[tuple[Path_, types.CodeType]]:
    """The codes of a module with the name and the line of this one: several lambdas may share them."""
    return [
        (path, each)
        for path, each in code_paths(module)
        if each.co_qualname == code.co_qualname and each.co_firstlineno == code.co_firstlineno
    ]


@functools.lru_cache(maxsize=1024)
def path_of(code: types.CodeType, source: str) -> Path_:
    """Where a function's code is in its compiled top-level statement."""
    flags, positions = code.co_flags & FUTURE, list(code.co_positions())
    # The whole file is compiled too: a method of an imported module is called by another instruction.
    whole = alike(code, module_code(code.co_filename, source, flags))
    for k, (_, each) in enumerate(whole):
        if each.co_code == code.co_code and list(each.co_positions()) == positions:
            statement = statement_of(code, source)
            return alike(code, compiled(code.co_filename, statement, flags))[k][0]
    raise Unreadable(f"{code.co_filename} has changed since {code.co_name} was made")


def rewritten(functions: Iterable[types.FunctionType], rewrite: Rewrite) -> Exchange:
    """The code that each function gets when its top-level statement is rewritten."""
    made: dict[Any, types.CodeType] = {}
    found = []
    for f in functions:
        own = f.__code__
        file, flags = own.co_filename, own.co_flags & FUTURE
        source = source_of(file)
        statement, path = statement_of(own, source), path_of(own, source)
        if (statement, flags) not in made:
            new = rewrite(file, copy.deepcopy(statement))
            made[statement, flags] = compiled(file, new, flags)
        code = made[statement, flags]
        for k in path:
            code = [c for c in code.co_consts if isinstance(c, types.CodeType)][k]
        if code.co_freevars != own.co_freevars:
            raise Unreadable(f"{f.__qualname__} cannot be rewritten")
        found.append((f, code))
    return found


@contextlib.contextmanager
def exchanged(new: Exchange, name: str = "", value: Any = None) -> Iterator[None]:
    """The functions run their new code, which sees `value` as a global `name`, while this lasts."""
    old = [(f, f.__code__) for f, _ in new]
    spaces = {id(f.__globals__): f.__globals__ for f, _ in new} if name else {}
    try:
        for space in spaces.values():
            space[name] = value
        for f, code in new:
            f.__code__ = code
        yield
    finally:
        for f, code in old:
            f.__code__ = code
        for space in spaces.values():
            space.pop(name, None)
