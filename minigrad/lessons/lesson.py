"""Where the lessons are, and what each says of itself in its docstring: a title, and a question."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass
from pathlib import Path

from minigrad.errors import DataError, ParameterError

BESIDE = Path(__file__).resolve().parent.parent.parent
"""Of a clone, its folder."""

MARKUP = re.compile(r"``(.+?)``|:\w+:`(.+?)`|\*+(.+?)\*+")


@dataclass(frozen=True)
class Lesson:
    """A lesson: the script, `tutorials/NN_name.py`, of a clone.

    title      in words, the first line of its docstring
    about      the first paragraph below the title, as one line
    """

    path: Path
    title: str
    about: str

    @property
    def number(self) -> int:
        return int(self.path.stem[:2])

    @property
    def name(self) -> str:
        """Without the number: chain_rule."""
        return self.path.stem[3:]

    @property
    def question(self) -> str:
        """The first question that it asks, or else its first sentence."""
        sentences = re.split(r"(?<=[.?]) ", self.about)
        return next((sentence for sentence in sentences if sentence.endswith("?")), sentences[0])

    @property
    def clone(self) -> Path:
        return self.path.parent.parent

    @property
    def exercise(self) -> Path:
        return self.path.parent / "exercises" / self.path.name

    @property
    def page(self) -> Path:
        """Where it is in the site, once that has been built."""
        return self.clone / "site" / "tutorials" / f"{self.path.stem}.html"


def lessons() -> list[Lesson]:
    """All of them, by number. Raises `DataError` where there is no clone."""
    for folder in (BESIDE, Path.cwd()):
        found = sorted((folder / "tutorials").glob("[0-9][0-9]_*.py"))
        if found:
            return [read(path) for path in found]
    raise DataError(
        "the lessons are not part of an installation: they are in the repository of minigrad, in the folder "
        "tutorials. Clone it, and run this command in the clone"
    )


def read(path: Path) -> Lesson:
    said = inspect.cleandoc(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "")
    title, _, rest = said.partition("\n")
    paragraph = rest.lstrip("=\n").partition("\n\n")[0]
    about = re.sub(MARKUP, r"\1\2\3", " ".join(paragraph.split()))
    return Lesson(path, title, about)


def named(word: str) -> Lesson:
    """The lesson 2, 02, 02_chain_rule, chain_rule or tutorials/02_chain_rule.py."""
    known = lessons()
    wanted = Path(word).stem if word.endswith(".py") else word
    for lesson in known:
        by_number = wanted.isdecimal() and int(wanted) == lesson.number
        if by_number or wanted in (lesson.path.stem, lesson.name):
            return lesson
    raise ParameterError(
        f"there is no lesson {word!r}: {', '.join(lesson.path.stem for lesson in known)}"
    )
