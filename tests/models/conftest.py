"""Glyphs in a cache of the tests' own, the models' command lines as a shell runs them, and the real data."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory):
    """Neither read nor fill the cache of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MINIGRAD_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


SIGNALLED = """
import os, re, runpy, sys
number, after, module, *argv = sys.argv[1:]
write = sys.stdout.write

def watched(text):
    written = write(text)
    if re.search(after, text, re.MULTILINE):
        sys.stdout.flush()
        os.kill(os.getpid(), int(number))
    return written

sys.stdout.write, sys.argv[1:] = watched, argv
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""
"""A module that sends itself a signal at a line that matches: another process could be too late."""


class Shell:
    """Runs `python -m models.NAME` from the clone."""

    def run(self, name, *argv):
        return self.finish("-m", f"models.{name}", *argv)

    def stop(self, number, after, name, *argv):
        """Send a signal when a line of the output has matched `after`."""
        return self.finish("-c", SIGNALLED, int(number), f"^{after}", f"models.{name}", *argv)

    def finish(self, *argv):
        command = [sys.executable, "-u", *map(str, argv)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    def kill(self, after, name, *argv):
        code, _, _ = self.stop(signal.SIGKILL, after, name, *argv)
        assert code == -signal.SIGKILL


@pytest.fixture
def shell():
    return Shell()


@pytest.fixture
def real_data():
    if not os.environ.get("MINIGRAD_DATA"):
        pytest.skip("MINIGRAD_DATA does not name a folder with the real data sets")
    return Path(os.environ["MINIGRAD_DATA"])


@pytest.fixture
def accuracy(capsys):
    """Run a model's `main` and return the test accuracy that it prints."""

    def accuracy(main, *argv):
        assert main([str(argument) for argument in argv]) == 0
        return float(re.search(r"test accuracy ([\d.]+)%", capsys.readouterr().out)[1])

    return accuracy
