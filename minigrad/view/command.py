"""`minigrad draw` and `minigrad step`: a picture of a computation, and a walk through it.

    minigrad draw models.lenet -o lenet.svg      a training step of a model, on two images
    minigrad step models.mlp --html mlp.html
    minigrad step script.py                      the last backward pass of a script, in the terminal
    minigrad step script.py -- --epochs 2        what follows -- is the script's, or the model's

A model is a module with a `parser()` of its options and a `build` that makes it from them.
"""

from __future__ import annotations

import importlib
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any, get_args

import numpy as np

from minigrad.arguments import format_line, refuse
from minigrad.data import Standardise, load
from minigrad.errors import MinigradError, ParameterError, RenderError, TraceError
from minigrad.view.draw import FORMATS, Picture, draw
from minigrad.view.pictures.overlays import Overlay
from minigrad.view.script import last_pass
from minigrad.view.step import step
from minigrad.view.trace import Trace
from minigrad.view.training import training_step

IMAGES = 2
"""Of how many images a model's training step is shown."""


def configure_draw(parser: ArgumentParser) -> None:
    """draw a script's last backward pass, or a model"""
    add = parser.add_argument
    named(parser)
    add("-o", "--out", type=Path, metavar="FILE",
        help=f"the file to write: {' '.join(FORMATS)} (default: text, on the terminal)")  # fmt: skip
    add("--values", action="store_true", help="write the values into the boxes")
    add("--grads", action="store_true", help="write the gradients into the boxes")
    add("--overlay", choices=get_args(Overlay), help="colour the boxes by this quantity")
    add("--depth", type=int, metavar="N", help="how many levels of modules are open")
    add("--focus", metavar="PATH", help="draw this module alone")
    add(
        "--open",
        action="append",
        default=[],
        metavar="OP",
        help="draw this fused op as its definition",
    )
    add("--budget", type=int, default=60, metavar="N",
        help="fold parts of a graph of more than N boxes (default: %(default)s)")  # fmt: skip
    add("--full", action="store_true", help="fold nothing")
    add("--direction", choices=("LR", "TB"), help="left to right, or top to bottom")
    parser.set_defaults(run=run_draw, passes_on=True)


def configure_step(parser: ArgumentParser) -> None:
    """walk through a script's last backward pass, or a model's, one step at a time"""
    add = parser.add_argument
    named(parser)
    add(
        "--html",
        type=Path,
        metavar="FILE",
        help="write the steps as a page, and read no keys",
    )
    add("--transcript", action="store_true", help="print all steps, and read no keys")
    add("--check", action="store_true", help="check each gradient rule at the recorded values")
    add(
        "--open",
        action="append",
        default=[],
        metavar="OP",
        help="walk through this fused op's definition",
    )
    parser.set_defaults(run=run_step, passes_on=True)


def named(parser: ArgumentParser) -> None:
    parser.add_argument(
        "what",
        metavar="WHAT",
        help="script.py, or the module of a model: models.lenet; pass its own arguments after --",
    )


def run_draw(options: Namespace) -> int:
    """0 if it was drawn, 1 if the program or the drawing failed, 2 if the question was wrong."""
    try:
        if options.out is not None and options.out.suffix.lower() not in FORMATS:
            known = " ".join(FORMATS)
            raise ParameterError(f"-o {options.out}: the suffix must be one of {known}")
        trace = traced(options.what, options.passed_on)
        picture = draw(
            trace,
            values=options.values,
            grads=options.grads,
            overlay=options.overlay,
            depth=options.depth,
            focus=options.focus,
            open=options.open,
            budget=options.budget,
            full=options.full,
            direction=options.direction,
        )
    except MinigradError as error:
        return refuse("minigrad draw", error)
    if options.out is None:
        print(picture.text)
    elif not saved(picture, options.out):
        return 1
    return ended(trace)


def run_step(options: Namespace) -> int:
    """0 if all is well, 1 if the program failed or a rule is wrong, 2 if the question was wrong."""
    try:
        trace = traced(options.what, options.passed_on)
        steps = step(trace, options.open, options.check)
    except MinigradError as error:
        return refuse("minigrad step", error)
    if options.html is not None:
        try:
            steps.html(options.html, title=Path(options.what).name)
        except (MinigradError, OSError) as error:
            print(steps.transcript())
            print(f"minigrad step: {error}; the transcript is above", file=sys.stderr)
            return 1
        print(f"{len(steps)} steps in {options.html}: open it in a browser")
    elif options.transcript or not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(steps.transcript())
    else:
        steps.terminal()
    if options.check:
        print(f"\n{steps.check()}")
    return max(ended(trace), options.check and not steps.check().passed)


def traced(what: str, arguments: list[str]) -> Trace:
    """The trace of what is named on the command line."""
    path = Path(what)
    if path.suffix == ".py" or path.is_file():
        return last_pass(path, arguments)
    if "" not in sys.path:
        sys.path.insert(0, "")  # as `python -m` finds it: first of all in the folder one is in
    try:
        module = importlib.import_module(what)
    except (Exception, SystemExit) as error:
        said = f"{type(error).__name__}: {format_line(error)}"
        if isinstance(error, ModuleNotFoundError):
            said += (
                " (in this folder, or where Python is installed; models/ is in a clone of minigrad)"
            )
        raise TraceError(f"{what} is no file, and cannot be imported: {said}") from error
    return example(module, what, arguments)


def example(module: Any, what: str, arguments: list[str]) -> Trace:
    """A training step of the model that a module builds, on the first images of its data."""
    try:
        parser, build = module.parser, module.build
    except AttributeError:
        raise TraceError(
            f"{what} has no `parser` and `build`, so it is no model that can be made here: to show what a "
            f"script does, give its file, {what.replace('.', '/')}.py"
        ) from None
    options = parser().parse_args(arguments)
    train, _ = load(options.data, options.data_dir)
    standardised = train.map(Standardise.fit(train.inputs))
    inputs, targets = standardised[:IMAGES]
    rng = np.random.default_rng(options.seed)
    model = build(options, inputs.shape[1:], len(train.classes), rng)
    return training_step(model, inputs, targets)


def saved(picture: Picture, path: Path) -> bool:
    """Write the picture, or, where that cannot be, print it as text and say why."""
    try:
        picture.save(path)
    except RenderError as error:
        print(picture.text)
        print(f"minigrad draw: {error}; the text form is above", file=sys.stderr)
        return False
    print(f"{picture!r} in {path}")
    return True


def ended(trace: Trace) -> int:
    if trace.exception is None:
        return 0
    print(f"minigrad: the program ended with {trace.exception.splitlines()[0]}", file=sys.stderr)
    return 1
