"""A report small enough to be killed in a test: `python tests/experiments/toy.py --data-dir DIR ...`."""

from __future__ import annotations

import os
import signal
import sys

import numpy as np

from experiments import catalogue, command
from experiments.blocks import Figure, Heading, Line, Numbers, Page, Panel, Table, Text
from experiments.judge import Number
from experiments.parts import Part, Report, Room, Task
from minigrad.data import DataLoader, load
from minigrad.optim import SGD
from minigrad.train import Callback, Settings, evaluate, fit
from models.mlp import MLP

updates = 0


class SignalAfter(Callback):
    """After TOY_SIGNAL_AFTER updates in one process: TOY_SIGNAL to the program, and no more work here."""

    def updated(self, run, record):
        global updates
        updates += 1
        if updates == int(os.environ.get("TOY_SIGNAL_AFTER", -1)):
            print("signal", flush=True)
            os.kill(int(os.environ["TOY_PID"]), int(os.environ["TOY_SIGNAL"]))
            signal.pause()


def train(settings, room: Room):
    _, test = load("glyphs")
    small = test.map(lambda images: images[:, :, ::2, ::2])
    rng = np.random.default_rng(settings["seed"])
    model = MLP((196, settings["width"], 10), rng=rng)
    history = fit(
        model,
        DataLoader(small, 20, shuffle=True, rng=rng),
        SGD(model.parameters(), lr=0.1),
        Settings(updates=settings["steps"], evaluate_every=20, save_every=7),
        folder=room.folder,
        resume=True,
        callbacks=[SignalAfter()],
    )
    steps, losses = history.series("evaluation", "train_loss")
    accuracy = evaluate(model, small).accuracy
    return {"steps": steps.tolist(), "losses": losses.tolist(), "accuracy": accuracy}


def first(done, quick):
    steps = 20 if quick else 60
    return [
        Task(f"seed-{seed}", train, {"seed": seed, "width": 8, "steps": steps}, cost=steps)
        for seed in range(3)
    ]


def second(done, quick):
    """As wide as the first part's accuracies say: the plan hangs on results."""
    width = 4 + round(4 * done["first"]["seed-0"]["accuracy"])
    return [Task("wide", train, {"seed": 0, "width": width, "steps": 20}, cost=20)]


def page(done, quick):
    runs = list(done["first"].values())
    line = Line("training", runs[0]["steps"], runs[0]["losses"])
    rows = [[name, run["accuracy"]] for name, run in done["first"].items()]
    ours = [run["accuracy"] for run in runs]
    number = Number("accuracy", 0.5, ours, 0.5, 0.1, note="It is a toy.", headline=True)
    return Page(
        "Glyphs & <gradients>.",
        [
            Heading("What was done"),
            Text("An MLP, `196-8-10`."),
            Numbers("Accuracy", [number]),
            Table("runs", "Every run", ["run", "accuracy"], rows),
            Figure("losses", "The loss.", [Panel("loss", "update step", "loss (nats)", [line])]),
        ],
    )


REPORT = Report(
    "toy", "A toy", (Part("first", first), Part("second", second, after=("first",), cost=20)), page
)


def note(settings, room: Room):
    """Says what the room offers and where it is; for a test of processes, which must import it."""
    (room.folder / "checkpoint").write_text("x", encoding="utf-8")
    return {"jobs": room.jobs, "pid": os.getpid()}


def main(argv: list[str]) -> int:
    os.environ["TOY_PID"] = str(os.getpid())
    catalogue.REPORTS["toy"] = ("toy", "a toy")
    return command.main(["toy", *argv])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
