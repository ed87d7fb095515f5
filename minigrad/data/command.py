"""`minigrad data`: download the real data sets, and verify their files."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from itertools import chain
from pathlib import Path

from minigrad.arguments import add_data_dir
from minigrad.data.fetch import fetch
from minigrad.data.published import CIFAR_FORMS, FILES, Published, data_folder
from minigrad.errors import DataError, ParameterError


def configure(parser: ArgumentParser) -> None:
    """download the real data sets, and verify their checksums"""
    actions = parser.add_subparsers(metavar="ACTION", required=True)

    fetching = actions.add_parser("fetch", help="download a data set, or continue a download")
    fetching.add_argument(
        "name", metavar="NAME", choices=[*FILES, "all"], help=f"{', '.join(FILES)} or all"
    )
    fetching.set_defaults(run=run_fetch)

    verifying = actions.add_parser("verify", help="check the published files that are there")
    verifying.set_defaults(run=run_verify)

    add_data_dir(fetching)
    add_data_dir(verifying)


def run_fetch(options: Namespace) -> int:
    """Download the missing files: 0 if all are complete, 130 after an interruption."""
    from rich.progress import DownloadColumn, Progress, TaskID, TransferSpeedColumn

    folder = data_folder(options.data_dir)
    names = list(FILES) if options.name == "all" else [options.name]
    columns = (*Progress.get_default_columns(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns) as progress:
        for item in chain.from_iterable(FILES[name] for name in names):
            task = progress.add_task(item.path, total=item.size)

            def report(done: int, task: TaskID = task) -> None:
                progress.update(task, completed=done)

            try:
                fetch(item, folder, report)
            except KeyboardInterrupt:
                again = "the same command continues the download"
                print(f"minigrad: interrupted; {again}", file=sys.stderr)
                return 130
            report(item.size)
    print(f"{', '.join(names)}: complete and verified in {folder}")
    return 0


def run_verify(options: Namespace) -> int:
    """A table of the published files in the folder: 0 if all are intact, else 1."""
    from rich.console import Console
    from rich.table import Table

    folder = data_folder(options.data_dir)
    if not folder.is_dir():
        raise ParameterError(
            f"{folder} is not a folder\n  name the folder of the data sets with --data-dir or the "
            "variable MINIGRAD_DATA, or download one with: minigrad data fetch NAME"
        )
    table = Table("file", "verdict", title=f"the data sets in {folder}")
    wrong = 0
    for item in _expected(folder):
        verdict = "[green]intact"
        if not item.matches(folder / item.path):
            wrong += 1
            there = (folder / item.path).exists()
            verdict = "[red]not the published file" if there else "[red]missing"
        table.add_row(item.path, verdict)
    if table.row_count == 0:
        raise DataError(f"{folder} has none of the published files")
    Console(soft_wrap=True).print(table)
    if wrong:
        print("minigrad: to mend this, run: minigrad data fetch NAME", file=sys.stderr)
    return 1 if wrong else 0


def _expected(folder: Path) -> list[Published]:
    """The published files of each set, or folder of batches, that has at least one of its files."""
    items = [*chain.from_iterable(FILES.values()), *CIFAR_FORMS]
    paths = [Path(item.path) for item in items]
    groups = [path if path.match("*.tar.gz") else path.parent for path in paths]
    begun = {group for item, group in zip(items, groups) if (folder / item.path).exists()}
    return [item for item, group in zip(items, groups) if group in begun]
