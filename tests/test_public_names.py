"""Every public name can be imported, says what it is, and is shown where one looks for it."""

import ast
import importlib
import inspect
import subprocess
import sys
import types
from pathlib import Path

import pytest

import minigrad

PACKAGE = Path(minigrad.__file__).parent
MODULES = sorted(
    ".".join(("minigrad", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(
        ".__init__"
    )
    for path in PACKAGE.rglob("*.py")
)
ROOMS = [name for name in MODULES if (PACKAGE / Path(*name.split(".")[1:])).is_dir()]


def reexported(module):
    """The names that a package shows with `import X as X`, or lists in `__all__`."""
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    listed = set(vars(module).get("__all__", ()))
    explicit = {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    }
    return listed, explicit


def undocumented(name):
    """What a module defines without saying what it is."""
    module = importlib.import_module(name)
    if not module.__doc__:
        yield name
    for attribute, value in vars(module).items():
        own = not attribute.startswith("_") and getattr(value, "__module__", None) == name
        if own and inspect.isclass(value) and not value.__doc__:
            yield f"{name}.{attribute}"


def test_every_module_is_importable_and_its_names_are_documented():
    assert not [name for module in MODULES for name in undocumented(module)]


def listing_faults(name):
    """How what a package lists differs from what it shows."""
    module = importlib.import_module(name)
    listed, explicit = reexported(module)
    if listed and explicit and listed != explicit:
        yield f"{name} lists {listed}, but imports {explicit} to show them"
    for shown in listed | explicit:
        value = getattr(module, shown)
        if (inspect.isclass(value) or inspect.isfunction(value)) and not value.__doc__:
            yield f"{name}.{shown} has no docstring"
    if listed and list(module.__all__) != sorted(module.__all__, key=order):
        yield f"{name}.__all__ is not sorted as ruff sorts it"


def test_a_package_lists_what_it_shows():
    assert not [fault for room in ROOMS for fault in listing_faults(room)]


def test_what_is_not_documented_or_listed_is_found(monkeypatch):
    module = types.ModuleType("minigrad.made")
    module.__file__ = __file__
    module.b, module.A = types.FunctionType((lambda: 0).__code__, {}), type("A", (), {})
    module.A.__module__ = "minigrad.made"
    module.__all__ = ["b", "A"]
    monkeypatch.setitem(sys.modules, "minigrad.made", module)
    assert list(undocumented("minigrad.made")) == ["minigrad.made", "minigrad.made.A"]
    assert len(list(listing_faults("minigrad.made"))) == 3


def order(name):
    """Constants, classes, the others."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_every_op_is_shown_by_its_name():
    """And beside them what is composed of ops, such as conv1d."""
    from minigrad import ops

    assert set(ops.__all__) >= set(minigrad.OPS)
    for name in ops.__all__:
        value = getattr(minigrad, name)
        assert value is getattr(ops, name)
        assert value is minigrad.OPS.get(name, value)
        assert value.__doc__


def test_what_a_newcomer_writes_is_there():
    for name in ("Tensor", "tensor", "grad", "no_grad", "enable_grad", "is_grad_enabled", "op", "fused",
                 "Op", "OPS", "detect_anomaly", "errors", "__version__"):  # fmt: skip
        assert vars(minigrad)[name] is not None
    for path in ("nn.Linear", "nn.Module", "optim.SGD", "data.load", "train.fit", "check.sweep"):
        room, name = path.split(".")
        assert callable(getattr(importlib.import_module(f"minigrad.{room}"), name))


def test_the_rooms_are_entered_through_the_door_and_no_sooner():
    """`import minigrad as mg; mg.nn.Linear`, as one writes `torch.nn.Linear`."""
    code = (
        "import sys, minigrad as mg; assert 'minigrad.nn' not in sys.modules; "
        "print(mg.nn.Linear, mg.optim.SGD, mg.data.load, mg.train.fit, mg.check.sweep)"
    )
    assert not subprocess.run([sys.executable, "-c", code], capture_output=True).stderr
    with pytest.raises(AttributeError, match="module 'minigrad' has no attribute 'cuda'"):
        _ = minigrad.cuda


@pytest.mark.parametrize("name", ["Tensor", "Op"])
def test_the_methods_of_the_engine_are_documented(name):
    """Those that carry the name of an op are documented by it."""
    for attribute, value in vars(getattr(minigrad, name)).items():
        public = not attribute.startswith("_") and callable(value)
        if public and attribute not in {*minigrad.OPS, "usage", "input_name"}:
            assert value.__doc__, f"{name}.{attribute} has no docstring"
