"""A run is a list of events, and each of them can have another value."""

import numpy as np

from minigrad.check.exchange import exchanged, functions_of, reachable, rewritten
from minigrad.check.probes import NAME, Rewriter
from minigrad.check.replay import Machine, grouped

PROGRAM = """
def step(x):
    return x * 2

def f(x):
    total = np.zeros(2)
    for k in range(3):
        x = step(x)
        total += x
    y = step(total)
    return y
"""


def recorded(program):
    module = program(PROGRAM)
    sites = []
    machine = Machine(sites)
    functions = functions_of(reachable([module.f]))
    codes = rewritten(functions, lambda file, s: Rewriter(file, sites).visit(s))
    x = np.array([1.0, 2.0])
    with exchanged(codes, NAME, machine):
        out, events = machine.record(lambda: module.f(x))
    return module, machine, codes, x, out, events


def of_text(machine, events, text):
    return [g for g in grouped(machine.sites, events).values() if g.site.text == text]


def test_iterations_of_a_loop_are_a_group_and_other_calls_are_not(program):
    _, machine, _, _, _, events = recorded(program)
    groups = of_text(machine, events, "x * 2")
    assert [len(g.events) for g in groups] == [3, 1]
    assert [e.value[0] for e in groups[0].events] == [2.0, 4.0, 8.0]


def test_an_array_that_is_written_into_counts_in_its_last_state(program):
    _, machine, _, _, _, events = recorded(program)
    (group,) = of_text(machine, events, "total += x")
    assert [e.value[0] for e in group.events] == [2.0, 6.0, 14.0]


def test_replacement_changes_what_follows_and_nothing_else(program):
    module, machine, codes, x, out, events = recorded(program)
    (group,) = of_text(machine, events, "x = step(x)")
    replacements = {group.events[1].index: lambda value: value + 1}
    with exchanged(codes, NAME, machine):
        moved = machine.replaced(lambda: module.f(x), replacements)
        again = machine.replaced(lambda: module.f(x), {})
    assert np.array_equal(moved, out + 2 * (1 + 2))
    assert np.array_equal(again, out)


def test_two_runs_have_the_same_events(program):
    module, machine, codes, x, _, events = recorded(program)
    with exchanged(codes, NAME, machine):
        _, again = machine.record(lambda: module.f(x))
    assert [(e.index, e.site, e.path) for e in events] == [(e.index, e.site, e.path) for e in again]
