"""The `minigrad` command as a process: help, errors and exit codes."""

import subprocess
import sys

import pytest

import minigrad
from minigrad.cli import COMMANDS, main
from minigrad.errors import DataError


def run(*arguments):
    command = [sys.executable, "-m", "minigrad.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=600)


def test_help_lists_every_subcommand():
    result = run("--help")
    assert result.returncode == 0
    for name, configure in COMMANDS.items():
        assert f"    {name}" in result.stdout
        assert configure.__doc__ in " ".join(result.stdout.split())


def test_alone_it_prints_the_help():
    result = run()
    assert result.returncode == 0
    assert result.stdout == run("--help").stdout


def test_the_version():
    result = run("--version")
    assert result.returncode == 0
    assert result.stdout == f"minigrad {minigrad.__version__}\n"


def test_a_wrong_subcommand_is_a_line_on_stderr_and_exit_code_2():
    result = run("dance")
    assert result.returncode == 2
    assert result.stdout == ""
    assert "invalid choice: 'dance'" in result.stderr


@pytest.mark.parametrize("error", [DataError("what is wrong"), PermissionError("what is wrong")])
def test_what_goes_wrong_is_one_line_and_exit_code_1(monkeypatch, capsys, error):
    def configure(parser):
        """fail"""

        def fail(options):
            raise error

        parser.set_defaults(run=fail)

    monkeypatch.setitem(COMMANDS, "fail", configure)
    assert main(["fail"]) == 1
    assert capsys.readouterr().err == "minigrad: what is wrong\n"
