"""`minigrad tutorials`: the lessons, in a list, and one of them as a page, a notebook or a script.

minigrad tutorials                  all of them, with the question that each one answers
minigrad tutorials 2                the page, where the site has been built; else how to open it
minigrad tutorials 2 --notebook     02_chain_rule.ipynb, in this folder
minigrad tutorials 2 --script       in the editor
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import textwrap
import webbrowser
from argparse import ArgumentParser, Namespace
from pathlib import Path

from minigrad.errors import DataError, MinigradError, ParameterError
from minigrad.lessons.lesson import Lesson, lessons, named
from minigrad.lessons.notebook import notebook

WIDTH = 78
BUILD = "pip install -e '.[docs]' && python -m sphinx docs site"


def configure(parser: ArgumentParser) -> None:
    """list the lessons, or open one"""
    parser.add_argument(
        "which",
        nargs="?",
        metavar="LESSON",
        help="its number or its name, such as 2 or chain_rule (default: list them all)",
    )
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--page", action="store_const", dest="way", const=page,
        help="open its page in the browser, from the site that is built beside it "
        "(this is the default, if it is built)")  # fmt: skip
    ways.add_argument("--notebook", action="store_const", dest="way", const=as_notebook,
        help="write it as a notebook into this folder, for Jupyter or VS Code")  # fmt: skip
    ways.add_argument("--script", action="store_const", dest="way", const=script,
        help="open the script in your editor, which the variable VISUAL or EDITOR names; it is not run: "
        "python tutorials/NN_name.py does that")  # fmt: skip
    parser.set_defaults(run=run, way=None)


def run(options: Namespace) -> int:
    """0 if it was shown, 1 if it could not be opened, 2 if there is no such lesson."""
    try:
        if options.which is None:
            if options.way is not None:
                raise ParameterError("which lesson is to be opened? minigrad tutorials lists them")
            print(listed(lessons()))
            return 0
        lesson = named(options.which)
    except ParameterError as error:
        return refused(error, 2)
    except MinigradError as error:
        return refused(error, 1)
    way = options.way or (page if lesson.page.is_file() else describe)
    try:
        print(way(lesson))
    except (MinigradError, OSError) as error:
        return refused(error, 1)
    return 0


def refused(error: Exception, code: int) -> int:
    print(f"minigrad tutorials: {' '.join(str(error).split())}", file=sys.stderr)
    return code


def listed(found: list[Lesson]) -> str:
    lines = []
    for lesson in found:
        lines += [f"{lesson.number:2}  {lesson.title}", indented(lesson.question), ""]
    return "\n".join([*lines, "minigrad tutorials N opens one."])


def describe(lesson: Lesson) -> str:
    """What it is about, and how it can be opened."""
    command = f"minigrad tutorials {lesson.number}"
    script, exercise = short(lesson.path), short(lesson.exercise)
    ways = [
        ("run it", f"python {script}"),
        ("in the editor", f"{command} --script"),
        ("as a notebook", f"{command} --notebook"),
        ("as a page", f"{command} --page, once the site is built: {BUILD}"),
    ]
    if lesson.exercise.is_file():
        ways.append(("its exercises", f"{exercise}, and then minigrad check {exercise}"))
    lines = [f"    {what:15}{how}" for what, how in ways]
    return "\n".join([lesson.title, "", indented(lesson.about), "", *lines])


def page(lesson: Lesson) -> str:
    if not lesson.page.is_file():
        raise DataError(
            f"there is no {short(lesson.page)}: the site has not been built. In {lesson.clone}: {BUILD}"
        )
    if not webbrowser.open(lesson.page.as_uri()):
        raise DataError(f"no browser could be started: open {lesson.page}")
    return f"opened {short(lesson.page)} in the browser"


def as_notebook(lesson: Lesson) -> str:
    written = notebook(lesson.path, Path())
    return f"{written}: open it in VS Code, or with jupyter lab {written}"


def script(lesson: Lesson) -> str:
    """Open it, and wait: an editor in the terminal needs that."""
    variable = next((name for name in ("VISUAL", "EDITOR") if os.environ.get(name)), None)
    if variable is None:
        raise DataError(
            f"neither VISUAL nor EDITOR names an editor: set one of them, or open {short(lesson.path)} as "
            "you open other files"
        )
    editor = os.environ[variable]
    try:
        ended = subprocess.run([*shlex.split(editor), str(lesson.path)])
    except (OSError, ValueError) as error:
        raise DataError(f"{variable} is {editor!r}, which cannot be started: {error}") from error
    if ended.returncode:
        raise DataError(
            f"{editor} ended with {ended.returncode}; the script is {short(lesson.path)}"
        )
    return f"{short(lesson.path)}: python {short(lesson.path)} runs it"


def indented(text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent="    ", subsequent_indent="    ")


def short(path: Path) -> Path:
    """As one would type it here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
