"""The plan of the house, read from the imports of every file: arrows point down only.

A floor may import what is below it, and itself. What is imported inside a function is imported too,
but for the optional packages: those may be asked for where they are used, and only there.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = [
    {"engine"},
    {"ops"},
    {"door"},  # minigrad/__init__.py, which shows the engine and the ops
    {"arguments", "files"},
    {"nn", "optim", "data"},
    {"train", "search"},
    {"check"},
    {"view", "lessons"},
    {"cli"},
    {"models"},
    {"tutorials", "experiments", "benchmarks"},
]
ENGINE = [
    "typing",
    "errors",
    "generators",
    "domain",
    "recording",
    "operators",
    "tensor",
    "op",
    "graph",
    "contributions",
    "backward",
    "anomaly",
]
"""From the bottom to the top, but for two late imports: see test_circles.py."""

LATE = ("minigrad.operators", "minigrad.ops")
"""The import at the foot of `operators.py`: its methods call the ops."""

NUMPY_ONLY = {"engine", "ops", "nn", "optim"}
PRESERVES = "minigrad.check.preserve"
"""The file that saves the global generators of a user's program and puts them back. It draws nothing."""

PRESERVED = {"getstate", "setstate", "get_state", "set_state"}
GENERATORS = {"Generator", "default_rng", "SeedSequence", "PCG64", "BitGenerator"}
BRINGS = {"minigrad.check.strategies": {"hypothesis"}, "minigrad.search": {"optuna", "sqlalchemy"}}
"""A file or a room that is made of optional packages, and which nobody imports but who wants those."""

