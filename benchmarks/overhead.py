"""Overhead of recording: chains of operations on three numbers, with almost no arithmetic.

    python -m benchmarks.overhead [--only NAME] [--repeats 30] [--length 1000]

Both libraries compute the same chain and its gradient; the gradients are compared first. After that, the
time of `import minigrad` beyond that of `import numpy` is measured.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from benchmarks.race import race
from minigrad import Tensor

CAPTION = "ratio: how many times as fast as PyTorch, the median over all turns"
START, SEED = np.array([1.5, -0.5, 0.25]), np.array([1.0, -2.0, 3.0])

LINKS: dict[str, Callable[[Any, Any], Any]] = {
    "y + x": lambda y, x: y + x,
    "y * 0.999": lambda y, x: y * 0.999,
    "(y - x) * x": lambda y, x: (y - x) * x,
    "y.tanh()": lambda y, x: y.tanh(),
}


def ours(link: Callable[[Any, Any], Any], length: int) -> np.ndarray:
    x = y = Tensor(START.copy(), requires_grad=True)
    for _ in range(length):
        y = link(y, x)
    y.backward(SEED)
    assert x.grad is not None
    return x.grad.data


def theirs(link: Callable[[Any, Any], Any], length: int) -> np.ndarray:
    x = y = torch.tensor(START, requires_grad=True)
    for _ in range(length):
        y = link(y, x)
    y.backward(torch.from_numpy(SEED))
    return x.grad.numpy()


def import_time(module: str, runs: int = 7) -> float:
    """The shortest time, in seconds, in which a new interpreter imports the module."""
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
        times.append(time.perf_counter() - begin)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="NAME", default="", help="chains whose link contains it")
    parser.add_argument("--repeats", type=int, default=30, help="turns of each (default: 30)")
    parser.add_argument("--length", type=int, default=1000, help="links of a chain (default: 1000)")
    options = parser.parse_args()
    chosen = {name: link for name, link in LINKS.items() if options.only in name}
    if not chosen:
        parser.error(f"no chain {options.only!r}: {', '.join(LINKS)}")

    torch.set_num_threads(2)
    table = Table("link", "minigrad", "PyTorch", "ratio", "target", caption=CAPTION)
    for name, link in chosen.items():
        np.testing.assert_allclose(ours(link, 20), theirs(link, 20), rtol=1e-12)
        ops = options.length * (2 if name == "(y - x) * x" else 1)
        result = race(
            lambda link=link: ours(link, options.length),
            lambda link=link: theirs(link, options.length),
            options.repeats,
        )
        table.add_row(
            name,
            f"{result.ours / ops * 1e6:.2f} µs/op",
            f"{result.theirs / ops * 1e6:.2f} µs/op",
            f"{result.ratio:.2f}",
            "1.00" if name == "y + x" else "",
        )
    Console().print(table)
    over = import_time("minigrad") - import_time("numpy")
    Console().print(f"import minigrad takes {over:.3f} s more than import numpy (target: 0.150 s)")


if __name__ == "__main__":
    main()
