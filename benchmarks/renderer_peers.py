"""minigrad's renderer and its peers, each in its own process, with everything that it can show.

    python -m benchmarks.renderer_peers NAME     answers a case a line on its input with a line of JSON

There is no `dot` on the PATH of that process: only the program's run and the writing of its graph are timed,
because Graphviz computes the layout for all of them.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.renderer_cases import CASES, MLP, WORKED, Case

Draw = Callable[[Case, bool], Sequence[str]]
"""The pictures of a case, the graph first, drawn before or after its `backward()`."""

STEPPING = re.compile(r"step|play(?!_?out)|animat|narrat|walk|slide", re.IGNORECASE)
BATCH = np.linspace(-1, 1, 15, dtype=np.float32).reshape(5, 3)


class UnableError(Exception):
    """A feature that a library lacks, in words."""


@dataclass(frozen=True)
class Peer:
    """version    of the distribution
    draw       see `Draw`
    steps      its display of the worked example one step at a time: a text for each step
    public     the objects whose names are searched for a function that steps through a graph
    """

    version: str
    draw: Draw
    steps: Callable[[], Sequence[str]] = tuple
    public: Sequence[Any] = field(default=())


def minigrad() -> Peer:
    from minigrad import Tensor, view
    from minigrad.view.steps.list import steps_of
    from models import mlp

    def traced(case: Case, after: bool) -> view.Trace:
        with view.trace() as t:
            if case is MLP:
                model = mlp.MLP((3, 4, 2), rng=np.random.default_rng(0))
                out = model(Tensor(BATCH)).sum()
            else:
                out = case.f(*(Tensor(x, requires_grad=True) for x in case.leaves.values()))
            if after:
                out.backward()
        return t

    def draw(case: Case, after: bool) -> Sequence[str]:
        return [view.draw(traced(case, after), values=True, grads=True, full=True).dot]

    def steps() -> Sequence[str]:
        found = []
        for step in steps_of(traced(WORKED, True)):
            value = step.result and step.result.value
            found.append(f"{step.title}: {None if value is None else value.array}")
        return found

    return Peer(version("minigrad-edu"), draw, steps, [view])


def in_torch(case: Case) -> tuple[Any, tuple[Any, ...]]:
    """A module that computes the case, and its inputs."""
    import torch

    class Computes(torch.nn.Module):  # type: ignore[misc]
        def forward(self, *leaves: Any) -> Any:
            return case.f(*leaves)

    class Perceptron(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.layers = torch.nn.Sequential(
                torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2)
            )

        def forward(self, x: Any) -> Any:
            return self.layers(x)

    torch.manual_seed(0)
    if case is MLP:
        return Perceptron().eval(), (torch.from_numpy(BATCH.copy()),)
    leaves = (torch.tensor(x, requires_grad=True) for x in case.leaves.values())
    return Computes().eval(), tuple(leaves)


def torchviz() -> Peer:
    import torchviz

    def draw(case: Case, after: bool) -> Sequence[str]:
        model, leaves = in_torch(case)
        names = dict(zip(case.leaves, leaves)) | dict(model.named_parameters())
        out = model(*leaves).sum() if case is MLP else model(*leaves)
        if after:
            out.backward()  # releases the saved values, which it could otherwise show
        dot = torchviz.make_dot(out, params=names, show_attrs=not after, show_saved=not after)
        return [dot.source]

    return Peer(version("torchviz"), draw, public=[torchviz])


def torchview() -> Peer:
    import torchview

    everything: dict[str, Any] = {
        "expand_nested": True, "hide_inner_tensors": False, "hide_module_functions": False,
        "collect_attributes": True, "depth": float("inf"), "device": "cpu",
    }  # fmt: skip

    def draw(case: Case, after: bool) -> Sequence[str]:
        model, leaves = in_torch(case)
        if after:
            model(*leaves).sum().backward()
        return [torchview.draw_graph(model, leaves, **everything).visual_graph.source]

    return Peer(version("torchview"), draw, public=[torchview, torchview.ComputationGraph])


def torchlens() -> Peer:
    import torchlens
    from torchlens.options import CaptureOptions
    from torchlens.snoop import narrate_trace

    def traced(case: Case, after: bool) -> Any:
        model, leaves = in_torch(case)
        trace = torchlens.trace(model, leaves, capture=CaptureOptions(save_grads=after))
        if after:
            trace.log_backward(trace[trace.output_layers[0]].out.sum())
        return trace

    def text(draw: Callable[..., Any], **options: Any) -> str:
        """Its input for Graphviz, which it keeps where there is no `dot` to run."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "graph"
            try:
                draw(vis_outpath=str(path), vis_save_only=True, vis_fileformat="svg", **options)
            except Exception as error:
                if type(error).__name__ != "GraphvizUnavailableError":
                    raise
            return path.read_text(encoding="utf-8")

    def draw(case: Case, after: bool) -> Sequence[str]:
        trace = traced(case, after)
        if not after:
            return [text(trace.draw, order_siblings=False)]
        overlay = {"order_siblings": False, "node_overlay": "grad_norm"}
        return [text(trace.draw, **overlay), text(trace.draw_backward)]

    def steps() -> Sequence[str]:
        trace = traced(WORKED, True)
        return [*narrate_trace(trace).splitlines(), *map(trace.animate_ops, trace.layer_labels)]

    return Peer(version("torchlens"), draw, steps, [torchlens, torchlens.Trace])


