"""The tree of exceptions that the module's docstring draws is the tree of the classes."""

import builtins
import re

import pytest

from minigrad import errors
from minigrad.errors import MinigradError

DRAWN = re.compile(
    r"^    (?P<branch>[│├└─ ]*)(?P<name>\w+Error) *(?:\((?P<builtin>\w+)\))? *(?P<words>.*)$"
)


def drawn():
    """name -> (parent, builtin) as the docstring has them."""
    tree, line_of = {}, [None]
    for line in errors.__doc__.splitlines():
        if match := DRAWN.match(line):
            depth = len(match["branch"]) // 4
            line_of[depth + 1 :] = [match["name"]]
            tree[match["name"]] = (line_of[depth], match["builtin"])
            assert match["words"] or depth == 0, f"{match['name']} is not explained"
    return tree


def test_the_drawn_tree_is_the_tree_of_the_classes():
    classes = {
        n: c for n, c in vars(errors).items() if isinstance(c, type) and issubclass(c, Exception)
    }
    tree = drawn()
    assert set(tree) == set(classes) == set(errors.__all__)
    for name, (parent, builtin) in tree.items():
        bases = [base.__name__ for base in classes[name].__bases__]
        assert bases == ([parent or "Exception"] + ([builtin] if builtin else [])), name
        assert classes[name].__doc__


@pytest.mark.parametrize("name", errors.__all__)
def test_each_may_be_caught_as_minigrads_and_as_the_builtin(name):
    kind = getattr(errors, name)
    assert issubclass(kind, MinigradError)
    above = kind if name != "GradientError" else errors.GraphError
    builtin = drawn()[above.__name__][1]
    assert builtin is None or issubclass(kind, getattr(builtins, builtin))
    error = kind("what, and the remedy")
    assert str(error) == "what, and the remedy"


def test_each_is_raised_somewhere():
    """A class that nothing raises promises what does not happen."""
    from pathlib import Path

    package = Path(errors.__file__).parent
    text = "\n".join(
        p.read_text(encoding="utf-8") for p in package.rglob("*.py") if p.name != "errors.py"
    )
    for name in errors.__all__:
        assert name == "MinigradError" or re.search(rf"\b{name}\b", text), name
