"""The lessons of `tutorials/`: found, described, and written into the reader's folder.

In a shell: `minigrad tutorials` lists them, `minigrad tutorials 2` describes one and names its commands,
`minigrad check 2` checks its exercise. A clone has the lessons in `tutorials/`, and a wheel holds a copy.
"""

from minigrad.lessons.catalogue import Lesson as Lesson
from minigrad.lessons.catalogue import lessons as lessons
from minigrad.lessons.notebook import notebook as notebook
