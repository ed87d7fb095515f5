"""`minigrad tutorials`: the lessons in a list, and each of them as files in your folder.

minigrad tutorials                  all lessons, with the question that each one answers
minigrad tutorials 2                what lesson 02 is about, and the commands for it
minigrad tutorials 2 --notebook     writes 02_chain_rule.ipynb into this folder
minigrad tutorials 2 --exercise     writes 02_chain_rule.py, with functions to complete
"""

from __future__ import annotations

import textwrap
from argparse import ArgumentParser, Namespace
from pathlib import Path

from minigrad.arguments import refuse
from minigrad.errors import DataError, MinigradError, ParameterError
from minigrad.lessons.catalogue import Lesson, find_lesson, format_next, lessons
from minigrad.lessons.notebook import notebook

FILES = {
    "notebook": (
        "{0}.ipynb",
        "open it in VS Code, or: pip install jupyterlab && jupyter lab {0}.ipynb",
    ),
    "exercise": ("{0}.py", "complete its functions, then run: minigrad check {1}"),
    "solution": ("{0}_solution.py", "compare it with {0}.py"),
}
"""The options that write a file: its name, and what to do with it. {0} is NN_name, {1} the number."""


def configure(parser: ArgumentParser) -> None:
    """list the lessons, and write one into your folder"""
    parser.add_argument("which", nargs="?", metavar="LESSON",
        help="its number or its name, such as 2 or chain_rule (default: list all lessons)")  # fmt: skip
    option = parser.add_mutually_exclusive_group()
    for name in FILES:
        option.add_argument(f"--{name}", action="store_const", const=name, dest="file",
            help=f"write its {name} into this folder")  # fmt: skip
    parser.set_defaults(run=run_tutorials, file=None)


def run_tutorials(options: Namespace) -> int:
    """0 if all is well, 1 if a file cannot be written, 2 if there is no such lesson."""
    try:
        if options.which and options.file:
            print(write(find_lesson(options.which), options.file))
        elif options.file:
            raise ParameterError(f"name a lesson: minigrad tutorials 1 --{options.file}")
        else:
            print(describe(find_lesson(options.which)) if options.which else format_list(lessons()))
    except (MinigradError, OSError) as error:
        return refuse("minigrad tutorials", error, 2 if isinstance(error, ParameterError) else 1)
    return 0


def format_list(found: list[Lesson]) -> str:
    entries = [f"{each.number:2}  {each.title}\n{_indent(each.question)}\n" for each in found]
    return "\n".join([*entries, "Start with: minigrad tutorials 1"])


def describe(lesson: Lesson) -> str:
    """The title of a lesson, its first paragraph, and the commands for it."""
    command, script, here = f"minigrad tutorials {lesson.number}", lesson.path, Path.cwd()
    return f"""{lesson.title}

{_indent(lesson.about)}

    as a notebook    {command} --notebook
    as a script      python {script.relative_to(here) if script.is_relative_to(here) else script}
    its exercise     {command} --exercise, then: minigrad check {lesson.number}
    its solution     {command} --solution

{format_next(lesson)}"""


def write(lesson: Lesson, kind: str) -> str:
    """Write one of `FILES` into the current folder; returns what to do with it.

    Raises `DataError` if the file exists, since it may hold the reader's work.
    """
    name, then = (text.format(lesson.path.stem, lesson.number) for text in FILES[kind])
    try:
        with Path(name).open("x", encoding="utf-8") as file:
            file.write(notebook(lesson) if kind == "notebook" else lesson.read(kind))
    except FileExistsError as error:
        raise DataError(f"{name} exists, and may hold your work: rename it first") from error
    return f"{name}: {then}"


def _indent(text: str) -> str:
    return textwrap.fill(text, 78, initial_indent="    ", subsequent_indent="    ")
