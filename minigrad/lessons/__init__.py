"""The lessons of `tutorials/`, which stand beside the package in a clone: found, described and opened.

In a shell: `minigrad tutorials` lists them, `minigrad tutorials 2` opens one.
"""

from minigrad.lessons.lesson import Lesson as Lesson
from minigrad.lessons.lesson import lessons as lessons
from minigrad.lessons.notebook import notebook as notebook
