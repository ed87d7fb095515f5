"""What pytest shows of a gradient that failed a check: the report, and its V curve in numbers.

`minigrad_pytest`, which pytest knows by an entry point, calls this for a test that has failed.
"""

from __future__ import annotations

from collections.abc import Iterator

from minigrad.check.report import Report
from minigrad.errors import WrongGradientError


def show(error: BaseException, sections: list[tuple[str, str]]) -> None:
    """Add what is known of the failure to the sections that pytest prints beneath the traceback."""
    for wrong in within(error):
        if isinstance(wrong.report, Report):
            report = wrong.report
            if str(report) not in str(wrong):
                sections.append(("the gradient check", str(report)))
            if report.trials:
                label, head, *rows = report.table().splitlines()
                title = f"the V curve: every fourth step of {label}"
                sections.append((title, "\n".join([head, *rows[::4]])))


def within(error: BaseException) -> Iterator[WrongGradientError]:
    """The error itself, what it was raised from, and the members of a group."""
    if isinstance(error, WrongGradientError):
        yield error
    elif isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from within(each)
    elif error.__cause__ is not None:
        yield from within(error.__cause__)
