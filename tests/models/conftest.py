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


class Shell:
    """Runs `python -m models.NAME` from the clone."""

    def start(self, name, *argv):
        command = [sys.executable, "-u", "-m", f"models.{name}", *map(str, argv)]
        return subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, name, *argv):
        with self.start(name, *argv) as process:
            out, err = process.communicate()
        return process.returncode, out, err

    def stop(self, number, after, name, *argv):
        """Send a signal when a line of the output has matched `after`."""
        out = ""
        with self.start(name, *argv) as process:
            while not re.match(after, line := process.stdout.readline()):
                assert line, f"the output has no line {after!r}:\n{out}"
                out += line
            process.send_signal(number)
            rest, err = process.communicate()
        return process.returncode, out + line + rest, err

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
