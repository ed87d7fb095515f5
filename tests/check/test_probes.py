"""Probes change nothing that a program computes, and report each of its expressions."""

import numpy as np
import pytest

from minigrad.check.exchange import exchanged, functions_of, reachable, rewritten
from minigrad.check.probes import NAME, Rewriter
from minigrad.check.replay import Machine

PROGRAM = '''
scale = 3.0

def helper(x, *, power=2):
    """A docstring."""
    return x**power if power else x

class Layer:
    factor = 2.0

    def __init__(self):
        self.cache = {}

    @staticmethod
    def double(x):
        return 2 * x

    @property
    def last(self):
        return self.cache["x"]

    def __call__(self, x):
        self.cache["x"] = x
        return self.double(x) * self.factor

layer = Layer()

def f(x):
    total, parts = np.zeros(3), []
    for k, row in enumerate(x):
        if k == 1:
            continue
        total[:] += helper(row, power=k) * scale
        parts.append(-total)
    while total.sum() > 1e9:
        break
    try:
        y = [p * 2 for p in parts][-1]
    except IndexError:
        y = total
    first, *rest = x
    np.add.at(y, [0, 0], 1.0)
    with np.errstate(all="ignore"):
        z = layer(y) + (lambda v: v / 7)(first)
    return {"z": z, "last": layer.last, "text": f"{len(rest)}", "mask": z > 0}
'''


def probed(program):
    module = program(PROGRAM)
    sites, functions = [], functions_of(reachable([module.f]))
    machine = Machine(sites)
    codes = rewritten(functions, lambda file, s: Rewriter(file, sites).visit(s))
    return module, machine, codes


def test_the_user_s_functions_are_found(program):
    module = program(PROGRAM)
    names = {f.__qualname__ for f in functions_of(reachable([module.f]))}
    assert names == {
        "f",
        "helper",
        "Layer.__init__",
        "Layer.double",
        "Layer.last",
        "Layer.__call__",
    }


def test_probed_program_computes_the_same(program):
    module, machine, codes = probed(program)
    x = np.random.default_rng(0).normal(size=(4, 3))
    expected = module.f(x)
    with exchanged(codes, NAME, machine):
        found, events = machine.record(lambda: module.f(x))
    assert all(np.array_equal(found[name], expected[name]) for name in expected)
    assert len(events) > 30
    assert not hasattr(module, NAME)


def test_sites_have_their_source_and_their_kind(program):
    module, machine, codes = probed(program)
    with exchanged(codes, NAME, machine):
        machine.record(lambda: module.f(np.ones((4, 3))))
    kinds = {(site.text, site.kind) for site in machine.sites}
    assert ("helper(row, power=k) * scale", "expression") in kinds
    assert ("total[:] += helper(row, power=k) * scale", "written") in kinds
    assert ("np.add.at(y, [0, 0], 1.0)", "written") in kinds
    assert ("y", "use") in kinds
    assert {site.function for site in machine.sites} >= {"f", "helper", "Layer.double"}


def test_code_is_put_back_after_an_error_of_the_program(program):
    module, machine, codes = probed(program)
    before = module.f.__code__
    with exchanged(codes, NAME, machine):
        assert module.f.__code__ is not before
        with pytest.raises(ValueError, match="broadcast"):
            module.f(np.ones((4, 0)))
    assert module.f.__code__ is before
    assert not hasattr(module, NAME)


def test_an_index_with_effects_is_evaluated_once(program):
    module = program(
        """
def f(x):
    places, out = iter(range(3)), np.zeros(3)
    for value in x:
        out[next(places)] += value
    return out
"""
    )
    sites = []
    codes = rewritten([module.f], lambda file, s: Rewriter(file, sites).visit(s))
    with exchanged(codes, NAME, Machine(sites)):
        assert module.f([1.0, 2.0, 3.0]).tolist() == [1.0, 2.0, 3.0]


def test_code_is_put_back_when_the_block_raises(program):
    module, machine, codes = probed(program)
    before = module.f.__code__
    with pytest.raises(ZeroDivisionError):
        fail(codes, machine)
    assert module.f.__code__ is before


def fail(codes, machine):
    with exchanged(codes, NAME, machine):
        raise ZeroDivisionError
