"""`minigrad tutorials`: the lessons in a list, and as files in your folder. `minigrad check 2`: its exercise.

minigrad tutorials                  all lessons, with the question that each one answers
minigrad tutorials 2                what lesson 02 is about, and the commands for it
minigrad tutorials 2 --notebook     writes 02_chain_rule.ipynb into this folder
minigrad tutorials 2 --exercise     writes 02_chain_rule.py, with functions to complete
minigrad check 2                    checks them, in this folder
"""

from __future__ import annotations

import textwrap
from argparse import ArgumentParser, Namespace
from pathlib import Path

from minigrad.check import command as check_command
from minigrad.errors import DataError, ParameterError
from minigrad.lessons.catalogue import Lesson, find_lesson, format_next, lessons
from minigrad.lessons.notebook import notebook

FILES = {
    "notebook": ("{0}.ipynb", "open it in VS Code or in Jupyter (pip install jupyterlab)"),
    "exercise": ("{0}.py", "complete its functions, then run: minigrad check {1}"),
    "solution": ("{0}_solution.py", "compare it with {0}.py"),
}
"""The options that write a file: its name, and what to do with it. {0} is NN_name, {1} the number."""


def configure(parser: ArgumentParser) -> None:
    """list the lessons, and write one into your folder"""
    parser.add_argument("which", nargs="?", metavar="LESSON", help="such as 2 or chain_rule")
    add = parser.add_mutually_exclusive_group().add_argument
    for name in FILES:
        add(f"--{name}", dest="file", action="store_const", const=name, help=f"write its {name}")
    parser.set_defaults(run=run_tutorials, file=None)


def run_tutorials(options: Namespace) -> int:
    if options.which is None and options.file:
        raise ParameterError(f"name a lesson: minigrad tutorials 1 --{options.file}")
    if options.which is None:
        print(format_list(lessons()))
    else:
        lesson = find_lesson(options.which)
        print(write(lesson, options.file) if options.file else describe(lesson))
    return 0


def format_list(found: list[Lesson]) -> str:
    entries = [f"{each.number:2}  {each.title}\n{_indent(each.question)}\n" for each in found]
    return "\n".join([*entries, "Start with: minigrad tutorials 1"])


def describe(lesson: Lesson) -> str:
    """The title of a lesson, its first paragraph, and the commands for it."""
    command = f"minigrad tutorials {lesson.number}"
    return f"""{lesson.title}
{_indent(lesson.about)}

    as a notebook    {command} --notebook
    as a script      python {lesson.path}
    its exercise     {command} --exercise, then: minigrad check {lesson.number}
    its solution     {command} --solution

{format_next(lesson)}"""


def write(lesson: Lesson, kind: str) -> str:
    """Write one of `FILES` into the current folder; returns what to do with it.

    Raises `DataError` if the file exists, since it may hold the reader's work.
    """
    name, then = (text.format(lesson.path.stem, lesson.number) for text in FILES[kind])
    if Path(name).exists():
        raise DataError(f"{name} exists, and may hold your work: rename it first")
    text = notebook(lesson) if kind == "notebook" else lesson.read(kind)
    Path(name).write_text(text, encoding="utf-8")
    return f"{name}: {then}"


def _indent(text: str) -> str:
    return textwrap.fill(text, 78, initial_indent="    ", subsequent_indent="    ")


def configure_check(parser: ArgumentParser) -> None:
    """check gradients: of every op, of an exercise, or of your own code"""
    check_command.configure(parser)
    parser.set_defaults(run=run_check)


def run_check(options: Namespace) -> int:
    """The exit code of the check; after a correct exercise, name the next step."""
    options.what = [find_exercise(word) if word.isdecimal() else word for word in options.what]
    code = check_command.run(options)
    checked = {Path(word).stem for word in options.what if code == 0}
    for lesson in lessons():
        if lesson.path.stem in checked:
            print(f"To compare: minigrad tutorials {lesson.number} --solution")
            print(format_next(lesson))
    return code


def find_exercise(number: str) -> str:
    """The file of the exercise; raises `ParameterError` if it is not in the current folder."""
    name = find_lesson(number).path.name
    if Path(name).is_file():
        return name
    raise ParameterError(f"{name} is not here; to get it: minigrad tutorials {number} --exercise")
