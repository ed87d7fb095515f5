"""`minigrad data`: the user's side of downloading and of verifying."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from minigrad.data.fetch import fetch
from minigrad.data.published import CIFAR_FORMS, FILES, Published, data_folder


def configure(parser: ArgumentParser) -> None:
    """download the real data sets, and verify their checksums"""
    actions = parser.add_subparsers(metavar="ACTION", required=True)

    fetching = actions.add_parser("fetch", help="download a data set, or take a download up again")
    fetching.add_argument(
        "name", metavar="NAME", choices=[*FILES, "all"], help=f"{', '.join(FILES)} or all"
    )
    fetching.set_defaults(run=run_fetch)

    verifying = actions.add_parser("verify", help="check the published files that are there")
    verifying.set_defaults(run=run_verify)

    for action in (fetching, verifying):
        action.add_argument(
            "--data-dir",
            type=Path,
            metavar="DIR",
            help="the folder of the data sets (default: the variable MINIGRAD_DATA, "
            "else a folder in the user's cache)",
        )


def run_fetch(options: Namespace) -> int:
    """Download what is missing; 0 if all of it is there in the end, else 1."""
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    folder = data_folder(options.data_dir)
    names = list(FILES) if options.name == "all" else [options.name]
    columns = (DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(TextColumn("{task.description}"), BarColumn(), *columns) as progress:
        for item in (item for name in names for item in FILES[name]):
            task = progress.add_task(item.path, total=item.size)

            def report(done: int, task: TaskID = task) -> None:
                progress.update(task, completed=done)

            try:
                fetch(item, folder, report)
            except KeyboardInterrupt:
                print("minigrad: interrupted; the same command goes on from here", file=sys.stderr)
                return 130
            report(item.size)
    print(f"{', '.join(names)}: complete and verified in {folder}")
    return 0


def run_verify(options: Namespace) -> int:
    """A table of the published files in the folder; 0 if they are whole and complete, else 1."""
    from rich.console import Console
    from rich.table import Table

    folder = data_folder(options.data_dir)
    if not folder.is_dir():
        print(
            f"minigrad: {folder} is not a folder\n  name the folder of the data sets with --data-dir "
            "or the variable MINIGRAD_DATA, or download one with: minigrad data fetch NAME",
            file=sys.stderr,
        )
        return 2
    table = Table("file", "verdict", title=f"the data sets in {folder}")
    wrong = 0
    for item in _begun(folder):
        verdict = "[green]intact"
        if not item.intact(folder):
            wrong += 1
            there = (folder / item.path).exists()
            verdict = "[red]not the published file" if there else "[red]missing"
        table.add_row(item.path, verdict)
    if table.row_count == 0:
        print(f"minigrad: {folder} holds none of the published files", file=sys.stderr)
        return 1
    Console(soft_wrap=True).print(table)
    if wrong:
        print("minigrad: to mend this, run: minigrad data fetch NAME", file=sys.stderr)
    return 1 if wrong else 0


def _begun(folder: Path) -> list[Published]:
    """The published files of each set, or folder of batches, of which at least one is there."""
    groups: dict[str, list[Published]] = {}
    for item in (*(item for files in FILES.values() for item in files), *CIFAR_FORMS):
        alone = item.path.endswith(".tar.gz")
        groups.setdefault(item.path if alone else str(Path(item.path).parent), []).append(item)
    return [
        item
        for group in groups.values()
        if any((folder / member.path).exists() for member in group)
        for item in group
    ]
