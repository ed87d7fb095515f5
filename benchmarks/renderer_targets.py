"""Targets for minigrad's own tracing, drawing and pages: times, and sizes of files.

Times depend on the machine, so the shortest of several counts. Where everything is in one thread, it is the
processor time, which other programs hardly change; the layout of a picture is in another process.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.race import race, turn
from minigrad import Tensor, nn
from minigrad.recording import observers


@dataclass(frozen=True)
class Target:
    """A measured value and its target; `met` is None without a target."""

    name: str
    found: str
    needed: str
    met: bool | None


def lenet_step() -> Callable[[], object]:
    """A forward and a backward pass of LeNet-5's layers on 32 images. (The models in models/ import view.)"""
    rng = np.random.default_rng(0)
    model = nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2, rng=rng), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, kernel_size=5, rng=rng), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120, rng=rng), nn.ReLU(),
        nn.Linear(120, 84, rng=rng), nn.ReLU(), nn.Linear(84, 10, rng=rng),
    )  # fmt: skip
    x = rng.standard_normal((32, 1, 28, 28)).astype(np.float32)
    target, loss = rng.integers(0, 10, 32), nn.CrossEntropyLoss()

    def step() -> None:
        model.zero_grad()
        loss(model(Tensor(x)), target).backward()

    return step


def overhead(turns: int = 9) -> Target:
    from minigrad import view

    step = lenet_step()

    def traced() -> None:
        with view.trace():
            step()

    ratio = race(step, traced, turns).ratio
    return Target("LeNet-5, 32 images: a step under a trace", f"{ratio:.2f} x", "2 x", ratio <= 2)


def off(turns: int = 9) -> Target:
    """A process after a trace, in turns with a process that never traced."""
    command = [sys.executable, "-m", "benchmarks.renderer_targets"]
    clone = Path(__file__).parent.parent
    pipes: Any = {
        "stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": clone,
    }  # fmt: skip
    with (
        subprocess.Popen([*command, "plain"], **pipes) as plain,
        subprocess.Popen([*command, "view"], **pipes) as view,
    ):
        pairs = [(asked(plain), asked(view)) for _ in range(turns)]
        for process in (plain, view):
            process.communicate()
    ratio = statistics.median(b / a for a, b in pairs)
    return Target("the same, no trace open", f"{ratio:.2f} x", "1 x, within 5 %", ratio <= 1.05)


def asked(process: subprocess.Popen[str]) -> float:
    assert process.stdin is not None
    assert process.stdout is not None
    print(file=process.stdin, flush=True)
    return float(process.stdout.readline())


def timed_on_request(kind: str) -> None:
    """The median time of several steps, for each line of input."""
    step = lenet_step()
    if kind == "view":
        from minigrad import view

        with view.trace():
            step()
    elif any(name.startswith("minigrad.view") for name in sys.modules):
        raise SystemExit("minigrad.view is imported: there is nothing to compare")
    assert not observers
    for _ in sys.stdin:
        print(turn(step, 7), flush=True)


def shortest(
    f: Callable[[], Any], runs: int = 3, clock: Callable[[], float] = time.perf_counter
) -> float:
    times = []
    for _ in range(runs):
        begin = clock()
        f()
        times.append(clock() - begin)
    return min(times)


def picture(full: bool) -> Target:
    from minigrad import view
    from models.lenet import LeNet5

    model = LeNet5(rng=np.random.default_rng(0))
    x = np.zeros((32, 1, 28, 28), np.float32)
    seconds = shortest(lambda: view.draw(model, x, full=full, depth=None if full else 1).svg)
    name = "LeNet-5 drawn as SVG, " + ("everything" if full else "modules closed")
    return Target(name, f"{seconds:.2f} s", "1 s", seconds <= 1)


def traced(nodes: int, needed: float, runs: int) -> Target:
    """A traced chain of additions, and its backward pass."""
    from minigrad import view

    clock, forwards, both = time.process_time, [], []
    for _ in range(runs):
        x = y = Tensor(1.0, requires_grad=True)
        begin = clock()
        with view.trace() as t:
            for _ in range(nodes - 1):
                y = y + x
            forwards.append(clock() - begin)
            y.backward()
        both.append(clock() - begin)
        assert len(t.nodes) == nodes
    return Target(
        f"{nodes:,} nodes traced (and backwards)",
        f"{min(forwards):.2f} s ({min(both):.2f} s)",
        f"{needed:g} s",
        min(both) <= needed,
    )


def page(nodes: int, side: int, limit: float | None, runs: int) -> Target:
    """The step page of a recurrent network with about `nodes` nodes."""
    from minigrad import view
    from minigrad.view.step import step

    shape = (side, side) if side else ()
    rng = np.random.default_rng(0)
    h, w, b = (Tensor(rng.normal(size=shape), requires_grad=True) for _ in range(3))
    with view.trace() as t:
        for _ in range((nodes - 4) // 3):
            h = ((h @ w if side else h * w) + b).tanh()
        h.sum().backward()
    pages: list[str] = []
    seconds = shortest(lambda: pages.append(step(t).html()), runs, time.process_time)
    size = len(pages[0].encode()) / 1000
    what = f"matrices of {side} x {side}" if side else "scalars"
    return Target(
        f"a page of {len(t.nodes):,} nodes, {what}",
        f"{size:,.0f} kB in {seconds:.1f} s",
        f"{limit:g} kB" if limit else "",
        size < limit if limit else None,
    )


TARGETS: tuple[Callable[[], Target], ...] = (
    overhead,
    off,
    lambda: picture(full=False),
    lambda: picture(full=True),
    lambda: traced(10_000, needed=1, runs=3),
    lambda: traced(100_000, needed=5, runs=1),
    lambda: page(200, side=0, limit=400, runs=2),
    lambda: page(200, side=8, limit=400, runs=2),
    lambda: page(2_000, side=0, limit=None, runs=1),
)


if __name__ == "__main__":
    timed_on_request(sys.argv[1])
