"""Workers; how hypothesis searches; the engine is left as it was; the browser."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import minigrad
from minigrad.recording import observers

# The same examples in every run, so that a failure is a change in the code and not in the dice.
settings.register_profile(
    "default",
    max_examples=12,
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
# Other examples each time, and more of them. HYPOTHESIS_PROFILE=nightly pytest
for profile, examples in (("nightly", 100), ("thorough", 1000)):
    settings.register_profile(
        profile, settings.get_profile("default"), max_examples=examples, derandomize=False
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


# ---- workers ----


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """No workers for files that are named: they would take longer to start than most files take."""
    named = config.args_source is config.ArgsSource.ARGS
    return 0 if named and all(".py" in argument for argument in config.args) else None


def pytest_configure(config: pytest.Config) -> None:
    """Ctrl-C interrupts; each worker has one thread of BLAS, since more would wait for each other."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell ignores Ctrl-C for what it runs in the background; the tests press it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("tx", None):
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


# ---- the state of the engine ----


@pytest.fixture(autouse=True)
def sealed() -> Iterator[None]:
    """Recording is on, nobody looks on, and the register holds what it held: before and after."""
    ops = dict(minigrad.OPS)
    rules = {name: (op.rules, op.joint, op.forward) for name, op in ops.items()}
    yield
    leaks = []
    if not minigrad.is_grad_enabled():
        leaks.append("recording was left switched off")
    if observers:
        leaks.append(f"observers were left behind: {observers}")
    if ops != minigrad.OPS:
        leaks.append(f"the register has changed: {sorted(minigrad.OPS.keys() ^ ops.keys())}")
    leaks += [
        f"the rules of {name} have changed"
        for name, op in ops.items()
        if (op.rules, op.joint, op.forward) != rules[name]
    ]
    assert not leaks, "this test leaks state: " + "; ".join(leaks)


# ---- a real browser ----

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's chromium, driven by Playwright: one for all tests, as there can be only one in a process.

    Playwright and not Selenium: it needs no driver of the browser's own version beside the browser. Where
    there is no browser, or no Playwright, the tests are skipped, with the reason.
    """
    api = pytest.importorskip(
        "playwright.sync_api", reason="Playwright drives the browser: pip install playwright"
    )
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip("no Chromium is on the PATH to open pages in: apt-get install chromium")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