def torchvista() -> Peer:
    import torchvista

    def draw(case: Case, after: bool) -> Sequence[str]:
        model, leaves = in_torch(case)
        if after:
            model(*leaves).sum().backward()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "graph.html"
            torchvista.trace_model(model, leaves, export_path=path, collapse_modules_after_depth=99)
            return [path.read_text(encoding="utf-8")]

    return Peer(version("torchvista"), draw, public=[torchvista])


def mygrad() -> Peer:
    import mygrad
    from mygrad.computational_graph import build_graph

    def draw(case: Case, after: bool) -> Sequence[str]:
        if case is MLP:
            raise UnableError("no modules in the library")
        leaves = {name: mygrad.tensor(x) for name, x in case.leaves.items()}
        out = case.f(*leaves.values())
        if after:
            out.backward()
        graph = build_graph(out, names=leaves, dims=True, dtypes=True, sum_stats=True)
        return [graph.source]

    return Peer(version("mygrad"), draw, public=[mygrad, mygrad.Tensor])


def micrograd() -> Peer:
    """Its `draw_dot` is in a notebook; later versions of the package may have one, so it is looked up."""
    package = importlib.import_module("micrograd")
    rooms = [
        importlib.import_module(f"micrograd.{m.name}")
        for m in pkgutil.iter_modules(package.__path__)
    ]
    words = re.compile(r"draw|dot|graph|render|viz|plot", re.IGNORECASE)
    found = sorted({name for room in rooms for name in dir(room) if words.search(name)})
    if found:
        raise UnableError(f"has {', '.join(found)}, which is not asked here yet")
    raise UnableError("no renderer in the package")


PEERS: dict[str, Callable[[], Peer]] = {
    "minigrad": minigrad,
    "torchlens": torchlens,
    "torchview": torchview,
    "torchviz": torchviz,
    "torchvista": torchvista,
    "MyGrad": mygrad,
    "micrograd": micrograd,
}


def answer(peer: Peer, question: dict[str, Any]) -> dict[str, Any]:
    """To {"case": name, "after": bool} the pictures and the seconds; to {"steps": true} the steps."""
    begin = time.perf_counter()
    try:
        if "steps" in question:
            names = {
                n for each in peer.public for n in dir(each) if n[0] != "_" and STEPPING.search(n)
            }
            return {"steps": list(peer.steps()), "names": sorted(names)}
        pictures = peer.draw(CASES[question["case"]], question["after"])
    except RecursionError:
        return {"error": "RecursionError"}
    except UnableError as error:
        return {"error": str(error)}
    except Exception as error:  # an error of a peer is its result for this graph
        return {"error": f"{type(error).__name__}: {error}".splitlines()[0][:120]}
    return {"pictures": list(pictures), "seconds": time.perf_counter() - begin}


def main(name: str) -> None:
    """Answer questions until the input ends. The first line is the version, or why there is none."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # peers print
    os.environ["PATH"] = ""
    warnings.simplefilter("ignore")
    try:
        peer = PEERS[name]()
    except (ImportError, UnableError) as error:
        print(json.dumps({"skipped": str(error)}), file=answers, flush=True)
        return
    print(json.dumps({"version": peer.version}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(peer, json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
