"""A lesson as a notebook: its cells, the prose as Markdown, and two cells for the exercise."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

from minigrad.lessons.catalogue import Lesson

EXERCISE = """\
from minigrad.cli import main

main(["tutorials", "{0}", "--exercise"]);  # writes the file: complete its functions
# %%
main(["check", "{0}"]);  # run this again after each change
"""


def notebook(lesson: Lesson) -> str:
    """The JSON of the notebook, in format 4.4."""
    source = f"{lesson.read()}# %%\n{EXERCISE.format(lesson.number)}"
    intro, *blocks = re.split(r"^# %%.*\n", source, flags=re.MULTILINE)
    cells = [cell("markdown", markdown(ast.get_docstring(ast.parse(intro)) or ""))]
    for block in blocks:
        code = re.sub(r"\A(#.*\n)*", "", block)
        prose = re.sub(r"^# ?", "", block.removesuffix(code), flags=re.MULTILINE)
        cells += [cell("markdown", markdown(prose)), cell("code", code)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    content = {"cells": [each for each in cells if each["source"]], "metadata": metadata}
    return json.dumps({**content, "nbformat": 4, "nbformat_minor": 4}, indent=1, ensure_ascii=False)


def cell(kind: str, text: str) -> dict[str, Any]:
    more: dict[str, Any] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {}, "source": text.strip().splitlines(True), **more}


def markdown(text: str) -> str:
    """The reStructuredText of lessons: titles, formulas and code. Lists are the same in both."""
    for line, mark in (("=", "#"), ("-", "##")):
        text = re.sub(rf"^(.+)\n{line}{{3,}}$", rf"{mark} \1", text, flags=re.MULTILINE)
    text = re.sub(r"^\.\. math::\s*(.*(?:\n+ +.*)*)", r"$$\n\1\n$$", text, flags=re.MULTILINE)
    return re.sub(r":math:`([^`]+)`", r"$\1$", text).replace("``", "`")
