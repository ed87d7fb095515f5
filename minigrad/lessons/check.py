"""`minigrad check 1`: a number means the exercise of that lesson, in the current folder."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from minigrad.arguments import refuse
from minigrad.check import command
from minigrad.errors import MinigradError, ParameterError
from minigrad.lessons.catalogue import find_lesson, format_next, lessons


def configure(parser: ArgumentParser) -> None:
    """check gradients: of every op, of an exercise, or of your own code"""
    command.configure(parser)
    parser.set_defaults(run=run_check)


def run_check(options: Namespace) -> int:
    """The exit code of the check; after a correct exercise, name the next step."""
    try:
        options.what = [find_exercise(word) if word.isdecimal() else word for word in options.what]
    except MinigradError as error:
        return refuse("minigrad check", error)
    code = command.run(options)
    names = {Path(word).name for word in options.what}
    for lesson in lessons() if code == 0 else []:
        if lesson.path.name in names:
            print(f"To compare: minigrad tutorials {lesson.number} --solution")
            print(format_next(lesson))
    return code


def find_exercise(number: str) -> str:
    """The file of the exercise; raises `ParameterError` if it is not in the current folder."""
    name = find_lesson(number).path.name
    if not Path(name).is_file():
        raise ParameterError(
            f"there is no {name} in this folder; to get it: minigrad tutorials {number} --exercise"
        )
    return name
