"""A pickle that is read as data: nothing that it names is imported or called.

A pickle is a program for a stack machine, and Python's own machine runs any function that the program
names. This machine knows only the instructions for lists, dicts, bytes and numpy arrays in protocol 2,
in which CIFAR-10 is published. It records a call and does not make it:
`_reconstruct(ndarray, (0,), b"b")` becomes `Call("numpy.core.multiarray._reconstruct", ...)`.
"""

from __future__ import annotations

import math
import pickletools
from dataclasses import dataclass
from typing import Any

import numpy as np

from minigrad.errors import DataError
from minigrad.typing import Bytes

RECONSTRUCT = ("numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct")
ADMITTED = (*RECONSTRUCT, "numpy.ndarray", "numpy.dtype", "_codecs.encode")


TAKES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3, "APPEND": 1, "SETITEM": 2, "REDUCE": 2, "BUILD": 1}
"""Number of values that an instruction takes from the stack. Others take none, or all above a mark."""


class Name(str):
    """The name of a function or class in a pickle."""

    __slots__ = ()


@dataclass
class Call:
    """A call that a pickle asks for, and the state that it would give to the result."""

    function: Name
    arguments: tuple[Any, ...]
    state: Any = None


def read_pickle(data: bytes, name: str) -> Any:
    """The content of the pickle `data`; raises `DataError`, in which `name` stands for the file."""
    try:
        return _run(data)
    except DataError as error:
        raise DataError(f"{name}: {error}; nothing in it was run") from None
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{name}: truncated or damaged, or not a pickle: {error}") from error


def uint8_array(call: Any, name: str) -> Bytes:
    """The array that `call` would reconstruct: of uint8, in row-major order. Raises `DataError`."""
    try:
        _, shape, dtype, column_major, raw = call.state
        kind = dtype.arguments[0]
        if call.function not in RECONSTRUCT:
            raise ValueError(f"a call of {call.function}")
        if kind not in ("u1", b"u1") or column_major or type(raw) is not bytes:
            raise ValueError(f"elements of {kind!r}, column_major={column_major!r}")
        if math.prod(shape) != len(raw):
            raise ValueError(f"of shape {shape} with {len(raw)} bytes")
        return np.frombuffer(raw, np.uint8).reshape(shape)
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise DataError(f"{name}: needed an array of uint8, found: {error}") from error


def _run(data: bytes) -> Any:
    """The value that the program leaves on its stack."""
    stack: list[Any] = []
    marks: list[int] = []  # in the stack
    memo: dict[int, Any] = {}  # values that are used again
    program: Any = pickletools.genops(data)
    for opcode, argument, position in program:
        name = opcode.name
        above_mark = name in ("TUPLE", "APPENDS", "SETITEMS")
        start = marks.pop() if above_mark else len(stack) - TAKES.get(name, 0)
        if not 0 <= start <= len(stack):
            raise IndexError("the stack has fewer values than are taken from it")
        items = stack[start:]
        del stack[start:]
        match name:
            case "STOP":
                if position + 1 != len(data):
                    raise ValueError("bytes after the end")
                (result,) = stack
                return result
            case "PROTO":
                pass
            case "NONE" | "NEWTRUE" | "NEWFALSE":
                stack.append({"NONE": None, "NEWTRUE": True, "NEWFALSE": False}[name])
            case "BININT" | "BININT1" | "BININT2" | "LONG1" | "BINUNICODE":
                stack.append(argument)
            case "BINSTRING" | "SHORT_BINSTRING":  # Python 2's str, which pickletools decodes
                stack.append(argument.encode("latin-1"))
            case "EMPTY_LIST" | "EMPTY_DICT" | "EMPTY_TUPLE":
                stack.append({"EMPTY_LIST": [], "EMPTY_DICT": {}, "EMPTY_TUPLE": ()}[name])
            case "MARK":
                marks.append(len(stack))
            case "TUPLE" | "TUPLE1" | "TUPLE2" | "TUPLE3":
                stack.append(tuple(items))
            case "APPEND" | "APPENDS":
                stack[-1].extend(items)
            case "SETITEM" | "SETITEMS":
                # Other keys are not needed, and the hash of nested tuples can take for ever.
                if any(type(key) not in (bytes, str) for key in items[::2]):
                    raise ValueError("a dict with a key that is not text")
                stack[-1].update(zip(items[::2], items[1::2], strict=True))
            case "BINPUT" | "LONG_BINPUT":
                memo[argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memo[argument])
            case "GLOBAL":
                function = argument.replace(" ", ".")
                if function not in ADMITTED:
                    raise DataError(f"it asks for {function}, which plain arrays do not need")
                stack.append(Name(function))
            case "REDUCE":
                stack.append(_call(*items))
            case "BUILD":
                (stack[-1].state,) = items
            case _:
                raise DataError(f"it uses {name}, which plain arrays do not need")
    raise ValueError("no end")


def _call(function: Any, arguments: Any) -> Any:
    if type(function) is not Name or type(arguments) is not tuple:
        raise ValueError("a call of a value that is not a function")
    if function != "_codecs.encode":
        return Call(function, arguments)
    text, encoding = arguments  # how Python 3 writes bytes in protocol 2
    if type(text) is not str or encoding != "latin1":
        raise ValueError(f"bytes in an encoding {encoding!r}")
    return text.encode("latin-1")
