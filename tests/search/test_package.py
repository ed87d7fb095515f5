"""Without Optuna a search tells how to get it; the rest of minigrad works without it."""

import subprocess
import sys


def run(code):
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    return result.stdout, result.stderr


def test_the_message_without_optuna():
    _, error = run("import sys; sys.modules['optuna'] = None; import minigrad as mg; mg.search")
    assert error.splitlines()[-1] == (
        "minigrad.errors.MissingPackageError: minigrad.search needs Optuna, which is not installed: "
        "pip install 'minigrad-edu[search]'"
    )


def test_importing_minigrad_imports_no_optuna_and_searching_no_matplotlib():
    packages = "{'optuna', 'sqlalchemy', 'matplotlib'} & sys.modules.keys()"
    assert run(
        f"import sys, minigrad as mg; mg.nn, mg.train; print({packages} - {{'matplotlib'}})"
    ) == (
        "set()\n",
        "",
    )
    assert "matplotlib" not in run(f"import sys, minigrad as mg; mg.search; print({packages})")[0]