SOURCES = sorted(
    path
    for folder in ("minigrad", "models", "benchmarks", "tutorials", "experiments")
    for path in (ROOT / folder).rglob("*.py")
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def room_of(name):
    """Where a module is: that of minigrad.nn.linear is nn; None is outside of the house."""
    top, _, rest = name.partition(".")
    if top == "minigrad":
        first = rest.partition(".")[0]
        return "engine" if first in ENGINE else first or "door"
    return top if any(top in rooms for rooms in FLOORS) else None


def floor(room):
    return next(i for i, rooms in enumerate(FLOORS) if room in rooms)


def nodes(tree):
    """(node, whether it runs at import time) of each node that is not for type checkers alone."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    waiting = [(tree, True)]
    while waiting:
        node, at_import = waiting.pop()
        if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
            yield node, at_import
            inside = at_import and not isinstance(node, functions)
            waiting += [(child, inside) for child in ast.iter_child_nodes(node)]


def imports(tree, package):
    """(module, whether at import time) of each import; those for type checkers alone are left out."""
    for node, at_import in nodes(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, at_import
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                base = package.split(".")[: len(package.split(".")) - node.level + 1]
                module = ".".join([*base, *([module] if module else [])])
            if module == "minigrad":  # its rooms may be asked for at the door
                rooms = set().union(*FLOORS)
                for alias in node.names:
                    yield f"minigrad.{alias.name}" if alias.name in rooms else module, at_import
            else:
                yield module, at_import


def brought(name):
    """The optional packages of which a file is made."""
    room = ".".join(name.split(".")[:2])
    return BRINGS.get(name, set()) | BRINGS.get(room, set())


def faults(name, text):
    """What the file `name` (such as minigrad.nn.linear) does that the plan forbids."""
    tree = ast.parse(text)
    room = room_of(name)
    for module, at_import in imports(tree, name.rpartition(".")[0]):
        top, other = module.split(".")[0], room_of(module)
        if (name, module) == LATE:
            continue
        if other is not None:
            if floor(other) > floor(room) or (floor(other) == floor(room) and other != room):
                yield f"{room} imports {module}, which is not below it"
            elif room == other == "engine" and at_import:
                mine, theirs = (ENGINE.index(n.split(".")[1]) for n in (name, module))
                if theirs >= mine:
                    yield f"{name} imports {module}, which is not below it in the engine"
        elif top not in sys.stdlib_module_names and top != "numpy":
            if room in NUMPY_ONLY:
                yield f"{room} imports {top}: numpy and the standard library only"
            elif at_import and name.startswith("minigrad.") and top not in brought(name):
                yield f"{top} is imported with the module, and not where it is used"
        if top == "random" and name != PRESERVES:
            yield "random: take an rng"
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "hasattr":
            yield "hasattr: a class is abstract or final, and knows what it has"
        if (
            isinstance(node, ast.Attribute)
            and node.attr not in GENERATORS | (PRESERVED if name == PRESERVES else set())
            and ast.unparse(node.value) in ("np.random", "numpy.random")
        ):
            yield f"np.random.{node.attr}: take an rng"
        drawn = isinstance(node, ast.Attribute) and ast.unparse(node.value) == "random"
        if drawn and name == PRESERVES and node.attr not in PRESERVED:
            yield f"random.{node.attr}: take an rng"


def module_name(path):
    name = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    return name.removesuffix(".__init__")


def test_arrows_point_down_only():
    found = []
    for path in SOURCES:
        name = module_name(path)
        if path.name == "__init__.py" and name != "minigrad":
            name += ".__init__"  # relative imports start from the package itself
        found += [
            f"{path.relative_to(ROOT)}: {fault}"
            for fault in faults(name, path.read_text(encoding="utf-8"))
        ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("minigrad.ops.new", "from minigrad.nn import Linear"),
        ("minigrad.ops.new", "def f():\n    from minigrad.train import fit"),
        ("minigrad.nn.new", "from minigrad.optim.sgd import SGD"),
        ("minigrad.nn.new", "from ..train import fit"),
        ("minigrad.nn.new", "import scipy"),
        ("minigrad.nn.new", "def f():\n    import matplotlib"),
        ("minigrad.train.new", "import matplotlib.pyplot as plt"),
        ("minigrad.train.new", "import optuna"),
        ("minigrad.search.new", "import matplotlib.pyplot as plt"),
        ("minigrad.train.new", "from minigrad import view"),
        ("minigrad.tensor", "from minigrad.backward import backward"),
        ("minigrad.tensor", "from minigrad.ops.arithmetic import add"),
        ("minigrad.tensor", "from minigrad import ops"),
        ("minigrad.ops.new", "from minigrad import Tensor"),
        ("minigrad.check.new", "from minigrad.view import draw"),
        ("minigrad.view.new", "import models.lenet"),
        ("models.new", "import benchmarks.race"),
        ("models.new", "import numpy as np\nnp.random.seed(0)"),
        ("models.new", "import random"),
        (PRESERVES, "import random\nrandom.random()"),
        (PRESERVES, "import numpy as np\nnp.random.normal()"),
        ("models.new", "hasattr(1, 'real')"),
    ],
)
def test_a_planted_fault_is_found(name, text):
    assert list(faults(name, text))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "minigrad.nn.new",
            "from minigrad import Tensor\nfrom minigrad.ops import relu\nimport math",
        ),
        ("minigrad.train.new", "def f():\n    import matplotlib"),
        ("minigrad.train.new", "from minigrad.nn import Linear\nfrom minigrad.data import load"),
        ("minigrad.tensor", "def f():\n    from minigrad.backward import backward"),
        ("minigrad.operators", "if TYPE_CHECKING:\n    from minigrad.tensor import Tensor"),
        ("minigrad.view.new", "from minigrad.check import sweep"),
        ("models.new", "import numpy as np\nrng = np.random.default_rng(0)\nimport rich"),
    ],
)
def test_what_is_allowed_is_not_found_fault_with(name, text):
    assert list(faults(name, text)) == []


def test_the_oracle_shares_no_code_with_what_it_judges():
    oracle = ROOT / "minigrad" / "check" / "oracle.py"
    modules = {
        module.split(".")[0]
        for module, _ in imports(ast.parse(oracle.read_text(encoding="utf-8")), "")
    }
    assert "numpy" in modules
    assert modules - {"numpy"} <= set(sys.stdlib_module_names)


def shape_faults(text):
    """What makes a file more than one idea, or leaves its idea unsaid."""
    if len(text.splitlines()) > 400:
        yield "more than 400 lines: split it"
    docstring = ast.get_docstring(ast.parse(text)) or ""
    if not docstring:
        yield "no docstring: say which idea the file holds"
    elif "\n" not in docstring and not docstring.endswith((".", ":", ",", ";", "?", "!")):
        yield "a docstring of one line is a sentence: end it with a full stop"


def test_a_file_is_one_idea_and_says_which():
    found = [
        f"{path.relative_to(ROOT)}: {fault}"
        for path in SOURCES + TESTS
        for fault in shape_faults(path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("text", ["x = 1", '"""An idea"""', '"""An idea."""\n' + "x = 1\n" * 400])
def test_a_file_without_its_idea_is_found(text):
    assert list(shape_faults(text))
    assert not list(shape_faults('"""An idea."""\n'))


HEAVY = {
    "matplotlib",
    "rich",
    "safetensors",
    "torch",
    "hypothesis",
    "graphviz",
    "pygraphviz",
    "pytest",
    "optuna",
    "sqlalchemy",
}


@pytest.mark.parametrize(
    "module", ["minigrad", "minigrad.nn, minigrad.optim, minigrad.data, minigrad.train"]
)
def test_importing_is_cheap(module):
    program = f"import sys, {module}; print(*sorted(m for m in sys.modules if '.' not in m))"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(run.stdout.split())
    assert "numpy" in loaded
    assert loaded & HEAVY == set()


def test_importing_changes_nothing_of_the_process():
    """No seed, no error state, no print option, no signal: what changes the process is called by name."""
    program = """
import signal, numpy as np
def state():
    return (np.geterr(), {k: v for k, v in np.get_printoptions().items()},
            np.random.get_state()[1].tolist(), signal.getsignal(signal.SIGINT))
before = state()
import minigrad, minigrad.nn, minigrad.optim, minigrad.data, minigrad.train
assert state() == before
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
