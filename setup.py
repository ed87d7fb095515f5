"""Copies the lessons of `tutorials/` into the wheel: see `minigrad/lessons`. All else is in setup.cfg."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithLessons(build_py):
    def run(self):
        super().run()
        if self.editable_mode:  # the lessons are read from the clone
            return
        for path in Path("tutorials").glob("**/[0-9][0-9]_*.py"):
            copy = Path(self.build_lib, "minigrad", "lessons", path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            self.copy_file(str(path), str(copy))


setup(cmdclass={"build_py": BuildWithLessons})
