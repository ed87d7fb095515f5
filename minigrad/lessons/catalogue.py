"""The lessons of `tutorials/`: the files of each, and how its docstring introduces it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from minigrad.errors import DataError, ParameterError

PACKAGED = Path(__file__).parent / "tutorials"
"""The folder in an installed wheel, into which `setup.py` copies the lessons."""

CLONED = Path(__file__).parents[2] / "tutorials"
"""The folder in a clone."""


@dataclass(frozen=True)
class Lesson:
    """A lesson: the script `tutorials/NN_name.py`, with an exercise and its solution.

    title      the first line of its docstring
    about      the first paragraph below the title, as one line
    """

    path: Path
    title: str
    about: str

    @property
    def number(self) -> int:
        return int(self.path.stem[:2])

    @property
    def question(self) -> str:
        """The first question in `about`, or else its first sentence."""
        sentences = re.split(r"(?<=[.?]) ", self.about)
        return next((sentence for sentence in sentences if sentence.endswith("?")), sentences[0])

    def read(self, kind: str = "") -> str:
        """Its text, or that of its "exercise" or its "solution"."""
        path = self.path.parent / f"{kind}s" / self.path.name if kind else self.path
        return path.read_text(encoding="utf-8")


def lessons() -> list[Lesson]:
    """All lessons, by number. Raises `DataError` if the installation is damaged."""
    folder = PACKAGED if PACKAGED.is_dir() else CLONED
    paths = sorted(folder.glob("[0-9][0-9]_*.py"))
    if not paths:
        raise DataError(f"no lessons in {folder}: install minigrad again, from a clone or a wheel")
    return [introduce(path) for path in paths]


def introduce(path: Path) -> Lesson:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    title, _, rest = docstring.partition("\n")
    paragraph = " ".join(rest.lstrip("=\n").partition("\n\n")[0].split())
    return Lesson(path, title, re.sub(r"``(.+?)``|:\w+:`(.+?)`|\*+(.+?)\*+", r"\1\2\3", paragraph))


def find_lesson(word: str) -> Lesson:
    """The lesson 2, 02, 02_chain_rule, chain_rule or tutorials/02_chain_rule.py.

    Raises `ParameterError` if there is no such lesson.
    """
    known = lessons()
    for lesson in known:
        stem = lesson.path.stem
        if Path(word).stem in (stem, stem[:2], stem[3:], str(lesson.number)):
            return lesson
    listed = ", ".join(lesson.path.stem for lesson in known)
    raise ParameterError(f"there is no lesson {word!r}: {listed}")


def format_next(lesson: Lesson) -> str:
    following = lesson.number + 1
    if following > len(lessons()):
        return "This is the last lesson."
    return f"Next: lesson {following:02} (minigrad tutorials {following})"
