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
        return _Machine().run(data)
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


class _Machine:
    """The stack, the marks in it, and the memo of values that are used again."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def run(self, data: bytes) -> Any:
        for opcode, argument, position in pickletools.genops(data):
            if opcode.name == "STOP":
                if position is not None and position + 1 != len(data):
                    raise ValueError("bytes after the end")
                (result,) = self.stack
                return result
            self.step(opcode.name, argument)
        raise ValueError("no end")

    def step(self, instruction: str, argument: Any) -> None:
        stack = self.stack
        match instruction:
            case "PROTO":
                pass
            case "NONE" | "NEWTRUE" | "NEWFALSE":
                stack.append({"NONE": None, "NEWTRUE": True, "NEWFALSE": False}[instruction])
            case "BININT" | "BININT1" | "BININT2" | "LONG1" | "BINUNICODE":
                stack.append(argument)
            case "BINSTRING" | "SHORT_BINSTRING":  # Python 2's str, which pickletools decodes
                stack.append(argument.encode("latin-1"))
            case "EMPTY_LIST" | "EMPTY_DICT" | "EMPTY_TUPLE":
                stack.append({"EMPTY_LIST": [], "EMPTY_DICT": {}, "EMPTY_TUPLE": ()}[instruction])
            case "MARK":
                self.marks.append(len(stack))
            case "TUPLE":
                stack.append(tuple(self.pop(self.marks.pop())))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                stack.append(tuple(self.pop(len(stack) - int(instruction[-1]))))
            case "APPEND" | "APPENDS":
                items = self.pop(self.marks.pop() if instruction == "APPENDS" else len(stack) - 1)
                stack[-1].extend(items)
            case "SETITEM" | "SETITEMS":
                items = self.pop(self.marks.pop() if instruction == "SETITEMS" else len(stack) - 2)
                # Other keys are not needed, and the hash of nested tuples can take for ever.
                if any(type(key) not in (bytes, str) for key in items[::2]):
                    raise ValueError("a dict with a key that is not text")
                stack[-1].update(zip(items[::2], items[1::2], strict=True))
            case "BINPUT" | "LONG_BINPUT":
                self.memo[argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(self.memo[argument])
            case "GLOBAL":
                function = argument.replace(" ", ".")
                if function not in ADMITTED:
                    raise DataError(f"it asks for {function}, which plain arrays do not need")
                stack.append(Name(function))
            case "REDUCE":
                function, arguments = self.pop(len(stack) - 2)
                stack.append(_call(function, arguments))
            case "BUILD":
                (state,) = self.pop(len(stack) - 1)
                stack[-1].state = state
            case _:
                raise DataError(f"it uses {instruction}, which plain arrays do not need")

    def pop(self, start: int) -> list[Any]:
        """Remove and return the stack from `start` on."""
        if not 0 <= start <= len(self.stack):
            raise IndexError("the stack has fewer values than are taken from it")
        items = self.stack[start:]
        del self.stack[start:]
        return items


def _call(function: Any, arguments: Any) -> Any:
    if type(function) is not Name or type(arguments) is not tuple:
        raise ValueError("a call of a value that is not a function")
    if function != "_codecs.encode":
        return Call(function, arguments)
    text, encoding = arguments  # how Python 3 writes bytes in protocol 2
    if type(text) is not str or encoding != "latin1":
        raise ValueError(f"bytes in an encoding {encoding!r}")
    return text.encode("latin-1")
