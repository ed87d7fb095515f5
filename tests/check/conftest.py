"""Programs of students, written to files, in which bugs are to be located."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from minigrad.check.given import input_names
from minigrad.check.locate import locate
from minigrad.check.subject import Subject


class Programs:
    """program(text): a module with this text; and what tests ask of it."""

    def __init__(self, folder):
        self.folder, self.made = folder, []

    def __call__(self, text):
        path = self.folder / f"student_{len(self.made)}.py"
        path.write_text("import numpy as np\n" + text.lstrip("\n"), encoding="utf-8")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        self.made.append(path.stem)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
        return module

    def draw(self, *shapes, seed=0):
        rng = np.random.default_rng(seed)
        return [rng.normal(size=shape) for shape in shapes]

    def claimed(self, f, backward, *inputs, upstream=True):
        """What is to be located: a function, and its gradients as somebody wrote them."""
        pull = backward if upstream else (lambda v, *xs: backward(*xs))
        xs = tuple(np.asarray(x, float) for x in inputs)
        return Subject(
            "f", f, pull, xs, input_names(f, len(xs), None),
            upstream=upstream, functions=((f, "f"), (backward, "backward")),
        )  # fmt: skip

    def located(self, module, *shapes, upstream=False, seed=0):
        """The located lines of `backward`; each of them is proven."""
        inputs = self.draw(*shapes, seed=seed)
        return self.lines(self.claimed(module.f, module.backward, *inputs, upstream=upstream))

    def lines(self, subject):
        places = locate(subject).locations
        assert all(place.proven for place in places)
        return sorted(place.line for place in places)

    def wrong(self, module):
        """The lines that a comment calls wrong."""
        text = Path(module.__file__).read_text(encoding="utf-8").splitlines()
        return [k for k, line in enumerate(text, 1) if "# wrong" in line]


@pytest.fixture
def program(tmp_path):
    programs = Programs(tmp_path)
    yield programs
    for name in programs.made:
        sys.modules.pop(name, None)
