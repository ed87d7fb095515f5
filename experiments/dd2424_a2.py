"""DD2424, assignment 2: the tasks behind the reports of two students."""

from __future__ import annotations

from functools import partial
from typing import Any

from experiments import dd2424_a2_page as pages
from experiments import dd2424_a2_tables as tables
from experiments.carried import carried
from experiments.gradients import checked
from experiments.parts import Part, Report, Results, Task
from experiments.searching import search_task
from experiments.training import setting, training_task

SEEDS = range(5)
SMALL, LARGE = "batches 1 and 2", "49,000 and 1,000"
BATCHES = {SMALL: 100, LARGE: 490}
"""Updates in one pass over the training set."""

CYCLES = {
    "figure-3": {"coefficient": 0.01, "n_s": 500, "steps": 1000},
    "figure-4": {"coefficient": 0.01, "n_s": 800, "steps": 4800},
    "figure-4-as-stated": {"coefficient": 0.01, "n_s": 700, "steps": 3800},
    "lambda-0.4137": {"coefficient": 0.4137, "n_s": 500, "steps": 2000},
    "lambda-6.86e-5": {"coefficient": 6.861844223554064e-05, "n_s": 500, "steps": 2000},
}
COARSE = (2.1478e-4, 8.2469e-4, 8.5048e-4)
FINE = (3.04e-4, 6.54e-4, 7.34e-4)
"""The best values according to report 004."""


def shortened(settings: dict[str, Any], quick: bool) -> dict[str, Any]:
    """A quick look: 1,000 images, and a fortieth of the updates."""
    n_s, steps = settings["n_s"], settings["steps"]
    if quick:
        n_s, steps = n_s // 40, steps // 40
    every = settings.get("evaluate_every", max(1, n_s // 10))
    limit = 1000 if quick else None
    return {
        **settings,
        "n_s": n_s,
        "steps": steps,
        "evaluate_every": min(every, steps),
        "limit": limit,
    }


def small(name: str, seed: int, quick: bool) -> dict[str, Any]:
    return shortened(setting(split=SMALL, seed=seed, **CYCLES[name]), quick)


def large(coefficient: float, cycles: int, seed: int, quick: bool, **more: Any) -> dict[str, Any]:
    n_s = 2 * BATCHES[LARGE]
    given = {"coefficient": coefficient, "n_s": n_s, "steps": 2 * n_s * cycles, **more}
    return shortened(setting(split=LARGE, seed=seed, **given), quick)


def seeds(quick: bool) -> range:
    return range(2) if quick else SEEDS


# ---- the parts ----


def gradients(done: Results, quick: bool) -> list[Task]:
    """Centered and forward differences, with the numbers of samples of the reports."""
    tasks = []
    for kind, coefficient in (("centered", 0.01), ("forward", 0.01), ("forward-of-the-loss", 0.0)):
        for samples in (20, 100) if quick else (20, 100, 1000):
            settings = {
                "hidden": [50],
                "batch_norm": False,
                "samples": samples,
                "coefficient": coefficient,
                "dimensions": 300 if quick else None,
                "entries": 50 if quick else 300,
                "forward": kind != "centered",
                "seed": 0,
                "limit": 1000 if quick else None,
            }
            tasks.append(Task(f"{kind}-{samples}", checked, settings, cost=5.0 * samples))
    return tasks


def cycles(done: Results, quick: bool) -> list[Task]:
    return [
        training_task(f"{name}-seed-{seed}", small(name, seed, quick))
        for name in CYCLES
        for seed in seeds(quick)
    ]


def searched(name: str, low: float, high: float, done: Results, quick: bool) -> list[Task]:
    """Report 001: two cycles of ten epochs for each of 30 values, uniform between two bounds."""
    training = small("lambda-0.4137", 0, quick)
    training = {**training, "evaluate_every": training["steps"]}
    trials = 3 if quick else 30
    return [search_task(name, training, low=low, high=high, log=False, trials=trials, seed=0)]


def without_initialising(done: Results, quick: bool) -> list[Task]:
    """The same with the values of report 001, one network for all of them."""
    values = [row[0] for row in tables.COARSE][: 3 if quick else None]
    training = small("lambda-0.4137", 0, quick)
    training = {**training, "evaluate_every": training["steps"]}
    settings = {"training": training, "coefficients": values}
    return [Task("carried", carried, settings, 30 * 2000)]


def coarse(done: Results, quick: bool) -> list[Task]:
    """Report 004: one cycle for each of 30 values, uniform in the exponent."""
    training = large(0.0, 1, 0, quick)
    training = {**training, "evaluate_every": training["steps"]}
    trials = 4 if quick else 30
    return [search_task("coarse", training, low=1e-5, high=1e-1, log=True, trials=trials, seed=0)]


def fine(done: Results, quick: bool) -> list[Task]:
    """The same around the three best."""
    training = large(0.0, 1, 0, quick)
    training = {**training, "evaluate_every": training["steps"]}
    low, high = done["coarse-004"]["coarse"]["around"]
    trials = 4 if quick else 30
    return [search_task("fine", training, low=low, high=high, log=True, trials=trials, seed=0)]


def named(done: Results, quick: bool) -> list[Task]:
    """The best values of report 004, each trained again for one cycle."""
    return [
        training_task(f"{value}-seed-{seed}", large(value, 1, seed, quick, evaluate_every=1960))
        for value in (*COARSE, *FINE)
        for seed in seeds(quick)[:3]
    ]


def best(done: Results, quick: bool) -> list[Task]:
    """Three cycles with the best value of report 004, and with ours."""
    ours = done["fine-004"]["fine"]["best"]
    return [
        training_task(f"{whose}-seed-{seed}", large(value, 3, seed, quick))
        for whose, value in (("theirs", 3.04e-4), ("ours", ours))
        for seed in seeds(quick)
    ]


TRIALS_004 = 30 * 1960

REPORT = Report(
    "dd2424-a2",
    "A two-layer network on CIFAR-10",
    (
        Part("gradients", gradients),
        Part("cycles", cycles),
        Part("coarse-001", partial(searched, "coarse", 1e-9, 1e-3)),
        Part("fine-001", partial(searched, "fine", 1e-6, 1e-4)),
        Part("carried-001", without_initialising),
        Part("coarse-004", coarse),
        Part("fine-004", fine, after=("coarse-004",), cost=TRIALS_004),
        Part("named-004", named),
        Part("best-004", best, after=("fine-004",), cost=2 * len(SEEDS) * 5880),
    ),
    pages.page,
)
