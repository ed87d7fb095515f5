"""DD2424, assignment 3: the tasks behind the report on k layers with batch normalisation."""

from __future__ import annotations

from typing import Any

from experiments import dd2424_a3_page as pages
from experiments.dd2424_a2 import shortened
from experiments.gradients import checked
from experiments.improved import train_on_variants
from experiments.parts import Part, Report, Results, Task
from experiments.searching import search_task
from experiments.training import last, setting, training_task

SEEDS = range(3)
SPLIT = "45,000 and 5,000"
N_S = 5 * 450
"""Half a cycle: five passes over 45,000 images in batches of 100."""

THREE = [50, 50]
NINE = [50, 30, 20, 20, 10, 10, 10, 10]
CHECKED = {
    "2": [50],
    "3": THREE,
    "4": [50, 50, 25],
    "9": NINE,
}
SIGMAS = (1e-1, 1e-3, 1e-4)

COARSE = {
    0.071557: 0.4972, 0.036906: 0.5062, 0.000495: 0.5216, 0.000342: 0.5260, 0.000563: 0.5270,
    0.001568: 0.5274, 0.002577: 0.5332, 0.001512: 0.5362, 0.003833: 0.5362, 0.007257: 0.5364,
}  # fmt: skip
FINE = {0.0015: 0.5336, 0.005: 0.5336, 0.007: 0.5336, 0.0075: 0.5354, 0.006: 0.5392, 0.004: 0.5414}
"""The report's tables 1 and 2: lambda, and the validation accuracy."""


def settings(seed: int, quick: bool, cycles: int = 2, **given: Any) -> dict[str, Any]:
    everything = {
        "split": SPLIT,
        "seed": seed,
        "coefficient": 0.005,
        "n_s": N_S,
        "steps": 2 * N_S * cycles,
        "evaluate_every": 450,
        **given,
    }
    made = shortened(setting(**everything), quick)
    return {**made, "steps": 24 * cycles, "n_s": 12, "evaluate_every": 4} if quick else made


def seeds(quick: bool) -> range:
    return range(2) if quick else SEEDS


# ---- the parts ----


def gradients(done: Results, quick: bool) -> list[Task]:
    """Without and with batch norm, on the first 10 dimensions of 5 images."""
    tasks = []
    for layers, hidden in CHECKED.items():
        for batch_norm in (False, True):
            given = {
                "hidden": hidden,
                "batch_norm": batch_norm,
                "samples": 5,
                "coefficient": 0.0,
                "dimensions": 10,
                "entries": 30 if quick else 10_000,
                "forward": False,
                "seed": 0,
                "limit": 1000 if quick else None,
            }
            kind = "with" if batch_norm else "without"
            tasks.append(Task(f"{layers}-layers-{kind}", checked, given, cost=1000))
    return tasks


def depth(done: Results, quick: bool) -> list[Task]:
    """Three and nine layers, without and with batch norm."""
    tasks = []
    for name, hidden in (("3", THREE), ("9", NINE)):
        for kind in ("without", "with"):
            # Nine layers without batch norm: ReLUs of the narrow layers die, in some runs more than in
            # others.
            many = range(6) if (name, kind) == ("9", "without") and not quick else seeds(quick)
            for seed in many:
                given = settings(seed, quick, hidden=hidden, batch_norm=kind == "with")
                tasks.append(training_task(f"{name}-layers-{kind}-seed-{seed}", given))
    return tasks


def sensitivity(done: Results, quick: bool) -> list[Task]:
    """Weights from N(0, sigma^2), the same sigma in every layer."""
    tasks = []
    for sigma in SIGMAS:
        for kind in ("with", "without"):
            for seed in range(2):
                given = settings(seed, quick, hidden=THREE, batch_norm=kind == "with", sigma=sigma)
                tasks.append(training_task(f"{sigma}-{kind}-seed-{seed}", given))
    return tasks


def search(name: str, quick: bool, **how: Any) -> list[Task]:
    training = settings(0, quick, hidden=THREE, batch_norm=True)
    training = {**training, "evaluate_every": training["steps"], "coefficient": 0.0}
    return [search_task(name, training, log=True, **how)]


def coarse(done: Results, quick: bool) -> list[Task]:
    """The report's ten random values of 10^U(-5, -1)."""
    values = list(COARSE)[: 3 if quick else None]
    return search("coarse", quick, low=1e-5, high=1e-1, values=values)


def fine_as_reported(done: Results, quick: bool) -> list[Task]:
    values = list(FINE)[: 2 if quick else None]
    return search("fine-as-reported", quick, low=1e-5, high=1e-1, values=values)


def fine(done: Results, quick: bool) -> list[Task]:
    """Our own random values around the three best of the coarse search."""
    low, high = done["coarse"]["coarse"]["around"]
    return search("fine", quick, low=low, high=high, trials=3 if quick else FINE_TRIALS, seed=0)


FINE_TRIALS = 6


def best(done: Results, quick: bool) -> list[Task]:
    """Three cycles with the best value of the report, and with ours."""
    ours = done["fine"]["fine"]["best"]
    return [
        training_task(
            f"{whose}-seed-{seed}",
            settings(seed, quick, 3, hidden=THREE, batch_norm=True, coefficient=value),
        )
        for whose, value in (("theirs", 0.004), ("ours", ours))
        for seed in seeds(quick)
    ]


# ---- beyond the report ----

RECIPES: dict[str, dict[str, Any]] = {
    "longer": {"reach": None, "coefficient": 0.005},
    "mirrored": {"reach": 0, "coefficient": 0.002},
    "mirrored, smaller lambda": {"reach": 0, "coefficient": 0.001},
    "mirrored and moved": {"reach": 1, "coefficient": 0.001},
}
LONG = 40 * 450
"""Forty passes over 45,000 images: twice the report's."""


def recipe(name: str, seed: int, quick: bool, test: bool) -> dict[str, Any]:
    given = {
        "hidden": THREE,
        "batch_norm": True,
        "evaluate_every": 900,
        "test": test,
        **RECIPES[name],
    }
    return {**settings(seed, quick, **given), "steps": 48 if quick else LONG}


def recipes(done: Results, quick: bool) -> list[Task]:
    """Each recipe once; they are compared on the validation set alone."""
    return [
        Task(name.replace(" ", "-"), train_on_variants, recipe(name, 0, quick, False), LONG)
        for name in RECIPES
    ]


def chosen(done: Results) -> str:
    """The recipe with the highest validation accuracy."""
    tried = done["recipes"]
    return max(RECIPES, key=lambda name: last(tried[name.replace(" ", "-")], "validation_accuracy"))


def beyond(done: Results, quick: bool) -> list[Task]:
    """The best recipe with all seeds; only here is the test set used."""
    return [
        Task(
            f"chosen-seed-{seed}", train_on_variants, recipe(chosen(done), seed, quick, True), LONG
        )
        for seed in seeds(quick)
    ]


REPORT = Report(
    "dd2424-a3",
    "k layers with batch normalisation on CIFAR-10",
    (
        Part("gradients", gradients),
        Part("depth", depth),
        Part("sensitivity", sensitivity),
        Part("coarse", coarse),
        Part("fine", fine, after=("coarse",), cost=FINE_TRIALS * 4 * N_S),
        Part("best", best, after=("fine",), cost=2 * len(SEEDS) * 6 * N_S),
        Part("fine-as-reported", fine_as_reported),
        Part("recipes", recipes),
        Part("beyond", beyond, after=("recipes",), cost=len(SEEDS) * LONG),
    ),
    pages.page,
)
