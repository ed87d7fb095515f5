"""Comparison of renderers: minigrad's and its peers' on the same graphs, judged by their pictures.

    python -m benchmarks.renderers [--only NAME ...] [--json] [--limit 10]

Every peer runs in its own process, with a time limit for each graph. After that, minigrad's own targets for
speed and size are checked (`--no-targets` leaves them out).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.renderer_cases import (
    CHAIN,
    DIAMOND,
    DOUBLINGS,
    GRADIENTS,
    LONG,
    MLP,
    MODULES,
    TWICE,
    VALUES,
    WORKED,
    Case,
    expected,
    modules,
    read,
    shown,
    structure,
    ways,
)
from benchmarks.renderer_peers import PEERS
from benchmarks.renderer_targets import TARGETS

CLONE = Path(__file__).parent.parent
START = 120.0
"""Seconds within which a peer must be imported."""

Ask = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Fact:
    """Whether a fact is as it should be, and what was found."""

    right: bool
    found: str


class Worker:
    """A process that answers questions, and is restarted if an answer takes too long."""

    def __init__(self, command: Sequence[str], limit: float):
        self.command, self.limit = command, limit
        self.start()

    def start(self) -> None:
        self.process: subprocess.Popen[str] | None = subprocess.Popen(
            self.command, text=True, encoding="utf-8", cwd=CLONE,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.lines: Queue[str] = Queue()
        Thread(target=feed, args=(self.process.stdout, self.lines), daemon=True).start()

    def started(self) -> dict[str, Any]:
        """Its first line: the version, or the reason why there is none."""
        return self.line(START)

    def line(self, limit: float) -> dict[str, Any]:
        """Its next line; {"error": ...} if it ends, or does not answer in time."""
        try:
            line = self.lines.get(timeout=limit)
        except Empty:
            self.close()
            return {"error": f"more than {limit:g} s"}
        if line:
            return dict(json.loads(line))
        assert self.process is not None
        ended = self.process.wait()
        self.close()
        return {"error": f"the process ended with {ended}"}

    def __call__(self, question: dict[str, Any]) -> dict[str, Any]:
        if self.process is None:
            self.start()
            if "error" in (hello := self.started()):
                return hello
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return self.line(self.limit)

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


def feed(stream: Any, lines: Queue[str]) -> None:
    """Every line of the stream, then ""."""
    for line in stream:
        lines.put(line)
    lines.put("")


def facts(ask: Ask, again: Ask, turns: dict[str, Any]) -> dict[str, Fact]:
    """The results of a renderer for each graph, and in `turns`; `again` is the same in another process."""
    found = {}
    for case in (TWICE, DIAMOND):
        found[f"{case.name}: ways to the output"] = edges(ask, case)
    before, after = draw(ask, WORKED, False), draw(ask, WORKED, True)
    found["values, of 4"] = written(VALUES, before, after)
    found["gradients, of 4"] = written(GRADIENTS, before, after)
    found["after backward(): boxes left"] = left(before, after)
    found["modules, of 3"] = grouped(ask)
    found["stepping: values, gradients"] = stepping(turns)
    found["two runs: the same bytes"] = repeatable(after, draw(again, WORKED, True))
    for case in (DOUBLINGS, CHAIN, LONG):
        found[case.name] = edges(ask, case, timed=True)
        if found[case.name].found.startswith("more than") and case is CHAIN:
            found[LONG.name] = Fact(False, "not tried")
            break
    return found


def draw(ask: Ask, case: Case, after: bool = False) -> dict[str, Any]:
    return ask({"case": case.name, "after": after})


def edges(ask: Ask, case: Case, timed: bool = False) -> Fact:
    drawn = draw(ask, case)
    if "error" in drawn:
        return Fact(False, drawn["error"])
    graph = read(drawn["pictures"][0])
    needed = expected(case)
    right = structure(graph) == structure(needed) and len(graph.boxes) >= len(needed.boxes)
    found, of = sum(ways(graph).values()), sum(ways(needed).values())
    if timed:
        wrong = "" if right else f", {found:,} of {of:,} ways"
        return Fact(right, f"{drawn['seconds']:.2f} s{wrong}")
    return Fact(
        right, f"{found} of {of}" + ("" if right or found != of else ", not the right ones")
    )


def texts(drawn: dict[str, Any]) -> list[str]:
    return [text for each in drawn.get("pictures", ()) for text in read(each).boxes.values()]


def written(wanted: Sequence[float], *pictures: dict[str, Any]) -> Fact:
    """Whether these numbers are in any of the pictures."""
    found, sizes = max(shown(wanted, texts(each)) for each in pictures)
    if found < sizes:
        return Fact(False, f"{found}, {sizes} without sign")
    return Fact(found == len(wanted), f"{found}")


def left(before: dict[str, Any], after: dict[str, Any]) -> Fact:
    if "error" in after:
        return Fact(False, after["error"])
    many, still = len(linked(before)), len(linked(after))
    return Fact(0 < many <= still, f"{min(still, many)} of {many}")


def linked(drawn: dict[str, Any]) -> set[str]:
    """The boxes with an edge: no legends or other boxes outside the graph."""
    graph = read(drawn["pictures"][0])
    return {name for edge in graph.edges for name in edge[:2]}


def grouped(ask: Ask) -> Fact:
    drawn = draw(ask, MLP)
    if "error" in drawn:
        return Fact(False, drawn["error"])
    found = modules(read(drawn["pictures"][0]))
    return Fact(found == sum(map(len, MODULES.values())), f"{found}")


def stepping(answer: dict[str, Any]) -> Fact:
    """Whether its steps show first the values and then the gradients, one after the other."""
    if "error" in answer:
        return Fact(False, answer["error"])
    steps = answer["steps"]
    when = [first(x, steps) for x in (*VALUES, *GRADIENTS)]
    met = [k for k in when if k is not None]
    if len(met) == len(when):
        in_turn = max(met[:4]) < min(met[4:]) and len(set(met)) == len(met)
        return Fact(in_turn, f"{len(steps)} steps" if in_turn else "not in turn")
    if steps:
        return Fact(False, f"no ({len(met)} of {len(when)} numbers)")
    return Fact(False, "no")


def first(number: float, steps: Sequence[str]) -> int | None:
    return next((k for k, text in enumerate(steps) if shown([number], [text])[0]), None)


def repeatable(one: dict[str, Any], other: dict[str, Any]) -> Fact:
    if "error" in one or "error" in other:
        return Fact(False, one.get("error") or other["error"])
    same = [a == b for a, b in zip(one["pictures"], other["pictures"], strict=True)]
    some = f"{sum(same)} of {len(same)} pictures" if any(same) else "no"
    return Fact(all(same), "yes" if all(same) else some)


def report(name: str, limit: float) -> dict[str, Any]:
    """{"version": ..., "facts": ..., "names": ...} of a peer, or {"skipped": why}."""
    command = [sys.executable, "-m", "benchmarks.renderer_peers", name]
    worker, again = Worker(command, limit), Worker(command, limit)
    try:
        hello = worker.started()
        if "version" not in hello:
            return {"skipped": hello.get("skipped") or hello["error"]}
        again.started()
        turns = worker({"steps": True})
        names = turns.get("names", [])
        return {**hello, "facts": facts(worker, again, turns), "named like stepping": names}
    finally:
        worker.close()
        again.close()


def has_all(result: dict[str, Any]) -> bool:
    return all(fact.right for fact in result.get("facts", {"": Fact(False, "")}).values())


def rendered(results: dict[str, dict[str, Any]], limit: float) -> Table:
    asked = {name: r for name, r in results.items() if "facts" in r}
    heads = [f"{name}\n{r['version']}" for name, r in asked.items()]
    table = Table("", *heads, caption=f"time: to run and to write the graph, at most {limit:g} s")
    for fact in next(iter(asked.values()))["facts"]:
        cells = (r["facts"][fact] for r in asked.values())
        table.add_row(fact, *(f"[{'green' if c.right else 'red'}]{c.found}" for c in cells))
    return table


def main(argv: Sequence[str] | None = None) -> int:
    """Print the tables; 1 if minigrad lacks a feature, or if a peer has all features too."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.renderers", description=str(__doc__).splitlines()[0]
    )
    parser.add_argument("--only", nargs="+", choices=PEERS, default=list(PEERS), metavar="NAME")
    parser.add_argument("--limit", type=float, default=10.0, help="seconds for each graph")
    parser.add_argument("--json", action="store_true", help="print JSON in place of the tables")
    parser.add_argument("--no-targets", action="store_true", help="leave minigrad's own times out")
    options = parser.parse_args(argv)
    results = {
        name: report(name, options.limit) for name in dict.fromkeys(["minigrad", *options.only])
    }
    targets = [] if options.no_targets else [target() for target in TARGETS]
    if options.json:
        found = {"renderers": results, "targets": targets}
        print(json.dumps(found, default=asdict, indent=1))
    else:
        console = Console()
        console.print(rendered(results, options.limit))
        for name, result in results.items():
            if "skipped" in result:
                console.print(f"{name} skipped: {result['skipped']}", markup=False)
        if targets:
            table = Table("minigrad's own", "found", "target")
            for t in targets:
                colour = {True: "[green]", False: "[red]", None: ""}[t.met]
                table.add_row(t.name, f"{colour}{t.found}", t.needed)
            console.print(table)
    alone = not any(has_all(r) for name, r in results.items() if name != "minigrad")
    return 0 if has_all(results["minigrad"]) and alone else 1


if __name__ == "__main__":
    sys.exit(main())
