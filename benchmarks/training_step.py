"""One step of training, forward, backward and SGD, against PyTorch's on the same network.

    python -m benchmarks.training_step [--only NAME] [--repeats 15] [--threads 2]

Before any time counts, the gradients of both are compared in float64; the steps are timed in float32.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from benchmarks.race import race
from minigrad import Tensor, nn
from minigrad.optim import SGD
from minigrad.train.process import prepare
from models.cnn import CNN
from models.lenet import LeNet5
from models.mlp import MLP

RATE = 1e-3
CAPTION = "ratio: how many times as fast as PyTorch, the median over all turns"


@dataclass(frozen=True)
class Workload:
    """A network, the shape of its batch, and its target speed relative to PyTorch."""

    name: str
    build: Callable[[np.random.Generator], nn.Module]
    batch: tuple[int, ...]
    target: float


def mlp(*sizes: int, batch_norm: bool = False) -> Callable[[np.random.Generator], nn.Module]:
    return lambda rng: MLP(sizes, batch_norm=batch_norm, rng=rng)


NINE_LAYERS = (3072, 50, 30, 20, 20, 10, 10, 10, 10, 10)
WORKLOADS = (
    Workload("MLP 3072-50-10", mlp(3072, 50, 10), (100, 3072), 1.0),
    Workload("MLP 3072-50-50-10, batch norm", mlp(3072, 50, 50, 10, batch_norm=True), (100, 3072), 1.2),
    Workload("nine layers, batch norm", mlp(*NINE_LAYERS, batch_norm=True), (100, 3072), 1.4),
    Workload("MLP 784-784-256-10", mlp(784, 784, 256, 10), (64, 784), 0.9),
    Workload("LeNet-5", lambda rng: LeNet5(rng=rng), (128, 1, 28, 28), 0.8),
    Workload("LeNet-5, batch norm", lambda rng: LeNet5(True, rng=rng), (128, 1, 28, 28), 0.8),
    Workload("CNN of five convolutions", lambda rng: CNN(rng=rng), (64, 1, 28, 28), 0.45),
)  # fmt: skip


def in_torch(model: nn.Module) -> torch.nn.Sequential:
    """The same layers in PyTorch, with the same values, in evaluation order."""
    leaves = [module for module in model.modules() if not any(module.children())]
    twin = torch.nn.Sequential(*map(layer_in_torch, leaves))
    for theirs, ours in zip(twin.parameters(), model.parameters(), strict=True):
        theirs.data = torch.from_numpy(ours.data.copy())
    return twin


def layer_in_torch(layer: nn.Module) -> torch.nn.Module:
    match layer:
        case nn.Linear():
            return torch.nn.Linear(layer.in_features, layer.out_features)
        case nn.Conv2d():
            return torch.nn.Conv2d(
                layer.in_channels,
                layer.out_channels,
                layer.kernel_size,
                layer.stride,
                layer.padding,
            )
        case nn.BatchNorm1d():
            return torch.nn.BatchNorm1d(layer.num_features)
        case nn.BatchNorm2d():
            return torch.nn.BatchNorm2d(layer.num_features)
        case nn.MaxPool2d():
            return torch.nn.MaxPool2d(layer.kernel_size, layer.stride)
    plain = {nn.ReLU: torch.nn.ReLU, nn.Flatten: torch.nn.Flatten}
    return plain[type(layer)]()


def our_step(model: nn.Module, x: np.ndarray, target: np.ndarray) -> Callable[[], object]:
    loss, optimizer = nn.CrossEntropyLoss(), SGD(model.parameters(), lr=RATE)

    def step() -> None:
        optimizer.zero_grad()
        loss(model(Tensor(x)), target).backward()
        optimizer.step()

    return step


def their_step(model: torch.nn.Module, x: np.ndarray, target: np.ndarray) -> Callable[[], object]:
    loss, optimizer = torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=RATE)
    inputs, labels = torch.from_numpy(x), torch.from_numpy(target)

    def step() -> None:
        optimizer.zero_grad()
        loss(model(inputs), labels).backward()
        optimizer.step()

    return step


def difference(workload: Workload, x: np.ndarray, target: np.ndarray) -> float:
    """The largest difference of the two gradients in float64, relative to the largest element.

    In float32, an input near a ReLU's kink may be on either side of it.
    """
    model = workload.build(np.random.default_rng(0)).to(np.float64)
    twin = in_torch(model).double()
    x = x.astype(np.float64)
    nn.CrossEntropyLoss()(model(Tensor(x)), target).backward()
    torch.nn.CrossEntropyLoss()(twin(torch.from_numpy(x)), torch.from_numpy(target)).backward()
    pairs = [(p.grad.data, q.grad.numpy()) for p, q in zip(model.parameters(), twin.parameters())]
    scale = max(np.abs(g).max() for _, g in pairs)
    return float(max(np.abs(ours - theirs).max() for ours, theirs in pairs) / scale)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--only", metavar="NAME", default="", help="workloads whose name contains it"
    )
    parser.add_argument("--repeats", type=int, default=15, help="turns of each (default: 15)")
    parser.add_argument("--threads", type=int, default=2, help="of both (default: 2)")
    options = parser.parse_args()
    chosen = [w for w in WORKLOADS if options.only.lower() in w.name.lower()]
    if not chosen:
        parser.error(f"no workload {options.only!r}: {', '.join(w.name for w in WORKLOADS)}")

    prepare(options.threads)
    torch.set_num_threads(options.threads)
    table = Table("network", "batch", "minigrad", "PyTorch", "ratio", "target", caption=CAPTION)
    for workload in chosen:
        rng = np.random.default_rng(1)
        x = rng.standard_normal(workload.batch).astype(np.float32)
        target = rng.integers(0, 10, len(x))
        off = difference(workload, x, target)
        if not off <= 1e-9:
            raise SystemExit(
                f"{workload.name}: the gradients differ by {off:.1e}; nothing was timed"
            )
        model = workload.build(np.random.default_rng(0))
        ours = our_step(model, x, target)
        result = race(ours, their_step(in_torch(model), x, target), options.repeats)
        verdict = "[green]" if result.ratio >= workload.target else "[red]"
        table.add_row(
            workload.name,
            str(len(x)),
            f"{result.ours * 1e3:.2f} ms",
            f"{result.theirs * 1e3:.2f} ms",
            f"{verdict}{result.ratio:.2f}",
            f"{workload.target:.2f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
