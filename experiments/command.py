"""The command line: the report, its data, and the folder of the results."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from experiments import catalogue, index, publish, runner, tracking
from experiments.cache import Cache
from minigrad.arguments import OneLineParser, add_data_dir, positive
from minigrad.data.published import data_folder
from minigrad.errors import MinigradError, ParameterError

HERE = Path(__file__).parent


def parser() -> ArgumentParser:
    made = OneLineParser(
        prog="python -m experiments",
        description="Redo a course report on the real data, and compare its numbers with ours.",
    )
    add = made.add_argument
    add("names", nargs="*", metavar="NAME", help=f"{', '.join(catalogue.REPORTS)}, or all")
    add("--list", action="store_true", help="list the reports, and stop")
    add("--index", action="store_true", help="write the index of all results, and stop")
    add_data_dir(made)
    add(
        "--quick",
        action="store_true",
        help="run everything on a small slice, in under a minute, with results in another folder",
    )
    add(
        "--jobs",
        type=positive,
        default=1,
        metavar="N",
        help="number of processes, with one thread each (default: 1)",
    )
    add("--out", type=Path, default=Path("runs/experiments"), metavar="DIR",
        help="the folder of unfinished work (default: %(default)s)")  # fmt: skip
    add("--results", type=Path, metavar="DIR",
        help="the folder of the pages "
        "(default: experiments/results; with --quick, OUT/quick-results)")  # fmt: skip
    add(
        "--storage",
        metavar="URL",
        help="the storage of Optuna's trials (default: files under OUT)",
    )
    add(
        "--wandb",
        action="store_true",
        help="log trainings on images to Weights & Biases too (extra: track); with WANDB_MODE=offline "
        "they stay on this machine",
    )
    either = made.add_mutually_exclusive_group().add_argument
    either(
        "--resume",
        action="store_true",
        help="continue an interrupted run, or publish a finished one again",
    )
    either("--overwrite", action="store_true", help="delete any earlier run under OUT")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """0 if all is well, 1 if something failed, 2 for wrong options, 130 after Ctrl-C."""
    made = parser()
    try:
        options = made.parse_args(argv)
        if options.index:
            write_index(results_folder(options))
            return 0
        if options.list or not options.names:
            for name, (_, title) in catalogue.REPORTS.items():
                print(f"{name:10}  {title}")
            return (
                0
                if options.list
                else made.exit(2, f"{made.prog}: name a report, or list them with --list\n")
            )
        if unknown := set(options.names) - {*catalogue.REPORTS, "all"}:
            made.error(
                f"no report {', '.join(sorted(unknown))}; there are {', '.join(catalogue.REPORTS)}"
            )
        names = (
            list(catalogue.REPORTS)
            if "all" in options.names
            else list(dict.fromkeys(options.names))
        )
        data_dir = data_folder(options.data_dir)
        if not data_dir.is_dir():
            raise ParameterError(f"--data-dir {data_dir}: there is no such folder")
        if options.wandb:
            tracking.wandb()
        caches = {name: claimed(name, options) for name in names}
    except SystemExit as exit_:  # argparse has printed the help, or the error
        return int(exit_.code or 0)
    except MinigradError as error:
        print(f"{made.prog}: {error}", file=sys.stderr)
        return 2
    try:
        for name in names:
            redo(name, caches[name], data_dir, options)
    except KeyboardInterrupt:
        print(
            f"\n{made.prog}: interrupted; continue with the same options and --resume",
            file=sys.stderr,
        )
        return 130
    except (MinigradError, OSError) as error:
        print(f"{made.prog}: {error}", file=sys.stderr)
        return 1
    return 0


def claimed(name: str, options: Namespace) -> Cache:
    """The cache for unfinished work. Raises `ParameterError` if it holds earlier work that would be lost."""
    cache = Cache(options.out / (f"{name}-quick" if options.quick else name))
    if options.overwrite:
        cache.clear()
    elif cache.holds_something() and not options.resume:
        raise ParameterError(
            f"{cache.folder} holds an earlier run: continue with --resume, delete it with --overwrite, or "
            "choose another --out"
        )
    try:
        cache.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ParameterError(
            f"--out {options.out}: cannot be written to: {error.strerror}"
        ) from error
    return cache


def results_folder(options: Namespace) -> Path:
    """The folder of the pages. Pages of a quick look go elsewhere, unless --results is given."""
    kept = options.out / "quick-results" if options.quick else HERE / "results"
    return options.results or kept


def write_index(results: Path) -> None:
    index.write(results, (HERE if results == HERE / "results" else results) / "README.md")


def redo(name: str, cache: Cache, data_dir: Path, options: Namespace) -> None:
    report = catalogue.report(name)
    print(f"{name}: {report.title}{', quick' if options.quick else ''}", flush=True)
    outcome = runner.run(
        report,
        cache,
        runner.Options(data_dir, options.quick, options.jobs, options.storage, options.wandb),
    )
    where = results_folder(options)
    summary = publish.publish(report, outcome, where / name, options.quick)
    write_index(where)
    print(
        f"{summary}\nin {where / name}: README.md, report.html, report.json, tables/, figures/",
        flush=True,
    )
