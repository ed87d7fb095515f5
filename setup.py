"""Two additions to setup.cfg: the lessons in the wheel, and a path that every locale can read."""

from pathlib import Path

from setuptools import setup
from setuptools.command import editable_wheel
from setuptools.command.build_py import build_py


class BuildWithLessons(build_py):
    """Copies `tutorials/` into the wheel, as `minigrad/lessons/tutorials`."""

    def run(self):
        super().run()
        if self.editable_mode:  # the lessons are read from the clone
            return
        for path in Path("tutorials").glob("**/[0-9][0-9]_*.py"):
            copy = Path(self.build_lib, "minigrad", "lessons", path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            self.copy_file(str(path), str(copy))


def in_ascii(paths):
    """The .pth file of an editable install. A path with other letters becomes a line of Python.

    Before Python 3.13 such a file is read in the encoding of the locale. If that fails, as with ü and
    LC_ALL=C, no program of the environment starts.
    """
    lines = [
        line if line.isascii() else f"import sys; sys.path.append({line!a})"
        for line in paths.splitlines()
    ]
    return "\n".join([*lines, ""]).encode("ascii")


editable_wheel._encode_pth = in_ascii  # private: if setuptools drops it, its own encoding is used
setup(cmdclass={"build_py": BuildWithLessons})
