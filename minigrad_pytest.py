"""The pytest plugin of minigrad, as an entry point names it: a door that is not opened until it is needed.

Pytest imports its plugins in every run, of any project, before coverage begins to measure. This module
stands beside the package because importing `minigrad.check.plugin` would import numpy and `minigrad`
there: slow for those who do not use them, and lines that coverage then never sees.
"""

import sys
from typing import Any


def pytest_exception_interact(call: Any, report: Any) -> None:
    """A test has failed. It can have failed in a check only if minigrad.check has been imported."""
    if "minigrad.check" in sys.modules:
        from minigrad.check import plugin

        plugin.show(call.excinfo.value, report.sections)
