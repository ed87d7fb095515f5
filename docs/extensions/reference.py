"""The reference: every public name of every public module, written from the docstrings."""

from __future__ import annotations

import importlib
import inspect
from argparse import ArgumentParser, HelpFormatter
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from sphinx.application import Sphinx

from docs.extensions.prose import rst
from docs.extensions.written import title, write
from minigrad.cli import COMMANDS
from minigrad.op import Op

MODULES = {
    "minigrad": "Tensors, and what records them",
    "minigrad.nn": "Layers",
    "minigrad.nn.init": "Initialisation",
    "minigrad.optim": "Update rules and schedules",
    "minigrad.data": "Data sets and batches",
    "minigrad.train": "The training loop",
    "minigrad.check": "Numerical checks of gradients",
    "minigrad.view": "Pictures and steps",
    "minigrad.view.formulas": "Formulas, read from the rules",
    "minigrad.search": "Search for hyper-parameters",
    "minigrad.domain": "Where an operation may be evaluated",
    "minigrad.errors": "Errors",
}

INTRO = """
Every public name except the :doc:`operations </operations/index>`, module by module, with its docstring.
Most names and their meaning are PyTorch's; axes are numpy's. Arrays are given by position, parameters by
keyword.
"""


def names(module: ModuleType) -> list[str]:
    """The public names that are minigrad's own, in the order of the module; operations have pages."""
    return [
        name
        for name, thing in vars(module).items()
        if not name.startswith("_")
        and not isinstance(thing, Op | ModuleType)
        and own(thing, module)
    ]


def own(thing: Any, module: ModuleType) -> bool:
    where = getattr(thing, "__module__", None)
    if inspect.isclass(thing) or inspect.isroutine(thing):
        # In minigrad/ and its rooms a name is made public by `__init__`; a file's names are its own.
        rooms = module.__file__ is not None and module.__file__.endswith("__init__.py")
        return where == module.__name__ or (rooms and str(where).startswith(module.__name__))
    return False


def page(name: str, said: str) -> str:
    module = importlib.import_module(name)
    lines = [*title(name), f"**{said}.**", "", f".. py:module:: {name}", "",
             *rst(module.__doc__ or ""), ""]  # fmt: skip
    for public in names(module):
        thing = getattr(module, public)
        if inspect.isclass(thing):
            error = issubclass(thing, BaseException)
            lines += [
                f".. auto{'exception' if error else 'class'}:: {name}.{public}",
                *([] if error else ["   :members:"]),
                "",
            ]
        else:
            lines += [f".. autofunction:: {name}.{public}", ""]
    return "\n".join(lines)


def command_line() -> str:
    """The output of `minigrad COMMAND --help`, for each command."""
    lines = [*title("The command line"), "In a shell; ``minigrad --help`` lists these.", ""]
    for name, configure in COMMANDS.items():
        parser = ArgumentParser(
            prog=f"minigrad {name}",
            description=configure.__doc__,
            formatter_class=partial(HelpFormatter, width=92),
        )
        configure(parser)
        said = parser.format_help().splitlines()
        lines += [*title(f"minigrad {name}", "-"), ".. code-block:: text", "",
                  *(f"   {line}" for line in said), ""]  # fmt: skip
    return "\n".join(lines)


def generate(app: Sphinx) -> None:
    folder = Path(app.srcdir) / "reference"
    toc = [
        "",
        ".. toctree::",
        "   :hidden:",
        "",
        *(f"   {name}" for name in MODULES),
        "   command_line",
    ]
    table = [".. list-table::", "   :widths: 35 65", ""]
    for name, said in MODULES.items():
        write(folder / f"{name}.rst", page(name, said))
        table += [f"   * - :doc:`{name}`", f"     - {said}"]
    write(folder / "command_line.rst", command_line())
    table += ["   * - :doc:`command_line`", "     - What is asked in a shell"]
    index = [*title("Reference"), INTRO, *table, *toc]
    write(folder / "index.rst", "\n".join(index) + "\n")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", generate, priority=100)
    return {"parallel_read_safe": True}
