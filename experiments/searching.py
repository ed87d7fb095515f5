"""The random search for lambda: each trial is one training, stored by Optuna."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from experiments.parts import Room, Settings, Task, unseen
from experiments.training import last, train

MEASURES = ("train_accuracy", "validation_accuracy", "test_accuracy")


@dataclass(frozen=True)
class Objective:
    """Trains with the trial's coefficient; the value is the validation accuracy."""

    training: Settings
    room: Room

    def __call__(self, params: dict[str, Any], number: int) -> dict[str, Any]:
        settings = {**self.training, "coefficient": params["lambda"]}
        room = replace(self.room, folder=self.room.folder / f"trial-{number}")
        result = train(settings, room)
        measured = {name: last(result, name) for name in MEASURES}
        return {"value": measured["validation_accuracy"], **measured}


def lambdas(settings: Settings, room: Room) -> dict[str, Any]:
    """Try the `values`, or `trials` random values between `low` and `high`, uniform or `log`-uniform.

    Returns all trials, the best value, and the finer range around the three best. A killed search resumes
    inside its last trial. The order of trials and the number of processes do not change the result.
    """
    from minigrad import search  # here, so that the other tasks do without Optuna
    from minigrad.search.space import narrow

    s = settings
    objective = Objective(s["training"], room if room.jobs == 1 else replace(room, tick=unseen))
    domain = (search.log_uniform if s["log"] else search.uniform)(s["low"], s["high"])
    where: dict[str, Any] = {
        # In a shared storage, another search has another name.
        "name": "-".join(room.folder.parts[-3:]),
        "storage": room.storage or room.folder / "search.db",
        "jobs": room.jobs,
        "progress": False,
    }
    if "values" in s:
        study = search.grid(objective, {"lambda": s["values"]}, **where)
    else:
        trials, seed = s["trials"], s["seed"]
        study = search.random(objective, {"lambda": domain}, trials=trials, seed=seed, **where)
    finer = narrow(domain, [trial.params["lambda"] for trial in study.top(3)])
    rows = [{key: row[key] for key in ("number", "lambda", *MEASURES)} for row in study.table()]
    return {"trials": rows, "best": study.best.params["lambda"], "around": [finer.low, finer.high]}


def search_task(name: str, training: Settings, **settings: Any) -> Task:
    """A search as a task: low, high, log, and either trials and seed or values."""
    trials = settings.get("trials") or len(settings["values"])
    everything = {"training": dict(training), **settings}
    return Task(name, lambdas, everything, trials * training["steps"], alone=True)


def sorted_rows(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The trials, in decreasing order of validation accuracy."""
    return sorted(result["trials"], key=lambda row: -row["validation_accuracy"])
